// Package network makes single calls to other services, and says in plain words why one got no
// response.
package network

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
)

// Failure is the reason why a request got no response. As an error it is a description in words; 0
// means none.
type Failure int

// The reasons. Those before [Closed] mean that the request was not sent.
const (
	UnknownHost      Failure = iota + 1 // DNS knows no such host
	NoDNS                               // DNS did not answer
	Refused                             // nothing listens at the port
	NoRoute                             // no network leads to the host
	NoDescriptors                       // this machine can open no more connections
	Forbidden                           // [Guard] refused the address
	Unreached                           // connecting, or the TLS handshake, took too long
	OtherName                           // the certificate names another host
	UnknownAuthority                    // the certificate comes from nobody that is trusted here
	Expired                             // the certificate has expired, or is not valid yet
	BadCertificate                      // something else is wrong with the certificate
	NoTLS                               // the server does not speak TLS
	NoHandshake                         // one side has refused the TLS handshake
	Closed                              // the server closed the connection without a response
	Late                                // the deadline passed before a response arrived
	Broken                              // the connection broke, or what came back is not HTTP
)

// Error returns the reason in words, for logs and for people.
func (f Failure) Error() string {
	return [...]string{
		UnknownHost:      "DNS does not know the host",
		NoDNS:            "DNS did not answer",
		Refused:          "connection refused: nothing listens at this host and port",
		NoRoute:          "there is no way to the host",
		NoDescriptors:    "this machine has no file descriptors left",
		Forbidden:        "the host leads to a link-local, unspecified or metadata address, which is refused",
		Unreached:        "the host does not answer: connecting took too long",
		OtherName:        "the TLS certificate is for another host name",
		UnknownAuthority: "the TLS certificate comes from an authority that is not known here",
		Expired:          "the TLS certificate is expired or not yet valid",
		BadCertificate:   "the TLS certificate is not valid",
		NoTLS:            "the server does not speak TLS at this port: the URL may have to begin with http://",
		NoHandshake:      "the TLS handshake failed",
		Closed:           "the server closed the connection without an answer",
		Late:             "no answer in time",
		Broken:           "the connection broke, or what came back is not HTTP",
	}[f]
}

// Sent reports whether the server may have received the request and acted on it.
func (f Failure) Sent() bool { return f >= Closed }

// Certificate reports whether the server's certificate was refused.
func (f Failure) Certificate() bool { return f >= OtherName && f <= BadCertificate }

// TLS reports whether the connection failed because of TLS.
func (f Failure) TLS() bool { return f >= OtherName && f <= NoHandshake }

// Explain returns the [Failure] behind an error of a [http.Client] or a [http.RoundTripper], or
// [context.Canceled] if the caller gave up. Those errors quote the URL, which may contain a
// password, and the response, which may repeat the request. The result of Explain contains neither.
func Explain(err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	return FailureOf(err)
}

// FailureOf returns the reason behind an error that [Explain] accepts.
func FailureOf(err error) Failure {
	for _, known := range [...]func(error) (Failure, bool){dialFailure, certificateFailure, tlsFailure} {
		if f, ok := known(err); ok {
			return f
		}
	}
	netErr, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return Late
	case ok && netErr.Timeout(): // of the handshake
		return Unreached
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return Closed
	}
	return Broken
}

// dialFailure recognizes why there is no connection.
func dialFailure(err error) (Failure, bool) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return UnknownHost, true
		}
		return NoDNS, true
	}
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op == "read" || op.Op == "write" {
		return 0, false
	}
	switch {
	case errors.Is(err, Forbidden):
		return Forbidden, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused, true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return NoRoute, true
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return NoDescriptors, true
	case op.Timeout():
		return Unreached, true
	}
	return 0, false
}

// certificateFailure recognizes what is wrong with a certificate.
func certificateFailure(err error) (Failure, bool) {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return OtherName, true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return UnknownAuthority, true
	}
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	if ok && invalid.Reason == x509.Expired {
		return Expired, true
	}
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	return BadCertificate, ok || verify
}

// tlsFailure recognizes handshakes that failed for another reason than the certificate.
func tlsFailure(err error) (Failure, bool) {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return NoTLS, true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return NoHandshake, ok && (op.Op == "remote error" || op.Op == "local error") // as crypto/tls reports alerts
}
