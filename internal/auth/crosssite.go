package auth

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// ErrCrossSite says that a page of another site made the browser send the request.
var ErrCrossSite = errors.New("the request comes from a page of another site")

// SameSite is the check that a request which changes something was not sent from a page of another
// site. Requests that no browser sent pass: what they may do is for others to say. Safe for
// concurrent use.
type SameSite struct {
	protection *http.CrossOriginProtection
}

// NewSameSite returns a check for a site whose public address is publicURL, a scheme with a host.
// Requests that name another host also pass when they come from a page of that host.
func NewSameSite(publicURL string) (*SameSite, error) {
	p := http.NewCrossOriginProtection()
	if err := p.AddTrustedOrigin(publicURL); err != nil {
		return nil, fmt.Errorf("trust the site's own pages: %w", err)
	}
	return &SameSite{p}, nil
}

// Check returns nil or [ErrCrossSite]. It writes no answer and does not read the body.
func (s *SameSite) Check(c echo.Context) error {
	if s.protection.Check(c.Request()) != nil {
		return ErrCrossSite
	}
	return nil
}
