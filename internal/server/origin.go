package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// Origin returns a function that returns scheme and host of a request as its client wrote them,
// such as https://example.org. Only trusted peers may forward them. Where the request has no usable
// host, the result is other.
func Origin(trusted []netip.Prefix, other string) func(echo.Context) string {
	addresses := clientAddresses{trusted: trusted}
	return func(c echo.Context) string {
		r := c.Request()
		scheme, host := "http", r.Host
		if r.TLS != nil {
			scheme = "https"
		}
		if len(trusted) > 0 && addresses.trusts(peerOf(r)) {
			if given := lastOf(r.Header, "X-Forwarded-Proto"); given == "http" || given == "https" {
				scheme = given
			}
			if given := lastOf(r.Header, "X-Forwarded-Host"); given != "" {
				host = given
			}
		}
		if host == "" || strings.Trim(strings.ToLower(host), hostCharacters) != "" {
			return other
		}
		return scheme + "://" + host
	}
}

// hostCharacters are the characters of a host with its port.
const hostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]"

// lastOf returns the last element of a list in a header, which the nearest proxy wrote.
func lastOf(h http.Header, name string) string {
	values := h[name]
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}
