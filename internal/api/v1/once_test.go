package v1_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestIdempotencyKey_answersAsTheFirstTime(t *testing.T) {
	bodies := map[string][2]string{
		"announcements": {`{"title":"A","content":"C"}`, `{"title":"B","content":"C"}`},
		"events": {`{"title":"A","start_datetime":"2026-03-02T18:00:00Z"}`,
			`{"title":"B","start_datetime":"2026-03-02T18:00:00Z"}`},
		"categories": {`{"name":"A"}`, `{"name":"B"}`},
		"subscribers": {`{"email":"b@example.org","consent":"confirmed","consent_at":"2026-03-01T09:00:00Z",` +
			`"consent_source":"form"}`, `{"email":"c@example.org"}`},
		"patrons":  {`{"name":"A"}`, `{"name":"B"}`},
		"messages": {`{"subject":"A","body":"B","everyone":true}`, `{"subject":"B","body":"B","everyone":true}`},
	}
	s := newSite(t)
	s.subscriber(t, "amina@example.org")
	for kind, body := range bodies {
		target, key := "/api/v1/"+kind, []string{"Idempotency-Key", "one key for all kinds"}
		first := s.post(t, target, body[0], key...).want(http.StatusCreated)
		if first.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: replayed at first", kind)
		}
		again := s.post(t, target, body[0], key...).want(http.StatusCreated)
		if again.Header.Get("Idempotent-Replayed") != "true" || string(again.body) != string(first.body) ||
			again.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("%s: %v %s, want %s", kind, again.Header, again.body, first.body)
		}
		s.post(t, target, body[1], key...).wantProblem(http.StatusUnprocessableEntity, "invalid", "Idempotency-Key")
		s.post(t, target, body[0]+" ", key...).wantProblem(http.StatusUnprocessableEntity, "invalid", "Idempotency-Key")
		other := s.post(t, target, body[0], append(key, "X-N8N-Token", "content:write people:write send")...)
		if other.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: the key of another token was replayed", kind)
		}
	}
	s.post(t, "/api/v1/categories?notify=0", bodies["categories"][0], "Idempotency-Key", "one key for all kinds").
		wantProblem(http.StatusUnprocessableEntity, "invalid", "Idempotency-Key")
	s.post(t, "/api/v1/categories", bodies["categories"][0], "Idempotency-Key", strings.Repeat("k", 256)).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "Idempotency-Key")
	s.post(t, "/api/v1/categories", bodies["categories"][0], "Idempotency-Key", "").want(http.StatusCreated)
	all := strings.Join(s.deliveries(t), " ")
	if strings.Count(all, "admin_message") != 2 || strings.Count(all, "subscriber_joined") != 1 { // of two tokens
		t.Errorf("deliveries %q", all)
	}
	s.wait(24 * time.Hour)
	late := s.post(t, "/api/v1/categories", `{"name":"Z"}`, "Idempotency-Key", "one key for all kinds")
	if late.want(http.StatusCreated).Header.Get("Idempotent-Replayed") != "" {
		t.Error("replayed after a day")
	}
}

func TestIdempotencyKey_keepsNoFailure(t *testing.T) {
	s := newSite(t)
	key := []string{"Idempotency-Key", "k"}
	s.post(t, "/api/v1/categories", `{"name":""}`, key...).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "/name")
	s.post(t, "/api/v1/categories", `{"name":"A"}`, key...).want(http.StatusCreated)
	s.post(t, "/api/v1/categories", `{"name":"A","slug":"a"}`).wantProblem(http.StatusConflict, "conflict", "/slug")
}

func TestIdempotencyKey_carriesOutOneOfManyAtTheSameTime(t *testing.T) {
	s := newSite(t)
	var all sync.WaitGroup
	replayed := make([]int, 8)
	for i := range replayed {
		all.Go(func() {
			res := s.post(t, "/api/v1/categories", `{"name":"A"}`, "Idempotency-Key", "k").want(http.StatusCreated)
			if res.Header.Get("Idempotent-Replayed") == "true" {
				replayed[i] = 1
			}
		})
	}
	all.Wait()
	if rows := s.get(t, "/api/v1/categories").list(); len(rows) != 1 || count(replayed, 1) != len(replayed)-1 {
		t.Errorf("%d rows, replayed %v", len(rows), replayed)
	}
}

func TestMessages(t *testing.T) {
	s := newSite(t)
	s.subscriber(t, "Amina@example.org")
	const bad = http.StatusUnprocessableEntity
	got := s.post(t, "/api/v1/messages", `{"subject":"S","body":"B","addresses":["amina@EXAMPLE.org"]}`).
		want(http.StatusCreated).object()
	if got["recipients"] != 1.0 || got["id"] == nil {
		t.Errorf("%v", got)
	}
	s.post(t, "/api/v1/messages", `{"subject":"S","body":"B","subscribers":[1]}`).want(http.StatusCreated)
	s.post(t, "/api/v1/messages", `{"subject":"S","body":"B"}`).wantProblem(bad, "invalid", "")
	s.post(t, "/api/v1/messages", `{"subject":"S","body":"B","subscribers":[9]}`).wantProblem(bad, "invalid", "")
	p := s.post(t, "/api/v1/messages", `{"subject":" ","body":"B","everyone":true,`+
		`"addresses":["amina@example.org","nobody@example.org"]}`).
		wantProblem(bad, "invalid", "/everyone", "/addresses/1", "/subject")
	if strings.Contains(p.Detail+p.Errors[1].Detail, "nobody@") {
		t.Errorf("an address is repeated: %+v", p)
	}
	s.post(t, "/api/v1/messages", `{"subject":"S","body":"B","everyone":"yes","to":1}`).
		wantProblem(bad, "invalid", "/to", "/everyone")
	wantActs(t, s, "send", "send")
}

func TestMessages_goToAnAudience(t *testing.T) {
	s := newSite(t)
	s.subscriber(t, "Amina@example.org")
	event := func(key, sendEmail string) string {
		row := s.upsert(t, "/api/v1/events/by-key/"+key, `{"title":"Iftar","start_datetime":"2099-03-01T18:00:00Z",
			"end_datetime":"2099-03-01T20:00:00Z","send_email":`+sendEmail+`}`).want(http.StatusCreated).object()
		return strconv.Itoa(int(row["id"].(float64)))
	}
	announced, quiet := event("announced", "true"), event("quiet", "false")
	s.exec(t, "update deliveries set attempts = 1") // it was announced to n8n
	waiting := event("waiting", "true")
	imported := event("imported?notify=0", "true")
	for _, tt := range []struct {
		to         string
		recipients float64
	}{
		{`"audience":"events"`, 1}, {`"audience":"prayer"`, 1}, {`"event":` + announced, 1}, {`"event":` + quiet, 0},
		{`"event":` + waiting, 0}, {`"event":` + imported, 0},
	} {
		got := s.post(t, "/api/v1/messages", `{"subject":"S","body":"B",`+tt.to+`}`).want(http.StatusCreated).object()
		if got["recipients"] != tt.recipients || (got["id"] == 0.0) != (tt.recipients == 0) {
			t.Errorf("%s: %v", tt.to, got)
		}
	}
	const bad = http.StatusUnprocessableEntity
	s.post(t, "/api/v1/messages", `{"subject":"S","body":"B","audience":"people"}`).
		wantProblem(bad, "invalid", "/audience")
	s.post(t, "/api/v1/messages", `{"subject":"S","body":"B","audience":"events","event":1}`).
		wantProblem(bad, "invalid", "/audience")
	s.post(t, "/api/v1/messages", `{"subject":"S","body":"B","event":999}`).wantProblem(bad, "invalid", "/event")
}
