package v1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"namets/internal/auth"
)

// exchange is one request to an operation, as huma sees it. What huma writes goes nowhere: the
// answer or the error is left in the exchange, and the route sends it.
type exchange struct {
	c      echo.Context
	op     *huma.Operation
	caller auth.Caller
	denied error // why the token was refused, if the operation needs none
	query  url.Values
	issues []Issue // with the parameters, found before huma reads them
	answer *answer
	err    error
}

// exchangeKey is the key of the exchange in the context of a handler.
type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// Operation returns the operation's description.
func (x *exchange) Operation() *huma.Operation { return x.op }

// Context returns the request's context, which also holds the exchange.
func (x *exchange) Context() context.Context {
	return context.WithValue(x.c.Request().Context(), exchangeKey{}, x)
}

// TLS returns nil: operations do not depend on it.
func (x *exchange) TLS() *tls.ConnectionState { return nil }

// Version returns the protocol's version.
func (x *exchange) Version() huma.ProtoVersion {
	r := x.c.Request()
	return huma.ProtoVersion{Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor}
}

// Method returns the method; HEAD stays HEAD.
func (x *exchange) Method() string { return x.c.Request().Method }

// Host returns the request's host.
func (x *exchange) Host() string { return x.c.Request().Host }

// RemoteAddr returns the peer's address.
func (x *exchange) RemoteAddr() string { return x.c.Request().RemoteAddr }

// URL returns the request's URL.
func (x *exchange) URL() url.URL { return *x.c.Request().URL }

// Param returns a parameter of the path, decoded. An address never ends with a slash: one at the
// end is the path's.
func (x *exchange) Param(name string) string {
	if name == emailParameter {
		return strings.TrimSuffix(x.c.Param("*"), "/")
	}
	return x.c.Param(name)
}

// Query returns a parameter of the query; each occurs once.
func (x *exchange) Query(name string) string { return x.query.Get(name) }

// Header returns a header of the request. A list in several lines is one list.
func (x *exchange) Header(name string) string { return header(x.c.Request(), name) }

// EachHeader calls yield for every header of the request.
func (x *exchange) EachHeader(yield func(name, value string)) {
	for name, values := range x.c.Request().Header {
		for _, value := range values {
			yield(name, value)
		}
	}
}

// BodyReader returns no body: operations read it themselves, after the parameters.
func (x *exchange) BodyReader() io.Reader { return http.NoBody }

// GetMultipartForm returns an error: no operation takes a form.
func (x *exchange) GetMultipartForm() (*multipart.Form, error) {
	return nil, errors.New("no operation takes a form")
}

// SetReadDeadline does nothing: the server sets the deadlines.
func (x *exchange) SetReadDeadline(time.Time) error { return nil }

// SetStatus does nothing.
func (x *exchange) SetStatus(int) {}

// Status returns 0: huma writes no response.
func (x *exchange) Status() int { return 0 }

// SetHeader does nothing.
func (x *exchange) SetHeader(string, string) {}

// AppendHeader does nothing.
func (x *exchange) AppendHeader(string, string) {}

// BodyWriter discards what is written.
func (x *exchange) BodyWriter() io.Writer { return io.Discard }

// send sends what the operation has left in the exchange.
func (x *exchange) send() error {
	if x.err == nil {
		return x.answer.send(x.c)
	}
	return send(x.c, x.err)
}

// send writes what a client sees of err as the response to c's request. It returns an err that is
// this service's own fault.
func send(c echo.Context, err error) error {
	if p := problemOf(err); p != nil {
		return p.send(c)
	}
	return err
}
