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

// Why a request's body could not be read.
var (
	errBodyTooSlow = errors.New("read request body: the client was too slow")
	errBodyBroken  = errors.New("read request body")
)

// limitBody bounds the body of a request for rt in size and time. w is net/http's own writer. It
// reports whether the body is known to be too large.
func (s *Server) limitBody(w http.ResponseWriter, req *http.Request, rt *route) (tooLarge bool) {
	limit := rt.bodyLimit
	if req.Header["Expect"] != nil {
		// Otherwise net/http reads on before it answers, while the client waits for "100 Continue".
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

// refuseRest is the public way to tell net/http: close after the answer, and let the client read
// it.
func refuseRest(w http.ResponseWriter) {
	refused := http.MaxBytesReader(w, io.NopCloser(strings.NewReader("more")), 1)
	_, _ = refused.Read(make([]byte, 2))
}

// isForBody reports whether the body is the point of the request, so that one that is too large
// needs no handler. Below /api/ the handler decides first: the token comes before the body
// (section 2).
func isForBody(req *http.Request) bool {
	return !isAPI(req) && req.Method != http.MethodGet && req.Method != http.MethodHead
}

// refusedBody is a body whose declared length is over the limit.
type refusedBody struct {
	io.Closer
	limit int64
}

func (b refusedBody) Read([]byte) (int, error) { return 0, &http.MaxBytesError{Limit: b.limit} }

// requestBody makes failures to read a body known as the client's.
type requestBody struct {
	io.ReadCloser // raw up to the limit
	raw           io.ReadCloser
	w             http.ResponseWriter // net/http's own
	length        int64               // as declared; -1: unknown
	// A body of unit bytes, or fewer, has this long to arrive, and a longer one proportionally
	// more.
	time time.Duration
	unit int64
}

// bound lets n bytes pass, in the time that is fit for as many.
func (b *requestBody) bound(n int64) {
	times := time.Duration(max(n/b.unit, 1))
	// In tests without a socket there is none
	_ = http.NewResponseController(b.w).SetReadDeadline(time.Now().Add(b.time * times))
	b.ReadCloser = http.MaxBytesReader(b.w, b.raw, n)
}

// Limit lowers how much of the body can be read to n bytes, for a handler that knows better than
// the route who is asking. It must come before the first Read. When the body is declared to be
// longer, the error is a [http.MaxBytesError], as that of every Read is then, and nothing more is
// read from the client than what the answer needs to arrive.
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
