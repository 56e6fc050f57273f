package v1_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

const allTopics = `{"topics": ["subscribers", "announcements", "announcements.published", "events", "events.upcoming",
	"prayer-days"], "before": "PT24H", "start": "beginning", "lease": "PT5M"}`

// consume registers a consumer with the body and returns the answer.
func (s *site) consume(tb testing.TB, name, body string, headers ...string) *response {
	tb.Helper()
	return s.call(tb, http.MethodPut, "/api/v1/consumers/"+name, body, headers...)
}

// ack acknowledges a lease.
func (s *site) ack(tb testing.TB, name string, lease any) *response {
	tb.Helper()
	return s.call(tb, http.MethodPost, "/api/v1/consumers/"+name+"/ack", fmt.Sprintf(`{"lease": %q}`, lease))
}

func TestConsumers_getChangesAndAcknowledge(t *testing.T) {
	s := newSite(t)
	s.addSubscriber(t, "amina@example.org", "crm:7")
	created := s.consume(t, "sync", allTopics).want(http.StatusCreated).object()
	want := map[string]any{"name": "sync", "token": "shared", "topics": []any{"subscribers", "announcements",
		"announcements.published", "events", "events.upcoming", "prayer-days"}, "start": "beginning",
		"before": "PT24H", "lease": "PT5M", "created_at": "2026-03-01T10:30:00+01:00", "seen_at": nil, "acked_at": nil,
		"leased_until": nil, "lag": 1.0, "expected_interval": nil, "late": false}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, s.consume(t, "sync", allTopics).want(http.StatusOK).object()); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
	items := s.get(t, "/api/v1/consumers/sync/next?limit=5").want(http.StatusOK).list()
	if len(items) != 1 {
		t.Fatalf("%v", items)
	}
	item, row := items[0], s.get(t, "/api/v1/subscribers/1").want(http.StatusOK).object()
	if diff := cmp.Diff(row, item["row"]); diff != "" {
		t.Errorf("row (-list +item):\n%s", diff)
	}
	lease := item["lease"]
	delete(item, "row")
	delete(item, "lease")
	delete(item, "seq")
	if diff := cmp.Diff(map[string]any{"change": "created", "topic": "subscribers", "table": "subscribers",
		"id": 1.0, "key": "crm:7",
		"first": true}, item); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
	if again := string(s.get(t, "/api/v1/consumers/sync/next/").want(http.StatusOK).body); again != "[]" {
		t.Errorf("another run got %s", again)
	}
	for range 2 {
		done := s.ack(t, "sync", lease).want(http.StatusOK).object()
		if diff := cmp.Diff(map[string]any{"remaining": 0.0}, done); diff != "" {
			t.Error(diff)
		}
	}
	rewound := s.call(t, http.MethodPost, "/api/v1/consumers/sync/rewind", `{"to":"beginning"}`)
	if n := rewound.want(http.StatusOK).object()["remaining"]; n != 1.0 {
		t.Errorf("%v remain", n)
	}
	second := s.get(t, "/api/v1/consumers/sync/next").want(http.StatusOK).list()
	s.call(t, http.MethodPost, "/api/v1/consumers/sync/release", fmt.Sprintf(`{"lease":%q}`, second[0]["lease"])).
		want(http.StatusOK)
	third := s.get(t, "/api/v1/consumers/sync/next").want(http.StatusOK).list()
	if len(third) != 1 || third[0]["first"] != false {
		t.Errorf("after a release: %v", third)
	}
	s.ack(t, "sync", second[0]["lease"]).wantProblem(http.StatusConflict, "conflict", "/lease")
	list := s.get(t, "/api/v1/consumers").want(http.StatusOK).list()
	if len(list) != 1 || list[0]["seen_at"] == nil || list[0]["acked_at"] == nil || list[0]["leased_until"] == nil {
		t.Errorf("%v", list)
	}
	for _, outcome := range []string{"deleted", "absent"} {
		gone := s.call(t, http.MethodDelete, "/api/v1/consumers/sync", "").want(http.StatusOK).object()
		if gone["outcome"] != outcome {
			t.Errorf("%v, want %s", gone, outcome)
		}
	}
	s.get(t, "/api/v1/consumers/sync/next").wantProblem(http.StatusNotFound, "not_found")
}

// addSubscriber stores an active subscriber with a key.
func (s *site) addSubscriber(tb testing.TB, email, key string) {
	tb.Helper()
	p := namets.NewSubscriber(email)
	p.Key = key
	if _, err := s.db.CreateSubscriber(tb.Context(), namets.Actor{Kind: namets.System}, p); err != nil {
		tb.Fatal(err)
	}
}

func TestConsumers_belongToTheirToken(t *testing.T) {
	s := newSite(t)
	const content = `{"topics":["events.upcoming","announcements"]}`
	s.consume(t, "c", content, "X-N8N-Token", "changes").want(http.StatusCreated)
	s.consume(t, "c", allTopics).want(http.StatusCreated)
	if mine := s.get(t, "/api/v1/consumers", "X-N8N-Token", "changes").want(http.StatusOK).list(); len(mine) != 1 ||
		mine[0]["start"] != "now" || mine[0]["token"] != "n8n" {
		t.Errorf("%v", mine)
	}
	if all := s.get(t, "/api/v1/consumers").want(http.StatusOK).list(); len(all) != 2 {
		t.Errorf("%v", all)
	}
	s.consume(t, "p", allTopics, "X-N8N-Token", "changes").wantProblem(http.StatusForbidden, "scope")
	s.consume(t, "p", allTopics, "X-N8N-Token", "changes people:read").want(http.StatusCreated)
	s.get(t, "/api/v1/consumers/p/next", "X-N8N-Token", "changes").wantProblem(http.StatusForbidden, "scope")
	s.get(t, "/api/v1/consumers/p/next", "X-N8N-Token", "hooks").wantProblem(http.StatusForbidden, "scope")
	s.addSubscriber(t, "amina@example.org", "")
	lease := s.get(t, "/api/v1/consumers/p/next", "X-N8N-Token", "changes people:read").list()[0]["lease"]
	s.ack(t, "c", lease).wantProblem(http.StatusUnprocessableEntity, "invalid", "/lease")
}

func TestConsumers_refuseWhatIsWrong(t *testing.T) {
	s := newSite(t)
	const unprocessable = http.StatusUnprocessableEntity
	for _, tt := range []struct {
		body   string
		places []string
	}{
		{`{}`, []string{"/topics"}},
		{`{"topics":[]}`, []string{"/topics"}},
		{`{"topics":["people"]}`, []string{"/topics/0"}},
		{`{"topics":["events","events"]}`, []string{"/topics"}},
		{`{"topics":["events"],"lease":"PT0S"}`, []string{"/lease"}},
		{`{"topics":["events"],"lease":"P2D","before":"PT1S"}`, []string{"/before", "/lease"}},
		{`{"topics":["events","people","none"],"start":"","lease":"P2D","before":"soon"}`,
			[]string{"/topics/1", "/topics/2", "/start", "/before", "/lease"}},
		{`{"topics":["events",null]}`, []string{"/topics/1"}},
		{`{"topics":["events"],"start":"later"}`, []string{"/start"}},
		{`{"topics":["events"],"Start":"now"}`, []string{"/Start"}},
	} {
		s.consume(t, "c", tt.body).wantProblem(unprocessable, "invalid", tt.places...)
	}
	s.consume(t, "a@b", allTopics).wantProblem(unprocessable, "invalid", "name")
	s.consume(t, "c", allTopics).want(http.StatusCreated)
	s.get(t, "/api/v1/consumers/c/next?limit=0").wantProblem(unprocessable, "invalid", "limit")
	s.ack(t, "c", "7.x").wantProblem(unprocessable, "invalid", "/lease")
	s.ack(t, "c", strings.Repeat("x", 101)).wantProblem(unprocessable, "invalid", "/lease")
	const forms = "must be beginning, the seq of the first change to get again, or a time with an offset, such as " +
		"2026-03-01T18:00:00+01:00"
	for to, want := range map[string]string{`"yesterday"`: forms, `-1`: forms, `1.5`: forms, `true`: forms,
		`null`: forms, `"2026-13-01T00:00:00Z"`: forms, `"2026-03-01"`: forms, `99999999999999999999`: forms,
		`99`: "is higher than the number of the newest change", `"2026-03-01T09:30:01Z"`: "is in the future"} {
		p := s.call(t, http.MethodPost, "/api/v1/consumers/c/rewind", `{"to":`+to+`}`).
			wantProblem(unprocessable, "invalid", "/to")
		if p.Errors[0].Detail != want {
			t.Errorf("%s: %q, want %q", to, p.Errors[0].Detail, want)
		}
	}
	for _, to := range []string{`"0"`, `0`, `"2026-03-01T00:00:00Z"`, `"beginning"`} {
		s.call(t, http.MethodPost, "/api/v1/consumers/c/rewind", `{"to":`+to+`}`).want(http.StatusOK)
	}
	head := s.call(t, http.MethodHead, "/api/v1/consumers/c/next", "")
	if head.StatusCode != http.StatusMethodNotAllowed || head.Header.Get("Allow") != "GET, OPTIONS" {
		t.Errorf("HEAD: %d %v", head.StatusCode, head.Header)
	}
}

// version returns a function whose result changes with each commit to the database.
func (s *site) version(tb testing.TB) func() (n int) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+s.path)
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	tb.Cleanup(func() { db.Close() })
	return func() (n int) {
		if err := db.QueryRowContext(tb.Context(), "pragma data_version").Scan(&n); err != nil {
			tb.Fatal(err)
		}
		return n
	}
}

func TestConsumers_nextWritesNothingWithoutChanges(t *testing.T) {
	s := newSite(t)
	s.consume(t, "c", strings.Replace(allTopics, "beginning", "now", 1)).want(http.StatusCreated)
	version := s.version(t)
	before := version()
	for range 10 {
		s.wait(time.Minute)
		s.get(t, "/api/v1/consumers/c/next").want(http.StatusOK)
	}
	if after := version(); after != before {
		t.Errorf("the database changed: %d, %d", before, after)
	}
	list := s.get(t, "/api/v1/consumers").list()
	if seen := list[0]["seen_at"]; seen != "2026-03-01T10:40:00+01:00" {
		t.Errorf("seen at %v", seen)
	}
}

func TestConsumers_showWhoIsLate(t *testing.T) {
	s := newSite(t)
	s.consume(t, "c", allTopics).want(http.StatusCreated)
	minutes := func(n int, act func()) {
		t.Helper()
		for range n {
			act()
			s.wait(time.Minute)
			if err := s.db.RecordHeartbeats(t.Context(), false); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(when string, interval any, late bool) {
		t.Helper()
		row := s.get(t, "/api/v1/consumers").list()[0]
		if row["expected_interval"] != interval || row["late"] != late {
			t.Errorf("%s: %v", when, row)
		}
	}
	next := func() { s.get(t, "/api/v1/consumers/c/next").want(http.StatusOK) }
	minutes(5, next)
	want("after four intervals", nil, false)
	minutes(1, next)
	want("after five", "PT1M", false)
	minutes(3, func() {})
	want("after a silence", "PT1M", true)
	next()
	want("it asks again", "PT1M", false)
}
