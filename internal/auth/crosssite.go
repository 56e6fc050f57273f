package auth

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// ErrCrossSite means that a browser sent the request from a page of another site.
var ErrCrossSite = errors.New("the request comes from a page of another site")

// SameSite checks that a request which changes something was not sent from a page of another site.
// It accepts requests that no browser sent; their rights are checked elsewhere. Safe for concurrent
// use.
type SameSite struct {
	protection *http.CrossOriginProtection
}

// NewSameSite returns a check for the site at publicURL, a scheme with a host. Requests to another
// host are accepted if they come from a page of that host.
func NewSameSite(publicURL string) (*SameSite, error) {
	p := http.NewCrossOriginProtection()
	if err := p.AddTrustedOrigin(publicURL); err != nil {
		return nil, fmt.Errorf("trust the site's own pages: %w", err)
	}
	return &SameSite{p}, nil
}

// Check returns nil or [ErrCrossSite]. It writes no response and does not read the body.
func (s *SameSite) Check(c echo.Context) error {
	if s.protection.Check(c.Request()) != nil {
		return ErrCrossSite
	}
	return nil
}
