package v1_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/errors"

	v1 "namets/internal/api/v1"
)

// document returns the OpenAPI document and its validator. All sites have the same document.
var document = sync.OnceValues(func() ([]byte, validator.Validator) {
	text, err := v1.New(v1.Config{Version: "1.2.3"}).Document()
	if err != nil {
		panic(err)
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		panic(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		panic(errs[0])
	}
	return text, v
})

// validating lets one test at a time use the validator.
var validating sync.Mutex

// record compares a request and its answer with the document: the answer is declared and has the
// declared form, and a request that breaks the document is refused.
func record(tb testing.TB, r *http.Request, body string, res *response) {
	tb.Helper()
	if r.Method == http.MethodHead || r.Method == http.MethodOptions || res.StatusCode == http.StatusMethodNotAllowed ||
		!strings.HasPrefix(r.URL.Path, v1.Prefix+"/") || strings.HasPrefix(r.URL.Path, v1.Prefix+"/openapi.json") {
		return
	}
	_, v := document()
	validating.Lock()
	defer validating.Unlock()
	request := r.Clone(tb.Context())
	request.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
	if email, ok := strings.CutPrefix(request.URL.Path, byEmail); ok { // the validator takes each slash for the path's
		request.URL.Path = byEmail + strings.ReplaceAll(email, "/", "_")
	}
	request.Body = io.NopCloser(strings.NewReader(body))
	answer := *res.Response
	answer.Body = io.NopCloser(bytes.NewReader(res.body))
	if ok, errs := v.ValidateHttpResponse(request, &answer); !ok && !isUnknownPath(errs) {
		tb.Errorf("%s: the answer is not as documented: %s\n%d %s", res.request, texts(errs), res.StatusCode, res.body)
	}
	if res.StatusCode >= 300 {
		return
	}
	if ok, errs := v.ValidateHttpRequestSync(request); !ok {
		tb.Errorf("%s %s: was accepted, but is not as documented: %s", res.request, body, texts(errs))
	}
}

// isUnknownPath reports whether the document has no such path, which is then a 404 or a 403.
func isUnknownPath(errs []*errors.ValidationError) bool {
	return len(errs) > 0 && errs[0].ValidationType == "path"
}

func texts(errs []*errors.ValidationError) string {
	var list []string
	for _, e := range errs {
		list = append(list, e.Message+": "+e.Reason)
		for _, s := range e.SchemaValidationErrors {
			list = append(list, s.FieldPath+" "+s.Reason)
		}
	}
	return strings.Join(list, "\n")
}

func TestDocument_isValid(t *testing.T) {
	_, v := document()
	if ok, errs := v.ValidateDocument(); !ok {
		t.Error(texts(errs))
	}
}
