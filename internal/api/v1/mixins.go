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
	Key string `path:"key" minLength:"1" maxLength:"128" pattern:"^([.]*[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*|[.][.][.]+)$" doc:"The author's own key" example:"newsletter-42"`
}

// Page is the page of a list by id.
type Page struct {
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"How many rows at most"`
	After int64 `query:"after" minimum:"0" doc:"Rows after this one: the id of the last row of the page before"`
}

// Conditional is the condition of a read.
type Conditional struct {
	IfNoneMatch Copies `header:"If-None-Match" doc:"ETags of copies, or *: if one is still right, the answer is 304 without a body"`
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
	tags, all, err := parseTags(string(text))
	m.any = all
	for _, tag := range tags {
		if tag.weak {
			continue // it matches nothing here
		}
		revision, _, _ := strings.Cut(tag.value, ".")
		if n, err := strconv.ParseInt(revision, 10, 64); err == nil && n > 0 {
			m.list = append(m.list, n)
		}
	}
	return err
}

// entityTag is an ETag without its quotation marks.
type entityTag struct {
	value string
	weak  bool
}

// parseTags reads a list of ETags, or *, which is all.
func parseTags(text string) (tags []entityTag, all bool, err error) {
	rest := strings.Trim(text, " \t")
	if rest == "*" {
		return nil, true, nil
	}
	for rest != "" {
		tag, tail, ok := cutTag(rest)
		if !ok {
			return nil, false, errors.New(`must be * or ETags in quotation marks, such as "7"`)
		}
		tags, rest = append(tags, tag), tail
	}
	return tags, false, nil
}

// cutTag cuts the first ETag off a list.
func cutTag(list string) (tag entityTag, rest string, ok bool) {
	quoted, weak := strings.CutPrefix(list, "W/")
	quoted, ok = strings.CutPrefix(quoted, `"`)
	if !ok {
		return tag, "", false
	}
	tag.weak = weak
	tag.value, rest, ok = strings.Cut(quoted, `"`)
	rest = strings.TrimLeft(rest, " \t")
	if rest != "" {
		var comma bool
		rest, comma = strings.CutPrefix(rest, ",")
		ok = ok && comma
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

// Copies are the ETags of copies that a client has. The zero value is none.
type Copies struct {
	any  bool
	list []entityTag
}

// Schema describes the header.
func (Copies) Schema(r huma.Registry) *huma.Schema { return Revisions{}.Schema(r) }

// UnmarshalText reads the value of If-None-Match.
func (c *Copies) UnmarshalText(text []byte) (err error) {
	c.list, c.any, err = parseTags(string(text))
	return err
}

// Have reports whether a copy is the row with the ETag. It compares weakly.
func (c Copies) Have(tag string) bool {
	return c.any || slices.ContainsFunc(c.list, func(t entityTag) bool { return `"`+t.value+`"` == tag })
}
