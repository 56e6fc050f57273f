package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"namets/internal/token"
)

// state describes what is at the path.
type state int

const (
	unclear state = iota // the answer does not fit to the version of the engine
	present
	deleted // or destroyed; KV version 2 only
	missing
)

// content is what is at the path.
type content struct {
	state   state
	data    map[string]any // of a present secret; numbers are json.Number
	version int64          // of a present or deleted secret of KV version 2, else 0
	created time.Time      // likewise
}

// read logs in if necessary and reads the secret. If the response may be due to an outdated login
// or mount, it renews both and reads once more. Its error wraps one of the provider's sentinels.
func (p *Provider) read(ctx context.Context) (content, error) {
	loggedIn, err := p.logIn(ctx)
	if err != nil {
		return content{}, p.classify("log in to read", err)
	}
	again := p.at != nil
	a, err := p.ask(ctx)
	if err == nil && a.status == http.StatusForbidden && !loggedIn {
		before := p.session.token
		if err := p.logInAgain(ctx); err != nil {
			return content{}, p.classify("log in to read", err)
		}
		again = again || !p.session.token.Equal(before)
	}
	if err == nil && again && p.doubtful(a) {
		p.at = nil
		a, err = p.ask(ctx)
	}
	if err != nil {
		return content{}, p.classify("read", err)
	}
	return p.judge(ctx, a)
}

// doubtful reports whether another login or mount may lead to another response.
func (p *Provider) doubtful(a answer) bool {
	switch a.status {
	case http.StatusForbidden:
		return true
	case http.StatusOK, http.StatusNotFound:
		found := p.understand(a)
		return found.state == unclear || found.state == missing
	}
	return false
}

// ask finds the mount, if it is not known, and reads the secret. A response other than 200 may be
// about the mount.
func (p *Provider) ask(ctx context.Context) (answer, error) {
	if p.at == nil {
		m, a, err := p.findMount(ctx)
		if err != nil || a.status != http.StatusOK {
			return a, err
		}
		p.at = &m
	}
	a, err := p.link.call(ctx, p.session.token, http.MethodGet, p.at.api(), nil)
	if secret, found := strings.CutPrefix(p.at.secret, "data/"); found && p.at.version == 1 &&
		(a.status == http.StatusNotFound || a.status == http.StatusForbidden) {
		plain := mount{p.at.path, 1, secret}
		if b, err := p.link.call(ctx, p.session.token, http.MethodGet, plain.api(), nil); err == nil &&
			b.status == http.StatusOK {
			p.at, a = &plain, b
		}
	}
	return a, err
}

// judge turns the last response into a content or an error.
func (p *Provider) judge(ctx context.Context, a answer) (content, error) {
	found := p.understand(a)
	switch {
	case found.state != unclear:
		return found, nil
	case a.status == http.StatusForbidden:
		why := p.method.denied(ctx, p.link, p.session)
		p.session = session{} // the next call begins with a login
		return content{}, p.failure(token.ErrConfig,
			"read", fmt.Errorf("403: %s; the policy needs: %s", why, p.policy(`"read"`)))
	}
	return content{}, p.failure(token.ErrUnavailable, "read", errors.New(meaning(a.status)))
}

// understand interprets the response to a read.
func (p *Provider) understand(a answer) content {
	switch {
	case p.at == nil || a.status != http.StatusOK && a.status != http.StatusNotFound:
		return content{}
	case p.at.version == 1 && a.status == http.StatusOK && a.Data != nil:
		return content{state: present, data: a.Data}
	case p.at.version == 1 && a.status == http.StatusOK:
		return content{}
	case a.status == http.StatusNotFound && a.Data == nil:
		return content{state: missing}
	}
	metadata, _ := a.Data["metadata"].(map[string]any)
	number, _ := metadata["version"].(json.Number)
	version, err := number.Int64()
	if err != nil {
		return content{}
	}
	c := content{version: version}
	written, _ := metadata["created_time"].(string)
	c.created, _ = time.Parse(time.RFC3339Nano, written) // zero when unknown
	if a.status == http.StatusOK {
		if c.data, _ = a.Data["data"].(map[string]any); c.data != nil {
			c.state = present
		}
		return c
	}
	removed, _ := metadata["deletion_time"].(string)
	if destroyed, _ := metadata["destroyed"].(bool); destroyed || removed != "" {
		c.state = deleted
	}
	return c
}

// policy returns the policy that grants the capabilities.
func (p *Provider) policy(capabilities string) string {
	if p.at == nil {
		return guessPolicy(p.path, capabilities)
	}
	return p.at.policy(capabilities)
}

func (p *Provider) nothingThere() error {
	return fmt.Errorf("404: there is nothing: write the secret, or fix VAULT_KV_PATH (KV version %d in the "+
		"mount %s)", p.at.version, p.at.path)
}

// classify adds the missing sentinel to err.
func (p *Provider) classify(act string, err error) error {
	if errors.Is(err, errMount) {
		return p.failure(token.ErrConfig, act, err)
	}
	if errors.Is(err, token.ErrConfig) || errors.Is(err, token.ErrUnavailable) {
		return fmt.Errorf("%s %s at vault %s: %w", act, p.path, p.link.address, err)
	}
	return p.failure(token.ErrUnavailable, act, err)
}

// meaning explains a status of Vault that is neither a response nor a refusal.
func meaning(status int) string {
	switch status {
	case http.StatusServiceUnavailable:
		return "503: it is sealed or not ready: unseal it"
	case http.StatusTooManyRequests:
		return "429: too many requests, or a standby that may not read"
	case http.StatusOK:
		return "200, but the answer is not a secret"
	}
	return fmt.Sprintf("it answered %d", status)
}
