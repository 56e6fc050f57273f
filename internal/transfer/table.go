package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"namets/internal/namets"
)

// MaxRow is the longest row of a table, in bytes, because the reader holds several copies of a row
// in memory.
const MaxRow = 64 << 10

// tableReader reads the rows of a table.
type tableReader struct {
	r     io.ReadSeeker
	rows  *csv.Reader
	base  int64 // where rows begins in r
	lines int   // before base
	end   int64 // of the last row, after base
}

// openTable returns the rows and the first line of a text that [tableText] has decoded. A line
// sep=; before it, as spreadsheets write one, names the separator. Errors: Invalid with Field file;
// errors of reading.
func openTable(r io.ReadSeeker) (t *tableReader, head []string, err error) {
	t = &tableReader{r: r}
	in := bufio.NewReaderSize(&shortRows{r: r, line: 1}, MaxRow)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = in.Discard(len(byteOrderMark)) // they were just seen
		t.base = int64(len(byteOrderMark))
	}
	beginning, _ := in.Peek(MaxRow) // an error comes again
	comma := separator(beginning)
	if line, sign, ok := sepLine(beginning); ok {
		t.base, t.lines, comma = t.base+int64(line), 1, sign
		if _, err := r.Seek(t.base, io.SeekStart); err != nil {
			return nil, nil, readError(err)
		}
		in = bufio.NewReaderSize(&shortRows{r: r, line: 1}, MaxRow)
	}
	t.read(in, comma)
	if head, err = t.rows.Read(); err != nil {
		return nil, nil, brokenTable(err)
	}
	t.end = t.rows.InputOffset()
	return t, head, nil
}

// read lets the reader of rows begin at in.
func (t *tableReader) read(in io.Reader, comma rune) {
	t.rows, t.end = csv.NewReader(in), 0
	t.rows.FieldsPerRecord, t.rows.ReuseRecord, t.rows.Comma = -1, true, comma
}

// next returns the cells of the next row and the line in which it begins. The cells are valid until
// the next call. Errors: io.EOF, those of the reader, and [longRow].
func (t *tableReader) next() (cells []string, line int, err error) {
	cells, err = t.rows.Read()
	if err == nil {
		line, _ = t.rows.FieldPos(0)
		t.end = t.rows.InputOffset()
		return cells, t.lines + line, nil
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		parse.StartLine, parse.Line = parse.StartLine+t.lines, parse.Line+t.lines
		line = parse.StartLine
	}
	if long, ok := errors.AsType[*longRow](err); ok {
		long.line += t.lines
		line = long.line
	}
	return nil, line, err
}

// skip continues after the line of a row that next could not read.
func (t *tableReader) skip(line int) error {
	at := t.base + t.end
	if _, err := t.r.Seek(at, io.SeekStart); err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	in := bufio.NewReader(t.r)
	for empty := true; empty; { // lines without anything before the row
		text, err := in.ReadSlice('\n')
		for at += int64(len(text)); errors.Is(err, bufio.ErrBufferFull); at += int64(len(text)) {
			empty = false
			text, err = in.ReadSlice('\n')
		}
		empty = empty && err == nil && len(bytes.TrimRight(text, "\r\n")) == 0
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read table: %w", err)
		}
	}
	if _, err := t.r.Seek(at, io.SeekStart); err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	comma := t.rows.Comma
	t.base, t.lines = at, line
	t.read(&shortRows{r: t.r, line: 1}, comma)
	return nil
}

// sepLine returns the separator that a first line such as sep=; names, and the length of the line.
func sepLine(text []byte) (length int, sign rune, ok bool) {
	line, _, whole := bytes.Cut(text, []byte("\n"))
	name, value, _ := strings.Cut(strings.Trim(strings.TrimRight(string(line), "\r"), `"`), "=")
	if !whole || !strings.EqualFold(name, "sep") || len(value) != 1 || !strings.Contains(",;\t|", value) {
		return 0, 0, false
	}
	return len(line) + 1, rune(value[0]), true
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

// shortRows passes on a table whose rows are at most MaxRow long. A row continues over line ends
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
		if s.size > MaxRow {
			return i, &longRow{s.line}
		}
	}
	return n, err
}

// longRow is the error about a row that is longer than MaxRow.
type longRow struct{ line int } // in which it begins

func (e *longRow) Error() string {
	return fmt.Sprintf("has a row of more than 64 kB, which begins in line %d: perhaps a quotation mark is missing "+
		"there", e.line)
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
	if long, ok := errors.AsType[*longRow](err); ok {
		return badTable(long.Error())
	}
	return fmt.Errorf("read table: %w", err)
}
