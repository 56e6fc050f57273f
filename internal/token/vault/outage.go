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

// redirectError means that the server sent a redirect.
type redirectError struct {
	status int
	to     string // scheme and host; empty: unknown
}

func (e *redirectError) Error() string {
	return fmt.Sprintf("it answered %d and pointed to %q, where the token was not sent: set VAULT_ADDR to the "+
		"address that answers by itself", e.status, e.to)
}

// outage means that Vault did not respond to a request. It contains no part of any other response.
type outage struct {
	text  string
	cause error // nil, or an error whose text is harmless
	// sent means that the server may have received the request and acted on it.
	sent bool
	// tls means that the connection failed because of TLS.
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

// newOutage explains an error of the client. It wraps only that of ctx, because others may quote
// the response.
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

// advise says what the operator can do about a failure; empty if its name says enough.
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

// notVault is the outage for an HTTP response that is not from Vault.
func notVault(status int) *outage {
	hint := "is a proxy in front of it?"
	if status == http.StatusBadRequest {
		hint = "does it speak TLS (https://)?"
	}
	return &outage{text: fmt.Sprintf("it answered %d with something that Vault does not say: %s", status, hint),
		sent: true}
}

// withoutURL removes the address that errors of package url quote, because it may contain a
// password.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
