package v1_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"namets/internal/namets"
)

// receiver is a target of webhooks that answers with the status and keeps what it gets.
type receiver struct {
	*httptest.Server
	status int
	body   []byte
	header http.Header
}

func newReceiver(t *testing.T, status int) *receiver {
	t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.body, _ = io.ReadAll(req.Body)
		r.header = req.Header
		w.Header().Set("Location", "http://169.254.169.254/")
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

// putAt registers a hook of the shared token for the URL and returns its secret.
func (s *site) putAt(t *testing.T, key, target string) string {
	t.Helper()
	body := fmt.Sprintf(`{"url":%q,"events":["announcement.published"],"ack":"report"}`, target)
	secret, _ := s.put(t, key, body).want(http.StatusCreated).object()["secret"].(string)
	return secret
}

func TestHooks_areTested(t *testing.T) {
	s := newSite(t)
	target := newReceiver(t, http.StatusAccepted)
	secret := s.putAt(t, "k", target.URL+"/webhook/x")
	got := s.call(t, http.MethodPost, "/api/v1/hooks/k/test", "").want(http.StatusOK).object()
	if got["accepted"] != true || got["status"] != 202.0 || got["error"] != nil {
		t.Errorf("got %v", got)
	}
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.VerifyIgnoringTimestamp(target.body, target.header); err != nil {
		t.Errorf("the ping: %v", err)
	}
	var body struct {
		ID, Type, Time string
		Attempt        int
	}
	if err := json.Unmarshal(target.body, &body); err != nil || body.Type != "ping" || body.Attempt != 1 ||
		body.ID != target.header.Get("Webhook-Id") || body.Time != "2026-03-01T10:30:00+01:00" {
		t.Errorf("the ping: %s, %v", target.body, err)
	}
	for _, tt := range []struct {
		status int
		says   string
	}{{http.StatusNotFound, "answered 404"}, {http.StatusFound, "redirects are not followed"}} {
		target.status = tt.status
		got := s.call(t, http.MethodPost, "/api/v1/hooks/k/test", "").want(http.StatusOK).object()
		if words, _ := got["error"].(string); got["accepted"] != false || got["status"] != float64(tt.status) ||
			!strings.Contains(words, tt.says) {
			t.Errorf("status %d: %v", tt.status, got)
		}
	}
	target.Close()
	got = s.call(t, http.MethodPost, "/api/v1/hooks/k/test", "").want(http.StatusOK).object()
	if words, _ := got["error"].(string); got["status"] != nil || !strings.Contains(words, "connection refused") ||
		strings.Contains(words, "webhook/x") {
		t.Errorf("nothing listens: %v", got)
	}
	// The address is checked when connecting, whatever was registered
	s.exec(t, `update hooks set url = 'http://169.254.169.254/'`)
	got = s.call(t, http.MethodPost, "/api/v1/hooks/k/test", "").want(http.StatusOK).object()
	if words, _ := got["error"].(string); got["status"] != nil || !strings.Contains(words, "metadata address") {
		t.Errorf("a metadata address: %v", got)
	}
	s.call(t, http.MethodPost, "/api/v1/hooks/none/test", "").wantProblem(http.StatusNotFound, "not_found")
	entries, err := s.db.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindHooks})
	if err != nil || len(entries) != 6 || entries[0].Action != "test" {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}

func TestHooks_listTheirDeliveries(t *testing.T) {
	s := newSite(t)
	s.putAt(t, "k", "http://127.0.0.1:5678/")
	var ids []string
	for range 3 {
		id, key := s.delivered(t, 1)
		s.report(t, id, key, `{"sent":["amina@example.org"],"failed":[{"email":"yusuf@example.org"}]}`).
			wantCounts(1, 1, 0)
		ids = append(ids, id)
	}
	first := s.get(t, "/api/v1/hooks/k/deliveries?limit=2").want(http.StatusOK)
	rows := first.list()
	if len(rows) != 2 || rows[0]["webhook_id"] != ids[2] || rows[1]["webhook_id"] != ids[1] {
		t.Fatalf("the first page: %s", first.body)
	}
	if r := rows[0]; r["type"] != "announcement.published" || r["state"] != "delivered" || r["status"] != 200.0 ||
		r["recipients"] != 2.0 || r["sent"] != 1.0 || r["refused"] != 1.0 || r["part"] != 1.0 || r["parts"] != 1.0 ||
		r["error"] != nil || r["answer"] != nil || strings.Contains(string(first.body), "@") {
		t.Errorf("a row: %v", r)
	}
	next := first.Header.Get("X-Next-Cursor")
	second := s.get(t, "/api/v1/hooks/k/deliveries?limit=2&after="+next).want(http.StatusOK)
	if rows := second.list(); len(rows) != 1 || rows[0]["webhook_id"] != ids[0] {
		t.Errorf("the second page: %s", second.body)
	}
	last := s.get(t, "/api/v1/hooks/k/deliveries?limit=2&after="+second.Header.Get("X-Next-Cursor")).want(http.StatusOK)
	if string(last.body) != "[]" || last.Header.Get("Link") != "" {
		t.Errorf("the last page: %s", last.body)
	}
	s.get(t, "/api/v1/hooks/k/deliveries?after=0").wantProblem(http.StatusUnprocessableEntity, "invalid", "after")
	s.get(t, "/api/v1/hooks/k/deliveries", "X-N8N-Token", hooksOnly).wantProblem(http.StatusNotFound, "not_found")
}

func TestHooks_replay(t *testing.T) {
	s := newSite(t)
	s.putAt(t, "k", "http://127.0.0.1:5678/")
	s.delivered(t, 1)
	s.wait(time.Hour)
	since := url.QueryEscape(s.now().Format(time.RFC3339))
	s.delivered(t, 1)
	replay := func(since string) *response {
		return s.call(t, http.MethodPost, "/api/v1/hooks/k/replay?since="+since, "")
	}
	count := func(r *response, queued, left float64) {
		t.Helper()
		if got := r.want(http.StatusOK).object(); got["queued"] != queued || got["left_out"] != left {
			t.Errorf("%s: %s, want %v queued, %v left out", r.request, r.body, queued, left)
		}
	}
	count(replay(since), 1, 0)
	count(replay(since), 0, 0) // it is being repeated
	rows := s.get(t, "/api/v1/hooks/k/deliveries").want(http.StatusOK).list()
	if len(rows) != 3 || rows[0]["state"] != "pending" || rows[0]["webhook_id"] == rows[1]["webhook_id"] ||
		rows[0]["recipients"] != 2.0 {
		t.Errorf("deliveries: %v", rows)
	}
	for _, wrong := range []string{"", "yesterday", "2026-03-01", url.QueryEscape("2026-02-01T00:00:00Z"),
		url.QueryEscape("2026-03-02T00:00:00Z")} {
		replay(wrong).wantProblem(http.StatusUnprocessableEntity, "invalid", "since")
	}
	absent := s.call(t, http.MethodPost, "/api/v1/hooks/k/replay", "").
		wantProblem(http.StatusUnprocessableEntity, "invalid", "since")
	if got := absent.Errors[0].Detail; got != "is missing" {
		t.Errorf("no since: %q", got)
	}
	s.call(t, http.MethodPost, "/api/v1/hooks/none/replay?since="+since, "").
		wantProblem(http.StatusNotFound, "not_found")
	entries, err := s.db.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindHooks})
	if err != nil || entries[0].Action != "replay" || entries[0].Count != 0 || entries[1].Count != 1 {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}
