package app

import (
	"fmt"
	"strings"
	"unicode"
)

// invisible names invisible characters in a text that people have to type later: a blank at one of
// its ends, or a character that is invisible or looks like an ordinary blank. It is empty if there
// are none.
func invisible(text string) string {
	runes := []rune(text)
	for i, r := range runes {
		if !unseen(r) {
			continue
		}
		position := "inside it" // how far inside would tell how long it is
		if i == 0 {
			position = "at its beginning"
		} else if i == len(runes)-1 {
			position = "at its end"
		}
		return fmt.Sprintf("an invisible character (U+%04X) %s", r, position)
	}
	if strings.Trim(text, " ") != text {
		return "a blank at its beginning or end"
	}
	return ""
}

// unseen reports whether r is invisible, or a blank that the space bar does not produce.
func unseen(r rune) bool {
	if r == unicode.ReplacementChar { // what is no UTF-8 at all has a complaint of its own
		return false
	}
	return !unicode.IsPrint(r) || r == '\u2800' || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector)
}
