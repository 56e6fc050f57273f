package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/vault/api"

	"namets/internal/secret"
)

const (
	defaultTimeout = 10 * time.Second
	// maxAnswer is far above the size of a secret with a few keys.
	maxAnswer = 1 << 20
)

// link is the connection to the server.
type link struct {
	client  *api.Client
	given   string // Config.Address
	address string // for people: scheme and host
	timeout time.Duration

	answered bool // Vault has, whatever it said
}

// newLink reads the environment of Vault's client, and the certificates that it names.
func newLink(given string, timeout time.Duration) (*link, error) {
	client, err := newClient(given)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(client.Address())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the address of Vault is not one: give scheme, host and port, such as " +
			"https://vault.example.org:8200")
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	return &link{client: client, given: given, address: u.Scheme + "://" + u.Host, timeout: timeout}, nil
}

// redial reads the certificate files again. If they cannot be used, the client stays unchanged.
func (l *link) redial() {
	if client, err := newClient(l.given); err == nil {
		l.client = client
	}
}

func newClient(address string) (*api.Client, error) {
	config := api.DefaultConfig()
	if config.Error != nil {
		return nil, fmt.Errorf("the environment of Vault's client is not right: %w", withoutURL(config.Error))
	}
	if address != "" {
		config.Address, config.AgentAddress = address, ""
	}
	config.MaxRetries = 0
	config.DisableRedirects = true // guard turns them into errors
	plain, ok := config.HttpClient.Transport.(*http.Transport)
	if !ok {
		return nil, errors.New("vault's client does not talk HTTP")
	}
	plain.DisableKeepAlives = true // one fetch a minute: nothing to keep, and every fetch looks at the certificate
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("the environment of Vault's client is not right: %w", withoutURL(err))
	}
	// NewClient needs the plain transport, to dial a socket if the address is one, and has it by
	// now.
	config.HttpClient.Transport = &guard{next: plain}
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	return client, nil
}

// answer is a response of Vault. Numbers in Data are json.Number.
type answer struct {
	status int
	Data   map[string]any  `json:"data"`
	Auth   *api.SecretAuth `json:"auth"`
	// Every response of Vault with a body has RequestID or Errors.
	RequestID string    `json:"request_id"`
	Errors    *[]string `json:"errors"`
}

// call makes one request (path without /v1/) and returns Vault's response, whatever its status. Its
// error, an *outage, means that there was none: no connection, no response in time, or a response
// from something other than Vault.
func (l *link) call(ctx context.Context, vaultToken secret.Value, method, path string, body any) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	l.client.SetToken(vaultToken.Reveal()) // also the empty one: the client took VAULT_TOKEN by itself
	resp, err := l.send(ctx, method, path, body)
	if resp != nil {
		defer resp.Body.Close()
	}
	if _, answered := errors.AsType[*api.ResponseError](err); err != nil && !answered {
		o := newOutage(ctx, err)
		if o.tls {
			l.redial() // the files with the certificates may be others by now
		}
		return answer{}, o
	}
	a := answer{status: resp.StatusCode}
	if a.status == http.StatusNoContent {
		return a, nil
	}
	decoder := json.NewDecoder(resp.Body)
	decoder.UseNumber()
	if err := decoder.Decode(&a); err != nil || a.RequestID == "" && a.Errors == nil {
		return answer{}, notVault(a.status)
	}
	l.answered = true
	return a, nil
}

func (l *link) send(ctx context.Context, method, path string, body any) (*api.Response, error) {
	if method == http.MethodGet {
		return l.client.Logical().ReadRawWithContext(ctx, path)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return l.client.Logical().WriteRawWithContext(ctx, path, encoded)
}

// guard wraps the client's transport. It refuses redirects and reads each response to its end, both
// to limit its size and because the client cancels the context of a write before its caller can
// read the response.
type guard struct {
	next http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := g.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		to := ""
		if u, err := resp.Location(); err == nil {
			to = u.Scheme + "://" + u.Host
		}
		return nil, &redirectError{status: resp.StatusCode, to: to}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, errTooLong
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
