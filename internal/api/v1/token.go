package v1

import (
	"context"
	"net/http"
)

// Token is what a caller may know of its own token.
type Token struct {
	Name   string   `json:"name" doc:"The token's name, or shared" example:"newsletter"`
	Scopes []string `json:"scopes" doc:"What it allows" example:"[\"content:read\"]"`
}

// addToken registers the operation that describes the caller's token.
func (a *API) addToken() {
	read(a, operation{
		id: "getToken", path: "/token", tag: "Token", summary: "Get the token of this request",
		text:    "It needs no scope: use it to test a credential.",
		replies: []reply{one[Token](http.StatusOK, "The token, without its value")},
	}, func(_ context.Context, r *Request, _ *struct{}) (*answer, error) {
		t := Token{Name: r.Caller.Name, Scopes: []string{}}
		for _, scope := range r.Caller.Scopes {
			t.Scopes = append(t.Scopes, string(scope))
		}
		return object(http.StatusOK, t)
	})
}
