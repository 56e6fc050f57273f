package v1

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/namets"
)

// operation describes one operation, for its route and for the document.
type operation struct {
	// id is the operation's name in the document and in stored answers: listEvents. It never
	// changes.
	id     string
	method string // GET if empty
	path   string // below /api/v1, such as /events/{id}
	tag    string // the heading under which the reference shows it
	// summary says what it does, as an order in one line: List the events. text says what else an
	// author must know, in plain sentences; it may be empty.
	summary, text string
	// scopes are what the token needs, all of them. open means that no token is needed; the
	// Caller is then the zero one unless a valid token was sent.
	scopes namets.Scopes
	open   bool
	// shows is the scope that reads the row with which a write answers: without it the token gets a
	// [Receipt]. Empty: none is needed.
	shows namets.Scope
	// replies are the answers that are no errors, with at least one.
	replies []reply
	// errors are the statuses of errors that only this operation has; those of the edge are added.
	errors []int
	// example is the body of the curl line, in JSON. Empty: made from the examples of the members.
	example string
	// bodyLimit is the largest body in bytes; 0 means the server's limit.
	bodyLimit int64
	// noHead refuses HEAD, for a GET that changes something.
	noHead bool
}

// reply describes an answer.
type reply struct {
	status  int
	text    string
	body    reflect.Type
	headers []string // of replyHeaders
}

// leases is the key of operation.noHead in the metadata of huma.
const leases = "leases"

// one describes an answer with one T.
func one[T any](status int, text string) reply {
	return reply{status: status, text: text, body: reflect.TypeFor[T]()}
}

// oneRow describes an answer with one row and its ETag.
func oneRow[T any](status int, text string) reply {
	r := one[T](status, text)
	r.headers = []string{"ETag"}
	return r
}

// rows describes an answer with a page of rows.
func rows[T any](text string) reply {
	return reply{status: http.StatusOK, text: text, body: reflect.TypeFor[[]T](),
		headers: []string{"Link", "X-Next-Cursor"}}
}

// replyHeaders describes the headers of answers.
func replyHeaders() map[string]string {
	return map[string]string{
		"ETag":          `The row's revision, and for content its status: "7.published"`,
		"Link":          `The URL of the next page, with rel="next"; on every page that has rows`,
		"X-Next-Cursor": "The value of after for the next page; on every page that has rows",
		"Idempotent-Replayed": "true if this is the stored answer of an earlier request with the same " +
			"Idempotency-Key",
	}
}

// output is what a handler returns to huma. The answer is in the exchange.
type output struct {
	Body func(huma.Context)
}

// read registers an operation without a body that changes nothing.
func read[P any](a *API, op operation, handle func(context.Context, *Request, *P) (*answer, error)) {
	register(a, op, nil, handle)
}

// act registers an operation that changes something and takes no member of a body.
func act[P any](a *API, op operation, handle func(context.Context, *Request, *P) (*answer, error)) {
	register(a, op, nil, func(ctx context.Context, r *Request, p *P) (*answer, error) {
		if err := r.readNothing(); err != nil {
			return nil, err
		}
		return handle(ctx, r, p)
	})
}

// write registers an operation with a body of the type B in JSON, which is decoded and checked. A
// PATCH also takes it as a merge patch. admit, if there is one, refuses requests before their body
// is read.
func write[P, B any](a *API, op operation, handle func(context.Context, *Request, *P, *B) (*answer, error),
	admit ...func(context.Context, *Request, *P) error) {
	registry := a.huma.OpenAPI().Components.Schemas
	decoder := newDecoder(registry, reflect.TypeFor[B](), op.id+"Body")
	types := bodyTypes(op.method)
	body := describeBody(types, decoder.schema)
	register(a, op, body, func(ctx context.Context, r *Request, p *P) (*answer, error) {
		for _, f := range admit {
			if err := f(ctx, r, p); err != nil {
				return nil, err
			}
		}
		var b B
		if _, err := r.readBody(types); err != nil {
			return nil, err
		}
		if err := decoder.decode(r.body, &b); err != nil {
			return nil, err
		}
		return handle(ctx, r, p, &b)
	})
}

// bodyTypes are the media types of the bodies of a method.
func bodyTypes(method string) []string {
	if method == http.MethodPatch {
		return []string{"application/json", "application/merge-patch+json"}
	}
	return []string{"application/json"}
}

// describeBody describes a body that has the schema in each of the media types.
func describeBody(types []string, schema *huma.Schema) *huma.RequestBody {
	body := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, t := range types {
		body.Content[t] = &huma.MediaType{Schema: schema}
	}
	return body
}

// writeBytes registers an operation whose body the handler reads itself. body describes it by media
// type; the handler gets the one that was sent, the first if none was named.
func writeBytes[P any](a *API, op operation, types []string, body *huma.RequestBody,
	handle func(ctx context.Context, r *Request, p *P, mediaType string, body []byte) (*answer, error)) {
	register(a, op, body, func(ctx context.Context, r *Request, p *P) (*answer, error) {
		mediaType, err := r.readBody(types)
		if err != nil {
			return nil, err
		}
		return handle(ctx, r, p, mediaType, r.body)
	})
}

// register registers an operation with huma. The body is described after that: huma would read it.
func register[P any](a *API, op operation, body *huma.RequestBody,
	handle func(context.Context, *Request, *P) (*answer, error)) {
	described := op.describe(a.huma.OpenAPI().Components.Schemas, reflect.TypeFor[P]())
	huma.Register(a.huma, described, func(ctx context.Context, p *P) (*output, error) {
		x := exchangeOf(ctx)
		if len(x.issues) > 0 {
			x.err = invalid(x.issues...)
		} else {
			x.answer, x.err = handle(ctx, &Request{Caller: x.caller, api: a, x: x}, p)
		}
		if x.err == nil && op.shows != "" && !x.caller.May(op.shows) {
			x.answer, x.err = x.answer.receipt()
		}
		return &output{Body: func(huma.Context) {}}, nil
	})
	if body != nil {
		for t, media := range body.Content {
			if op.example != "" && strings.HasSuffix(t, "json") {
				media.Example = json.RawMessage(op.example)
			}
		}
		operationAt(a.huma.OpenAPI().Paths[described.Path], described.Method).RequestBody = body
	}
	if op.bodyLimit > 0 {
		a.limits[pattern(op.path)] = op.bodyLimit
		a.limits[pattern(op.path)+"/"] = op.bodyLimit
	}
}

// operationAt returns the operation of a path with the method, nil if there is none.
func operationAt(path *huma.PathItem, method string) *huma.Operation {
	return map[string]*huma.Operation{http.MethodGet: path.Get, http.MethodPost: path.Post, http.MethodPut: path.Put,
		http.MethodPatch: path.Patch, http.MethodDelete: path.Delete}[method]
}

// describe returns the operation as huma knows it, with its answers and errors.
func (op *operation) describe(registry huma.Registry, parameters reflect.Type) huma.Operation {
	if op.method == "" {
		op.method = http.MethodGet
	}
	described := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Tags: []string{op.tag}, Summary: op.summary,
		Description: op.text, DefaultStatus: op.replies[0].status, Responses: map[string]*huma.Response{},
		Metadata: map[string]any{}, Security: op.security(), SkipValidateBody: true,
	}
	if op.shows != "" {
		described.Description = strings.TrimSpace(op.text + " " + receiptText)
	}
	if op.noHead {
		described.Metadata[leases] = true
	}
	for _, r := range op.replies {
		described.Responses[strconv.Itoa(r.status)] = r.describe(registry, op.id)
	}
	if _, ok := parameters.FieldByName("IfNoneMatch"); ok {
		same := reply{status: http.StatusNotModified, text: "The client's copy is right", headers: []string{"ETag"}}
		described.Responses["304"] = same.describe(registry, op.id)
	}
	failure := &huma.MediaType{Schema: registry.Schema(reflect.TypeFor[Problem](), true, "Problem")}
	content := map[string]*huma.MediaType{"application/json": failure, "application/problem+json": failure}
	for _, status := range op.failures(parameters) {
		text := http.StatusText(status)
		described.Responses[strconv.Itoa(status)] = &huma.Response{Description: text, Content: content}
	}
	return described
}

// security returns the operation's entry in the document, which the routes read as well. An open
// operation may be called with a token or without one.
func (op *operation) security() []map[string][]string {
	scopes := make([]string, len(op.scopes))
	for i, s := range op.scopes {
		scopes[i] = string(s)
	}
	token := map[string][]string{tokenScheme: scopes}
	if op.open {
		return []map[string][]string{{}, token}
	}
	return []map[string][]string{token}
}

// describe returns the answer as the document shows it.
func (r reply) describe(registry huma.Registry, hint string) *huma.Response {
	response := &huma.Response{Description: r.text}
	if r.body != nil {
		response.Content = map[string]*huma.MediaType{
			"application/json": {Schema: registry.Schema(r.body, true, hint+"Answer")},
		}
	}
	for _, name := range r.headers {
		if response.Headers == nil {
			response.Headers = map[string]*huma.Header{}
		}
		response.Headers[name] = &huma.Header{Description: replyHeaders()[name],
			Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return response
}

// failures returns the statuses of the errors that the operation can have.
func (op *operation) failures(parameters reflect.Type) []int {
	list := append([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusServiceUnavailable}, op.errors...)
	if strings.Contains(op.path, "{") {
		list = append(list, http.StatusNotFound)
	}
	if op.method != http.MethodGet {
		list = append(list, http.StatusConflict, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType)
	}
	if _, ok := parameters.FieldByName("IfMatch"); ok {
		list = append(list, http.StatusPreconditionFailed)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
