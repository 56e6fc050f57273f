package v1

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// ByID is the id in a path.
type ByID struct {
	ID int64 `path:"id" minimum:"1" doc:"The id of the row"`
}

// ByKey is the author's key in a path.
type ByKey struct {
	Key string `path:"key" minLength:"1" maxLength:"128" pattern:"^[A-Za-z0-9._~:-]+$" doc:"The author's own key" example:"newsletter-42"`
}

// Page is the page of a list by id.
type Page struct {
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"How many rows at most"`
	After int64 `query:"after" minimum:"0" doc:"Rows after this one: the id of the last row of the page before"`
}

// Conditional is the condition of a read.
type Conditional struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"4096" doc:"The ETag of a copy: if it is still right, the answer is 304 without a body"`
}

// Matching is the condition of a write.
type Matching struct {
	IfMatch Revisions `header:"If-Match" doc:"ETags of which one must be the row's, or *: otherwise 412. The revision alone counts"`
}

// Notifying says whether a write makes namets send webhooks.
type Notifying struct {
	Notify string `query:"notify" enum:"0,1" default:"1" doc:"0: no webhook and no e-mail, as for an import"`
}

// Quiet reports whether nothing is to be sent.
func (n Notifying) Quiet() bool { return n.Notify == "0" }

// Idempotent makes a repeated creation answer as the first.
type Idempotent struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"The same key, query and body get the stored answer for 24 hours"`
}

// Revisions are the revisions that a write accepts. The zero value accepts all, also where there is
// no row yet.
type Revisions struct {
	conditional bool
	any         bool
	list        []int64
}

// Schema describes the header.
func (Revisions) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, MaxLength: new(4096), Examples: []any{`"7"`}}
}

// UnmarshalText reads the value of If-Match. A tag that is none of this API matches nothing.
func (m *Revisions) UnmarshalText(text []byte) error {
	m.conditional = true
	rest := strings.Trim(string(text), " \t")
	if rest == "*" {
		m.any = true
		return nil
	}
	for rest != "" {
		tag, tail, ok := cutTag(rest)
		if !ok {
			return errors.New(`must be * or ETags in quotation marks, such as "7"`)
		}
		revision, _, _ := strings.Cut(tag, ".")
		if n, err := strconv.ParseInt(revision, 10, 64); err == nil && n > 0 {
			m.list = append(m.list, n)
		}
		rest = tail
	}
	return nil
}

// cutTag cuts the first entity tag off a list. A weak one is returned as an empty tag, for it
// matches nothing here.
func cutTag(list string) (tag, rest string, ok bool) {
	quoted, weak := strings.CutPrefix(list, "W/")
	quoted, ok = strings.CutPrefix(quoted, `"`)
	if !ok {
		return "", "", false
	}
	tag, rest, ok = strings.Cut(quoted, `"`)
	rest = strings.TrimLeft(rest, " \t")
	if rest != "" {
		var comma bool
		rest, comma = strings.CutPrefix(rest, ",")
		ok = ok && comma
	}
	if weak {
		tag = ""
	}
	return tag, strings.TrimLeft(rest, " \t,"), ok
}

// Conditional reports whether the write has a condition.
func (m Revisions) Conditional() bool { return m.conditional }

// Accept reports whether a row with the revision may be written; 0 means that there is no row.
func (m Revisions) Accept(revision int64) bool {
	if !m.conditional {
		return true
	}
	return m.any && revision > 0 || slices.Contains(m.list, revision)
}

// matchesNone reports whether a copy with one of the tags of If-None-Match is not the row with the
// tag. It compares weakly.
func (c Conditional) matchesNone(tag string) bool {
	rest := strings.Trim(c.IfNoneMatch, " \t")
	if rest == "*" {
		return false
	}
	for rest != "" {
		given, tail, ok := cutTag(strings.TrimPrefix(rest, "W/"))
		if !ok {
			return true
		}
		if `"`+given+`"` == tag {
			return false
		}
		rest = tail
	}
	return true
}
