package transfer

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	flawUTF8      = "holds bytes that are not UTF-8; save the file as UTF-8"
	flawSurrogate = `holds half of a surrogate pair (\ud800 to \udfff); write the whole character`
	flawNUL       = "holds a NUL character (U+0000), which cannot be stored; take it out"
)

// flawOf says why s cannot be stored; empty if it can.
func flawOf(s string) string {
	switch {
	case !utf8.ValidString(s):
		return flawUTF8
	case strings.IndexByte(s, 0) >= 0:
		return flawNUL
	}
	return ""
}

// string reads a text in double quotes; the caller has seen the first. If the text can be read but
// not stored, the node's flaw says why.
func (s *scanner) string() (node, error) {
	n := node{at: s.at, is: '"'}
	s.skip()
	s.buf = s.buf[:0]
	for {
		s.plain()
		before := s.at
		b, err := s.next()
		switch {
		case err != nil:
			return n, err
		case b == '"':
			n.text = string(s.buf)
			if n.flaw == "" {
				n.flaw = flawOf(n.text)
			}
			return n, nil
		case b == '\\':
			whole, err := s.escape(before)
			if err != nil {
				return n, err
			}
			if !whole {
				n.flaw = flawSurrogate
			}
		case b < 0x20:
			return n, &syntaxError{at: before, msg: "a text may not hold a line break or another control " +
				"character as it is; " +
				`write it like \n or \u000b, or close the text with a double quote`}
		default:
			s.buf = append(s.buf, b)
		}
	}
}

// plain reads the buffered characters of a text that need no decoding.
func (s *scanner) plain() {
	ahead, _ := s.r.Peek(s.r.Buffered()) // no more than there is: cannot fail
	n := 0
	for n < len(ahead) && ahead[n] >= 0x20 && ahead[n] != '"' && ahead[n] != '\\' {
		if ahead[n]&0xc0 != 0x80 {
			s.at.Column++
		}
		n++
	}
	s.buf = append(s.buf, ahead[:n]...)
	_, _ = s.r.Discard(n)
}

// escape decodes what follows a backslash into buf. It reports whether that is a complete
// character.
func (s *scanner) escape(at Pos) (whole bool, err error) {
	b, err := s.next()
	if err != nil {
		return false, err
	}
	if i := strings.IndexByte(`"\/bfnrt`, b); i >= 0 {
		s.buf = append(s.buf, "\"\\/\b\f\n\r\t"[i])
		return true, nil
	}
	var digits [4]byte
	if b == 'u' {
		for i := range digits {
			if digits[i], err = s.next(); err != nil {
				return false, err
			}
		}
	}
	r, ok := hex4(digits[:])
	if b != 'u' || !ok {
		return false, &syntaxError{at: at, msg: `a backslash has to be followed by one of " \ / b f n r t, or u and ` +
			`four hexadecimal digits`}
	}
	whole = true
	if utf16.IsSurrogate(r) {
		r = s.pair(r)
		whole = r != utf8.RuneError
	}
	s.buf = utf8.AppendRune(s.buf, r)
	return whole, nil
}

// pair reads the second half of a surrogate pair if it follows, and returns the character or
// [utf8.RuneError].
func (s *scanner) pair(first rune) rune {
	ahead, _ := s.r.Peek(6)
	if len(ahead) < 6 || ahead[0] != '\\' || ahead[1] != 'u' {
		return utf8.RuneError
	}
	second, ok := hex4(ahead[2:])
	r := utf16.DecodeRune(first, second)
	if !ok || r == utf8.RuneError {
		return utf8.RuneError
	}
	_, _ = s.r.Discard(len(ahead)) // just peeked at: cannot fail
	s.at.Column += len(ahead)
	return r
}

func hex4(digits []byte) (rune, bool) {
	for _, d := range digits {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(d)) {
			return 0, false
		}
	}
	v, err := strconv.ParseUint(string(digits), 16, 16)
	return rune(v), err == nil
}

// appendText appends s as a JSON text like Python's json module with ensure_ascii=False: escapes
// for the double quote, the backslash and the characters below U+0020, everything else unchanged.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			b = append(b, '\\', "bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		default:
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		}
	}
	return append(b, '"')
}
