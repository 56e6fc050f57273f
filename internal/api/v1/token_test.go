package v1_test

import (
	"bytes"
	"net/http"
	"testing"
)

func TestToken_describesItselfWithoutAScope(t *testing.T) {
	s := newSite(t)
	res := s.get(t, "/api/v1/token", "X-N8N-Token", "hooks").want(http.StatusOK)
	if want := `"scopes":["hooks"]`; !bytes.Contains(res.body, []byte(want)) {
		t.Errorf("%s lacks %s", res.body, want)
	}
	s.get(t, "/api/v1/token", "X-N8N-Token", "bad").wantProblem(http.StatusForbidden, "token")
	s.get(t, "/api/v1/token?x=1").wantProblem(http.StatusUnprocessableEntity, "invalid", "x")
}
