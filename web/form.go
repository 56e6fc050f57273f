package web

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// MaxFields is the maximum number of fields in a form: the largest form, a month of prayer times,
// has 400. A field costs far more memory than its bytes in the body.
const MaxFields = 1000

// FormKind returns the media type of the form in the request's body. Errors: 415 if it is not a
// form or has no type; 400 for a malformed type.
func FormKind(r *http.Request) (kind string, params map[string]string, err error) {
	kind, _, _ = strings.Cut(r.Header.Get(echo.HeaderContentType), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if kind != echo.MIMEApplicationForm && kind != echo.MIMEMultipartForm {
		return "", nil, echo.ErrUnsupportedMediaType
	}
	if coding := r.Header.Get(echo.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return "", nil, echo.ErrUnsupportedMediaType
	}
	_, params, err = mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil {
		return "", nil, badForm(err)
	}
	return kind, params, nil
}

// ReadForm returns the fields in the request's body, URL-encoded or multipart, without files. It
// ignores the query. For a body that was partly read or is not a form it returns no fields but an
// error: 415 or 400, or the error of reading, which has its own status. The body must be limited,
// because all of it may be held in memory.
func ReadForm(r *http.Request) (url.Values, error) {
	kind, params, err := FormKind(r)
	if err != nil {
		return nil, err
	}
	if kind == echo.MIMEMultipartForm {
		return readParts(r, params["boundary"])
	}
	var body strings.Builder
	if r.ContentLength > 0 {
		body.Grow(int(min(r.ContentLength, 1<<20)))
	}
	if _, err := io.Copy(&body, r.Body); err != nil {
		return nil, err
	}
	if strings.Count(body.String(), "&") >= MaxFields {
		return nil, tooManyFields()
	}
	form, err := url.ParseQuery(body.String())
	if err != nil {
		return nil, badForm(err)
	}
	return form, nil
}

// readParts reads a multipart form.
func readParts(r *http.Request, boundary string) (url.Values, error) {
	form := url.Values{}
	err := EachPart(r, boundary, func(name, file string, content io.Reader) error {
		if file != "" {
			_, err := io.Copy(io.Discard, content)
			return err
		}
		var value strings.Builder
		_, err := io.Copy(&value, content)
		form.Add(name, value.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return form, nil
}

// EachPart calls take for each part of a multipart form, in order, with its field and, for a file,
// the file's name. Its errors are those of [ReadForm] and of take. It reads the body to its end.
func EachPart(r *http.Request, boundary string, receive func(name, file string, content io.Reader) error) error {
	if boundary == "" {
		return badForm(http.ErrMissingBoundary)
	}
	body := &watched{Reader: r.Body}
	parts := multipart.NewReader(body, boundary)
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF { // not wrapped: the last boundary has come
			_, err = io.Copy(io.Discard, body)
			return err
		}
		if err != nil {
			return body.blame(err)
		}
		if n == MaxFields {
			return tooManyFields()
		}
		content := &watched{Reader: part}
		if err := receive(part.FormName(), part.FileName(), content); content.err != nil {
			return body.blame(content.err)
		} else if err != nil {
			return err
		}
	}
}

// watched records the error with which reading ended, unless it was the end of the body.
type watched struct {
	io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// blame returns the error of reading the body, if any, and otherwise an error that says that the
// body is not a form.
func (w *watched) blame(err error) error {
	if w.err != nil {
		return w.err
	}
	return badForm(err)
}

func badForm(err error) error {
	return echo.NewHTTPError(http.StatusBadRequest, "The form cannot be read.").SetInternal(err)
}

func tooManyFields() error {
	return echo.NewHTTPError(http.StatusBadRequest, fmt.Sprintf("A form must not have more than %d fields.", MaxFields))
}
