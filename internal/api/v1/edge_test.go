package v1_test

import (
	"net/http"
	"testing"
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
		"application/problem+json, application/json": "application/problem+json"} {
		if got := s.get(t, "/api/v1/categories/9", "Accept", accept).Header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %s, want %s", accept, got, want)
		}
	}
}
