package v1_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/namets"
)

const (
	byEmail = "/api/v1/subscribers/by-email/"
	agreed  = `"consent":"confirmed","consent_at":"2026-03-01T09:00:00+01:00","consent_source":"paper"`
)

// add stores a subscriber with a consent.
func (s *site) add(t *testing.T, email string) map[string]any {
	t.Helper()
	return s.call(t, http.MethodPut, byEmail+email, "{"+agreed+"}").want(http.StatusCreated).object()
}

func TestPutSubscriber(t *testing.T) {
	s := newSite(t)
	res := s.call(t, http.MethodPut, byEmail+"Amina%40example.org", `{"phone":"+234 1","key":"crm-7",`+agreed+`}`)
	row := res.want(http.StatusCreated).object()
	if row["outcome"] != "created" || row["email"] != "Amina@example.org" || row["key"] != "crm-7" ||
		row["is_active"] != true || row["notify_events"] != true || res.Header.Get("ETag") != `"1"` {
		t.Errorf("%s", res.body)
	}
	for _, step := range []struct{ body, outcome string }{
		{`{}`, "unchanged"}, {`{"notify_events":false}`, "updated"}, {`{"phone":null}`, "updated"},
		{`{"phone":null,"key":"crm-7","id":1,"revision":3,"subscribed_at":"2026-03-01T10:30:00+01:00",` +
			`"last_notified":null}`, "unchanged"},
	} {
		got := s.call(t, http.MethodPut, byEmail+"amina@example.org/", step.body).want(http.StatusOK).object()
		if got["outcome"] != step.outcome {
			t.Errorf("%s: %v, want %s", step.body, got["outcome"], step.outcome)
		}
	}
	for body, place := range map[string]string{
		`{"id":2}`: "/id", `{"revision":9}`: "/revision", `{"key":null}`: "/key", `{"Phone":"1"}`: "/Phone",
		`{"email":"b@example.org"}`:                                   "/email",
		`{"consent":"yes"}`:                                           "/consent /consent_at /consent_source",
		`{"consent":"confirmed"}`:                                     "/consent_at /consent_source",
		`{"consent_at":"yesterday"}`:                                  "/consent /consent_at /consent_source",
		`{"consent_at":"2026-03-01T09:00:00Z"}`:                       "/consent /consent_source",
		`{"consent":"confirmed","consent_at":"2026-03-01T09:00:00Z"}`: "/consent_source",
		`{"consent":"confirmed","consent_at":"2026-03-02T09:30:01Z","consent_source":"paper"}`: "/consent_at",
		`{"phone":"a\nb","key":"a@b","id":7,"is_active":true,"consent":"confirmed",` +
			`"consent_at":"2026-03-02T09:30:01Z","consent_source":""}`: "/id /phone /key /consent_at /consent_source",
		`{"phone":"a\nb"}`:    "/phone",
		`{"is_active":"yes"}`: "/is_active",
		`{"key":"a@b"}`:       "/key",
		`{"manage_url":"https://namets.example/x",` +
			`"unsubscribe_url":"https://namets.example/x"}`: "/manage_url /unsubscribe_url",
	} {
		s.call(t, http.MethodPut, byEmail+"amina@example.org", body).
			wantProblem(http.StatusUnprocessableEntity, "invalid", strings.Fields(place)...)
	}
	s.call(t, http.MethodPut, byEmail+"nobody", "{}").wantProblem(http.StatusUnprocessableEntity, "invalid", "email")
	s.call(t, http.MethodPut, byEmail+"amina@example.org", `{}`, "X-N8N-Token", "people:read").
		wantProblem(http.StatusForbidden, "scope")
}

func TestPutSubscriber_mindsTheRevision(t *testing.T) {
	s := newSite(t)
	s.call(t, http.MethodPut, byEmail+"a@example.org", "{"+agreed+"}", "If-Match", "*").
		wantProblem(http.StatusPreconditionFailed, "precondition")
	s.add(t, "a@example.org")
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		target, body := "/api/v1/subscribers/1", `{"phone":"1"}`
		if method == http.MethodPut {
			target = byEmail + "a@example.org"
		}
		if method == http.MethodDelete {
			body = ""
		}
		s.call(t, method, target, body, "If-Match", `"7"`).wantProblem(http.StatusPreconditionFailed, "precondition")
	}
	s.call(t, http.MethodPatch, "/api/v1/subscribers/1", `{"phone":"1"}`, "If-Match", `"7", "1"`).want(http.StatusOK)
	s.call(t, http.MethodDelete, "/api/v1/subscribers/1", "", "If-Match", `"2"`).want(http.StatusOK)
}

// TestSubscribers_consent checks the rules of consent through the API, with their statuses.
func TestSubscribers_consent(t *testing.T) {
	s := newSite(t)
	asked := s.call(t, http.MethodPut, byEmail+"new@example.org", "{}").want(http.StatusOK).object()
	if asked["outcome"] != "asked" || asked["id"] != nil || asked["email"] != "new@example.org" {
		t.Errorf("%v", asked)
	}
	s.call(t, http.MethodPost, "/api/v1/subscribers", `{"email":"other@example.org"}`).want(http.StatusOK)
	if kinds := s.kinds(t); kinds != "subscriber_confirmation subscriber_confirmation" {
		t.Errorf("sent: %s", kinds)
	}
	id := s.add(t, "left@example.org")["id"]
	stored, _, err := s.db.Subscriber(t.Context(), int64(id.(float64)))
	if err != nil {
		t.Fatal(err)
	}
	s.wait(time.Minute)
	if err := s.db.Unsubscribe(t.Context(), namets.Actor{Kind: namets.Visitor}, stored.Token); err != nil {
		t.Fatal(err)
	}
	s.wait(time.Hour)
	later := fmt.Sprintf(`{"consent":"confirmed","consent_at":%q,"consent_source":"desk"}`,
		s.now().Add(-time.Minute).Format(time.RFC3339))
	for body, want := range map[string]string{"{}": "suppressed", "{" + agreed + "}": "suppressed"} {
		got := s.call(t, http.MethodPut, byEmail+"left@example.org", body).want(http.StatusOK).object()
		if got["outcome"] != want || got["id"] != nil {
			t.Errorf("%s: %v", body, got)
		}
	}
	row := s.call(t, http.MethodPut, byEmail+"left@example.org", later).want(http.StatusCreated).object()
	bounces := fmt.Sprintf("/api/v1/subscribers/%v/bounces", row["id"])
	ended := s.call(t, http.MethodPost, bounces, `{"kind":"complaint","detail":"abuse report"}`).
		want(http.StatusOK).object()
	if ended["outcome"] != "ended" || ended["is_active"] != false {
		t.Errorf("%v", ended)
	}
	s.wait(time.Hour)
	latest := strings.Replace(later, s.now().Add(-time.Hour-time.Minute).Format("T15:04"), s.now().Format("T15:04"), 1)
	got := s.call(t, http.MethodPut, byEmail+"left@example.org", latest).want(http.StatusOK).object()
	if got["outcome"] != "suppressed" {
		t.Errorf("after a complaint: %v", got)
	}
	patch := fmt.Sprintf("/api/v1/subscribers/%v", row["id"])
	s.call(t, http.MethodPatch, patch, `{"is_active":true}`).wantProblem(http.StatusConflict, "suppressed", "/email")
	s.add(t, "plain@example.org")
	plain := s.call(t, http.MethodPatch, "/api/v1/subscribers/3", `{"is_active":false}`).want(http.StatusOK).object()
	if plain["outcome"] != "updated" {
		t.Errorf("%v", plain)
	}
	inactive := s.call(t, http.MethodPut, byEmail+"plain@example.org", `{"is_active":true,"phone":"5"}`).
		want(http.StatusOK)
	if got := inactive.object(); got["outcome"] != "inactive" || got["is_active"] != false || got["phone"] != "5" {
		t.Errorf("%v", got)
	}
	again := func(consentAt string) *response {
		return s.call(t, http.MethodPatch, "/api/v1/subscribers/3", `{"is_active":true,"consent":"confirmed",`+
			`"consent_at":"`+consentAt+`","consent_source":"desk"}`)
	}
	s.call(t, http.MethodPatch, "/api/v1/subscribers/3", `{"is_active":true}`).
		wantProblem(http.StatusUnprocessableEntity, "consent", "/is_active")
	again(inactive.object()["updated_at"].(string)).wantProblem(http.StatusConflict, "suppressed", "/is_active")
	s.call(t, http.MethodPost, batchPath, `[{"email":"plain@example.org","is_active":true,`+agreed+`}]`).
		want(http.StatusOK)
	s.call(t, http.MethodPost, "/api/v1/subscribers", `{"email":"plain@example.org","is_active":true,`+agreed+`}`).
		wantProblem(http.StatusConflict, "conflict", "/email")
	if row := s.get(t, "/api/v1/subscribers/3").object(); row["is_active"] != false {
		t.Errorf("an old consent has activated %v", row)
	}
	s.wait(time.Minute)
	if row := again(s.now().Format(time.RFC3339)).want(http.StatusOK).object(); row["is_active"] != true {
		t.Errorf("%v", row)
	}
	s.call(t, http.MethodPatch, "/api/v1/subscribers/3", `{"email":"moved@example.org"}`).
		wantProblem(http.StatusUnprocessableEntity, "consent", "/email")
	s.call(t, http.MethodPatch, "/api/v1/subscribers/3", `{"email":"moved@example.org",`+agreed+`}`).want(http.StatusOK)
}

// kinds delivers what waits and returns the kinds.
func (s *site) kinds(t *testing.T) string {
	t.Helper()
	list, err := s.db.Deliveries(t.Context(), namets.DeliveryFilter{State: namets.Pending})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, d := range list {
		kinds = append(kinds, string(d.Kind))
	}
	return strings.Join(kinds, " ")
}

func TestSubscribers_askAtMost200ADay(t *testing.T) {
	s := newSite(t)
	for call := range 5 {
		var rows []string
		for i := range 60 {
			rows = append(rows, fmt.Sprintf(`{"email":"p%d-%d@example.org"}`, call, i))
		}
		list := s.call(t, http.MethodPost, batchPath+"?ask=1", "["+strings.Join(rows, ",")+"]").
			want(http.StatusOK).list()
		want := "asked"
		if call == 4 {
			want = "invalid"
		}
		if list[0]["outcome"] != want || list[59]["outcome"] != "invalid" || list[59]["code"] != "ask_limit" {
			t.Errorf("call %d: %v, %v", call, list[0], list[59])
		}
	}
	s.call(t, http.MethodPut, byEmail+"one@example.org", "{}").
		wantProblem(http.StatusUnprocessableEntity, "ask_limit", "/email")
	s.wait(24 * time.Hour)
	s.call(t, http.MethodPut, byEmail+"one@example.org", "{}").want(http.StatusOK)
}

func TestCreateChangeAndDeleteSubscriber(t *testing.T) {
	s := newSite(t)
	const path = "/api/v1/subscribers"
	s.call(t, http.MethodPost, path, `{`+agreed+`}`).wantProblem(http.StatusUnprocessableEntity, "invalid", "/email")
	s.call(t, http.MethodPost, path+"?notify=0", `{"email":"a@example.org",`+agreed+`}`).want(http.StatusCreated)
	s.call(t, http.MethodPost, path, `{"email":"A@example.org",`+agreed+`}`).
		wantProblem(http.StatusConflict, "conflict", "/email")
	if kinds := s.kinds(t); kinds != "" {
		t.Errorf("quietly: %s", kinds)
	}
	s.call(t, http.MethodPost, path, `{"email":"b@example.org","key":"k",`+agreed+`}`).want(http.StatusCreated)
	if kinds := s.kinds(t); kinds != "subscriber_joined" {
		t.Errorf("as the form: %s", kinds)
	}
	s.call(t, http.MethodPatch, path+"/1", `{"key":"k"}`).wantProblem(http.StatusConflict, "conflict", "/key")
	s.call(t, http.MethodPatch, path+"/9", `{}`).wantProblem(http.StatusNotFound, "not_found")
	s.call(t, http.MethodPatch, path+"/1", `{"notify_events":false}`, "Content-Type", "application/merge-patch+json").
		want(http.StatusOK)
	deleted := s.call(t, http.MethodDelete, path+"/1?notify=0", "").want(http.StatusOK).object()
	if deleted["outcome"] != "deleted" || deleted["email"] != "a@example.org" {
		t.Errorf("%v", deleted)
	}
	again := s.call(t, http.MethodDelete, path+"/1", "").want(http.StatusOK)
	if got := string(again.body); got != `{"outcome":"absent"}` {
		t.Errorf("%s", got)
	}
	entries, err := s.db.Activity(t.Context(), namets.AuditFilter{})
	if err != nil || len(entries) != 4 || entries[0].Action != "delete" || entries[0].By.Kind != namets.Program {
		t.Errorf("%d entries, %v: %+v", len(entries), err, entries)
	}
}

func TestRecordBounce(t *testing.T) {
	s := newSite(t)
	s.add(t, "a@example.org")
	const path = "/api/v1/subscribers/1/bounces"
	for i := range namets.SoftBounceLimit {
		got := s.call(t, http.MethodPost, path, `{"kind":"soft"}`).want(http.StatusOK).object()
		want := map[bool]string{false: "counted", true: "ended"}[i == namets.SoftBounceLimit-1]
		if got["outcome"] != want {
			t.Errorf("bounce %d: %v, want %s", i, got["outcome"], want)
		}
	}
	for body, place := range map[string]string{`{}`: "/kind", `{"kind":"other"}`: "/kind",
		`{"kind":"soft","detail":"\u0007"}`:                            "/detail",
		`{"kind":"soft","detail":"` + strings.Repeat("x", 1001) + `"}`: "/detail", `{"kind":null}`: "/kind"} {
		s.call(t, http.MethodPost, path, body).wantProblem(http.StatusUnprocessableEntity, "invalid", place)
	}
	s.call(t, http.MethodPost, "/api/v1/subscribers/9/bounces", `{"kind":"soft"}`).
		wantProblem(http.StatusNotFound, "not_found")
}

func TestGetAudience(t *testing.T) {
	s := newSite(t)
	if got := string(s.get(t, "/api/v1/audience/events").want(http.StatusOK).body); got != "[]" {
		t.Errorf("nobody: %s", got)
	}
	s.add(t, "amina@example.org")
	s.add(t, "b@example.org")
	s.call(t, http.MethodPatch, "/api/v1/subscribers/2", `{"notify_events":false}`).want(http.StatusOK)
	for _, email := range []string{"Amina@example.org", "patron@example.edu"} {
		p := namets.Patron{Name: "P", Email: email, IsActive: true, ReceiveNotifications: true}
		if _, err := s.db.CreatePatron(t.Context(), namets.Actor{Kind: namets.Command}, p); err != nil {
			t.Fatal(err)
		}
	}
	stored, _, err := s.db.Subscriber(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	list := s.get(t, "/api/v1/audience/events/").want(http.StatusOK).list()
	if len(list) != 2 || list[0]["email"] != "amina@example.org" || list[0]["kind"] != "subscriber" ||
		list[0]["manage_url"] != publicURL+namets.PreferencesPath+stored.Token.String()+"/" ||
		list[1]["email"] != "patron@example.edu" || list[1]["kind"] != "patron" || list[1]["manage_url"] != nil {
		t.Errorf("%v", list)
	}
	if n := len(s.get(t, "/api/v1/audience/announcements").want(http.StatusOK).list()); n != 3 {
		t.Errorf("%d who want announcements", n)
	}
	if body := s.call(t, http.MethodHead, "/api/v1/audience/prayer", "").want(http.StatusOK).body; len(body) > 0 {
		t.Errorf("HEAD: %s", body)
	}
	s.get(t, "/api/v1/audience/people").wantProblem(http.StatusNotFound, "not_found")
	s.get(t, "/api/v1/audience/events", "X-N8N-Token", "content:read").wantProblem(http.StatusForbidden, "scope")
}

func TestBatch_twoAtOnce(t *testing.T) {
	s := newSite(t)
	var rows []string
	for i := range 200 {
		rows = append(rows, fmt.Sprintf(`{"email":"p%d@example.org",%s}`, i, agreed))
	}
	body := "[" + strings.Join(rows, ",") + "]"
	var wait sync.WaitGroup
	created := make([]int, 2)
	for i := range created {
		wait.Go(func() {
			for _, row := range s.call(t, http.MethodPost, batchPath+"?notify=0", body).list() {
				if row["outcome"] == "created" {
					created[i]++
				}
			}
		})
	}
	wait.Wait()
	if created[0]+created[1] != 200 || created[0] != 0 && created[1] != 0 {
		t.Errorf("created %v of 200", created)
	}
}
