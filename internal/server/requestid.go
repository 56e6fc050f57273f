package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// The header in which every response contains the request id, and in which a trusted proxy may
// provide one. Fly's own header takes precedence where Fly names the client.
const (
	requestIDHeader    = "X-Request-Id"
	flyRequestIDHeader = "Fly-Request-Id"
	flyClientHeader    = "Fly-Client-Ip"
)

// RequestID is the id of c's request, as in the log and in the response header X-Request-Id.
func RequestID(c echo.Context) string {
	if v := c.Response().Header()[requestIDHeader]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// requestIDs generates ids from a random part per process and a counter. They distinguish requests
// and are not secret.
type requestIDs struct {
	prefix string
	last   *atomic.Uint64
	fly    bool
}

func newRequestIDs(clientHeader string) requestIDs {
	random := make([]byte, 5)
	rand.Read(random) // never fails (crypto/rand)
	return requestIDs{
		prefix: hex.EncodeToString(random) + "-",
		last:   new(atomic.Uint64),
		fly:    http.CanonicalHeaderKey(clientHeader) == flyClientHeader,
	}
}

// next returns a new id.
func (ids requestIDs) next() string {
	b := make([]byte, 0, 32)
	b = append(b, ids.prefix...)
	return string(strconv.AppendUint(b, ids.last.Add(1), 36))
}

// given returns the id from a trusted proxy, or "" if there is none or it is malformed.
func (ids requestIDs) given(h http.Header) string {
	if ids.fly {
		if v := h[flyRequestIDHeader]; len(v) == 1 && wellFormedID(v[0]) {
			return v[0]
		}
	}
	if v := h[requestIDHeader]; len(v) == 1 && wellFormedID(v[0]) {
		return v[0]
	}
	return ""
}

// wellFormedID reports whether an id from outside may be used unchanged in logs, headers and pages.
func wellFormedID(id string) bool {
	if len(id) == 0 || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !isAlphanumeric(c) && c != '-' && c != '_' && c != '.' && c != ':' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
