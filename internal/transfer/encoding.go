package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const byteOrderMark = "\ufeff"

// tableText returns a table as UTF-8, and the name of its encoding if that is another one: UTF-16
// with a byte order mark, or Windows-1252, as spreadsheets write it. It reads r to its end. Errors:
// Invalid with Field file for what is no text; errors of reading.
func tableText(r io.ReadSeeker) (text io.ReadSeeker, name string, err error) {
	enc, name, err := encodingOf(r)
	if err != nil {
		return nil, "", err
	}
	if enc == nil {
		_, err := r.Seek(0, io.SeekStart)
		return r, "", readError(err)
	}
	d := &decodedText{r: r, encoding: enc}
	if _, err := d.Seek(0, io.SeekStart); err != nil {
		return nil, "", err
	}
	if err := checkDecoded(d, name); err != nil {
		return nil, "", err
	}
	_, err = d.Seek(0, io.SeekStart)
	return d, name, err
}

// encodingOf returns the encoding of a table with its name; nil for UTF-8.
func encodingOf(r io.Reader) (enc encoding.Encoding, name string, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	start, _ := in.Peek(4) // an error comes again
	switch {
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "UTF-16", nil
	case string(start) == "PK\x03\x04":
		return nil, "", badTable("is a spreadsheet: save it as “CSV UTF-8”")
	}
	odd, letters := 0, false // the line with the first odd byte, and whether letters need UTF-8
	for line := 1; ; {
		c, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF) && odd == 0:
			return nil, "", nil
		case errors.Is(err, io.EOF) && !letters:
			return charmap.Windows1252, "Windows-1252", nil
		case errors.Is(err, io.EOF):
			return nil, "", badTable(fmt.Sprintf("is not in UTF-8 (line %d), and not in Windows-1252 either: save it "+
				"as “CSV UTF-8”", odd))
		case err != nil:
			return nil, "", readError(err)
		case c == 0:
			return nil, "", badTable(fmt.Sprintf("is not in UTF-8 (line %d): save it as “CSV UTF-8”", line))
		case c == utf8.RuneError && size == 1 && odd == 0:
			odd = line
		case c == '\n':
			line++
		}
		letters = letters || size > 1
	}
}

// checkDecoded refuses a text with what its encoding does not have.
func checkDecoded(r io.Reader, name string) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for line := 1; ; {
		c, _, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return readError(err)
		case c == utf8.RuneError, c == 0:
			return badTable(fmt.Sprintf("looks like %s, but has something in line %d that %s does not have: save it "+
				"as “CSV UTF-8”", name, line, name))
		case c == '\n':
			line++
		}
	}
}

func readError(err error) error {
	if err != nil {
		err = fmt.Errorf("read table: %w", err)
	}
	return err
}

// decodedText is a text in another encoding as UTF-8. To seek is to decode from the beginning.
type decodedText struct {
	r        io.ReadSeeker
	encoding encoding.Encoding
	decoded  io.Reader
}

func (d *decodedText) Read(p []byte) (int, error) { return d.decoded.Read(p) }

// Seek takes an offset from the start.
func (d *decodedText) Seek(offset int64, _ int) (int64, error) {
	if _, err := d.r.Seek(0, io.SeekStart); err != nil {
		return 0, readError(err)
	}
	d.decoded = transform.NewReader(d.r, d.encoding.NewDecoder())
	n, err := io.CopyN(io.Discard, d.decoded, offset)
	return n, readError(err)
}
