package store

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	"namets/internal/namets"
)

// The types below convert between a field of a domain type and its column. Each contains a pointer
// to the field: Scan sets it, Value reads it.

// instant is a time.Time stored as microseconds since 1970 in UTC.
type instant struct{ t *time.Time }

func (v instant) Value() (driver.Value, error) { return v.t.UnixMicro(), nil }

func (v instant) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("an instant is stored as an integer, not as %T", src)
	}
	*v.t = time.UnixMicro(us).UTC()
	return nil
}

// optionalInstant is like instant; nil is null.
type optionalInstant struct{ t **time.Time }

func (v optionalInstant) Value() (driver.Value, error) {
	if *v.t == nil {
		return nil, nil
	}
	return (*v.t).UnixMicro(), nil
}

func (v optionalInstant) Scan(src any) error {
	if src == nil {
		*v.t = nil
		return nil
	}
	var t time.Time
	if err := (instant{&t}).Scan(src); err != nil {
		return err
	}
	*v.t = &t
	return nil
}

// optionalText is a string whose empty value is null.
type optionalText struct{ s *string }

func (v optionalText) Value() (driver.Value, error) {
	if *v.s == "" {
		return nil, nil
	}
	return *v.s, nil
}

func (v optionalText) Scan(src any) error {
	s, ok := src.(string)
	if src != nil && !ok {
		return fmt.Errorf("text is stored as a string, not as %T", src)
	}
	*v.s = s
	return nil
}

// optionalID is an int64 whose nil is null.
type optionalID struct{ id **int64 }

func (v optionalID) Value() (driver.Value, error) {
	if *v.id == nil {
		return nil, nil
	}
	return **v.id, nil
}

func (v optionalID) Scan(src any) error {
	if src == nil {
		*v.id = nil
		return nil
	}
	id, ok := src.(int64)
	if !ok {
		return fmt.Errorf("an id is stored as an integer, not as %T", src)
	}
	*v.id = &id
	return nil
}

// isNull reports whether a field is stored as null.
func isNull(field any) bool {
	v, ok := field.(optionalText)
	return ok && *v.s == ""
}

// uuid is stored in its text form.
type uuid struct{ u *namets.UUID }

func (v uuid) Value() (driver.Value, error) { return v.u.String(), nil }

func (v uuid) Scan(src any) (err error) {
	s, _ := src.(string)
	*v.u, err = namets.ParseUUID(s)
	return err
}

// date is stored as YYYY-MM-DD.
type date struct{ d *namets.Date }

func (v date) Value() (driver.Value, error) { return v.d.String(), nil }

func (v date) Scan(src any) (err error) {
	s, _ := src.(string)
	*v.d, err = namets.ParseDate(s)
	return err
}

// flag is a bool, which an engine may store as 0 or 1.
type flag struct{ b *bool }

func (v flag) Value() (driver.Value, error) { return *v.b, nil }

func (v flag) Scan(src any) error {
	switch src := src.(type) {
	case bool:
		*v.b = src
	case int64:
		*v.b = src != 0
	default:
		return fmt.Errorf("a flag is stored as a boolean or as a number, not as %T", src)
	}
	return nil
}

// scopes is a set of scopes stored as text, separated by blanks.
type scopes struct{ s *namets.Scopes }

func (v scopes) Value() (driver.Value, error) { return v.s.String(), nil }

func (v scopes) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("scopes are stored as text, not as %T", src)
	}
	*v.s = nil
	for _, name := range strings.Fields(text) {
		*v.s = append(*v.s, namets.Scope(name))
	}
	return nil
}

// derived computes a column from others: it is stored and not read back. An empty value is stored
// as null.
type derived func() string

func (v derived) Value() (driver.Value, error) {
	if text := v(); text != "" {
		return text, nil
	}
	return nil, nil
}

func (v derived) Scan(any) error { return nil }
