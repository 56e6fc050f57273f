package namets

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problems are all the reasons why a form's input cannot be stored, each with its field. Storage
// itself is liberal: an import keeps what the original kept.
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

// lineProblem says what is wrong with a text of one line.
func lineProblem(s string, n need) string {
	switch {
	case n == required && Blank(s):
		return "must not be empty"
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	case utf8.RuneCountInString(s) > maxLine:
		return "must not be longer than 200 characters"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "must not contain line breaks or control characters"
	}
	return ""
}

// textProblem says what is wrong with a text of many lines.
func textProblem(s string, n need) string {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
	switch {
	case n == required && Blank(s):
		return "must not be empty"
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	case utf8.RuneCountInString(s) > maxText:
		return "must not be longer than 20000 characters"
	case strings.ContainsFunc(s, control):
		return "must not contain control characters"
	}
	return ""
}

// slugProblem says what is wrong with a slug; an empty one is made from the title.
func slugProblem(s string) string {
	if s != "" && s != Slugify(s) {
		return "takes letters, digits and single hyphens, at most 60 of them"
	}
	return ""
}

// Blank reports whether nobody sees anything of s: it is empty, or holds nothing but white space,
// control characters and characters without a glyph, such as zero-width spaces, soft hyphens,
// marks of direction and the empty Braille pattern.
func Blank(s string) bool { return !strings.ContainsFunc(s, visible) }

// visible reports whether r shows, by itself or on the character before it.
func visible(r rune) bool {
	switch r {
	case '\u2800', '\u3164', '\uffa0', '\u115f', '\u1160', '\u034f', '\u17b4', '\u17b5', '\U0001d159', '\U00016fe4':
		return false
	}
	switch {
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // Arabic number signs: formatting, with a glyph
		return true
	case unicode.In(r, unicode.White_Space, unicode.Cc, unicode.Cf, unicode.Z,
		unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector):
		return false
	}
	return true
}
