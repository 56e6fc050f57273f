package namets

import (
	"strconv"
	"strings"
	"unicode"
)

// Stage is the state of an announcement or an event at the current time.
type Stage string

// The stages, in order.
const (
	Draft     Stage = "draft"     // inactive
	Scheduled Stage = "scheduled" // it is published, or begins, later
	Published Stage = "published" // it is shown, or takes place
	Expired   Stage = "expired"   // its time is over
	Cancelled Stage = "cancelled" // an event that does not take place
)

// Stages returns the stages of an announcement, in order. An event may also be [Cancelled].
func Stages() []Stage { return []Stage{Draft, Scheduled, Published, Expired} }

// ContentFilter selects announcements or events. Zero fields select all.
type ContentFilter struct {
	Search   string // a part of the title or the slug
	Stage    Stage
	Category string // of announcements; of events the decimal id
}

// maxSlug is the maximum length of [Slugify]'s result in runes.
const maxSlug = 60

// Slugify returns title in a form for URLs: its letters and digits in lower case, with one hyphen
// for everything between them. It is never empty.
func Slugify(title string) string {
	var b []rune
	for _, r := range strings.ToLower(title) {
		switch {
		case r == '\'' || r == '’': // belongs to its word
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b = append(b, r)
		case len(b) > 0 && b[len(b)-1] != '-':
			b = append(b, '-')
		}
		if len(b) == maxSlug {
			break
		}
	}
	slug := strings.TrimRight(string(b), "-")
	if slug == "" {
		return "untitled"
	}
	return slug
}

// UniqueSlug returns slug, or the first of slug-2, slug-3, … for which taken returns false. It
// shortens the slug so that the result is never longer than [Slugify]'s.
func UniqueSlug(slug string, taken func(string) (bool, error)) (string, error) {
	candidate, runes := slug, []rune(slug)
	for n := 2; ; n++ {
		is, err := taken(candidate)
		if err != nil {
			return "", err
		}
		if !is {
			return candidate, nil
		}
		suffix := "-" + strconv.Itoa(n)
		stem := string(runes[:min(len(runes), maxSlug-len(suffix))])
		candidate = strings.TrimRight(stem, "-") + suffix
	}
}
