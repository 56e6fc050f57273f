package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
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
	// tls says that the certificates did not fit.
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

// newOutage finds words for an error of the client. Errors that may quote the answer (a line that
// is not HTTP) are replaced, not wrapped.
func newOutage(ctx context.Context, err error) *outage {
	if ctx.Err() != nil {
		return &outage{text: "no answer in time", cause: ctx.Err(), sent: true}
	}
	if o := certificateOutage(err); o != nil {
		return o
	}
	if redirect, ok := errors.AsType[*redirectError](err); ok {
		return &outage{text: redirect.Error()}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return &outage{text: "no connection", cause: op, sent: op.Op != "dial"}
	}
	if errors.Is(err, errTooLong) {
		return &outage{text: "what answered is not Vault, or not about a secret", cause: errTooLong, sent: true}
	}
	return &outage{text: "the connection ended without an answer that is HTTP: is it the address of Vault?", sent: true}
}

// certificateOutage returns nil when err is not about TLS.
func certificateOutage(err error) *outage {
	var text string
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		noTLS    tls.RecordHeaderError
		rejected tls.AlertError
	)
	switch {
	case errors.As(err, &noTLS), errors.Is(err, http.ErrSchemeMismatch):
		return &outage{text: "it does not speak TLS: is it http:// instead of https://?", tls: true}
	case errors.As(err, &unknown):
		text = "its certificate is signed by an authority that is not known here: set VAULT_CACERT to the file with " +
			"the authority's certificate"
	case errors.As(err, &name):
		text = "its certificate is for another name: fix VAULT_ADDR, or set VAULT_TLS_SERVER_NAME to the name " +
			"in the certificate"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		text = "its certificate has expired or is not valid yet: renew it, and look at the clocks of both machines"
	case errors.As(err, &invalid), errors.As(err, &verify):
		text = "its certificate is not valid"
	case errors.As(err, &rejected):
		return &outage{text: "it refused the TLS handshake: does it ask for VAULT_CLIENT_CERT and VAULT_CLIENT_KEY?",
			cause: rejected, tls: true}
	default:
		return nil
	}
	return &outage{text: text, tls: true}
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
