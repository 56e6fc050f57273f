package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"namets/internal/network"
)

var errTooLong = errors.New("the answer is longer than 1 MiB")

// redirectError says that the server pointed elsewhere.
type redirectError struct {
	status int
	to     string // scheme and host; empty: unknown
}

func (e *redirectError) Error() string {
	return fmt.Sprintf("it answered %d and pointed to %q, where the token was not sent: set VAULT_ADDR to the "+
		"address that answers by itself", e.status, e.to)
}

// outage says that a request got no answer from Vault. It holds no part of what came instead.
type outage struct {
	text  string
	cause error // nil, or an error whose text is harmless
	// sent says that the server may have got the request and acted on it.
	sent bool
	// tls says that there was no connection because of TLS.
	tls bool
}

func (o *outage) Error() string {
	if o.cause == nil {
		return o.text
	}
	return o.text + ": " + o.cause.Error()
}

// Unwrap returns the cause.
func (o *outage) Unwrap() error { return o.cause }

// newOutage explains an error of the client. It wraps none but that of ctx: the others may quote
// the answer.
func newOutage(ctx context.Context, err error) *outage {
	if ctx.Err() != nil {
		return &outage{text: network.Late.Error(), cause: ctx.Err(), sent: true}
	}
	if redirect, ok := errors.AsType[*redirectError](err); ok {
		return &outage{text: redirect.Error()}
	}
	if errors.Is(err, errTooLong) {
		return &outage{text: "what answered is not Vault, or not about a secret", cause: errTooLong, sent: true}
	}
	failure := network.FailureOf(err)
	text := failure.Error()
	if advice := advise(failure); advice != "" {
		text += ": " + advice
	}
	return &outage{text: text, sent: failure.Sent(), tls: failure.TLS()}
}

// advise says what the operator can do about a failure; empty: its name says it.
func advise(f network.Failure) string {
	switch f {
	case network.UnknownAuthority:
		return "set VAULT_CACERT to the file with the authority's certificate"
	case network.OtherName:
		return "fix VAULT_ADDR, or set VAULT_TLS_SERVER_NAME to the name in the certificate"
	case network.Expired:
		return "renew it, and look at the clocks of both machines"
	case network.NoHandshake:
		return "does it ask for VAULT_CLIENT_CERT and VAULT_CLIENT_KEY?"
	case network.Closed, network.Broken:
		return "is it the address of Vault?"
	}
	return ""
}

// notVault is the outage of an answer that is HTTP and not Vault's.
func notVault(status int) *outage {
	hint := "is a proxy in front of it?"
	if status == http.StatusBadRequest {
		hint = "does it speak TLS (https://)?"
	}
	return &outage{text: fmt.Sprintf("it answered %d with something that Vault does not say: %s", status, hint),
		sent: true}
}

// withoutURL drops the address that an error of package url quotes: it may hold a password.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
