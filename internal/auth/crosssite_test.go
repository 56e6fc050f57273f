package auth_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
)

func TestSameSite_refusesWhatAnotherSitesPageSends(t *testing.T) {
	check, err := auth.NewSameSite("https://namets.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		method  string
		headers string
		refused bool
	}{
		{"curl", "POST", "", false},
		{"own page", "POST", "Origin: https://inside:8080\nSec-Fetch-Site: same-origin", false},
		{"own page of an old browser", "POST", "Origin: http://inside:8080", false},
		{"own page behind a proxy that renames the host", "POST", "Origin: https://namets.example", false},
		{"another site", "POST", "Origin: https://evil.example\nSec-Fetch-Site: cross-site", true},
		{"another site, old browser", "POST", "Origin: https://evil.example", true},
		{"another site without a name", "POST", "Origin: null", true},
		{"a sister site", "POST", "Origin: https://b.namets.example\nSec-Fetch-Site: same-site", true},
		{"a link", "GET", "Sec-Fetch-Site: cross-site", false},
	} {
		r := httptest.NewRequest(tt.method, "http://inside:8080/", nil)
		for line := range strings.Lines(tt.headers) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			r.Header.Set(name, value)
		}
		err := check.Check(echo.New().NewContext(r, httptest.NewRecorder()))
		if errors.Is(err, auth.ErrCrossSite) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestNewSameSite_wantsAnAddress(t *testing.T) {
	if _, err := auth.NewSameSite("namets.example"); err == nil {
		t.Error("got no error")
	}
}
