package vault_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

func rotate(t *testing.T, p *vault.Provider, value string, o token.RotateOptions) token.Rotation {
	t.Helper()
	r, err := p.Rotate(t.Context(), secret.New(value), o)
	if err != nil {
		t.Fatalf("rotate: %v", err)
	}
	return r
}

func TestProvider_rotatesAndLeavesTheOtherKeys(t *testing.T) {
	s := start(t)
	s.mount(t, "kv", "1")
	others := `"WEBHOOK_SECRET":"whsec_c2VjcmV0","text":"<ü>","number":42,"ratio":1.5,"nested":{"list":[1,null,true]}`
	raw := func(path, data string) {
		t.Helper()
		s.do(t, "PUT", path, rawJSON(data), nil)
	}
	raw("secret/data/namets", `{"data":{"N8N_API_TOKEN":"`+first+`","revoke_previous":true,`+others+`}}`)
	raw("kv/namets", `{"N8N_API_TOKEN":"`+first+`","revoke_previous":true,`+others+`}`)
	for path, read := range map[string]func(*testing.T) string{
		"secret/namets": func(t *testing.T) string {
			var got struct{ Data struct{ Data rawJSON } }
			s.do(t, "GET", "secret/data/namets", nil, &got)
			return string(got.Data.Data)
		},
		"kv/namets": func(t *testing.T) string {
			var got struct{ Data rawJSON }
			s.do(t, "GET", "kv/namets", nil, &got)
			return string(got.Data)
		},
	} {
		t.Run(path, func(t *testing.T) {
			p := open(t, s.asRoot(path))
			sorted := `"WEBHOOK_SECRET":"whsec_c2VjcmV0","nested":{"list":[1,null,true]},"number":42,"ratio":1.5,`
			r := rotate(t, p, second, token.RotateOptions{})
			if diff := cmp.Diff(`{"N8N_API_TOKEN":"`+second+`",`+sorted+`"text":"<ü>"}`, read(t)); diff != "" {
				t.Errorf("after a rotation (-want +got):\n%s", diff)
			}
			set := wantToken(t, p, second)
			if r.Version != set.Version || r.Created {
				t.Errorf("rotated to %+v, fetched version %q", r, set.Version)
			}
			rotate(t, p, first, token.RotateOptions{Now: true})
			if diff := cmp.Diff(`{"N8N_API_TOKEN":"`+first+`",`+sorted+`"revoke_previous":true,"text":"<ü>"}`,
				read(t)); diff != "" {
				t.Errorf("after a rotation at once (-want +got):\n%s", diff)
			}
			if set := wantToken(t, p, first); !set.RevokePrevious {
				t.Error("the replaced token is not revoked")
			}
		})
	}
}

// rawJSON is sent and received as it is, but for the characters that Vault itself escapes.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func (r *rawJSON) UnmarshalJSON(b []byte) error {
	*r = rawJSON(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(b)))
	return nil
}

func TestProvider_rotatesOnTopOfWhatSomebodyElseWrote(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	forestall := 1
	front := s.record(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && r.URL.Path == "/v1/secret/data/namets" && forestall > 0 {
			forestall--
			s.put(t, "namets", keys{"N8N_API_TOKEN": first, "other": "new"})
		}
		return false
	})
	c := s.asRoot("secret/namets")
	c.Address = front.url
	p := open(t, c)
	rotate(t, p, second, token.RotateOptions{})
	if diff := cmp.Diff(keys{"N8N_API_TOKEN": second, "other": "new"}, s.get(t, "namets")); diff != "" {
		t.Errorf("after the rotation (-want +got):\n%s", diff)
	}

	forestall = 100
	_, err := p.Rotate(t.Context(), secret.New(first), token.RotateOptions{})
	wantError(t, err, token.ErrUnavailable, "somebody else")
	if errors.Is(err, token.ErrUncertain) {
		t.Errorf("%v, although nothing was written", err)
	}
	if forestall < 50 {
		t.Errorf("tried %d times", 100-forestall)
	}
}

func TestProvider_rotatesASecretThatIsNotThere(t *testing.T) {
	s := start(t)
	s.mount(t, "kv", "1")
	s.put(t, "deleted", keys{"N8N_API_TOKEN": first, "other": "x"})
	s.do(t, "DELETE", "secret/data/deleted", nil, nil)
	s.put(t, "destroyed", keys{"N8N_API_TOKEN": first})
	s.do(t, "PUT", "secret/destroy/destroyed", keys{"versions": []int{1}}, nil)
	for _, path := range []string{"secret/never", "secret/deleted", "secret/destroyed", "kv/never"} {
		t.Run(path, func(t *testing.T) {
			p := open(t, s.asRoot(path))
			if r := rotate(t, p, second, token.RotateOptions{}); !r.Created {
				t.Error("does not say that the secret is a new one")
			}
			wantToken(t, p, second)
		})
	}
}

func TestProvider_writesNothingWhenItSaysSo(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	p := open(t, s.asRoot("secret/namets"))
	for _, value := range []string{"", "short", "changeme-changeme"} {
		_, err := p.Rotate(t.Context(), secret.New(value), token.RotateOptions{})
		wantError(t, err, token.ErrInvalid)
	}
	readOnly := open(t, vault.Config{Address: s.Addr, KVPath: "secret/namets",
		Token: secret.New(s.login(t, reading, nil))})
	_, err := readOnly.Rotate(t.Context(), secret.New(second), token.RotateOptions{})
	wantError(t, err, token.ErrConfig, "403", "nothing was written", `path "secret/data/namets" { capabilities = `+
		`["create", "read", "update"] }`)

	tooLarge := s.record(t, func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodPut && refuse(w, http.StatusBadRequest)
	})
	c := s.asRoot("secret/namets")
	c.Address = tooLarge.url
	_, err = open(t, c).Rotate(t.Context(), secret.New(second), token.RotateOptions{})
	wantError(t, err, token.ErrConfig, "400", "nothing was written")

	s.do(t, "PUT", "sys/seal", nil, nil)
	_, err = p.Rotate(t.Context(), secret.New(second), token.RotateOptions{})
	wantError(t, err, token.ErrUnavailable, "unseal")
	s.unseal(t)
	wantToken(t, p, first)
	s.Stop()
	_, err = p.Rotate(t.Context(), secret.New(second), token.RotateOptions{})
	wantError(t, err, token.ErrUnavailable, "refused")
	if errors.Is(err, token.ErrUncertain) {
		t.Errorf("%v, although nothing was sent", err)
	}
}

// refuse answers as Vault does.
func refuse(w http.ResponseWriter, status int) bool {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"errors":["no"]}`))
	return true
}

func TestProvider_saysWhenItDoesNotKnowWhetherItWrote(t *testing.T) {
	s := start(t)
	s.put(t, "namets", keys{"N8N_API_TOKEN": first})
	for _, tt := range []struct {
		name      string
		answer    func(http.ResponseWriter)
		uncertain bool
	}{
		{"the connection breaks", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, true},
		{"502", func(w http.ResponseWriter) { http.Error(w, "bad gateway", http.StatusBadGateway) }, true},
		{"500 of Vault", func(w http.ResponseWriter) { refuse(w, http.StatusInternalServerError) }, true},
		{"429", func(w http.ResponseWriter) { refuse(w, http.StatusTooManyRequests) }, false},
		{"404", func(w http.ResponseWriter) { refuse(w, http.StatusNotFound) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var writes atomic.Int64
			front := s.record(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPut {
					return false
				}
				writes.Add(1)
				tt.answer(w)
				return true
			})
			c := s.asRoot("secret/namets")
			c.Address = front.url
			_, err := open(t, c).Rotate(t.Context(), secret.New(second), token.RotateOptions{})
			if err == nil || errors.Is(err, token.ErrUncertain) != tt.uncertain {
				t.Errorf("got error %v, want one that is uncertain: %t", err, tt.uncertain)
			}
			if tt.uncertain {
				wantError(t, err, token.ErrUnavailable, secret.New(second).Fingerprint(), "token check")
			}
			if n := writes.Load(); n != 1 {
				t.Errorf("wrote %d times, want once", n)
			}
		})
	}
}
