package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth is the maximum nesting depth of values. Rows need two levels.
const maxDepth = 100

// node is a JSON value with its position. Elements of arrays are not kept, because no row has an
// array.
type node struct {
	at Pos
	// is is the type, given by the first character of its notation: one of n (null), t, f, 0
	// (number), ", [, {.
	is   byte
	text string // of a string, decoded, or of a number, as it is
	// flaw says why a string cannot be stored ("holds a NUL character …"); empty if it can.
	flaw       string
	properties []property // of an object, in their order, duplicates included
}

// property is a key with its value.
type property struct {
	key   node
	value node
}

// describe returns the type of n in words.
func (n node) describe() string {
	switch n.is {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '0':
		return "a number"
	case '"':
		return "a text"
	case '[':
		return "a list"
	default:
		return "an object"
	}
}

// syntaxError says where a file stops being valid JSON. list, row and field are those of a
// [Complaint], as far as they are known.
type syntaxError struct {
	at    Pos
	msg   string
	list  string
	row   int
	field string
}

func (e *syntaxError) Error() string { return e.at.String() + ": " + e.msg }

// scanner reads JSON (RFC 8259) character by character and tracks its position. Its methods return
// a [*syntaxError], or the error of the reader.
type scanner struct {
	r   *bufio.Reader
	at  Pos    // of the next character
	buf []byte // scratch for texts and numbers
}

// newScanner skips a byte order mark.
func newScanner(r io.Reader) (*scanner, error) {
	s := &scanner{r: bufio.NewReaderSize(r, 1<<16), at: Pos{1, 1}}
	head, _ := s.r.Peek(3)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = s.r.Discard(3) // just peeked at: cannot fail
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return nil, s.syntax("the file is in UTF-16; save it as UTF-8")
	}
	return s, nil
}

func (s *scanner) syntax(format string, args ...any) error {
	return &syntaxError{at: s.at, msg: fmt.Sprintf(format, args...)}
}

// next reads one byte. The end of the file is a syntax error.
func (s *scanner) next() (byte, error) {
	b, err := s.r.ReadByte()
	if err != nil {
		return 0, s.readError(err)
	}
	switch {
	case b == '\n':
		s.at = Pos{s.at.Line + 1, 1}
	case b&0xc0 != 0x80: // not the continuation of a character
		s.at.Column++
	}
	return b, nil
}

func (s *scanner) readError(err error) error {
	if errors.Is(err, io.EOF) {
		return s.syntax("the file ends in the middle of its JSON value")
	}
	return fmt.Errorf("read the file: %w", err)
}

// skip reads the byte that peek has returned.
func (s *scanner) skip() {
	_, _ = s.next() // it is in the buffer: cannot fail
}

// peek skips white space and returns the next byte without reading it.
func (s *scanner) peek() (byte, error) {
	for {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, s.readError(err)
		}
		_ = s.r.UnreadByte() // just read: cannot fail
		if b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b, nil
		}
		s.skip()
	}
}

// end checks that only white space is left.
func (s *scanner) end() error {
	switch b, err := s.peek(); {
	case err == nil:
		return s.syntax("there is more after the end of the JSON value, beginning with %s; take it out", char(b))
	case errors.As(err, new(*syntaxError)):
		return nil
	default:
		return err
	}
}

// value reads any value.
func (s *scanner) value(depth int) (node, error) {
	b, err := s.peek()
	if err != nil {
		return node{}, err
	}
	if depth > maxDepth {
		return node{}, s.syntax("values are nested deeper than %d levels", maxDepth)
	}
	n := node{at: s.at, is: b}
	switch {
	case b == '{':
		n.properties = make([]property, 0, 16) // enough for a row
		err = s.object(func(key node) error {
			v, err := s.value(depth + 1)
			n.properties = append(n.properties, property{key, v})
			return err
		})
	case b == '[':
		err = s.array(func() error {
			_, err := s.value(depth + 1)
			return err
		})
	case b == '"':
		return s.string()
	case b == '-' || b >= '0' && b <= '9':
		n.is = '0'
		n.text, err = s.number()
	case b == 't':
		err = s.word("true")
	case b == 'f':
		err = s.word("false")
	case b == 'n':
		err = s.word("null")
	default:
		err = s.syntax("a JSON value has to be here, not %s", char(b))
	}
	return n, err
}

// object reads an object. each has to read the value of the key that it gets.
func (s *scanner) object(each func(key node) error) error {
	return s.sequence('}', func() error {
		if b, err := s.peek(); err != nil {
			return err
		} else if b != '"' {
			return s.syntax("a key in double quotes has to be here, not %s", char(b))
		}
		key, err := s.string()
		if err != nil {
			return err
		}
		if b, err := s.peek(); err != nil {
			return err
		} else if b != ':' {
			return s.syntax("a colon has to follow the key, not %s", char(b))
		}
		s.skip()
		return inField(key.text, each(key))
	})
}

// inField adds the key to a syntax error inside its value, unless a key or row further inside is
// known.
func inField(key string, err error) error {
	if e, ok := errors.AsType[*syntaxError](err); ok && e.field == "" && e.row == 0 {
		e.field = mention(key)
	}
	return err
}

// inRow adds the row to a syntax error inside it.
func inRow(list string, row int, err error) error {
	if e, ok := errors.AsType[*syntaxError](err); ok {
		e.list, e.row = list, row
	}
	return err
}

// array reads an array. each has to read one element.
func (s *scanner) array(each func() error) error { return s.sequence(']', each) }

// sequence reads an opening bracket, items with commas between them, and the closing bracket.
func (s *scanner) sequence(closing byte, item func() error) error {
	s.skip() // the opening bracket, which the caller has seen
	b, err := s.peek()
	if err != nil {
		return err
	}
	for b != closing {
		if err := item(); err != nil {
			return err
		}
		if b, err = s.peek(); err != nil {
			return err
		}
		if b != ',' && b != closing {
			return s.syntax("a comma or %s has to be here, not %s", char(closing), char(b))
		}
		if b == ',' {
			s.skip()
			if _, err = s.peek(); err != nil {
				return err
			}
		}
	}
	s.skip()
	return nil
}

// word reads one of the literal names.
func (s *scanner) word(want string) error {
	at := s.at
	for i := range len(want) {
		b, err := s.next()
		if err != nil {
			return err
		}
		if b != want[i] {
			return &syntaxError{at: at, msg: "a JSON value has to be here: texts in double quotes, or " +
				"true, false, null"}
		}
	}
	return nil
}

// number reads a number and returns its text.
func (s *scanner) number() (string, error) {
	at := s.at
	s.buf = s.buf[:0]
	for {
		b, err := s.r.ReadByte()
		if err != nil && !errors.Is(err, io.EOF) {
			return "", s.readError(err)
		}
		if err != nil {
			break
		}
		if strings.IndexByte("0123456789+-.eE", b) < 0 {
			_ = s.r.UnreadByte() // just read: cannot fail
			break
		}
		s.at.Column++
		s.buf = append(s.buf, b)
	}
	if !json.Valid(s.buf) {
		return "", &syntaxError{at: at, msg: "a number has to be written like 7 or -2.5"}
	}
	return string(s.buf), nil
}

// char names a byte for a message.
func char(b byte) string {
	if b < 0x20 || b >= 0x7f {
		return fmt.Sprintf("the byte 0x%02X", b)
	}
	return fmt.Sprintf("%q", rune(b))
}
