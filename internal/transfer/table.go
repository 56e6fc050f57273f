package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"namets/internal/namets"
)

// maxRow is the longest row of a table, in bytes, because the reader holds several copies of a row
// in memory.
const maxRow = 64 << 10

// openTable returns the rows and the first line. It reads r twice: the first time to its end, to
// check that it is text. Errors: Invalid with Field file; errors of reading.
func openTable(r io.ReadSeeker) (rows *csv.Reader, head []string, err error) {
	if err := checkText(r); err != nil {
		return nil, nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, nil, fmt.Errorf("read table: %w", err)
	}
	in := bufio.NewReaderSize(&shortRows{r: r, line: 1}, maxRow)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = in.Discard(len(byteOrderMark)) // they were just seen
	}
	beginning, _ := in.Peek(maxRow) // an error comes again
	rows = csv.NewReader(in)
	rows.FieldsPerRecord, rows.ReuseRecord, rows.Comma = -1, true, separator(beginning)
	if head, err = rows.Read(); err != nil {
		return nil, nil, brokenTable(err)
	}
	return rows, head, nil
}

const byteOrderMark = "\ufeff"

// checkText refuses anything that is not UTF-8 text. It reads r to its end, or to the first error.
func checkText(r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	start, _ := in.Peek(4) // an error comes again
	switch {
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		return badTable("is in UTF-16: save it as “CSV UTF-8”")
	case string(start) == "PK\x03\x04":
		return badTable("is a spreadsheet: save it as “CSV UTF-8”")
	}
	for line := 1; ; {
		r, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read table: %w", err)
		case r == utf8.RuneError && size == 1, r == 0:
			return badTable(fmt.Sprintf("is not in UTF-8 (line %d): save it as “CSV UTF-8”", line))
		case r == '\n':
			line++
		}
	}
}

// separator returns the separator of cells in the first line.
func separator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, sign := range ",;\t" {
		if n := bytes.Count(line, []byte(string(sign))); n > most {
			best, most = sign, n
		}
	}
	return best
}

// shortRows passes on a table whose rows are at most maxRow long. A row continues over line ends
// between quotation marks.
type shortRows struct {
	r      io.Reader
	line   int // in which the row begins that is read
	lines  int // that it has had
	size   int
	quoted bool
}

func (s *shortRows) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for i, c := range p[:n] {
		s.size++
		switch c {
		case '"':
			s.quoted = !s.quoted
		case '\n':
			s.lines++
			if !s.quoted {
				s.line, s.lines, s.size = s.line+s.lines, 0, 0
			}
		}
		if s.size > maxRow {
			return i, badTable(fmt.Sprintf("has a row of more than 64 kB, which begins in line %d: perhaps a "+
				"quotation mark is missing there", s.line))
		}
	}
	return n, err
}

func badTable(message string) error {
	return &namets.Error{Code: namets.Invalid, Field: "file", Message: message}
}

// brokenTable explains an error of the CSV reader.
func brokenTable(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return badTable(fmt.Sprintf("breaks off in line %d: a quotation mark is missing or is where none may be",
			parse.Line))
	}
	if errors.Is(err, io.EOF) {
		return badTable("is empty")
	}
	if _, ok := errors.AsType[*namets.Error](err); ok {
		return err
	}
	return fmt.Errorf("read table: %w", err)
}
