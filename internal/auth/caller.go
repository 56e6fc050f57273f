package auth

import (
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// Caller is who calls the open API: the holder of the shared token or of a named one. The zero
// Caller may do nothing.
type Caller struct {
	// TokenID identifies the named token; 0 is the shared one.
	TokenID int64
	// Name is the token's name, [namets.SharedTokenName] for the shared one.
	Name   string
	Scopes namets.Scopes // what the token allows; not to be changed
}

// Shared reports whether the caller has the shared token.
func (c Caller) Shared() bool { return c.TokenID == 0 }

// May reports whether the caller's token has the scope. It does not allocate.
func (c Caller) May(scope namets.Scope) bool { return c.Scopes.Has(scope) }

// Actor returns the caller as the originator of a change, with the client's network address.
func (c Caller) Actor(address string) namets.Actor {
	return namets.Actor{Kind: namets.Program, Name: c.Name, Address: address}
}

// Callers checks the tokens of the open API. Safe for concurrent use.
type Callers struct {
	shared *APIToken
	named  *NamedTokens
	now    func() time.Time
}

// NewCallers returns a check of the shared token and the named ones.
func NewCallers(shared *APIToken, named *NamedTokens, now func() time.Time) *Callers {
	return &Callers{shared, named, now}
}

// Check reads all values of the token's header, and nothing else of the request, and returns who
// calls. Errors: [ErrTokenRefused] if the token is missing, wrong, revoked or expired;
// [ErrTokenUnknown] if no named token matches and the shared one is not known yet; that of the
// store if the named tokens have changed and cannot be read.
//
// Check writes no response. It blocks only to read tokens that have changed. It allocates nothing
// except then, and when it records the address of a token's use, at most once a second.
func (c *Callers) Check(ec echo.Context) (Caller, error) {
	request := ec.Request()
	known, err := c.named.current(request.Context())
	if err != nil {
		return Caller{}, err
	}
	now := c.now()
	if t := known.find(request.Header[tokenHeader], now); t != nil {
		if t.use.Add(now.UnixNano()) {
			t.use.Sample(ec.RealIP(), userAgent(request))
		}
		return t.caller, nil
	}
	if err := c.shared.Check(ec); err != nil {
		return Caller{}, err
	}
	return known.shared, nil
}
