package v1_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWrites_showNothingToWhoMayNotRead checks the answers of all writes of rows: without the scope
// that reads the row they have nothing of what is stored but its id, key and revision.
func TestWrites_showNothingToWhoMayNotRead(t *testing.T) {
	s := newSite(t)
	const secret = "zq7secret"
	for _, step := range []struct {
		method, target, body string
		status               int
		outcome              any
	}{
		{"PUT", "subscribers/by-email/a@example.org", `{"key":"k","phone":"` + secret + `",` + agreed + `}`, 201,
			"created"},
		{"PUT", "subscribers/by-email/A@example.org", `{}`, 200, "unchanged"},
		{"PATCH", "subscribers/1", `{"notify_events":false}`, 200, "updated"},
		{"POST", "subscribers/1/bounces", `{"kind":"soft"}`, 200, "counted"},
		{"DELETE", "subscribers/1", ``, 200, "deleted"},
		{"POST", "subscribers", `{"key":"k","email":"b@example.org","phone":"` + secret + `",` + agreed + `}`, 201,
			"created"},
		{"PUT", "patrons/by-key/k", `{"name":"` + secret + `"}`, 201, "created"},
		{"PATCH", "patrons/1", `{"bio":"b"}`, 200, nil},
		{"DELETE", "patrons/1", ``, 200, nil},
		{"POST", "patrons", `{"key":"k","name":"` + secret + `"}`, 201, nil},
		{"PUT", "announcements/by-key/k", `{"title":"` + secret + `","content":"C"}`, 201, "created"},
		{"PUT", "announcements/by-key/k", `{}`, 200, "unchanged"},
		{"PATCH", "announcements/1", `{"status":"draft"}`, 200, nil},
		{"DELETE", "announcements/1", ``, 200, nil},
		{"POST", "categories", `{"key":"k","name":"` + secret + `"}`, 201, nil},
		{"POST", "events", `{"key":"k","title":"` + secret + `","start_datetime":"2026-03-02T18:00:00Z"}`, 201, nil},
	} {
		token := "content:write"
		if strings.HasPrefix(step.target, "subscribers") || strings.HasPrefix(step.target, "patrons") {
			token = "people:write"
		}
		res := s.call(t, step.method, "/api/v1/"+step.target, step.body, "X-N8N-Token", token,
			"Idempotency-Key", "once").want(step.status)
		row := res.object()
		if row["key"] != "k" || row["id"] == nil || row["revision"] == nil || row["outcome"] != step.outcome ||
			strings.Contains(string(res.body), secret) || len(row) > 4 {
			t.Errorf("%s %s: %s", step.method, step.target, res.body)
		}
	}
	list, _ := operations(t)
	for _, d := range list {
		scope := d.op.Security[0]["token"]
		writes := slices.Contains(scope, "people:write") || slices.Contains(scope, "content:write")
		says := strings.Contains(d.op.Description, "may not read the row")
		if writes && d.op.OperationID != "batchSubscribers" && !says {
			t.Errorf("%s does not say what a token gets that may not read", d.op.OperationID)
		}
	}
	gone := s.call(t, http.MethodDelete, "/api/v1/patrons/1", "", "X-N8N-Token", "people:write").want(http.StatusOK)
	if diff := cmp.Diff(map[string]any{"outcome": "absent"}, gone.object()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBodies_mayBeWhatAGetShows sends every row back as it was read.
func TestBodies_mayBeWhatAGetShows(t *testing.T) {
	s := newSite(t)
	s.add(t, "a@example.org")
	s.call(t, http.MethodPut, "/api/v1/patrons/by-key/k", `{"name":"P"}`).want(http.StatusCreated)
	s.call(t, http.MethodPut, "/api/v1/announcements/by-key/k", `{"title":"T","content":"C"}`).want(http.StatusCreated)
	s.call(t, http.MethodPut, "/api/v1/hooks/k", hookBody).want(http.StatusCreated)
	for read, write := range map[string]string{byEmail + "a@example.org": "", byEmail + "a@example.org?links=1": "",
		"/api/v1/patrons/by-key/k?links=1": "", "/api/v1/announcements/by-key/k": "", "/api/v1/hooks/k": "",
		"/api/v1/subscribers/1": byEmail + "A@example.org"} {
		if write == "" {
			write, _, _ = strings.Cut(read, "?")
		}
		shown := string(s.get(t, read).want(http.StatusOK).body)
		again := s.call(t, http.MethodPut, write, shown).want(http.StatusOK).object()
		if outcome := again["outcome"]; outcome != "unchanged" && !strings.Contains(read, "hooks") {
			t.Errorf("%s: %v", read, outcome)
		}
		other := strings.Replace(shown, `"id":1`, `"id":2`, 1)
		s.call(t, http.MethodPut, write, other).wantProblem(http.StatusUnprocessableEntity, "invalid", "/id")
	}
	s.call(t, http.MethodPut, "/api/v1/hooks/new", `{"url":"ftp://n8n/","events":["*"],"id":1,"status":"active"}`).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "/id", "/status", "/url")
}
