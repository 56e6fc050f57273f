package auth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/token"
)

// The errors of [APIToken.Check].
var (
	// ErrTokenRefused means that the token is missing, wrong or revoked.
	ErrTokenRefused = errors.New("invalid or missing api token")
	// ErrTokenUnknown means that no token is known yet: every request is refused until one is.
	ErrTokenUnknown = errors.New("no api token is known yet")
)

// tokenHeader is X-N8N-Token in the canonical form of net/http.
const tokenHeader = "X-N8n-Token"

// checker knows the accepted tokens. Its method neither blocks nor allocates.
type checker interface {
	Check(values []string) token.Verdict
}

// APIToken checks the token that n8n sends (contract section 2). Safe for concurrent use.
type APIToken struct {
	source checker
}

// NewAPIToken returns a check that asks source at each request.
func NewAPIToken(source checker) *APIToken {
	return &APIToken{source}
}

// Check reads all values of the token's header, and nothing else of the request. It returns nil,
// [ErrTokenRefused] or [ErrTokenUnknown]. It does not block and writes no response. It allocates
// only when it records the address of a token's use, which happens at most once a second.
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

// userAgent returns the request's User-Agent without the token, which may be in it by mistake.
func userAgent(request *http.Request) string {
	agent := request.UserAgent()
	for _, value := range request.Header[tokenHeader] {
		if value = strings.Trim(value, " \t"); value != "" {
			agent = strings.ReplaceAll(agent, value, "[secret]")
		}
	}
	return agent
}
