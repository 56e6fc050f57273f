package network_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"namets/internal/network"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// speak starts a server that sends text to every connection, once a line has come, and hangs up;
// with an empty text it never says a word. It returns its address.
func speak(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if text == "" {
				t.Cleanup(func() { conn.Close() })
				continue
			}
			_, _ = conn.Read(make([]byte, 1<<10))
			_, _ = io.WriteString(conn, strings.TrimSpace(text))
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// secure starts a server that speaks TLS and returns it with a transport that trusts it.
func secure(t *testing.T) (*httptest.Server, *http.Transport) {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	trusting := srv.Client().Transport.(*http.Transport).Clone()
	trusting.DisableKeepAlives = true
	return srv, trusting
}

// dialing returns a transport whose connections fail with err.
func dialing(err error) *http.Transport {
	return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
}

func TestFailureOf(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	srv, trusting := secure(t)
	wrongName, expired, old, own := trusting.Clone(), trusting.Clone(), trusting.Clone(), &http.Transport{}
	wrongName.TLSClientConfig.ServerName = "other.example"
	expired.TLSClientConfig.Time = func() time.Time { return time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC) }
	old.TLSClientConfig.MinVersion, old.TLSClientConfig.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
	slow := &http.Transport{TLSHandshakeTimeout: 20 * time.Millisecond}
	silent, plain := speak(t, ""), httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	dial := func(err error) *http.Transport { return dialing(&net.OpError{Op: "dial", Net: "tcp", Err: err}) }
	for _, tt := range []struct {
		name, address string
		transport     *http.Transport
		want          network.Failure
		sent, tls     bool
	}{
		{"no such name", "http://n8n.invalid/", dial(&net.DNSError{Name: "n8n.invalid", IsNotFound: true}),
			network.UnknownHost, false, false},
		{"no DNS", "http://n8n.invalid/", dial(&net.DNSError{Name: "n8n.invalid", IsTimeout: true}), network.NoDNS,
			false, false},
		{"refused", "http://" + closed.Addr().String(), own, network.Refused, false, false},
		{"no route", "http://192.0.2.1/", dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), network.NoRoute,
			false, false},
		{"no descriptors", "http://192.0.2.1/", dial(os.NewSyscallError("socket", syscall.EMFILE)),
			network.NoDescriptors, false, false},
		{"dialing takes too long", "http://192.0.2.1/", dial(os.ErrDeadlineExceeded), network.Unreached, false, false},
		{"the handshake takes too long", "https://" + silent, slow, network.Unreached, false, false},
		{"another name", srv.URL, wrongName, network.OtherName, false, true},
		{"unknown authority", srv.URL, own, network.UnknownAuthority, false, true},
		{"expired", srv.URL, expired, network.Expired, false, true},
		{"another fault", srv.URL, dialing(&tls.CertificateVerificationError{Err: errors.New("odd")}),
			network.BadCertificate, false, true},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), own, network.NoTLS, false, true},
		{"something else instead of TLS", "https://" + speak(t, "220 mail.example.org\r\n"), own, network.NoTLS,
			false, true},
		{"old TLS", srv.URL, old, network.NoHandshake, false, true},
		{"hangs up", "http://" + speak(t, " "), own, network.Closed, true, false},
		{"half a head", "http://" + speak(t, "HTTP/1.1 200 OK\r\nX: y"), own, network.Closed, true, false},
		{"a route that breaks", "http://192.0.2.1/", dialing(&net.OpError{Op: "read", Err: syscall.EHOSTUNREACH}),
			network.Broken, true, false},
		{"no HTTP", "http://" + speak(t, "220 secret.example.org ESMTP\r\n"), own, network.Broken, true, false},
		{"silence", "http://" + silent, own, network.Late, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if tt.want == network.Late {
				ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
			}
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, tt.address, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			_, roundTripErr := tt.transport.RoundTrip(req)
			_, clientErr := (&http.Client{Transport: tt.transport}).Do(req)
			for _, err := range []error{roundTripErr, clientErr} {
				if got := network.FailureOf(err); got != tt.want || got.Sent() != tt.sent || got.TLS() != tt.tls {
					t.Errorf("%v: got %q, sent %t, TLS %t, want %q", err, got, got.Sent(), got.TLS(), tt.want)
				}
			}
			if words := tt.want.Error(); words == "" || strings.Contains(words, "127.0.0.1") {
				t.Errorf("it says %q", words)
			}
		})
	}
}

func TestExplain_knowsThatTheCallerGaveUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer srv.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/secret", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	_, err = network.NewClient(0).Do(req)
	if got := network.Explain(err); got != context.Canceled { //nolint:errorlint // it wraps nothing
		t.Errorf("got %v of %v", got, err)
	}
}

func TestNewClient_followsNoRedirectAndIsLimited(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a request went to the other host")
	}))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	resp, err := network.NewClient(5 * time.Second).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("status %d", resp.StatusCode)
	}
	_, err = network.NewClient(20 * time.Millisecond).Get("http://" + speak(t, ""))
	if got := network.Explain(err); !errors.Is(got, network.Late) {
		t.Errorf("got %v of %v, want %v", got, err, network.Late)
	}
}
