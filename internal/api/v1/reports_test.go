package v1_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// delivered stores two subscribers and an announcement for them, delivers it, and returns its
// webhook-id with the key to report on it. hook is the target.
func (s *site) delivered(t *testing.T, hook int64) (webhookID, key string) {
	t.Helper()
	ctx, by := t.Context(), namets.Actor{Kind: namets.System}
	for _, email := range []string{"amina@example.org", "yusuf@example.org"} {
		_, err := s.db.CreateSubscriber(ctx, by, namets.NewSubscriber(email))
		if err != nil && namets.CodeOf(err) != namets.Conflict {
			t.Fatal(err)
		}
	}
	if _, err := s.db.CreateAnnouncement(ctx, by, namets.Announcement{Title: "T", Category: namets.General,
		PublishAt: s.now(), IsActive: true, SendEmail: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.QueueDue(ctx); err != nil {
		t.Fatal(err)
	}
	claims, _, err := s.db.RecordAndClaim(ctx, nil, []namets.ClaimLimits{{Hook: hook, Urgent: 100, Rest: 100}},
		time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		if c.Kind == namets.AnnouncementCreated {
			webhookID = c.WebhookID
		}
		if err := s.db.RecordOutcomes(ctx, []namets.Outcome{{ID: c.ID, State: namets.Delivered,
			Recipients: c.Recipients, Attempt: &namets.Attempt{At: s.now(), Status: 200}}}); err != nil {
			t.Fatal(err)
		}
	}
	value, err := s.db.ReportKey(ctx, webhookID)
	if err != nil {
		t.Fatal(err)
	}
	return webhookID, value.Reveal()
}

// report reports on a delivery, without a token unless headers contain one.
func (s *site) report(tb testing.TB, webhookID, key, body string, headers ...string) *response {
	tb.Helper()
	target := "/api/v1/deliveries/" + webhookID + "/report"
	if key != "" {
		target += "?key=" + key
	}
	if len(headers) == 0 {
		headers = []string{"X-N8N-Token", ""}
	}
	return s.call(tb, http.MethodPost, target, body, headers...)
}

// want compares the counts of a report's answer.
func (r *response) wantCounts(sent, refused, missing float64) {
	r.tb.Helper()
	got := r.want(http.StatusOK).object()
	if got["sent"] != sent || got["refused"] != refused || got["missing"] != missing {
		r.tb.Errorf("%s: %s, want %v sent, %v refused, %v missing", r.request, r.body, sent, refused, missing)
	}
}

func TestReports_needTheKeyOrTheOwnersToken(t *testing.T) {
	s := newSite(t)
	s.exec(t, `insert into api_tokens (id, name, name_key, hash, scopes, created_at, created_by)
		values (7, 'n8n', 'n8n', zeroblob(32), 'people:read hooks', 1, '')`) // else it gets no recipients
	s.put(t, "k", hookBody, "X-N8N-Token", hooksOnly).want(http.StatusCreated)
	legacy, key := s.delivered(t, 0)
	const body = `{"sent":["amina@example.org"]}`
	s.report(t, legacy, key, body).wantCounts(1, 0, 1)
	s.report(t, legacy, key, body, "X-N8N-Token", "revoked").wantCounts(1, 0, 1)
	s.report(t, legacy, key, body, "X-N8N-Token", "changes").wantCounts(1, 0, 1)
	s.report(t, legacy, "", body, "X-N8N-Token", goodToken).wantCounts(1, 0, 1)
	s.report(t, legacy, "wrong", body, "X-N8N-Token", goodToken).wantCounts(1, 0, 1)
	s.report(t, legacy, "", body, "X-N8N-Token", hooksOnly).wantProblem(http.StatusNotFound, "not_found")
	own, ownKey := s.delivered(t, 1)
	s.report(t, own, "", body, "X-N8N-Token", hooksOnly).wantCounts(1, 0, 1)
	s.report(t, own, "", body, "X-N8N-Token", "changes").wantCounts(1, 0, 1) // the same token, with other rights
	s.report(t, own, "", body, "X-N8N-Token", goodToken).wantProblem(http.StatusNotFound, "not_found")

	const bad = `{"sent":`
	s.report(t, legacy, "", bad).wantProblem(http.StatusForbidden, "token")
	s.report(t, legacy, ownKey, bad).wantProblem(http.StatusForbidden, "token")
	s.report(t, legacy, key[1:], bad).wantProblem(http.StatusForbidden, "token")
	s.report(t, "msg_none", key, bad).wantProblem(http.StatusForbidden, "token")
	s.report(t, "msg_none", "", bad, "X-N8N-Token", "unknown").wantProblem(http.StatusServiceUnavailable, "unavailable")
	s.report(t, "msg_none", "", bad, "X-N8N-Token", goodToken).wantProblem(http.StatusNotFound, "not_found")
	s.report(t, legacy, key, bad).wantProblem(http.StatusBadRequest, "malformed")
	s.report(t, "msg%00", "", bad, "X-N8N-Token", goodToken).wantProblem(http.StatusNotFound, "not_found")
	s.get(t, "/api/v1/deliveries/"+legacy+"/report").wantProblem(http.StatusMethodNotAllowed, "method")
}

func TestReports_areStoredAsAWhole(t *testing.T) {
	s := newSite(t)
	id, key := s.delivered(t, 0)
	const unprocessable = http.StatusUnprocessableEntity
	p := s.report(t, id, key, `{"sent":["amina@example.org","x@example.org"],"failed":[{"email":"yusuf@example.org"},
		{"email":"y@example.org"}]}`).wantProblem(unprocessable, "invalid", "/sent/1", "/failed/1/email")
	if strings.Contains(p.Error()+p.Errors[0].Detail, "@") {
		t.Errorf("the answer repeats an address: %+v", p)
	}
	for body, places := range map[string][]string{
		`{"sent":"amina@example.org"}`:                      {"/sent"},
		`{"sent":[null]}`:                                   {"/sent/0"},
		`{"sent":null}`:                                     {"/sent"},
		`{"failed":["amina@example.org"]}`:                  {"/failed/0"},
		`{"failed":[{"reason":"full"}]}`:                    {"/failed/0/email"},
		`{"failed":[{"email":"a@b.example","resaon":"x"}]}`: {"/failed/0/resaon"},
		`{"Sent":["amina@example.org"]}`:                    {"/Sent"},
	} {
		s.report(t, id, key, body).wantProblem(unprocessable, "invalid", places...)
	}
	s.report(t, id, key, `{}`).wantCounts(0, 0, 2)
	s.report(t, id, key, `{"failed":[{"email":"AMINA@example.org","reason":"`+strings.Repeat("x", 5000)+`"}]}`).
		wantCounts(0, 1, 1)
	s.report(t, id, key, `{"sent":["yusuf@example.org","yusuf@example.org"],"failed":[{"email":"yusuf@example.org"}]}`).
		wantCounts(1, 1, 0)
	s.report(t, id, key, `{"sent":["amina@example.org"]}`).wantCounts(2, 0, 0)
	entries, err := s.db.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindDeliveries})
	if err != nil || len(entries) != 3 || entries[0].Action != "report" || entries[0].By.Name != "report key" {
		t.Errorf("audit: %+v, %v", entries, err)
	}
	s.wait(8 * 24 * time.Hour)
	if _, err := s.db.PruneDeliveries(t.Context(), 90*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	s.report(t, id, key, `{"sent":["amina@example.org"]}`).wantCounts(2, 0, 0)
	s.report(t, id, key, `{"sent":["x@example.org"]}`).wantProblem(http.StatusConflict, "conflict")
}
