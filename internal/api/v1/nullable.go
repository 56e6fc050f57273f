package v1

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Nullable is a member of a body that may be absent, null or a value. Its JSON tag has omitzero.
type Nullable[T any] struct {
	Set   bool // it is present
	Null  bool // and it is null
	Value T
}

// UnmarshalJSONFrom reads a member that is present.
func (n *Nullable[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	n.Set = true
	if d.PeekKind() == jsontext.KindNull {
		n.Null = true
		return d.SkipValue()
	}
	return json.UnmarshalDecode(d, &n.Value)
}

// Pointer returns the value, or nil if it is null or absent.
func (n Nullable[T]) Pointer() *T {
	if !n.Set || n.Null {
		return nil
	}
	return &n.Value
}

// optional returns nil for the zero value.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// Schema describes the member.
func (Nullable[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}
