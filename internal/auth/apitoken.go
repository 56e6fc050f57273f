package auth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/token"
)

// The refusals of [APIToken.Check].
var (
	// ErrTokenRefused says that the token is missing, wrong or revoked.
	ErrTokenRefused = errors.New("invalid or missing api token")
	// ErrTokenUnknown says that no token is known yet: every request is refused until one is.
	ErrTokenUnknown = errors.New("no api token is known yet")
)

// tokenHeader is X-N8N-Token in the form in which net/http keeps it.
const tokenHeader = "X-N8n-Token"

// checker is what knows the token in force. Its method does not block and allocates nothing.
type checker interface {
	Check(values []string) token.Verdict
}

// APIToken is the check of the token that n8n sends (contract section 2). Safe for concurrent use.
type APIToken struct {
	source checker
}

// NewAPIToken returns a check against what source knows at the moment of each request.
func NewAPIToken(source checker) *APIToken {
	return &APIToken{source}
}

// Check looks at every value of the token's header, and at nothing else of the request. It returns
// nil, [ErrTokenRefused] or [ErrTokenUnknown]. It does not block, writes no answer and allocates
// nothing, except for the use of a token that is kept with its address once in a while.
func (t *APIToken) Check(c echo.Context) error {
	request := c.Request()
	verdict := t.source.Check(request.Header[tokenHeader])
	if verdict.WantsSample() {
		verdict.Sample(c.RealIP(), userAgent(request))
	}
	switch {
	case verdict.Allowed():
		return nil
	case !verdict.Available():
		return ErrTokenUnknown
	}
	return ErrTokenRefused
}

// userAgent returns the request's User-Agent without the token, which somebody may have put there
// too.
func userAgent(request *http.Request) string {
	agent := request.UserAgent()
	for _, value := range request.Header[tokenHeader] {
		if value = strings.Trim(value, " \t"); value != "" {
			agent = strings.ReplaceAll(agent, value, "[secret]")
		}
	}
	return agent
}
