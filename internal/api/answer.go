package api

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

const bufferSize = 64 << 10

// answers holds header values that responses share. The slices are put into the header maps
// unchanged, which costs a fraction of setting them.
type answers struct {
	contentType, allow, retryAfter []string

	buffers sync.Pool // of *bufio.Writer
}

func newAnswers() answers {
	return answers{
		contentType: []string{"application/json"},
		allow:       []string{"GET, HEAD, OPTIONS"},
		retryAfter:  []string{"5"},
		buffers:     sync.Pool{New: func() any { return bufio.NewWriterSize(io.Discard, bufferSize) }},
	}
}

// begin writes status and headers of a JSON response of length bytes, and reports whether to write
// the body.
func (a *answers) begin(c echo.Context, status, length int) bool {
	return a.beginSized(c, status, []string{strconv.Itoa(length)})
}

// beginSized is begin with the length as a header value, which is shared and must not be changed.
func (a *answers) beginSized(c echo.Context, status int, length []string) bool {
	h := c.Response().Header()
	h["Content-Type"] = a.contentType
	h["Content-Length"] = length
	c.Response().WriteHeader(status)
	return c.Request().Method != http.MethodHead
}

// send responds with body. It is not an error of this service if the client has left.
func (a *answers) send(c echo.Context, status int, body []byte) error {
	if a.begin(c, status, len(body)) {
		c.Response().Write(body)
	}
	return nil
}

// sendList responds with 200 and an array made of two runs of rows, either of which may be empty.
func (a *API) sendList(c echo.Context, first, second []byte) error {
	comma := ""
	if len(first) > 0 && len(second) > 0 {
		comma = ","
	}
	if !a.begin(c, http.StatusOK, len("[")+len(first)+len(comma)+len(second)+len("]")) {
		return nil
	}
	w := a.writer(c)
	defer a.release(w)
	w.WriteByte('[')
	w.Write(first)
	w.WriteString(comma)
	w.Write(second)
	w.WriteByte(']')
	_ = w.Flush() // the client may be gone
	return nil
}

// refuse responds with the JSON object of an error (contract section 6).
func (a *answers) refuse(c echo.Context, status int, detail string) error {
	return a.send(c, status, append(namets.AppendString([]byte(`{"detail":`), detail), '}'))
}

// writer returns a buffered writer for the body of c's response; return it with release. Its error
// is sticky and means that the client is gone.
func (a *answers) writer(c echo.Context) *bufio.Writer {
	w := a.buffers.Get().(*bufio.Writer)
	w.Reset(c.Response())
	return w
}

func (a *answers) release(w *bufio.Writer) {
	w.Reset(io.Discard)
	a.buffers.Put(w)
}
