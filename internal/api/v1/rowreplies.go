package v1

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// Outcome is what a PUT has done.
type Outcome struct {
	Outcome string `json:"outcome" enum:"created,updated,unchanged" doc:"What the request has done"`
}

// Receipt is the answer to a write by a token that may not read the row: nothing of what is stored
// but what names the row.
type Receipt struct {
	ID       int64   `json:"id" doc:"The id of the row"`
	Key      *string `json:"key" nullable:"true" doc:"The author's own key; null if it has none"`
	Revision int64   `json:"revision" doc:"The revision of the row"`
	Outcome  string  `json:"outcome,omitempty" doc:"What the request has done, where the row says so too"`
}

// receipt returns the answer with a Receipt in place of its row. An answer without a row stays as
// it is.
func (a *answer) receipt() (*answer, error) {
	var row Receipt
	if err := json.Unmarshal(a.body, &row); err != nil || row.ID == 0 {
		return a, err
	}
	body, err := json.Marshal(row)
	short := *a
	short.body = body
	return &short, err
}

// receiptText says when a write answers with a Receipt.
const receiptText = "A token that may not read the row gets its id, key and revision, and the outcome."

// Written describes the answer to a write: the row, or a Receipt.
type Written[R any] struct{}

// Schema describes the answer.
func (Written[R]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[R](), true, ""), r.Schema(reflect.TypeFor[Receipt](), true, ""),
	}}
}

// Absent is the answer to the deletion of a row that is gone already.
type Absent struct {
	Outcome string `json:"outcome" enum:"absent" doc:"There is no such row"`
}

// Removed describes the answer to a deletion: a row as it was, a Receipt, or Absent.
type Removed[R any] struct{}

// Schema describes the answer.
func (Removed[R]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[R](), true, ""), r.Schema(reflect.TypeFor[Receipt](), true, ""),
		r.Schema(reflect.TypeFor[Absent](), true, ""),
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
