package namets

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problems are all the reasons why a form's input cannot be stored, each with its field. Storage itself is liberal:
// an import keeps what the original kept.
type Problems []*Error

// Error returns all problems on one line.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, e := range p {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the single problems, for errors.As.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i, e := range p {
		errs[i] = e
	}
	return errs
}

// Field returns the message of the first problem with the field, or an empty string.
func (p Problems) Field(name string) string {
	for _, e := range p {
		if e.Field == name {
			return e.Message
		}
	}
	return ""
}

// err returns p, or nil when there is no problem.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func (p *Problems) add(field, message string) {
	*p = append(*p, &Error{Code: Invalid, Field: field, Message: message})
}

// The longest texts that forms take, in runes.
const (
	maxLine = 200
	maxText = 20_000
)

// line checks a text of one line.
func (p *Problems) line(field, text string, required bool) {
	switch {
	case required && strings.TrimSpace(text) == "":
		p.add(field, "must not be empty")
	case !utf8.ValidString(text):
		p.add(field, "is not valid UTF-8")
	case utf8.RuneCountInString(text) > maxLine:
		p.add(field, "must not be longer than 200 characters")
	case strings.ContainsFunc(text, unicode.IsControl):
		p.add(field, "must not contain line breaks or control characters")
	}
}

// text checks a text of many lines.
func (p *Problems) text(field, text string, required bool) {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	switch {
	case required && strings.TrimSpace(text) == "":
		p.add(field, "must not be empty")
	case !utf8.ValidString(text):
		p.add(field, "is not valid UTF-8")
	case utf8.RuneCountInString(text) > maxText:
		p.add(field, "must not be longer than 20000 characters")
	case strings.ContainsFunc(text, control):
		p.add(field, "must not contain control characters")
	}
}

// slug checks a slug; an empty one is made from the title.
func (p *Problems) slug(field, slug string) {
	if slug != "" && slug != Slugify(slug) {
		p.add(field, "takes letters, digits and single hyphens, at most 60 of them")
	}
}
