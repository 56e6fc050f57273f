package vault_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"namets/internal/e2e"
	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/token/vault"
)

const (
	first  = "3f786850e387550fdab836ed7e6dc881de23001b"
	second = "89e6c98d92887913cadf06b2adb97f26cde4849b"
)

func TestMain(m *testing.M) {
	// The environment of Vault's client is the tests' own.
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "VAULT_") {
			os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

// server is a real Vault and the hands of its operator.
type server struct {
	*e2e.VaultServer
}

func start(t *testing.T) server {
	t.Helper()
	return server{e2e.Vault(t, e2e.VaultOptions{})}
}

// do makes a request as root that has to succeed.
func (s server) do(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	if status := s.Do(t, method, path, body, answer); status/100 != 2 {
		t.Fatalf("%s %s: status %d", method, path, status)
	}
}

type keys map[string]any

// put writes a secret of KV version 2 into the mount secret and returns its version.
func (s server) put(t *testing.T, name string, data keys) {
	t.Helper()
	s.do(t, "POST", "secret/data/"+name, keys{"data": data}, nil)
}

// get returns the keys of a secret of KV version 2 in the mount secret.
func (s server) get(t *testing.T, name string) keys {
	t.Helper()
	var read struct{ Data struct{ Data keys } }
	s.do(t, "GET", "secret/data/"+name, nil, &read)
	return read.Data.Data
}

// mount mounts a KV engine of the version ("1" or "2") at path.
func (s server) mount(t *testing.T, path, version string) {
	t.Helper()
	s.do(t, "POST", "sys/mounts/"+path, keys{"type": "kv", "options": keys{"version": version}}, nil)
	if version == "2" {
		s.await(t, "GET", path+"/config")
	}
}

// await repeats a request until it succeeds: a new mount of version 2 is upgraded in the
// background.
func (s server) await(t *testing.T, method, path string) {
	t.Helper()
	for s.Do(t, method, path, nil, nil)/100 != 2 {
		if t.Context().Err() != nil {
			t.Fatalf("%s %s never succeeded", method, path)
		}
	}
}

// login returns a Vault token with nothing but the policy, and what options say besides.
func (s server) login(t *testing.T, policy string, options keys) string {
	t.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "-", " ", "-", "#", "-").Replace(t.Name()))
	s.do(t, "PUT", "sys/policies/acl/"+name, keys{"policy": policy}, nil)
	body := keys{"policies": []string{name}, "no_default_policy": true, "ttl": "1h"}
	for key, value := range options {
		body[key] = value
	}
	var created struct {
		Auth struct {
			ClientToken string `json:"client_token"`
		}
	}
	s.do(t, "POST", "auth/token/create", body, &created)
	return created.Auth.ClientToken
}

// appRole enables AppRole with a role that has the policy, and returns the role's ID.
func (s server) appRole(t *testing.T, policy string, options keys) string {
	t.Helper()
	s.do(t, "POST", "sys/auth/approle", keys{"type": "approle"}, nil)
	s.do(t, "PUT", "sys/policies/acl/namets", keys{"policy": policy}, nil)
	body := keys{"token_policies": []string{"namets"}, "token_ttl": "1h", "token_max_ttl": "2h"}
	for key, value := range options {
		body[key] = value
	}
	s.do(t, "POST", "auth/approle/role/namets", body, nil)
	var read struct {
		Data struct {
			RoleID string `json:"role_id"`
		}
	}
	s.do(t, "GET", "auth/approle/role/namets/role-id", nil, &read)
	return read.Data.RoleID
}

// secretID makes a new secret ID of the role.
func (s server) secretID(t *testing.T) string {
	t.Helper()
	var made struct {
		Data struct {
			SecretID string `json:"secret_id"`
		}
	}
	s.do(t, "POST", "auth/approle/role/namets/secret-id", nil, &made)
	return made.Data.SecretID
}

// revokeLogins revokes every token that AppRole has given.
func (s server) revokeLogins(t *testing.T) {
	t.Helper()
	s.do(t, "PUT", "sys/leases/revoke-prefix/auth/approle/login", nil, nil)
}

// asRoot is the configuration of a provider that may do everything.
func (s server) asRoot(path string) vault.Config {
	return vault.Config{Address: s.Addr, KVPath: path, Token: secret.New(s.RootToken)}
}

func open(t *testing.T, c vault.Config) *vault.Provider {
	t.Helper()
	p, err := vault.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func wantToken(t *testing.T, p *vault.Provider, want string) token.Set {
	t.Helper()
	set, err := p.Fetch(t.Context())
	if err != nil {
		t.Fatalf("fetch: %v", err)
	}
	if got := set.Token.Reveal(); got != want {
		t.Fatalf("fetched the token %q, want %q", got, want)
	}
	return set
}

// wantError checks the kind of Fetch's error and that it holds each of the words and none of the
// secrets.
func wantError(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got error %v, want one that is %v", err, kind)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error %q does not say %q", err, word)
		}
	}
	for _, secret := range []string{first, second, "root-token-of-a-test"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a secret: %v", err)
		}
	}
}

func fetchError(t *testing.T, p *vault.Provider) error {
	t.Helper()
	return fetchErrorIn(t.Context(), t, p)
}

func fetchErrorIn(ctx context.Context, t *testing.T, p *vault.Provider) error {
	t.Helper()
	set, err := p.Fetch(ctx)
	if err == nil {
		t.Error("fetch succeeded")
	}
	if !set.Token.IsZero() {
		t.Error("fetch returned a token with its error")
	}
	return err
}

// proxy is in front of a real Vault and remembers what was asked.
type proxy struct {
	url string

	mu    sync.Mutex
	asked []string // method and path
	last  http.Header
}

// record starts a proxy of the server. Before a request goes on, intercept may answer it itself
// and return true; it may be nil.
func (s server) record(t *testing.T, intercept func(http.ResponseWriter, *http.Request) bool) *proxy {
	t.Helper()
	target, err := url.Parse(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{}
	transport := &http.Transport{DisableKeepAlives: true}
	forward := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/v1/"))
		p.last = r.Header.Clone()
		p.mu.Unlock()
		if intercept == nil || !intercept(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	p.url = front.URL
	return p
}

// take returns what was asked since the last take.
func (p *proxy) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

func (p *proxy) count(request string) int {
	n := 0
	for _, asked := range p.take() {
		if asked == request {
			n++
		}
	}
	return n
}

func (p *proxy) header(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last.Get(name)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	// Written to a new file and renamed, as an agent does it.
	next := filepath.Join(filepath.Dir(path), "new")
	if err := os.WriteFile(next, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func contains(list []string, one string) bool { return slices.Contains(list, one) }
