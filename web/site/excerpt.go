package site

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of a text a list shows, in bytes of HTML, so that a page stays under 30 KB.
const (
	homeExcerpt = 300
	listExcerpt = 600
	listTitle   = 250
	textPage    = 20_000 // of a text by itself
	textTitle   = 1500   // of its title and its place, each
)

// excerpt returns the beginning of text, as much as fits into size bytes of HTML, and whether
// something is missing. It ends with a whole word if possible.
func excerpt(text string, size int) (beginning string, cut bool) {
	text = strings.TrimSpace(text)
	end := fitting(text, size)
	if end == len(text) {
		return text, false
	}
	return strings.TrimRightFunc(text[:end], unicode.IsSpace) + "…", true
}

// fitting returns how many bytes of text fit into size bytes of HTML, up to the end of a word if
// possible.
func fitting(text string, size int) int {
	blank := 0
	for i, r := range text {
		if size -= htmlSize(r); size < 0 {
			if blank > i/2 {
				return blank
			}
			return i
		}
		if unicode.IsSpace(r) {
			blank = i
		}
	}
	return len(text)
}

// textPart returns the part of text with the number, counted from 1, and the pager to the others at
// path. Hardly any text has more than one part.
func textPart(text, path string, number int) (part string, p pager) {
	for n := 1; ; n++ {
		end := fitting(text, textPage)
		rest := strings.TrimLeftFunc(text[end:], unicode.IsSpace)
		if n == number || rest == "" {
			return text[:end], pagerAt(path, n, rest != "")
		}
		text = rest
	}
}

// htmlSize returns the number of bytes of the rune in a page.
func htmlSize(r rune) int {
	switch r {
	case '<', '>', '&', '\'', '"', '+', 0:
		return len("&#34;")
	}
	return utf8.RuneLen(r)
}
