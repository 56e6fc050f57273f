package namets

import (
	"strconv"
	"strings"
	"unicode"
)

// maxSlug is how many runes [Slugify] returns at most.
const maxSlug = 60

// Slugify returns a form of title for addresses of pages: its letters and digits in lower case,
// everything between them one hyphen. It is never empty.
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

// UniqueSlug returns slug, or the first of slug-2, slug-3, … that taken does not report. It gives
// way at its end, so that it is never longer than [Slugify] makes it.
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
