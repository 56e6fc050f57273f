package v1

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
)

// answer is what an operation answers. Use one of the functions below.
type answer struct {
	status   int
	body     []byte // JSON
	etag     string // empty: none
	next     string // the cursor of the next page; empty: none
	link     string // its URL
	replayed bool   // the answer of an earlier request with the same Idempotency-Key
	// stream writes the JSON of a long answer, in place of body; nil for others. It takes as long
	// as the client and must hold nothing that other requests wait for, such as a transaction. An
	// error breaks the answer off.
	stream func(io.Writer) error
}

// ok answers with JSON.
func ok(body []byte) *answer { return &answer{status: http.StatusOK, body: body} }

// written answers a write with the row as JSON: 201 if it was created.
func written(row []byte, etag string, created bool) *answer {
	return &answer{status: statusOf(created), body: row, etag: etag}
}

// statusOf is the status of a write: 201 if something was created.
func statusOf(created bool) int {
	if created {
		return http.StatusCreated
	}
	return http.StatusOK
}

// object answers with v as JSON, for small answers that are no rows.
func object(status int, v any) (*answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &answer{status: status, body: body}, nil
}

// row answers with one row, or with 304 if the client's copy is right.
func (c Conditional) row(body []byte, etag string) *answer {
	if c.IfNoneMatch.Have(etag) {
		return &answer{status: http.StatusNotModified, etag: etag}
	}
	return &answer{status: http.StatusOK, body: body, etag: etag}
}

// tag returns the ETag of a row; status is that of content, empty for other rows.
func tag(revision int64, status string) string {
	if status != "" {
		status = "." + status
	}
	return `"` + strconv.FormatInt(revision, 10) + status + `"`
}

// send writes a as the response to c's request.
func (a *answer) send(c echo.Context) error {
	h := c.Response().Header()
	if a.etag != "" {
		h["Etag"] = []string{a.etag}
	}
	if a.next != "" {
		h["X-Next-Cursor"] = []string{a.next}
		h["Link"] = []string{"<" + a.link + `>; rel="next"`}
	}
	if a.replayed {
		h["Idempotent-Replayed"] = []string{"true"}
	}
	if a.status == http.StatusNotModified {
		c.Response().WriteHeader(a.status)
		return nil
	}
	h["Content-Type"] = []string{"application/json"}
	if a.stream != nil {
		if c.Request().Method == http.MethodHead {
			c.Response().WriteHeader(a.status)
			return nil
		}
		return a.stream(c.Response()) // its first byte writes the status
	}
	h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	c.Response().WriteHeader(a.status)
	if c.Request().Method != http.MethodHead {
		c.Response().Write(a.body)
	}
	return nil
}
