package v1

import (
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// Outcome is what a PUT has done.
type Outcome struct {
	Outcome string `json:"outcome" enum:"created,updated,unchanged" doc:"What the request has done"`
}

// Absent is the answer to the deletion of a row that is gone already.
type Absent struct {
	Outcome string `json:"outcome" enum:"absent" doc:"There is no such row"`
}

// Removed describes the answer to a deletion: a row as it was, or Absent.
type Removed[R any] struct{}

// Schema describes the answer.
func (Removed[R]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[R](), true, ""), r.Schema(reflect.TypeFor[Absent](), true, ""),
	}}
}

// with returns the reply with another status and further headers.
func (r reply) with(status int, headers ...string) reply {
	r.status, r.headers = status, slices.Concat(r.headers, headers)
	return r
}

// puts describes the answers of a PUT, whose rows have an outcome.
func (w *writable[R, B]) puts() []reply {
	r := w.found
	r.body = w.upserted
	updated := r.with(http.StatusOK)
	updated.text = "The row, which was updated or left as it is"
	created := r.with(http.StatusCreated)
	created.text = "The new row"
	return []reply{updated, created}
}
