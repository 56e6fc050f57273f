package v1

import (
	"bytes"
	"crypto/sha256"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/auth"
	"namets/internal/namets"
)

// Request is a request whose token, scopes, parameters and body are right.
type Request struct {
	Caller auth.Caller

	api  *API
	x    *exchange
	body []byte
}

// Actor returns the caller as the originator of a change.
func (r *Request) Actor() namets.Actor { return r.Caller.Actor(r.x.c.RealIP()) }

// Need returns a [Problem] if the token lacks a scope that only some requests of the operation
// need.
func (r *Request) Need(scope namets.Scope) error {
	if !r.Caller.May(scope) {
		return scopeProblem(scope)
	}
	return nil
}

// Digest identifies the request for its Idempotency-Key: the query and the bytes of the body.
func (r *Request) Digest() [sha256.Size]byte {
	h := sha256.New()
	_, _ = io.WriteString(h, r.x.c.Request().URL.RawQuery+"\n") // never fails
	_, _ = h.Write(r.body)
	return [sha256.Size]byte(h.Sum(nil))
}

// Operation returns the operation's id in the document.
func (r *Request) Operation() string { return r.x.op.OperationID }

// readBody reads the body of a request whose media type must be one of types, and returns which it
// is. No Content-Type means the first. Its errors are Problems, or those of the server's limits.
func (r *Request) readBody(types []string) (mediaType string, err error) {
	req := r.x.c.Request()
	if mediaType, err = bodyType(req.Header, types); err != nil {
		return "", err
	}
	r.body, err = io.ReadAll(req.Body)
	return mediaType, err
}

// readNothing reads the body of a request that takes none: what is sent in vain is refused, and an
// empty body or object is fine. Its errors are those of readBody and decode.
func (r *Request) readNothing() error {
	body, err := io.ReadAll(r.x.c.Request().Body)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	if _, err := bodyType(r.x.c.Request().Header, bodyTypes(http.MethodPost)); err != nil {
		return err
	}
	return decoder{r.api.huma.OpenAPI().Components.Schemas, &huma.Schema{Type: huma.TypeObject,
		AdditionalProperties: false, Properties: map[string]*huma.Schema{}}}.decode(body, new(struct{}))
}

// bodyType returns which of the media types the headers of a request name.
func bodyType(h http.Header, types []string) (string, error) {
	values := h.Values("Content-Type")
	if len(values) == 0 {
		return types[0], nil
	}
	given, parameters, err := mime.ParseMediaType(values[0])
	charset := parameters["charset"]
	if err == nil && len(values) == 1 && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		for _, t := range types {
			if t == given {
				return t, nil
			}
		}
	}
	return "", problem(http.StatusUnsupportedMediaType, codeMediaType, "The body must be "+
		strings.Join(types, " or ")+", in UTF-8.")
}
