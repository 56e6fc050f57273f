package api

import (
	"strings"
	"time"
	"unicode"

	"namets/internal/namets"
)

const (
	day = 24 * time.Hour

	// maxDays exceeds the number of days in the years 1 to 9999, so that nothing overflows below.
	maxDays = 4_000_000
)

// parseDays returns the end of the window of n days that starts at now (contract section 5, P3). It
// returns false if the value is not an integer or leads out of the years 1 to 9999. now is in UTC.
func parseDays(value string, now time.Time) (end time.Time, ok bool) {
	n, ok := parseInt(value)
	if !ok {
		return time.Time{}, false
	}
	end = now.AddDate(0, 0, n)
	return end, namets.InRange(end)
}

// parseInt parses an integer as the original did: surrounding white space, a sign, decimal digits
// of any script, and single underscores between them. It returns false for anything else and for a
// magnitude above [maxDays].
func parseInt(s string) (n int, ok bool) {
	s = strings.TrimSpace(s)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	digitBefore := false
	for _, r := range s {
		if r == '_' && digitBefore {
			digitBefore = false
			continue
		}
		d, isDigit := digit(r)
		if !isDigit {
			return 0, false
		}
		digitBefore = true
		n = min(n*10+d, maxDays+1)
	}
	if !digitBefore || n > maxDays {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// digit returns the value of a decimal digit of any script. Unicode keeps the digits of a script
// together, from zero to nine, so a digit's value follows from its position in its range.
func digit(r rune) (value int, ok bool) {
	if '0' <= r && r <= '9' {
		return int(r - '0'), true
	}
	if !unicode.IsDigit(r) {
		return 0, false
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10, true
		}
	}
	return 0, false
}
