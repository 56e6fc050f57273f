package vault_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

// respond is a handler that gives one answer to everything.
func respond(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestProvider_takesNothingFromAServerThatIsNotVault(t *testing.T) {
	const page = "<html>hello, your token is " + first + "</html>"
	for _, tt := range []struct {
		name    string
		trouble http.HandlerFunc
		words   []string
	}{
		{"502 page", respond(502, "text/html", page), []string{"502", "proxy"}},
		{"503 page", respond(503, "text/html", page), []string{"503"}},
		{"404 page", respond(404, "text/html", page), []string{"404", "proxy"}},
		{"403 page", respond(403, "text/html", page), []string{"403", "proxy"}},
		{"404 of another API", respond(404, "application/json", `{"detail":"Not found."}`), []string{"404", "proxy"}},
		{"400 of a TLS port", respond(400, "text/plain", "Client sent an HTTP request to an HTTPS server."),
			[]string{"400", "https://"}},
		{"200 page", respond(200, "text/html", page), []string{"200", "proxy"}},
		{"200 empty", respond(200, "application/json", ""), []string{"200", "proxy"}},
		{"200 list", respond(200, "application/json", `["`+first+`"]`), []string{"200", "proxy"}},
		{"200 cut off", respond(200, "application/json", `{"request_id":"1","data":{"N8N_API_TOKEN":"`+first),
			[]string{"200"}},
		{"200 without data", respond(200, "application/json", `{"request_id":"1","data":null}`), nil},
		{"200 with other data", respond(200, "application/json", `{"request_id":"1","data":{"N8N_API_TOKEN":"`+
			first+`"}}`), nil},
		{"10 MB of JSON", respond(200, "application/json", `{"request_id":"1","data":{"x":"`+
			strings.Repeat("A", 10<<20)+`"}}`), []string{"1 MiB"}},
		{"10 MB of an error", respond(500, "application/json", `{"errors":["`+strings.Repeat("A", 10<<20)+`"]}`),
			[]string{"1 MiB"}},
		{"429", respond(429, "application/json", `{"errors":["request path: rate limit quota exceeded"]}`),
			[]string{"429"}},
		{"500 of Vault", respond(500, "application/json", `{"errors":["`+first+`"]}`), []string{"500"}},
		{"400 of Vault", respond(400, "application/json", `{"errors":["Upgrading from non-versioned to versioned `+
			`data."]}`), []string{"400"}},
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, []string{"204"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(nil)
			defer srv.Close()
			p := open(t, vault.Config{Address: srv.URL, KVPath: "secret/namets",
				Token: secret.New("root-token-of-a-test")})
			answered := http.NewServeMux()
			answered.HandleFunc("/", tt.trouble)
			srv.Config.Handler = answered
			wantError(t, fetchError(t, p), token.ErrUnavailable, tt.words...)
			answered.HandleFunc("/v1/auth/token/lookup-self",
				respond(200, "application/json", `{"request_id":"1","data":{"ttl":0}}`))
			wantError(t, fetchError(t, p), token.ErrUnavailable, tt.words...)
			answered.HandleFunc("/v1/sys/internal/ui/mounts/",
				respond(200, "application/json",
					`{"request_id":"1","data":{"path":"secret/","type":"kv","options":{"version":"2"}}}`))
			wantError(t, fetchError(t, p), token.ErrUnavailable, tt.words...)
			answered.HandleFunc("/v1/secret/data/namets",
				respond(200, "application/json", `{"request_id":"1","data":{"data":{"N8N_API_TOKEN":"`+first+
					`"},"metadata":{"version":1}}}`))
			wantToken(t, p, first)
		})
	}
}

func TestProvider_sendsItsTokenNowhereElse(t *testing.T) {
	var strayed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path+"?secret="+first, status)
		}))
		p := open(t, vault.Config{Address: srv.URL, KVPath: "secret/namets", Token: secret.New("hvs.some-token")})
		wantError(t, fetchError(t, p), token.ErrUnavailable, elsewhere.URL, "VAULT_ADDR")
		_, err := p.Rotate(t.Context(), secret.New(second), token.RotateOptions{})
		wantError(t, err, token.ErrUnavailable)
		srv.Close()
	}
	if n := strayed.Load(); n > 0 {
		t.Errorf("%d requests went to the other host", n)
	}
}

// hung starts a server that never answers and returns when the test ends.
func hung(t *testing.T) string {
	t.Helper()
	ended := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-ended:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(ended) })
	return srv.URL
}

func TestProvider_waitsForAHungServerOnlySoLong(t *testing.T) {
	c := vault.Config{Address: hung(t), KVPath: "secret/namets", Token: secret.New("hvs.some-token")}
	err := fetchErrorIn(within(t, 50*time.Millisecond), t, open(t, c))
	wantError(t, err, token.ErrUnavailable, "no answer in time")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want one that is the deadline", err)
	}
	c.Timeout = 50 * time.Millisecond
	wantError(t, fetchError(t, open(t, c)), token.ErrUnavailable, "no answer in time")
}

func TestProvider_leavesTheQueueWhenItsContextEnds(t *testing.T) {
	p := open(t, vault.Config{Address: hung(t), KVPath: "secret/namets", Token: secret.New("hvs.some-token")})
	ctx, cancel := context.WithCancel(t.Context())
	held := make(chan error)
	go func() {
		_, err := p.Fetch(ctx)
		held <- err
	}()
	wantError(t, fetchErrorIn(within(t, 20*time.Millisecond), t, p), token.ErrUnavailable)
	cancel()
	wantError(t, <-held, token.ErrUnavailable)
}

func TestProvider_quotesNothingThatIsNotHTTP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_, _ = io.WriteString(conn, "220 "+first+" ESMTP\r\n")
			conn.Close()
		}
	}()
	p := open(t, vault.Config{Address: "http://" + l.Addr().String(), KVPath: "secret/namets",
		Token: secret.New("hvs.some-token")})
	wantError(t, fetchError(t, p), token.ErrUnavailable, "is it the address of Vault?")
}

func TestProvider_saysWhatIsWrongWithTheCertificate(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	ca := newAuthority(t)
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, caFile, ca.pem)
	var used atomic.Pointer[tls.Certificate]
	front := s.recordTLS(t, &used)
	c := s.asRoot("secret/namets")
	c.Address = front

	used.Store(ca.issue(t, time.Hour, "127.0.0.1"))
	wantError(t, fetchError(t, open(t, c)), token.ErrUnavailable, "authority that is not known", "VAULT_CACERT")

	t.Setenv("VAULT_CACERT", caFile)
	p := open(t, c)
	wantToken(t, p, first)
	used.Store(ca.issue(t, -time.Minute, "127.0.0.1"))
	wantError(t, fetchError(t, p), token.ErrUnavailable, "expired")
	used.Store(ca.issue(t, time.Hour, "vault.example.org"))
	wantError(t, fetchError(t, p), token.ErrUnavailable, "another host name", "VAULT_TLS_SERVER_NAME")

	t.Setenv("VAULT_TLS_SERVER_NAME", "vault.example.org")
	wantToken(t, open(t, c), first)
	t.Setenv("VAULT_TLS_SERVER_NAME", "")

	// Another authority takes over, as the file says, without a restart.
	next := newAuthority(t)
	used.Store(next.issue(t, time.Hour, "127.0.0.1"))
	wantError(t, fetchError(t, p), token.ErrUnavailable, "authority")
	writeFile(t, caFile, next.pem)
	wantError(t, fetchError(t, p), token.ErrUnavailable, "authority")
	wantToken(t, p, first)
}

func TestProvider_saysThatOneSideSpeaksTLSAndTheOtherDoesNot(t *testing.T) {
	s := start(t)
	c := s.asRoot("secret/namets")
	c.Address = strings.Replace(s.Addr, "http://", "https://", 1)
	wantError(t, fetchError(t, open(t, c)), token.ErrUnavailable, "does not speak TLS", "http://")

	var used atomic.Pointer[tls.Certificate]
	used.Store(newAuthority(t).issue(t, time.Hour, "127.0.0.1"))
	c.Address = strings.Replace(s.recordTLS(t, &used), "https://", "http://", 1)
	wantError(t, fetchError(t, open(t, c)), token.ErrUnavailable, "https://")
}
