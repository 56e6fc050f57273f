package api

import (
	"strings"
	"time"

	"namets/internal/namets"
)

// parseSince parses the value of the parameter since (contract section 5, P2): a date, and
// optionally a time of day, a fraction and an offset, in the basic or the extended format. A value
// without an offset is a time in zone. The result is in UTC, truncated to the microsecond and
// within the years 1 to 9999. It returns false for anything else.
func parseSince(value string, zone *time.Location) (t time.Time, ok bool) {
	p := parser{value}
	year, month, d, ok := p.date()
	if !ok {
		return time.Time{}, false
	}
	var hour, minute, second, micro, offset int
	naive := true
	if p.rest != "" {
		if !p.skipAny("Tt ") {
			return time.Time{}, false
		}
		if hour, minute, second, micro, ok = p.timeOfDay(); !ok {
			return time.Time{}, false
		}
		if p.rest != "" {
			naive = false
			if offset, ok = p.offset(); !ok || p.rest != "" {
				return time.Time{}, false
			}
		}
	}
	local := time.Date(year, time.Month(month), d, hour, minute, second, micro*1000, time.UTC)
	if local.Day() != d { // 30 February
		return time.Time{}, false
	}
	if naive {
		return namets.Clamp(inZone(local, zone)), true
	}
	return namets.Clamp(local.Add(-time.Duration(offset) * time.Minute)), true
}

// inZone returns the instant at which clocks in zone show what local shows in UTC. For a time that
// a clock change skips or repeats, the offset before the change is used.
func inZone(local time.Time, zone *time.Location) time.Time {
	// No zone is a day away from UTC, and none changes twice in two days.
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	before, after := offset(local.Add(-day)), offset(local.Add(day))
	early, late := local.Add(-before), local.Add(-after)
	if offset(early) != before && offset(late) == after {
		return late
	}
	return early
}

// parser reads a value from its start; rest is the unread part.
type parser struct{ rest string }

// date parses YYYY-MM-DD or YYYYMMDD. It does not check the day against the month.
func (p *parser) date() (year, month, d int, ok bool) {
	century, ok1 := p.number(0, 99)
	inCentury, ok2 := p.number(0, 99)
	extended := p.skipAny("-")
	month, ok3 := p.number(1, 12)
	if extended && !p.skipAny("-") {
		return 0, 0, 0, false
	}
	d, ok4 := p.number(1, 31)
	year = century*100 + inCentury
	return year, month, d, ok1 && ok2 && ok3 && ok4 && year > 0
}

// timeOfDay parses HH, HH:MM, HH:MM:SS, HHMM or HHMMSS, each with an optional fraction. As in the
// original, it is a fraction of a second even without seconds.
func (p *parser) timeOfDay() (hour, minute, second, micro int, ok bool) {
	hour, ok = p.number(0, 23)
	extended := p.skipAny(":")
	if ok && (extended || p.startsWithDigit()) {
		minute, ok = p.number(0, 59)
		if ok && (extended && p.skipAny(":") || !extended && p.startsWithDigit()) {
			second, ok = p.number(0, 59)
		}
	}
	if ok && p.skipAny(".,") {
		micro, ok = p.fraction()
	}
	return hour, minute, second, micro, ok
}

// fraction parses the digits of a fraction, at least one, and returns the first six as
// microseconds.
func (p *parser) fraction() (micro int, ok bool) {
	n := 0
	for ; p.startsWithDigit(); n++ {
		if n < 6 {
			micro = micro*10 + int(p.rest[0]-'0')
		}
		p.rest = p.rest[1:]
	}
	for i := n; i < 6; i++ {
		micro *= 10
	}
	return micro, n > 0
}

// offset parses Z, ±HH, ±HHMM or ±HH:MM, and returns minutes. A blank stands for the plus sign,
// which it was before the query was decoded.
//
// One blank may precede it, as in 2026-02-20 00:00:00 +01:00, as in the original.
func (p *parser) offset() (minutes int, ok bool) {
	if len(p.rest) > 1 && p.rest[0] == ' ' && strings.IndexByte("+-Zz", p.rest[1]) >= 0 {
		p.rest = p.rest[1:]
	}
	if p.skipAny("Zz") {
		return 0, true
	}
	sign := 1
	if p.skipAny("-") {
		sign = -1
	} else if !p.skipAny("+ ") {
		return 0, false
	}
	hours, ok := p.number(0, 23)
	if !ok {
		return 0, false
	}
	if p.skipAny(":") || p.startsWithDigit() {
		if minutes, ok = p.number(0, 59); !ok {
			return 0, false
		}
	}
	return sign * (hours*60 + minutes), true
}

// number parses two digits that form a number from low to high.
func (p *parser) number(low, high int) (n int, ok bool) {
	if len(p.rest) < 2 || !isDigit(p.rest[0]) || !isDigit(p.rest[1]) {
		return 0, false
	}
	n = int(p.rest[0]-'0')*10 + int(p.rest[1]-'0')
	p.rest = p.rest[2:]
	return n, low <= n && n <= high
}

// skipAny skips one character if it is one of chars, and reports whether it did.
func (p *parser) skipAny(chars string) bool {
	if p.rest == "" || strings.IndexByte(chars, p.rest[0]) < 0 {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) startsWithDigit() bool { return p.rest != "" && isDigit(p.rest[0]) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
