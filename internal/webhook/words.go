package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// plainWords says why no response arrived, without the URL, which errors of net/http contain.
func plainWords(err error) string {
	if words := networkWords(err); words != "" {
		return words
	}
	if words := tlsWords(err); words != "" {
		return words
	}
	switch {
	case timedOut(err):
		return "the host does not answer: connecting took too long"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return "the receiver closed the connection without an answer"
	}
	return "the connection broke, or what came back is not HTTP"
}

// timedOut reports whether the connection or the handshake timed out.
func timedOut(err error) bool {
	netErr, ok := errors.AsType[net.Error](err)
	return ok && netErr.Timeout()
}

func networkWords(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "DNS does not know the host"
		}
		return "DNS did not answer"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused: nothing listens at this host and port"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to the host"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "this machine has no file descriptors left"
	}
	return ""
}

func tlsWords(err error) string {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the TLS certificate is for another host name"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the TLS certificate comes from an authority that is not known here"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "the TLS certificate is expired or not yet valid"
		}
		return "the TLS certificate is not valid"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the receiver does not speak TLS at this port: the URL may have to begin with http://"
	}
	op, ok := errors.AsType[*net.OpError](err)
	alert := ok && (op.Op == "remote error" || op.Op == "local error") // as crypto/tls reports alerts
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	if alert || verify {
		return "the TLS handshake failed"
	}
	return ""
}

// statusWords says what is wrong with a response outside 2xx.
func statusWords(status int) string {
	words := strings.TrimSpace(fmt.Sprintf("answered %d %s", status, http.StatusText(status)))
	switch {
	case status == http.StatusNotFound:
		return words + ": no active workflow listens at this path"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return words + ": the header that the workflow wants is missing or has another value"
	case status/100 == 3 && status != http.StatusNotModified:
		return words + ": redirects are not followed"
	}
	return words
}
