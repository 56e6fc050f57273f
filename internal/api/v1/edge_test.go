package v1_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"namets/internal/namets"
)

func TestEdge_checksInItsOrder(t *testing.T) {
	s := newSite(t)
	const wrong = `{"titel":1}`
	s.call(t, "FROB", "/api/v1/nothing?x=1", wrong, "X-N8N-Token", "bad").wantProblem(http.StatusForbidden, "token")
	s.call(t, "FROB", "/api/v1/nothing?x=1", wrong, "X-N8N-Token", "unknown").
		wantProblem(http.StatusServiceUnavailable, "unavailable")
	s.call(t, "FROB", "/api/v1/nothing?x=1", wrong, "X-N8N-Token", "content:read").
		wantProblem(http.StatusNotFound, "not_found")
	s.call(t, "FROB", "/api/v1", wrong).wantProblem(http.StatusNotFound, "not_found")
	res := s.call(t, "FROB", "/api/v1/categories?x=1", wrong, "X-N8N-Token", "content:read")
	res.wantProblem(http.StatusMethodNotAllowed, "method")
	if allow := res.Header.Get("Allow"); allow != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow: %s", allow)
	}
	s.call(t, http.MethodPost, "/api/v1/categories?x=1", wrong, "X-N8N-Token", "content:read").
		wantProblem(http.StatusForbidden, "scope")
	s.call(t, http.MethodPost, "/api/v1/categories?x=1", wrong).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "x")
	s.call(t, http.MethodPost, "/api/v1/categories", wrong).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "/titel")
	s.call(t, http.MethodOptions, "/api/v1/categories/", "").want(http.StatusNoContent)
	head := s.call(t, http.MethodHead, "/api/v1/categories", "").want(http.StatusOK)
	if len(head.body) > 0 || head.Header.Get("Content-Length") != "2" {
		t.Errorf("HEAD: %q %v", head.body, head.Header)
	}
}

func TestEdge_refusesParameters(t *testing.T) {
	s := newSite(t)
	s.get(t, "/api/v1/categories?limit=0&after=x&afterr=1&limit=3").
		wantProblem(http.StatusUnprocessableEntity, "invalid", "afterr", "limit", "after")
	s.get(t, "/api/v1/categories?limit=").wantProblem(http.StatusUnprocessableEntity, "invalid", "limit")
	s.get(t, "/api/v1/categories?limit=1001").wantProblem(http.StatusUnprocessableEntity, "invalid", "limit")
	p := s.get(t, "/api/v1/categories?amina@example.org=1").wantProblem(http.StatusUnprocessableEntity, "invalid", "?")
	if want := "is not known: this operation takes limit, after, updated_since, q"; p.Errors[0].Detail != want {
		t.Errorf("detail %q, want %q", p.Errors[0].Detail, want)
	}
	s.get(t, "/api/v1/categories?limit=%zz").wantProblem(http.StatusBadRequest, "malformed")
	s.get(t, "/api/v1/categories?limit=1;after=2").wantProblem(http.StatusBadRequest, "malformed")
	s.get(t, "/api/v1/categories?limit=%ff").wantProblem(http.StatusBadRequest, "malformed")
}

func TestEdge_answersInTheMediaTypeOfProblemsIfAsked(t *testing.T) {
	s := newSite(t)
	for accept, want := range map[string]string{"": "application/json", "*/*": "application/json",
		"application/problem+json, application/json":     "application/problem+json",
		"Application/Problem+JSON;q=0.1":                 "application/problem+json",
		"application/problem+json;q=0, application/json": "application/json",
		"application/problem+json; q=0.000":              "application/json",
		"application/problem+jsons":                      "application/json"} {
		if got := s.get(t, "/api/v1/categories/9", "Accept", accept).Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %s, want %s", accept, got, want)
		}
	}
}

func TestEdge_refusesABodyThatIsSentInVain(t *testing.T) {
	s := newSite(t)
	const hook = "/api/v1/hooks/k"
	s.call(t, http.MethodPut, hook, `{"url":"http://n8n/","events":["*"]}`).want(http.StatusCreated)
	s.call(t, http.MethodPost, hook+"/secret", `{"secret":"mine","x":1}`).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "/secret", "/x")
	s.call(t, http.MethodPost, hook+"/secret", `[]`).wantProblem(http.StatusUnprocessableEntity, "invalid", "")
	s.call(t, http.MethodPost, hook+"/secret", `{`).wantProblem(http.StatusBadRequest, "malformed")
	s.call(t, http.MethodPost, hook+"/secret", "x", "Content-Type", "text/plain").
		wantProblem(http.StatusUnsupportedMediaType, "media_type")
	s.call(t, http.MethodDelete, hook, `{"key":"other"}`).
		wantProblem(http.StatusUnprocessableEntity, "invalid", "/key")
	s.call(t, http.MethodPost, hook+"/secret", " {} ").want(http.StatusOK)
	s.call(t, http.MethodDelete, hook, "").want(http.StatusOK)
}

func TestEdge_keysAreThoseThatAURLCanName(t *testing.T) {
	s := newSite(t)
	for key, status := range map[string]int{".": 422, "..": 422, "...": 201, ".a": 201, "a.": 201, "..-": 201} {
		s.call(t, http.MethodPut, "/api/v1/announcements/by-key/"+key, `{"title":"T","content":"C"}`).want(status)
		s.call(t, http.MethodPut, "/api/v1/hooks/"+key, `{"url":"http://n8n/","events":["*"]}`).want(status)
		s.call(t, http.MethodPut, "/api/v1/consumers/"+key, `{"topics":["events"]}`).want(status)
		s.call(t, http.MethodPost, "/api/v1/categories", `{"name":"C","key":"`+key+`"}`).want(status)
		if valid := namets.CheckKey(key) == nil; valid != (status == http.StatusCreated) {
			t.Errorf("%q: the rule and the operations differ", key)
		}
	}
}

func TestEdge_readsConditions(t *testing.T) {
	s := newSite(t)
	s.call(t, http.MethodPost, "/api/v1/categories", `{"name":"C"}`).want(http.StatusCreated)
	const path = "/api/v1/categories/1"
	for tags, status := range map[string]int{`"1"`: 304, `W/"1"`: 304, `"7", "1"`: 304, "*": 304, `"7"`: 200} {
		s.get(t, path, "If-None-Match", tags).want(status)
	}
	for _, tags := range []string{"abc", "1", `"1" "2"`, `"1`, `"1", x`} {
		s.get(t, path, "If-None-Match", tags).
			wantProblem(http.StatusUnprocessableEntity, "invalid", "If-None-Match")
		s.call(t, http.MethodPatch, path, `{"name":"D"}`, "If-Match", tags).
			wantProblem(http.StatusUnprocessableEntity, "invalid", "If-Match")
	}
}

func TestEdge_addressesMayContainASlash(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"a%2Fb@example.org", "a/b@example.org", "a%2Fb%40example.org/"} {
		row := s.call(t, http.MethodPut, byEmail+path, "{"+agreed+"}").object()
		if row["email"] != "a/b@example.org" || row["id"] != 1.0 {
			t.Errorf("%s: %v", path, row)
		}
		s.get(t, byEmail+path).want(http.StatusOK)
	}
	s.get(t, "/api/v1/announcements/by-key/a%2Fb").wantProblem(http.StatusNotFound, "not_found")
}

func TestEdge_everyWriteTakesNotify(t *testing.T) {
	list, _ := operations(t)
	for _, d := range list {
		row := strings.Contains(d.template, "{id}") || strings.Contains(d.template, "/by-") ||
			strings.HasPrefix(d.template, "/prayer-days")
		if d.method != http.MethodGet && row && !slices.Contains(d.parameters("query"), "notify") {
			t.Errorf("%s %s does not take notify", d.method, d.template)
		}
	}
}

func TestEdge_patronsHaveNoLinks(t *testing.T) {
	s := newSite(t)
	s.call(t, http.MethodPost, "/api/v1/patrons", `{"name":"P","key":"p"}`).want(http.StatusCreated)
	rows := s.get(t, "/api/v1/patrons?links=1").want(http.StatusOK).list()
	for _, path := range []string{"/1?links=1", "/by-key/p?links=1"} {
		rows = append(rows, s.get(t, "/api/v1/patrons"+path).want(http.StatusOK).object())
	}
	for _, row := range rows {
		manage, ok := row["manage_url"]
		leave, also := row["unsubscribe_url"]
		if !ok || !also || manage != nil || leave != nil {
			t.Errorf("%v", row)
		}
	}
	if _, ok := s.get(t, "/api/v1/patrons").list()[0]["manage_url"]; ok {
		t.Error("links are there unasked")
	}
}
