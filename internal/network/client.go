package network

import (
	"net/http"
	"time"
)

// NewClient returns a client for single calls. It keeps no connection open and follows no redirect,
// so that the content of a request reaches no other host. A call takes at most timeout; 0 means as
// long as its context allows. The client uses the proxy from the environment.
func NewClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
