package namets

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// rule is a condition that a form checks before it stores a row of the type R.
type rule[R any] struct {
	field string // that is to blame when the rule is broken
	// about returns the value that the rule checks, in a comparable form. For a stored row, the
	// rule is only checked if that value has changed: an import may store what no form would, and
	// the rest of the row must stay editable.
	about func(*R) any
	// broken says what is wrong and what would be right, as a clause; empty if nothing is wrong.
	broken func(*R) string
}

// problems returns [Problems] if a form must not store now. was is the stored row, or nil for a new
// one.
func problems[R any](rules []rule[R], was, now *R) error {
	var p Problems
	for _, r := range rules {
		if was != nil && r.about(was) == r.about(now) {
			continue
		}
		if message := r.broken(now); message != "" {
			p.add(r.field, message)
		}
	}
	return p.err()
}

// need says whether a text may be empty.
type need bool

const (
	required need = true
	optional need = false
)

// line is the rule for a text of one line.
func line[R any](field string, of func(*R) string, n need) rule[R] {
	return rule[R]{field, func(r *R) any { return of(r) }, func(r *R) string { return lineProblem(of(r), n) }}
}

// text is the rule for a text of several lines.
func text[R any](field string, of func(*R) string, n need) rule[R] {
	return rule[R]{field, func(r *R) any { return of(r) }, func(r *R) string { return textProblem(of(r), n) }}
}

// slug is the rule for a slug; an empty one is made from the title.
func slug[R any](of func(*R) string) rule[R] {
	return rule[R]{"slug", func(r *R) any { return of(r) }, func(r *R) string { return slugProblem(of(r)) }}
}

// address is the rule for an e-mail address.
func address[R any](of func(*R) string, n need) rule[R] {
	return rule[R]{"email", func(r *R) any { return of(r) }, func(r *R) string {
		bad, wrong := errors.AsType[*Error](CheckEmail(of(r)))
		if !wrong || n == optional && of(r) == "" {
			return ""
		}
		return bad.Message
	}}
}

// moment is the rule for a required time.
func moment[R any](field string, of func(*R) time.Time) rule[R] {
	return rule[R]{field, func(r *R) any { return Micro(of(r)) }, func(r *R) string {
		if t := of(r); t.IsZero() || !InRange(t) {
			return "must be a date and a time"
		}
		return ""
	}}
}

// span is the value of a rule about two times; the second may be missing.
func span(first time.Time, second *time.Time) any {
	type times struct {
		first, second int64
		open          bool
	}
	if second == nil {
		return times{first.UnixMicro(), 0, true}
	}
	return times{first.UnixMicro(), second.UnixMicro(), false}
}

// The maximum lengths of texts in forms, in runes.
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

// Blank reports whether s is invisible: empty, or only white space, control characters and
// characters without a glyph, such as zero-width spaces, soft hyphens, direction marks and the
// empty Braille pattern.
func Blank(s string) bool { return !strings.ContainsFunc(s, visible) }

// visible reports whether r is visible, by itself or on the character before it.
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
