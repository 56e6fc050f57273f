package transfer

import (
	"fmt"
	"io"

	"namets/internal/namets"
)

// flushSize is the approximate number of bytes of an export to write at once.
const flushSize = 1 << 16

// Export writes data in this service's format, which [Decode] reads: UTF-8, indented by one space,
// without a newline at the end. The same rows in the same order give the same bytes. It fails if w
// does, and for a row that cannot be written, which the store never contains; the output is then
// incomplete and must be discarded.
func Export(w io.Writer, data *namets.Dataset) error {
	e := &exporter{w: w}
	e.buf = append(e.buf, '{')
	for _, l := range lists() {
		l.write(e, data)
	}
	e.buf = append(e.buf, "\n}"...)
	e.flush()
	if e.err != nil {
		return fmt.Errorf("export: %w", e.err)
	}
	return nil
}

// exporter collects bytes. After its first error it writes no more.
type exporter struct {
	w     io.Writer
	buf   []byte
	lists int // that have been written
	err   error
}

func (e *exporter) flush() {
	if e.err == nil {
		_, e.err = e.w.Write(e.buf)
	}
	e.buf = e.buf[:0]
}

// list appends the list of a kind with count rows.
func (e *exporter) list(kind namets.Kind, count int, fields func(i int) []field) {
	if e.lists++; e.lists > 1 {
		e.buf = append(e.buf, ',')
	}
	e.buf = fmt.Appendf(e.buf, "\n %q: [", kind)
	for i := 0; i < count && e.err == nil; i++ {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		if err := e.row(fields(i)); err != nil {
			e.err = fmt.Errorf("%s: %w", rowName(string(kind), i+1, 0), err)
		}
		if len(e.buf) > flushSize {
			e.flush()
		}
	}
	if count > 0 {
		e.buf = append(e.buf, "\n "...)
	}
	e.buf = append(e.buf, ']')
}

// row appends one row. It omits an optional field that is an empty text or null.
func (e *exporter) row(fields []field) (err error) {
	b := append(e.buf, "\n  {"...)
	for i, fd := range fields {
		before := len(b)
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, "\n   %q: ", fd.name)
		start := len(b)
		if b, err = fd.value.write(b); err != nil {
			return fmt.Errorf("%s: %w", fd.name, err)
		}
		if text := string(b[start:]); fd.optional && (text == `""` || text == "null") {
			b = b[:before]
		}
	}
	e.buf = append(b, "\n  }"...)
	return nil
}
