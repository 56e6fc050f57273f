package network

import (
	"net/http"
	"time"
)

// NewClient returns a client for single calls: it keeps no connection, and it follows no redirect,
// so that what a request carries reaches no other host. A call takes timeout at most, 0: as long
// as its context lives. It uses the proxy of the environment.
func NewClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
