package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// The reasons why a request body could not be read.
var (
	errBodyTooSlow = errors.New("read request body: the client was too slow")
	errBodyBroken  = errors.New("read request body")
)

// limitBody limits the size and the time of a request body for rt. w is the writer of net/http. It
// reports whether the body is known to be too large.
func (s *Server) limitBody(w http.ResponseWriter, req *http.Request, rt *route) (tooLarge bool) {
	limit := rt.bodyLimit
	if req.Header["Expect"] != nil {
		// Otherwise net/http reads on before it responds, while the client waits for "100
		// Continue".
		w.Header().Set(echo.HeaderConnection, "close")
	}
	if req.ContentLength > limit {
		refuseRest(w)
		req.Body = refusedBody{req.Body, limit}
		return true
	}
	b := &requestBody{raw: req.Body, w: w, length: req.ContentLength, time: s.limits.ReadBody, unit: s.limits.Body}
	b.bound(limit)
	req.Body = b
	return false
}

// refuseRest is the public way to tell net/http to close the connection after the response and to
// let the client read it.
func refuseRest(w http.ResponseWriter) {
	refused := http.MaxBytesReader(w, io.NopCloser(strings.NewReader("more")), 1)
	_, _ = refused.Read(make([]byte, 2))
}

// isForBody reports whether the request is about its body, so that a body that is too large needs
// no handler. Under /api/ the handler decides first, because the token is checked before the body
// (section 2).
func isForBody(req *http.Request) bool {
	return !isAPI(req) && req.Method != http.MethodGet && req.Method != http.MethodHead
}

// refusedBody is a body whose declared length exceeds the limit.
type refusedBody struct {
	io.Closer
	limit int64
}

func (b refusedBody) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: b.limit} }

// requestBody marks failures to read a body as the client's.
type requestBody struct {
	io.ReadCloser // raw up to the limit
	raw           io.ReadCloser
	w             http.ResponseWriter // net/http's own
	length        int64               // as declared; -1: unknown
	// A body of up to unit bytes has this long to arrive; a longer one has proportionally more
	// time.
	time time.Duration
	unit int64
}

// bound allows n bytes, in a proportional time.
func (b *requestBody) bound(n int64) {
	times := time.Duration(max(n/b.unit, 1))
	// In tests without a socket there is none
	_ = http.NewResponseController(b.w).SetReadDeadline(time.Now().Add(b.time * times))
	b.ReadCloser = http.MaxBytesReader(b.w, b.raw, n)
}

// Limit lowers the body limit to n bytes, for a handler that knows better than the route who is
// asking. Call it before the first Read. If the declared length exceeds the limit, the error is an
// [http.MaxBytesError], as is the error of every later Read, and nothing more is read from the
// client than needed for the response to arrive.
func (b *requestBody) Limit(n int64) error {
	if b.length > n {
		refuseRest(b.w)
		b.ReadCloser = refusedBody{b.raw, n}
		return &http.MaxBytesError{Limit: n}
	}
	b.bound(n)
	return nil
}

func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return n, err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, errBodyTooSlow
	}
	return n, fmt.Errorf("%w: %w", errBodyBroken, err)
}
