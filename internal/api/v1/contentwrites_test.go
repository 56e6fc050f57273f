package v1_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/namets"
)

// upsert, post and patch send a body with the good token.
func (s *site) upsert(tb testing.TB, target, body string, headers ...string) *response {
	tb.Helper()
	return s.call(tb, http.MethodPut, target, body, headers...)
}

func (s *site) post(tb testing.TB, target, body string, headers ...string) *response {
	tb.Helper()
	return s.call(tb, http.MethodPost, target, body, headers...)
}

func (s *site) patch(tb testing.TB, target, body string, headers ...string) *response {
	tb.Helper()
	return s.call(tb, http.MethodPatch, target, body, headers...)
}

// deliveries returns the kinds of the deliveries that were queued, oldest first.
func (s *site) deliveries(tb testing.TB) (kinds []string) {
	tb.Helper()
	list, err := s.db.Deliveries(tb.Context(), namets.DeliveryFilter{})
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range list {
		kinds = append([]string{string(d.Kind)}, kinds...)
	}
	return kinds
}

// subscriber stores somebody who wants everything, without a delivery.
func (s *site) subscriber(tb testing.TB, email string) {
	tb.Helper()
	list := []namets.Subscriber{{ID: 1, Email: email, IsActive: true, Token: namets.NewUUID(), SubscribedAt: s.now(),
		Notify: namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}}}
	_, err := s.db.Import(tb.Context(), namets.Actor{Kind: namets.Command}, &namets.Dataset{Subscribers: list},
		namets.ImportOptions{})
	if err != nil {
		tb.Fatal(err)
	}
}

// day is a body with all times of a prayer day.
const day = `"fajr_adhan":"05:12","fajr_iqama":"05:30","dhuhr_adhan":"12:45","dhuhr_iqama":"13:15",` +
	`"asr_adhan":"16:00","asr_iqama":"16:15","maghrib_adhan":"18:50","maghrib_iqama":"18:55","isha_adhan":"20:00",` +
	`"isha_iqama":"20:30"`

// kindCase is a kind of row with the bodies of the tests.
type kindCase struct {
	list, row, add string // its list, its only row, and a body that creates it
	put            string // the path of its upsert; empty for none
	change         string // a body that changes it
	member         string // the member that changes
	first, second  any    // its values
}

func kindCases() map[string]kindCase {
	return map[string]kindCase{
		"announcement": {list: "/api/v1/announcements", row: "/api/v1/announcements/1",
			put: "/api/v1/announcements/by-key/a:1", add: `{"title":"A","content":"C"}`, change: `{"title":"B"}`,
			member: "title", first: "A", second: "B"},
		"event": {list: "/api/v1/events", row: "/api/v1/events/1", put: "/api/v1/events/by-key/e~1",
			add:    `{"title":"E","start_datetime":"2026-03-02T18:00:00+01:00","location":"Hall"}`,
			change: `{"location":"Garden"}`, member: "location", first: "Hall", second: "Garden"},
		"category": {list: "/api/v1/categories", row: "/api/v1/categories/1", add: `{"name":"Meals"}`,
			change: `{"description":"Together"}`, member: "description", first: "", second: "Together"},
		"patron": {list: "/api/v1/patrons", row: "/api/v1/patrons/1", put: "/api/v1/patrons/by-key/p.1",
			add: `{"name":"Musa","email":"musa@example.org"}`, change: `{"email":null}`, member: "email",
			first: "musa@example.org", second: nil},
		"prayer day": {list: "", row: "/api/v1/prayer-days/2026-03-02", put: "/api/v1/prayer-days/2026-03-02",
			add: "{" + day + "}", change: `{"fajr_iqama":"05:40"}`, member: "fajr_iqama", first: "05:30:00",
			second: "05:40:00"},
	}
}

func TestWrites_upsertByKey(t *testing.T) {
	for name, tt := range kindCases() {
		if tt.put == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			created := s.upsert(t, tt.put, tt.add).want(http.StatusCreated)
			row := created.object()
			if row["outcome"] != "created" || row[tt.member] != tt.first || row["revision"] != 1.0 {
				t.Errorf("created: %s", created.body)
			}
			key := tt.put[strings.LastIndex(tt.put, "/")+1:]
			if strings.Contains(tt.put, "by-key") && row["key"] != key {
				t.Errorf("key %v, want %s", row["key"], key)
			}
			same := s.upsert(t, tt.put, tt.add).want(http.StatusOK)
			if same.object()["outcome"] != "unchanged" || same.Header.Get("ETag") != created.Header.Get("ETag") {
				t.Errorf("the same again: %s", same.body)
			}
			changed := s.upsert(t, tt.put, tt.change).want(http.StatusOK).object()
			if changed["outcome"] != "updated" || changed[tt.member] != tt.second || changed["revision"] != 2.0 {
				t.Errorf("changed: %v", changed)
			}
			// What a GET shows may be sent back
			shown := s.get(t, tt.row).want(http.StatusOK)
			back := s.upsert(t, tt.put, string(shown.body)).want(http.StatusOK)
			if back.object()["outcome"] != "unchanged" {
				t.Errorf("sent back: %s", back.body)
			}
			got := s.patch(t, tt.row, string(shown.body)).want(http.StatusOK)
			if string(got.body) != string(shown.body) {
				t.Errorf("sent back as a patch: %s, want %s", got.body, shown.body)
			}
			s.upsert(t, tt.put, `{"revision":7}`).wantProblem(http.StatusUnprocessableEntity, "invalid", "/revision")
		})
	}
}

func TestWrites_createPatchAndDelete(t *testing.T) {
	for name, tt := range kindCases() {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			if tt.list != "" {
				created := s.post(t, tt.list, tt.add).want(http.StatusCreated)
				if shown := s.get(t, tt.row); string(shown.body) != string(created.body) ||
					shown.Header.Get("ETag") != created.Header.Get("ETag") {
					t.Errorf("created %s, shown %s", created.body, shown.body)
				}
			} else {
				s.upsert(t, tt.put, tt.add).want(http.StatusCreated)
			}
			tag := s.get(t, tt.row).Header.Get("ETag")
			s.patch(t, tt.row, tt.change, "If-Match", `"9"`).
				wantProblem(http.StatusPreconditionFailed, "precondition")
			got := s.patch(t, tt.row, tt.change, "If-Match", tag, "Content-Type", "application/merge-patch+json").
				want(http.StatusOK)
			if got.object()[tt.member] != tt.second {
				t.Errorf("patched: %s", got.body)
			}
			s.patch(t, tt.row, tt.change, "If-Match", tag).
				wantProblem(http.StatusPreconditionFailed, "precondition")
			s.patch(t, tt.row, tt.change, "If-Match", `"1", "2"`).want(http.StatusOK)
			s.call(t, http.MethodDelete, tt.row, "", "If-Match", tag).
				wantProblem(http.StatusPreconditionFailed, "precondition")
			gone := s.call(t, http.MethodDelete, tt.row, "", "If-Match", "*").want(http.StatusOK)
			if gone.object()[tt.member] != tt.second {
				t.Errorf("deleted: %s", gone.body)
			}
			again := s.call(t, http.MethodDelete, tt.row, "").want(http.StatusOK)
			if string(again.body) != `{"outcome":"absent"}` {
				t.Errorf("deleted again: %s", again.body)
			}
			s.patch(t, tt.row, tt.change).wantProblem(http.StatusNotFound, "not_found")
			if tt.put != "" {
				s.upsert(t, tt.put, tt.add, "If-Match", "*").
					wantProblem(http.StatusPreconditionFailed, "precondition")
			}
			wantActs(t, s, "create", "update", "delete")
		})
	}
}

// wantActs compares the actions in the audit, oldest first; all are those of the token.
func wantActs(t *testing.T, s *site, want ...string) {
	t.Helper()
	list, err := s.db.Activity(t.Context(), namets.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		if e.By.Kind == namets.Command { // of the test
			continue
		}
		got = append([]string{e.Action}, got...)
		if e.By.Kind != namets.Program || e.By.Name != namets.SharedTokenName || e.By.Address == "" {
			t.Errorf("%s by %+v", e.Action, e.By)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("audit %q, want %q", got, want)
	}
}

func TestWrites_reportAllBrokenRulesInOneGo(t *testing.T) {
	s := newSite(t)
	const invalid, bad = "invalid", http.StatusUnprocessableEntity
	s.post(t, "/api/v1/announcements", `{"title":"`+strings.Repeat("x", 201)+`","content":"","category":"none",`+
		`"publish_at":"tomorrow","expire_at":"2020-01-01T00:00:00Z","slug":"A B","status":"expired","key":"a@b"}`).
		wantProblem(bad, invalid, "/status", "/publish_at", "/title", "/slug", "/content", "/key", "/category",
			"/expire_at")
	s.post(t, "/api/v1/announcements", `{}`).wantProblem(bad, invalid, "/title", "/content")
	s.post(t, "/api/v1/announcements", `{"title":null,"is_pinned":"yes","nope":1,"id":1}`).
		wantProblem(bad, invalid, "/nope", "/title", "/is_pinned")
	s.post(t, "/api/v1/announcements", `{"title":"A","content":"C","id":1,"url":"https://x.example"}`).
		wantProblem(bad, invalid, "/id", "/url")
	s.post(t, "/api/v1/events", `{"title":"E","location":"a\nb","end_datetime":"2020-01-01T00:00:00Z"}`).
		wantProblem(bad, invalid, "/location", "/start_datetime")
	s.post(t, "/api/v1/events", `{"title":"E","start_datetime":"2026-03-02T18:00:00","category_id":9}`).
		wantProblem(bad, invalid, "/start_datetime", "/category_id")
	s.post(t, "/api/v1/events", `{"title":"E","start_datetime":"2026-03-02T18:00:00Z","category_id":9}`).
		wantProblem(bad, invalid, "/category_id")
	s.post(t, "/api/v1/events", `{"title":"E","start_datetime":"2026-03-02T18:00:00Z","category_id":1e30}`).
		wantProblem(bad, invalid, "/category_id")
	s.post(t, "/api/v1/patrons", `{"name":" ","email":"Bob <b@example.org>"}`).
		wantProblem(bad, invalid, "/name", "/email")
	s.upsert(t, "/api/v1/prayer-days/2026-03-02", `{"fajr_adhan":"25:00","date":"2026-03-03"}`).problem()
	s.upsert(t, "/api/v1/prayer-days/2026-02-30", `{}`).wantProblem(bad, invalid, "date")
	s.patch(t, "/api/v1/prayer-days/2026-02-30", `{}`).wantProblem(http.StatusNotFound, "not_found")
	s.upsert(t, "/api/v1/announcements/by-key/a%40b", `{}`).wantProblem(bad, invalid, "key")
	s.upsert(t, "/api/v1/announcements/by-key/a", `{"key":"b","title":"A","content":"C"}`).
		wantProblem(bad, invalid, "/key")
	for body, code := range map[string]int{`{"title":"A","title":"B"}`: 400, `{"title":"A"`: 400, "[": 400, `[]`: bad,
		`null`: bad, "{\"title\":\"\xff\"}": 400, `{"title":"\u0000"}`: bad} {
		s.post(t, "/api/v1/announcements", body).want(code).problem()
	}
	s.post(t, "/api/v1/announcements", `{}`, "Content-Type", "text/plain").
		wantProblem(http.StatusUnsupportedMediaType, "media_type")
	wantActs(t, s)
}

func TestWrites_keepARowAsAnImportHasStoredIt(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("x", 300)
	at := s.now()
	_, err := s.db.Import(t.Context(), namets.Actor{Kind: namets.Command}, &namets.Dataset{
		Announcements: []namets.Announcement{{ID: 1, Title: long, Slug: "odd", Content: "C", Category: namets.General,
			PublishAt: at, ExpireAt: &at, IsActive: true}}}, namets.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	shown := s.get(t, "/api/v1/announcements/1")
	r := httptest.NewRequest(http.MethodPatch, "/api/v1/announcements/1", bytes.NewReader(shown.body))
	r.Header.Set("X-N8N-Token", goodToken)
	back := httptest.NewRecorder() // the document does not allow such a title
	if s.ServeHTTP(back, r); back.Code != http.StatusOK || back.Body.String() != string(shown.body) {
		t.Errorf("%d %s, want %s", back.Code, back.Body, shown.body)
	}
	s.patch(t, "/api/v1/announcements/1", `{"content":"D"}`).want(http.StatusOK)
	s.patch(t, "/api/v1/announcements/1", `{"title":"`+long+`y"}`).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "/title")
}

func TestStatus_isWrittenInTheWordsOfARow(t *testing.T) {
	s := newSite(t)
	const path = "/api/v1/announcements/by-key/k"
	status := func(body, want string) {
		t.Helper()
		if got := s.upsert(t, path, body).object()["status"]; got != want {
			t.Errorf("after %s: %v, want %s", body, got, want)
		}
	}
	status(`{"title":"A","content":"C","status":"draft"}`, "draft")
	status(`{"title":"B"}`, "draft")
	s.upsert(t, path, `{"status":"scheduled"}`).wantProblem(http.StatusUnprocessableEntity, "invalid", "/status")
	s.upsert(t, path, `{"status":"cancelled"}`).wantProblem(http.StatusUnprocessableEntity, "invalid", "/status")
	status(`{"status":"published","publish_at":"2026-03-01T12:00:00+01:00"}`, "scheduled")
	status(`{"status":"scheduled","title":"C"}`, "scheduled")
	s.wait(24 * time.Hour)
	status(`{"title":"D"}`, "published")
	status(`{"expire_at":"2026-03-02T09:00:00Z"}`, "expired")
	status(`{"status":"expired","title":"E"}`, "expired")
	status(`{"status":"published"}`, "expired")
	status(`{"expire_at":null,"status":"published"}`, "published")
}

func TestEvents_areCancelledAndRevived(t *testing.T) {
	s := newSite(t)
	const path = "/api/v1/events/by-key/k"
	s.upsert(t, path, `{"title":"E","start_datetime":"2026-03-02T18:00:00+01:00"}`).want(http.StatusCreated)
	row := s.get(t, "/api/v1/events/1").object()
	if row["status"] != "published" || row["end_datetime"] != "2026-03-02T19:00:00+01:00" ||
		row["cancelled_at"] != nil {
		t.Errorf("%v", row)
	}
	row = s.patch(t, "/api/v1/events/1", `{"status":"cancelled"}`).want(http.StatusOK).object()
	if row["status"] != "cancelled" || row["cancelled_at"] != "2026-03-01T10:30:00+01:00" {
		t.Errorf("cancelled: %v", row)
	}
	s.wait(time.Hour)
	if got := s.upsert(t, path, `{"status":"cancelled"}`).object(); got["outcome"] != "unchanged" {
		t.Errorf("cancelled again: %v", got)
	}
	if got := s.upsert(t, path, `{"title":"F"}`).object(); got["status"] != "cancelled" {
		t.Errorf("changed: %v", got)
	}
	if got := s.upsert(t, path, `{"status":"published"}`).object(); got["status"] != "published" ||
		got["cancelled_at"] != nil {
		t.Errorf("revived: %v", got)
	}
	if got := s.upsert(t, path, `{"status":"draft"}`).object(); got["status"] != "draft" {
		t.Errorf("kept back: %v", got)
	}
	if got := s.post(t, "/api/v1/events", `{"title":"E","start_datetime":"2026-03-02T18:00:00+01:00",`+
		`"status":"cancelled"}`).object(); got["status"] != "cancelled" {
		t.Errorf("created: %v", got)
	}
}

func TestWrites_announceWhatTheFormAnnounces(t *testing.T) {
	s := newSite(t)
	s.subscriber(t, "amina@example.org")
	s.post(t, "/api/v1/announcements", `{"title":"A","content":"C"}`).want(http.StatusCreated)
	s.post(t, "/api/v1/announcements?notify=0", `{"title":"B","content":"C","send_email":true}`).
		want(http.StatusCreated)
	s.patch(t, "/api/v1/announcements/2", `{"title":"C"}`).want(http.StatusOK)
	s.upsert(t, "/api/v1/prayer-days/2026-03-02?notify=0", "{"+day+`,"send_email":true}`).want(http.StatusCreated)
	if got := s.deliveries(t); len(got) > 0 {
		t.Errorf("deliveries %q, want none", got)
	}
	s.patch(t, "/api/v1/announcements/1", `{"send_email":true}`).want(http.StatusOK)
	s.post(t, "/api/v1/events", `{"title":"E","start_datetime":"2026-03-02T18:00:00Z","send_email":true}`).
		want(http.StatusCreated)
	s.patch(t, "/api/v1/prayer-days/2026-03-02", `{"isha_iqama":"20:40"}`).want(http.StatusOK)
	if got := strings.Join(s.deliveries(t), " "); got != "announcement_created event_created prayer_updated" {
		t.Errorf("deliveries %q", got)
	}
}

func TestWrites_needScopes(t *testing.T) {
	s := newSite(t)
	const token = "X-N8N-Token"
	write := func(scopes, target, body string) *response {
		t.Helper()
		return s.post(t, target, body, token, scopes)
	}
	write("content:read", "/api/v1/announcements", `{"title":"A","content":"C"}`).wantProblem(403, "scope")
	write("content:write", "/api/v1/patrons", `{"name":"A"}`).wantProblem(403, "scope")
	write("people:write", "/api/v1/patrons", `{"name":"A"}`).want(201)
	write("content:write", "/api/v1/announcements", `{"title":"A","content":"C"}`).want(201)
	write("content:write", "/api/v1/announcements", `{"title":"A","content":"C","send_email":true}`).
		wantProblem(403, "scope")
	write("content:write send", "/api/v1/announcements", `{"title":"A","content":"C","send_email":true,`+
		`"status":"draft"}`).want(201)
	s.patch(t, "/api/v1/announcements/2", `{"status":"published"}`, token, "content:write").wantProblem(403, "scope")
	s.patch(t, "/api/v1/announcements/2", `{"title":"B"}`, token, "content:write").want(200)
	write("content:write", "/api/v1/messages", `{"subject":"S","body":"B","everyone":true}`).wantProblem(403, "scope")
}

func TestWrites_atTheSameTime(t *testing.T) {
	s := newSite(t)
	var all sync.WaitGroup
	statuses := make([]int, 6)
	for i := range statuses {
		all.Go(func() {
			body := fmt.Sprintf(`{"title":"T%d","content":"C"}`, i)
			statuses[i] = s.upsert(t, "/api/v1/announcements/by-key/k", body).StatusCode
		})
	}
	all.Wait()
	if list := s.get(t, "/api/v1/announcements").list(); len(list) != 1 || count(statuses, 201) != 1 {
		t.Errorf("%d rows, statuses %v", len(list), statuses)
	}
	tag := s.get(t, "/api/v1/announcements/1").Header.Get("ETag")
	for i := range statuses {
		all.Go(func() {
			body := fmt.Sprintf(`{"title":"U%d"}`, i)
			statuses[i] = s.patch(t, "/api/v1/announcements/1", body, "If-Match", tag).StatusCode
		})
	}
	all.Wait()
	if count(statuses, 200) != 1 || count(statuses, 412) != len(statuses)-1 {
		t.Errorf("statuses %v", statuses)
	}
}

func count(list []int, of int) (n int) {
	for _, v := range list {
		if v == of {
			n++
		}
	}
	return n
}
