package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

func TestContract_everyRecordedCaseHolds(t *testing.T) {
	s := newGoldenSite(t)
	address, written := s.listen(t), s.watch(t)
	cases := contractCases(t)
	if len(cases) < 356 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			got, body := exchange(t, address, c.Method, c.request())
			if got.StatusCode != c.Expect.Status {
				t.Fatalf("%s %s: status %d, want %d: %s", c.Method, c.Target, got.StatusCode, c.Expect.Status, body)
			}
			for name, want := range c.Expect.Headers {
				if diff := cmp.Diff([]string{want}, got.Header.Values(name)); diff != "" {
					t.Errorf("header %s (-want +got):\n%s", name, diff)
				}
			}
			if c.Expect.Body != nil && string(body) != *c.Expect.Body {
				t.Errorf("body (-want +got):\n%s", cmp.Diff(*c.Expect.Body, string(body)))
			}
			if strings.HasPrefix(c.Target, "/api/") { // the rest is answered by a page
				checkHeaders(t, got, len(body))
			}
		})
	}
	if written() {
		t.Error("reading has written to the database")
	}
	s.store(t, &namets.Dataset{EventCategories: []namets.EventCategory{{ID: 99, Name: "N", Slug: "n"}}})
	if !written() {
		t.Error("a write was not detected")
	}
}

// checkHeaders checks that an answer has its length, and no header beyond those of the contract:
// no cookie, no Vary, no ETag, nothing for other origins.
func checkHeaders(t *testing.T, got *http.Response, length int) {
	t.Helper()
	if got.Header.Get("Content-Length") != strconv.Itoa(length) {
		t.Errorf("Content-Length %q, body of %d bytes", got.Header.Get("Content-Length"), length)
	}
	for name := range got.Header {
		switch name {
		case "Content-Type", "Content-Length", "Date", "Connection", "Allow", "Location", "Retry-After", "X-Since",
			"X-Request-Id",
			"X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy":
		default:
			t.Errorf("header %s: %s", name, strings.Join(got.Header.Values(name), ", "))
		}
	}
}
