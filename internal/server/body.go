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

// limitBody bounds the body of a request for rt in size and time. w is net/http's own writer. It reports whether the
// body is known to be too large.
func (s *Server) limitBody(w http.ResponseWriter, req *http.Request, rt *route) (tooLarge bool) {
	limit := rt.bodyLimit
	if req.Header["Expect"] != nil {
		// Otherwise net/http reads on before it answers, while the client waits for "100 Continue".
		w.Header().Set(echo.HeaderConnection, "close")
	}
	if req.ContentLength > limit {
		refused := http.MaxBytesReader(w, io.NopCloser(strings.NewReader("more")), 1)
		_, _ = refused.Read(make([]byte, 2)) // the public way to tell net/http: close after the answer, let the client read it
		req.Body = refusedBody{req.Body, limit}
		return true
	}
	times := time.Duration(max(limit/s.limits.Body, 1))
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.limits.ReadBody * times)) // in tests without a socket there is none
	req.Body = &requestBody{http.MaxBytesReader(w, req.Body, limit)}
	return false
}

// isForBody reports whether the body is the point of the request, so that one that is too large needs no handler. Below
// /api/ the handler decides first: the token comes before the body (section 2).
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
type requestBody struct{ io.ReadCloser }

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
