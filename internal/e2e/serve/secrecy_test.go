package serve_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/token"
)

// TestSecrets_stayInside puts tokens and e-mail addresses into every part of a request, for each
// log format, and then looks for them in everything that the program has printed, sent to clients
// without access, and stored. It does not run commands whose purpose is to print a token or
// addresses (token generate, demo, export). The one secret that the log may contain is the link
// with which the admin's first owner sets a password: it works once, within an hour.
func TestSecrets_stayInside(t *testing.T) {
	binary := harness.BuildBinary(t)
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			file, metrics := harness.WriteFile(t, harness.APIToken+"\n"), "127.0.0.1:"+harness.FreePort(t)
			env := harness.NewEnvironment(t, "LOG_LEVEL", "debug", "LOG_FORMAT", format, "N8N_API_TOKEN_FILE", file,
				"METRICS_ADDR", metrics)
			delete(env, "N8N_API_TOKEN")
			printed := imports(t, env)
			s, cmd := harness.StartBinary(t, binary, env)
			hangup := func() { _ = cmd.Process.Signal(syscall.SIGHUP) }

			rotated := token.Generate().Reveal()
			answered := tellSecrets(t, s, harness.APIToken)
			harness.SwapFile(t, file, rotated)
			harness.Eventually(t, 5*time.Second, "the new token is accepted", func() bool {
				hangup()
				return s.Do(t, http.MethodGet, "/api/subscribers/", "X-N8N-Token", rotated).Status == http.StatusOK
			})
			answered += tellSecrets(t, s, rotated)
			harness.SwapFile(t, file, "changeme-"+rotated)
			hangup()
			s.Wait(t, s.Stderr, "placeholder")
			printed += (&harness.Service{URL: "http://" + metrics}).Do(t, http.MethodGet, "/metrics").Body
			s.Stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM) }
			if _, err := s.End(t); err != nil {
				t.Fatalf("%v\n%s", err, s.Stderr)
			}
			printed += s.Stdout.String() + s.Stderr.String()

			harness.WantAbsent(t, "what it printed", printed, append(strangers(), harness.APIToken, rotated))
			harness.WantAbsent(t, "what it answered to strangers", answered, append(strangers(), harness.APIToken,
				rotated))
			harness.WantAbsent(t, "what it stored", harness.Stored(t, env["DATA_DIR"]), []string{harness.APIToken,
				rotated})
			if n := strings.Count(printed, "/api/subscribers/"); n < 10 {
				t.Errorf("%d lines about requests: this is not the whole log", n)
			}
		})
	}
}

// strangers are secrets that a client may put into a request by mistake: a wrong token, addresses,
// a personal link.
func strangers() []string {
	return []string{"a-wrong-token-that-is-somebodys-password", "amina@example.org", "zainab@xn--bcher-kva.example",
		"306cc298-4f1b-553e-a783-92b1ea6d9955"}
}

// imports returns the output of a valid and an invalid import.
func imports(t *testing.T, env harness.Environment) string {
	t.Helper()
	good, err := os.ReadFile(harness.Fixture)
	if err != nil {
		t.Fatal(err)
	}
	_, out1, err1 := harness.Call(t, env, "import", harness.Fixture)
	code, out2, err2 := harness.Call(t, env,
		"import", harness.WriteFile(t, strings.ReplaceAll(string(good), `"bello.musa@`, `"AMINA@`)))
	if code != 1 {
		t.Errorf("the same address twice: code %d", code)
	}
	return out1 + err1 + out2 + err2
}

// tellSecrets sends the current token and the strangers' secrets in every possible part of a
// request. It returns the responses to clients that must not see them.
func tellSecrets(t *testing.T, s *harness.Service, current string) string {
	t.Helper()
	var said strings.Builder
	for _, secret := range append(strangers(), current) {
		escaped := url.QueryEscape(secret)
		query := "?token=" + escaped + "&since=" + escaped + "&days=" + escaped + "&" + escaped
		for _, path := range append(sixPaths(), "/", "/healthz", "/static/", "/api/"+escaped+"/", "/"+escaped,
			"/static/"+escaped) {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions,
				"FOO" + hex.EncodeToString([]byte(secret))} {
				a := s.Do(t, method, path+query, "X-N8N-Token", secret+"x", "Authorization", "Bearer "+secret, "Cookie",
					"session="+secret,
					"Referer", "http://a.example/?"+escaped, "User-Agent", secret, "X-Forwarded-For", secret,
					"X-Request-Id", secret)
				fmt.Fprintln(&said, a.Status, a.Header, a.Body)
			}
			s.Do(t, http.MethodGet, path+query, "X-N8N-Token", current) // its response contains addresses as it should
		}
		for _, path := range []string{"/communications/unsubscribe/", "/communications/preferences/",
			"/communications/subscribe/confirm/"} {
			s.Do(t, http.MethodGet, path+escaped+"/"+query) // a personal link shows whose it is
			s.Do(t, http.MethodPost, path+escaped+"/"+query, "Origin", "http://"+escaped+".example")
		}
		for _, raw := range []string{
			secret + "\r\n\r\n",
			"GET /" + secret + " HTTP/9.9\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: " + secret + "\r\nX: \x00" + secret + "\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: a\r\nX-N8N-Token : " + secret + "\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat(secret, 3000) + "\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + secret + "\r\n\r\n",
			"\x16\x03\x01\x02" + secret + "\r\n\r\n",
		} {
			said.WriteString(rawRequest(t, s, raw))
		}
	}
	return said.String()
}

// rawRequest sends bytes that may not be a valid request and returns the response until the
// connection ends.
func rawRequest(t *testing.T, s *harness.Service, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, request) // the server may close before it has read everything
	_ = conn.(*net.TCPConn).CloseWrite()
	got, _ := io.ReadAll(conn)
	return string(got)
}
