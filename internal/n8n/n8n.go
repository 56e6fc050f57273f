// Package n8n makes the n8n workflow that receives webhooks, and calls n8n's public API to put a
// new API token into the credential with which workflows call namets.
//
// Every call has a deadline, reads at most 4 MiB of a response, and follows no redirect, so that
// the API key and the token reach no other host. Errors say what to do. They contain neither key
// nor token, and of a response only its status.
package n8n

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"namets/internal/network"
	"namets/internal/secret"
)

const (
	callTimeout   = 30 * time.Second // an n8n that sleeps takes its time
	maxAnswer     = 4 << 20
	maxKey        = 16 << 10
	apiPath       = "/api/v1/"
	settingsToKey = "n8n: Settings → n8n API"
)

// HeaderAuth is n8n's type of credentials that send one header.
const HeaderAuth = "httpHeaderAuth"

// Client calls one n8n. It is safe for concurrent use.
type Client struct {
	base string // with the path of the API
	key  secret.Value
	http *http.Client
}

// New returns a client of the n8n at address (scheme, host, and n8n's base path). It reads the API
// key from keyFile now and sends nothing yet.
func New(address, keyFile string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" {
		return nil, errors.New("the address of n8n is none: give the one in the browser, such as " +
			"https://n8n.example.org")
	}
	key, err := readKey(keyFile)
	if err != nil {
		return nil, fmt.Errorf("read the API key of n8n from %s: %w", keyFile, err)
	}
	return &Client{
		base: strings.TrimRight(u.String(), "/") + apiPath,
		key:  key,
		http: network.NewClient(callTimeout),
	}, nil
}

func readKey(path string) (secret.Value, error) {
	f, err := os.Open(path)
	if err != nil {
		if pathErr, ok := errors.AsType[*os.PathError](err); ok {
			err = pathErr.Err
		}
		return secret.Value{}, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return secret.Value{}, errors.New("it cannot be read: name a file")
	}
	key := strings.TrimSpace(string(content))
	if key == "" || len(content) > maxKey ||
		strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return secret.Value{}, errors.New("it must hold one API key and nothing else (" + settingsToKey + ")")
	}
	return secret.New(key), nil
}

// call makes one request, with body as JSON unless it is nil, and decodes a successful response
// into answer. act names the purpose in errors.
func (c *Client) call(ctx context.Context, act, method, path string, body, answer any) error {
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("X-N8N-API-KEY", c.key.Reveal())
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s: n8n at %s: %w", act, c.base, network.Explain(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: n8n at %s answers %d: %s", act, c.base, resp.StatusCode, meaning(resp.StatusCode))
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("%s: n8n at %s: %w", act, c.base, network.Explain(err))
	}
	if len(content) > maxAnswer || json.Unmarshal(content, answer) != nil {
		return fmt.Errorf("%s: what answers at %s is not n8n's API: give the address of n8n itself", act, c.base)
	}
	return nil
}

// meaning says what a status of n8n means and what to do.
func meaning(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "it does not take the API key: it was deleted or has expired, make another one (" + settingsToKey + ")"
	case status == http.StatusForbidden:
		return "the API key may not do this: give it the scopes credential:list and credential:update"
	case status == http.StatusNotFound:
		return "there is nothing at this address: it is not that of n8n, its public API is turned off " +
			"(N8N_PUBLIC_API_DISABLED), or the credential is gone"
	case status == http.StatusMethodNotAllowed:
		return "this n8n is too old to list or change credentials by its API"
	case status == http.StatusBadRequest:
		return "it does not take the credential's new content"
	case status >= 300 && status < 400:
		return "it redirects, and the API key goes nowhere else: give the address to which it leads"
	case status == http.StatusTooManyRequests:
		return "too many requests: try again later"
	case status >= 500:
		return "it is in trouble: look at its log, and try again"
	}
	return "this is not what its API does"
}
