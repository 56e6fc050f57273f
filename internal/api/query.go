package api

import (
	"strings"
	"unicode/utf8"
)

// lookup returns the value of the parameter name in a raw query, the last one if it is repeated,
// and whether it is present. It reads a query as the original did, which differs from
// [net/url.ParseQuery]: only & separates pairs, a semicolon is an ordinary character, + is a blank,
// a percent sign that starts no escape stands for itself, a name without = has an empty value, and
// bytes that are not UTF-8 become U+FFFD. It allocates only for a value that needs decoding.
func lookup(rawQuery, name string) (value string, ok bool) {
	for rawQuery != "" {
		var pair string
		pair, rawQuery, _ = strings.Cut(rawQuery, "&")
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		if decodesTo(rawName, name) {
			value, ok = rawValue, true
		}
	}
	return decode(value), ok
}

// decodesTo reports whether raw is an encoding of s, which must be valid UTF-8.
func decodesTo(raw, s string) bool {
	for raw != "" {
		c, n := decodeByte(raw)
		if s == "" || s[0] != c {
			return false
		}
		raw, s = raw[n:], s[1:]
	}
	return s == ""
}

// decode decodes one name or value of a query.
func decode(raw string) string {
	if !strings.ContainsAny(raw, "%+") {
		return strings.ToValidUTF8(raw, string(utf8.RuneError))
	}
	decoded := make([]byte, 0, len(raw))
	for raw != "" {
		c, n := decodeByte(raw)
		decoded, raw = append(decoded, c), raw[n:]
	}
	return strings.ToValidUTF8(string(decoded), string(utf8.RuneError))
}

// decodeByte returns the first byte that raw encodes, and the number of bytes of raw that encode
// it. raw is not empty.
func decodeByte(raw string) (c byte, n int) {
	switch raw[0] {
	case '+':
		return ' ', 1
	case '%':
		if len(raw) >= 3 {
			high, ok1 := hexDigit(raw[1])
			low, ok2 := hexDigit(raw[2])
			if ok1 && ok2 {
				return high<<4 | low, 3
			}
		}
	}
	return raw[0], 1
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
