package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"namets/internal/secret"
	"namets/internal/webhook"
)

// sent is a request as the receiver saw it.
type sent struct {
	header http.Header
	body   []byte
}

// capture returns a URL whose requests end up in the channel.
func capture(t testing.TB) (url string, got <-chan sent) {
	c := make(chan sent, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c <- sent{r.Header, body}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, c
}

func keys(texts ...string) func() []secret.Value {
	return func() (list []secret.Value) {
		for _, text := range texts {
			list = append(list, secret.New(text))
		}
		return list
	}
}

// verify asks the Standard Webhooks library.
func verify(t testing.TB, key string, s sent) error {
	t.Helper()
	referee, err := standardwebhooks.NewWebhookRaw([]byte(key))
	if strings.HasPrefix(key, "whsec_") {
		referee, err = standardwebhooks.NewWebhook(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return referee.Verify(s.body, s.header)
}

func hexMAC(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func TestSend_signsSoThatTheStandardWebhooksLibraryAgrees(t *testing.T) {
	whsec := "whsec_" + base64.StdEncoding.EncodeToString([]byte("twenty-four secret bytes"))
	for _, tt := range []struct {
		name       string
		keys       []string
		good, fake []string
	}{
		{"a base64 key", []string{whsec}, []string{whsec, "twenty-four secret bytes"}, []string{"another"}},
		{"a plain text", []string{"correct horse battery"}, []string{"correct horse battery"},
			[]string{"correct horse"}},
		{"both during an overlap", []string{"new-secret", whsec}, []string{"new-secret", whsec}, []string{"older"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url, got := capture(t)
			c := newClient(t, url, webhook.ClientConfig{Keys: keys(tt.keys...)})
			defer c.CloseIdle()
			if r := c.Send(t.Context(), "msg_1", []byte(`{"event":"ping","data":{}}`)); !r.Delivered() {
				t.Fatal(r.Error)
			}
			s := <-got
			for _, key := range tt.good {
				if err := verify(t, key, s); err != nil {
					t.Error(err)
				}
			}
			for _, key := range tt.fake {
				if verify(t, key, s) == nil {
					t.Error("a wrong key was accepted")
				}
			}
			s.body = append(s.body, ' ')
			if verify(t, tt.good[0], s) == nil {
				t.Error("a changed body was accepted")
			}
		})
	}
}

func TestSend_setsTheHeadersThatN8nChecksWithoutCode(t *testing.T) {
	url, got := capture(t)
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	c := newClient(t, url, webhook.ClientConfig{Keys: keys("new", "old"), Now: func() time.Time { return at }})
	defer c.CloseIdle()
	c.Send(t.Context(), "msg_1", []byte("body"))
	s := <-got
	for name, want := range map[string]string{
		"webhook-id":             "msg_1",
		"webhook-timestamp":      fmt.Sprint(at.Unix()),
		"content-type":           "application/json",
		"x-namets-signature":     "sha256=" + hexMAC("new", "body"),
		"x-namets-webhook-token": hexMAC("new", "X-Namets-Webhook-Token"),
	} {
		if got := s.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if n := strings.Count(s.header.Get("webhook-signature"), "v1,"); n != 2 {
		t.Errorf("%d signatures, want 2", n)
	}
	if got := webhook.HeaderToken(secret.New("new")).Reveal(); got != s.header.Get("x-namets-webhook-token") {
		t.Errorf("HeaderToken = %s", got)
	}
	if !webhook.HeaderToken(secret.Value{}).IsZero() {
		t.Error("the token of no secret is a value")
	}
}

func TestSend_withoutASecretIsUnsigned(t *testing.T) {
	url, got := capture(t)
	for _, k := range []func() []secret.Value{nil, keys(), keys("")} {
		c := newClient(t, url, webhook.ClientConfig{Keys: k})
		c.Send(t.Context(), "msg_1", []byte("body"))
		c.CloseIdle()
		s := <-got
		if s.header.Get("webhook-id") != "msg_1" || s.header.Get("webhook-timestamp") == "" {
			t.Errorf("headers: %v", s.header)
		}
		for name := range s.header {
			if strings.HasSuffix(name, "Signature") || strings.HasPrefix(name, "X-") {
				t.Errorf("%s is set", name)
			}
		}
	}
}

func TestSend_verifiesWhateverKeyAndBody(t *testing.T) {
	url, got := capture(t)
	rapid.Check(t, func(rt *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(rt, "key")
		body := rapid.SliceOf(rapid.Byte()).Draw(rt, "body")
		key := "whsec_" + base64.RawStdEncoding.EncodeToString(raw)
		c := newClient(t, url, webhook.ClientConfig{Keys: keys(key)})
		defer c.CloseIdle()
		c.Send(t.Context(), "msg_x", body)
		if err := verify(t, string(raw), <-got); err != nil {
			rt.Fatal(err)
		}
	})
}
