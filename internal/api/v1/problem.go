package v1

import (
	"cmp"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// Problem is an error as a client of the API sees it (RFC 9457). It is an error that a handler may
// return.
type Problem struct {
	Type   string  `json:"type" doc:"Always about:blank; the code tells errors apart"`
	Title  string  `json:"title" doc:"The status in words"`
	Status int     `json:"status" doc:"The status of the response"`
	Detail string  `json:"detail" doc:"What is wrong, in a sentence for people"`
	Code   string  `json:"code" doc:"What is wrong, in a word for programs" example:"invalid"`
	Errors []Issue `json:"errors,omitempty" doc:"What is wrong with which part of the request"`

	Rows []BatchRow `json:"rows,omitempty" doc:"The verdicts about all rows of an atomic batch that was refused"`

	header [2]string // a header of the response, name and value; empty: none
}

// Issue is what is wrong with one part of a request. One of Pointer, Parameter and Header is set.
type Issue struct {
	Pointer   string `json:"pointer,omitempty" doc:"The member of the body, as a JSON pointer (RFC 6901)"`
	Parameter string `json:"parameter,omitempty" doc:"The parameter of the path or the query"`
	Header    string `json:"header,omitempty" doc:"The header of the request"`
	Detail    string `json:"detail" doc:"What is wrong with it"`
	// whole marks the whole body, whose pointer is the empty string.
	whole bool
}

// The codes of a [Problem]; operations add more.
const (
	codeMalformed    = "malformed"    // 400: no query, or no JSON
	codeToken        = "token"        // 403: a missing or wrong token
	codeScope        = "scope"        // 403: the token lacks a scope
	codeForbidden    = "forbidden"    // 403
	codeNotFound     = "not_found"    // 404
	codeMethod       = "method"       // 405
	codeTimeout      = "timeout"      // 408: the body came too slowly
	codeConflict     = "conflict"     // 409
	codePrecondition = "precondition" // 412: If-Match names another revision
	codeTooLarge     = "too_large"    // 413
	codeMediaType    = "media_type"   // 415
	codeInvalid      = "invalid"      // 422
	codeConsent      = "consent"      // 422: a new address needs a consent
	codeAskLimit     = "ask_limit"    // 422: no more addresses are asked to confirm
	codeSuppressed   = "suppressed"   // 409: the address gets no e-mail
	codeInternal     = "internal"     // 500
	codeUnavailable  = "unavailable"  // 503
)

// codeOf returns the code of a problem about which nothing but the status is known.
func codeOf(status int) string {
	switch status {
	case http.StatusForbidden:
		return codeForbidden
	case http.StatusNotFound:
		return codeNotFound
	case http.StatusMethodNotAllowed:
		return codeMethod
	case http.StatusRequestTimeout:
		return codeTimeout
	case http.StatusConflict:
		return codeConflict
	case http.StatusPreconditionFailed:
		return codePrecondition
	case http.StatusRequestEntityTooLarge:
		return codeTooLarge
	case http.StatusUnsupportedMediaType:
		return codeMediaType
	case http.StatusUnprocessableEntity:
		return codeInvalid
	case http.StatusServiceUnavailable:
		return codeUnavailable
	}
	if status >= http.StatusInternalServerError {
		return codeInternal
	}
	return codeMalformed
}

// problem returns a Problem with the code, one of the constants above or an operation's own. detail
// is a sentence; neither it nor issues contain a value that was sent.
func problem(status int, code, detail string, issues ...Issue) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code,
		Errors: issues}
}

// maxIssues is the maximum number of issues in an answer: it limits the cost of a large body in
// which everything is wrong.
const maxIssues = 100

// invalid returns a 422 about the issues, or the first maxIssues of them.
func invalid(issues ...Issue) *Problem {
	detail := "The request breaks a rule."
	switch n := len(issues); {
	case n > maxIssues:
		issues = issues[:maxIssues]
		detail = "The request breaks more than " + strconv.Itoa(maxIssues) + " rules; the first ones are listed."
	case n > 1:
		detail = "The request breaks " + strconv.Itoa(n) + " rules."
	}
	return problem(http.StatusUnprocessableEntity, codeInvalid, detail, issues...)
}

// atMember is an issue with a member of the top level of the body.
func atMember(name, detail string) Issue { return Issue{Pointer: pointerTo("", name), Detail: detail} }

// atParameter is an issue with a parameter of the path or the query.
func atParameter(name, detail string) Issue { return Issue{Parameter: name, Detail: detail} }

// atHeader is an issue with a header.
func atHeader(name, detail string) Issue { return Issue{Header: name, Detail: detail} }

// pointerTo returns the JSON pointer of a member of the object at base.
func pointerTo(base, name string) string {
	return base + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// samePlace reports whether j is about the same part of the request.
func (i Issue) samePlace(j Issue) bool {
	return i.Pointer == j.Pointer && i.Parameter == j.Parameter && i.Header == j.Header
}

// Error returns the problem in a line for the log.
func (p *Problem) Error() string { return strconv.Itoa(p.Status) + " " + p.Code + ": " + p.Detail }

// GetStatus makes a Problem an error of huma.
func (p *Problem) GetStatus() int { return p.Status }

// MarshalJSON writes the pointer of the whole body, which is empty, as well.
func (i Issue) MarshalJSON() ([]byte, error) {
	type plain Issue
	if !i.whole {
		return json.Marshal(plain(i))
	}
	return json.Marshal(struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
	}{i.Pointer, i.Detail})
}

// problemOf returns what a client sees of err, or nil if err is this service's own fault: the
// server then logs it and answers for it.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil // the server knows the limit and closes the connection
	}
	if list, ok := errors.AsType[namets.Problems](err); ok {
		issues := make([]Issue, len(list))
		for i, e := range list {
			issues[i] = issueOf(e)
		}
		return invalid(issues...)
	}
	e, ok := errors.AsType[*namets.Error](err)
	if !ok {
		return nil
	}
	switch {
	case errors.Is(err, namets.ErrOtherRequest):
		return invalid(atHeader("Idempotency-Key", e.Message))
	case errors.Is(err, namets.ErrOtherRevision):
		return problem(http.StatusPreconditionFailed, codePrecondition, sentenceOf(e))
	}
	p := byCode(e)
	if p == nil {
		return nil
	}
	switch {
	case errors.Is(err, namets.ErrNoConsent):
		p.Code = codeConsent
	case errors.Is(err, namets.ErrAskLimit):
		p.Code = codeAskLimit
	case errors.Is(err, namets.ErrSuppressed), errors.Is(err, namets.ErrSilenced):
		p.Code = codeSuppressed
	}
	return p
}

// byCode returns the problem for an error by its code; nil if it is this service's own fault.
func byCode(e *namets.Error) *Problem {
	switch e.Code {
	case namets.Invalid:
		return invalid(issueOf(e))
	case namets.NotFound:
		return problem(http.StatusNotFound, codeNotFound, sentenceOf(e))
	case namets.Conflict:
		p := problem(http.StatusConflict, codeConflict, sentenceOf(e))
		if e.Field != "" {
			p.Errors = []Issue{issueOf(e)}
		}
		return p
	case namets.Forbidden:
		return problem(http.StatusForbidden, codeForbidden, sentenceOf(e))
	}
	return nil
}

func issueOf(e *namets.Error) Issue {
	if e.Field == "" {
		return Issue{Detail: e.Message, whole: true}
	}
	return Issue{Pointer: "/" + e.Field, Detail: e.Message} // a field of a list is named events/0
}

// sentenceOf returns the message of e, a clause, as a sentence.
func sentenceOf(e *namets.Error) string {
	text := e.Message
	if e.Field != "" {
		text = e.Field + " " + text
	}
	if text == "" {
		return http.StatusText(http.StatusBadRequest) + "."
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// send writes p as the response to c's request.
func (p *Problem) send(c echo.Context) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	if p.header[0] != "" {
		h[p.header[0]] = []string{p.header[1]}
	}
	h["Content-Type"] = []string{"application/json"}
	if acceptsProblems(c.Request().Header) {
		h["Content-Type"] = []string{"application/problem+json"}
	}
	h["Vary"] = []string{"Accept"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.Response().WriteHeader(p.Status)
	if c.Request().Method != http.MethodHead {
		c.Response().Write(body)
	}
	return nil
}

// acceptsProblems reports whether Accept names the media type of problems, with no q=0.
func acceptsProblems(h http.Header) bool {
	for _, accepted := range strings.Split(strings.Join(h.Values(echo.HeaderAccept), ","), ",") {
		mediaType, parameters, err := mime.ParseMediaType(accepted)
		if err != nil || mediaType != "application/problem+json" {
			continue
		}
		if q, err := strconv.ParseFloat(cmp.Or(parameters["q"], "1"), 64); err == nil && q > 0 {
			return true
		}
	}
	return false
}

// RenderError writes the response for an error that the server answers for, with a status and a
// sentence without internals.
func RenderError(c echo.Context, status int, detail string) {
	_ = problem(status, codeOf(status), detail).send(c) // it always encodes
}
