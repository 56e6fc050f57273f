package api

import (
	"strconv"
	"time"
	"unicode/utf8"

	"namets/internal/namets"
)

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string (contract section 4): UTF-8 unchanged, including <, > and
// &; U+2028, U+2029 and control characters escaped; bytes that are not UTF-8 as \ufffd.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0 // s[:done] has been appended
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[done:i]...)
			b = appendEscape(b, c)
			i++
			done = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[done:i]...), `\ufffd`...)
			done = i + size
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[done:i]...), `\u202`...)
			b = append(b, hexDigits[r&0xf])
			done = i + size
		}
		i += size
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

// appendEscape appends the escape of a quotation mark, a backslash or a control character.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

// appendTime appends t as a JSON string in the time zone zone (contract section 4).
func appendTime(b []byte, t time.Time, zone *time.Location) []byte {
	t = t.In(zone)
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond()/1000 != 0 {
		layout = "2006-01-02T15:04:05.000000"
	}
	b = append(b, '"')
	b = t.AppendFormat(b, layout)
	if _, offset := t.Zone(); offset%60 != 0 { // local mean time, before zones were agreed on
		b = t.AppendFormat(b, "Z07:00:00")
	} else {
		b = t.AppendFormat(b, "Z07:00")
	}
	return append(b, '"')
}

// appendInt appends n in decimal.
func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

// appendUUID appends the lower-case form of u, as its String method returns it.
func appendUUID(b []byte, u namets.UUID) []byte {
	for i, c := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&0xf])
	}
	return b
}
