package cli

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/token"
)

// TestSecrets_stayInside puts tokens and e-mail addresses into every part of a request, under each
// form of the log, and then allViewports for them in all that the program has printed, answered to
// strangers and stored. Commands whose work it is to print a token or addresses (token generate,
// demo, export) are not among those that it runs. The one secret that the log may hold is the link
// by which the admin's first owner chooses a password: it works once, within an hour.
func TestSecrets_stayInside(t *testing.T) {
	binary := buildBinary(t)
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			file, metrics := writeFile(t, testToken+"\n"), "127.0.0.1:"+freePort(t)
			env := testEnvironment(t, "LOG_LEVEL", "debug", "LOG_FORMAT", format, "N8N_API_TOKEN_FILE", file,
				"METRICS_ADDR", metrics)
			delete(env, "N8N_API_TOKEN")
			printed := imports(t, env)
			s, cmd := startBinary(t, binary, env)
			hangup := func() { _ = cmd.Process.Signal(syscall.SIGHUP) }

			rotated := token.Generate().Reveal()
			answered := s.tellSecrets(t, testToken)
			swapFile(t, file, rotated)
			eventually(t, 5*time.Second, "the new token is accepted", func() bool {
				hangup()
				return s.do(t, http.MethodGet, "/api/subscribers/", "X-N8N-Token", rotated).status == http.StatusOK
			})
			answered += s.tellSecrets(t, rotated)
			swapFile(t, file, "changeme-"+rotated)
			hangup()
			s.wait(t, s.stderr, "placeholder")
			printed += (&service{url: "http://" + metrics}).do(t, http.MethodGet, "/metrics").body
			s.stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM) }
			if _, err := s.end(t); err != nil {
				t.Fatalf("%v\n%s", err, s.stderr)
			}
			printed += s.stdout.String() + s.stderr.String()

			wantAbsent(t, "what it printed", printed, append(strangers(), testToken, rotated))
			wantAbsent(t, "what it answered to strangers", answered, append(strangers(), testToken, rotated))
			wantAbsent(t, "what it stored", stored(t, env["DATA_DIR"]), []string{testToken, rotated})
			if n := strings.Count(printed, "/api/subscribers/"); n < 10 {
				t.Errorf("%d lines about requests: this is not the whole log", n)
			}
		})
	}
}

// strangers are secrets that a client may put into a request by mistake: a wrong token,
// addresses, a personal link.
func strangers() []string {
	return []string{"a-wrong-token-that-is-somebodys-password", "amina@example.org", "zainab@xn--bcher-kva.example",
		"306cc298-4f1b-553e-a783-92b1ea6d9955"}
}

// imports returns what a good and a bad import print.
func imports(t *testing.T, env environment) string {
	t.Helper()
	good, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	_, out1, err1 := call(t, env, "import", fixture)
	code, out2, err2 := call(t, env,
		"import", writeFile(t, strings.ReplaceAll(string(good), `"bello.musa@`, `"AMINA@`)))
	if code != 1 {
		t.Errorf("the same address twice: code %d", code)
	}
	return out1 + err1 + out2 + err2
}

// tellSecrets sends the token in force and the strangers' secrets in every part of a request where
// somebody may put them. It returns the answers to those who have no business to know more.
func (s *service) tellSecrets(t *testing.T, current string) string {
	t.Helper()
	var said strings.Builder
	for _, secret := range append(strangers(), current) {
		escaped := url.QueryEscape(secret)
		query := "?token=" + escaped + "&since=" + escaped + "&days=" + escaped + "&" + escaped
		for _, path := range append(sixPaths(), "/", "/healthz", "/static/", "/api/"+escaped+"/", "/"+escaped,
			"/static/"+escaped) {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions,
				"FOO" + hex.EncodeToString([]byte(secret))} {
				a := s.do(t, method, path+query, "X-N8N-Token", secret+"x", "Authorization", "Bearer "+secret, "Cookie",
					"session="+secret,
					"Referer", "http://a.example/?"+escaped, "User-Agent", secret, "X-Forwarded-For", secret,
					"X-Request-Id", secret)
				fmt.Fprintln(&said, a.status, a.header, a.body)
			}
			s.do(t, http.MethodGet, path+query, "X-N8N-Token", current) // holds addresses where it should
		}
		for _, path := range []string{"/communications/unsubscribe/", "/communications/preferences/",
			"/communications/subscribe/confirm/"} {
			s.do(t, http.MethodGet, path+escaped+"/"+query) // a personal link shows whose it is
			s.do(t, http.MethodPost, path+escaped+"/"+query, "Origin", "http://"+escaped+".example")
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
			said.WriteString(s.raw(t, raw))
		}
	}
	return said.String()
}

// raw sends bytes that may be no request at all and returns what comes back until the connection
// ends.
func (s *service) raw(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, request) // it may hang up before it has read everything
	_ = conn.(*net.TCPConn).CloseWrite()
	got, _ := io.ReadAll(conn)
	return string(got)
}

// stored returns the content of all files below a directory.
func stored(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil || all.Len() < 50_000 {
		t.Fatalf("%d bytes stored, %v", all.Len(), err)
	}
	return all.String()
}

// wantAbsent looks for secrets in a text, whatever their case, as they are, escaped, encoded, and
// as whole digests.
func wantAbsent(t *testing.T, what, text string, secrets []string) {
	t.Helper()
	text = strings.ToLower(text)
	for _, secret := range secrets {
		digest := sha256.Sum256([]byte(secret))
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
			hex.EncodeToString([]byte(secret)),
			base64.StdEncoding.EncodeToString([]byte(secret))[:len(secret)], hex.EncodeToString(digest[:])} {
			if i := strings.Index(text, strings.ToLower(form)); i >= 0 {
				t.Errorf("%s holds %q:\n…%q…", what, form, text[max(0, i-200):min(len(text), i+200)])
			}
		}
	}
}
