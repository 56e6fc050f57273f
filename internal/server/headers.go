package server

import "net/http"

// sharedHeaders are the headers of every response. All responses share the slices: setting or
// adding a header replaces the slice, and nobody writes into one.
type sharedHeaders struct {
	deny, nosniff, sameOrigin, hsts []string
}

func newSharedHeaders(hsts bool) sharedHeaders {
	h := sharedHeaders{
		deny:       []string{"DENY"},
		nosniff:    []string{"nosniff"},
		sameOrigin: []string{"same-origin"},
	}
	if hsts {
		h.hsts = []string{"max-age=31536000"}
	}
	return h
}

// set puts the headers of section 3 into h, and HSTS if the service's public address is https.
func (s *sharedHeaders) set(h http.Header) {
	h["X-Frame-Options"] = s.deny
	h["X-Content-Type-Options"] = s.nosniff
	h["Referrer-Policy"] = s.sameOrigin
	h["Cross-Origin-Opener-Policy"] = s.sameOrigin
	if s.hsts != nil {
		h["Strict-Transport-Security"] = s.hsts
	}
}
