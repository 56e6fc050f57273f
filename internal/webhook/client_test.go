package webhook_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"namets/internal/network"
	"namets/internal/secret"
	"namets/internal/webhook"
)

// hijack answers with raw bytes and closes the connection.
func hijack(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte(raw))
		conn.Close()
	}
}

// pour writes megabytes of the byte x; fewer than 0 is without end.
func pour(megabytes int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat("x", 1<<20))
		for i := 0; i != megabytes; i++ {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

func status(code int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

func TestSend_recordsWhatMisbehavingReceiversDo(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	trickle := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("slow"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for _, tt := range []struct {
		name      string
		answer    http.HandlerFunc
		status    int
		delivered bool
		error     string
		answered  string
	}{
		{"200", status(200, "Workflow was started"), 200, true, "", "Workflow was started"},
		{"204", status(204, ""), 204, true, "", ""},
		{"500", status(500, "oh\x00\xff"), 500, false, "answered 500 Internal Server Error", "oh\ufffd\ufffd"},
		{"404", status(404, "no"), 404, false, "answered 404 Not Found: no active workflow listens at this path", "no"},
		{"403", status(403, ""), 403, false, "answered 403 Forbidden: the header that the workflow wants is missing " +
			"or has another value", ""},
		{"301", status(301, "", "Location", "/elsewhere"), 301, false, "answered 301 Moved Permanently: redirects " +
			"are not followed", ""},
		{"307 to a broken place", status(307, "", "Location", "http://%zz"), 307, false,
			"answered 307 Temporary Redirect: redirects are not followed", ""},
		{"a status that nobody knows", status(599, ""), 599, false, "answered 599", ""},
		{"an endless body", pour(-1), 200, true, "", strings.Repeat("x", 2<<10)},
		{"100 MB", pour(100), 200, true, "", strings.Repeat("x", 2<<10)},
		{"a slow body", trickle, 200, true, "", "slow"},
		{"no answer", hang, 0, false, "no answer within 500ms", ""},
		{"closed connection", hijack(""), 0, false, "the server closed the connection without an answer", ""},
		{"half an answer", hijack("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), 200, true, "", "half"},
		{"no HTTP", hijack("220 mail.example.org ESMTP\r\n"), 0, false, "the connection broke, or what came back " +
			"is not HTTP", ""},
		{"endless headers", hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20)), 0, false,
			"the connection broke, or what came back is not HTTP", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := newReceiver(t, tt.answer)
			c := newClient(t, rec.URL+"/webhook/secret-path?a=b", webhook.ClientConfig{
				Timeout: 500 * time.Millisecond})
			defer c.CloseIdle()
			r := c.Send(t.Context(), "msg_1", []byte("{}"))
			if r.Status != tt.status || r.Delivered() != tt.delivered || r.Error != tt.error ||
				r.Answer != tt.answered {
				t.Errorf("status %d, delivered %v, error %q, answer %.40q", r.Status, r.Delivered(), r.Error, r.Answer)
			}
			if r.At.IsZero() || r.Duration <= 0 || r.Duration > 2*time.Second {
				t.Errorf("at %v for %v", r.At, r.Duration)
			}
			if n := len(rec.calls()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestSend_saysWhyNoConnectionCameAbout(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	late := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	}}
	for _, tt := range []struct {
		name      string
		transport http.RoundTripper
		want      network.Failure
		hung      bool
	}{
		{"refused", nil, network.Refused, false},
		{"connecting takes too long", late, network.Unreached, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, "http://"+closed.Addr().String()+"/secret-path",
				webhook.ClientConfig{Transport: tt.transport, Timeout: 5 * time.Second})
			defer c.CloseIdle()
			r := c.Send(t.Context(), "msg_1", []byte("{}"))
			if r.Failure != tt.want || r.Error != tt.want.Error() || r.Hung != tt.hung || r.Status != 0 || r.Cut {
				t.Errorf("%+v, want %q", r, tt.want)
			}
		})
	}
}

func TestSend_staysSmallWhenAnswersAreBig(t *testing.T) {
	rec := newReceiver(t, pour(100))
	c := newClient(t, rec.URL, webhook.ClientConfig{})
	defer c.CloseIdle()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 5 {
		c.Send(t.Context(), "msg_1", []byte("{}"))
	}
	runtime.ReadMemStats(&after)
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 30 { // the receiver's own blocks are in it
		t.Errorf("five answers of 100 MB took %d MB", mb)
	}
}

func TestSend_knowsThatItWasCutOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	rec := newReceiver(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	c := newClient(t, rec.URL, webhook.ClientConfig{})
	defer c.CloseIdle()
	if r := c.Send(ctx, "msg_1", []byte("{}")); !r.Cut || r.Delivered() {
		t.Errorf("%+v", r)
	}
}

func TestSend_keepsNoSecretThatTheReceiverEchoes(t *testing.T) {
	rec := newReceiver(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.Header.Write(w)
	})
	c := newClient(t, rec.URL, webhook.ClientConfig{Keys: keys("the-signing-secret")})
	defer c.CloseIdle()
	r := c.Send(t.Context(), "msg_1", []byte("{}"))
	token := webhook.HeaderToken(keys("the-signing-secret")()[0]).Reveal()
	if !strings.Contains(r.Answer, "X-Namets-Webhook-Token: [redacted]") || strings.Contains(r.Answer, token) {
		t.Errorf("answer: %s", r.Answer)
	}
}

func TestSend_passesUserAndPasswordOfTheURL(t *testing.T) {
	url, got := capture(t)
	c := newClient(t, strings.Replace(url, "http://", "http://user:pass@", 1), webhook.ClientConfig{})
	defer c.CloseIdle()
	c.Send(t.Context(), "msg_1", []byte("{}"))
	if auth := (<-got).header.Get("Authorization"); auth != "Basic dXNlcjpwYXNz" {
		t.Errorf("Authorization: %q", auth)
	}
	if c.Host() != strings.TrimPrefix(url, "http://") {
		t.Errorf("Host() = %s", c.Host())
	}
}

func TestNewClient_refusesWhatIsNoURL(t *testing.T) {
	for _, url := range []string{"", "n8n:5678/webhook/x", "/webhook/x", "ftp://n8n/x", "http://", "http://a b/",
		"://secret", "http://secret\x7f/"} {
		if _, err := webhook.NewClient(webhook.ClientConfig{URL: secret.New(url)}); err == nil {
			t.Errorf("accepted %q", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the URL: %v", err)
		}
	}
}
