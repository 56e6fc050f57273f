package transfer

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"namets/internal/namets"
)

// MaxTable is the maximum number of rows for [DecodeSubscribersCSV].
const MaxTable = 250_000

// Table is the result of [DecodeSubscribersCSV].
type Table struct {
	// Rows are the valid rows, with different addresses, and Lines says where each begins in the
	// file.
	Rows  []namets.SubscriberRow
	Lines []int
	// Bad are the invalid rows.
	Bad []BadRow
	// Ignored are the headings of unknown columns.
	Ignored []string
}

// BadRow is a row of a table that cannot be imported.
type BadRow struct {
	Line    int
	Message string // what is wrong, as a clause without values from the file
	Email   string // the address as it was typed, so that one finds the row; empty in a table of something else
}

// DecodeSubscribersCSV reads a whole table with [SubscriberTable] and returns its errors.
func DecodeSubscribersCSV(data []byte) (*Table, error) {
	r, err := OpenSubscribersCSV(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	t := &Table{Ignored: r.Ignored}
	for {
		row, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return t, nil
		case err != nil:
			return nil, err
		case row.Bad != nil:
			t.Bad = append(t.Bad, *row.Bad)
		default:
			t.Rows, t.Lines = append(t.Rows, row.SubscriberRow), append(t.Lines, row.Line)
		}
	}
}

// SubscriberTable reads a table of subscribers row by row, with bounded memory: UTF-8 with or
// without byte order mark, UTF-16 with one, or Windows-1252; commas, semicolons or tabs, or what a
// line sep=; names; a first line with the column email. Empty
// and missing cells mean no change. A value that [EncodeSubscribersCSV] escaped for spreadsheets is
// unescaped.
type SubscriberTable struct {
	// Ignored are the headings of unknown columns.
	Ignored []string
	// Encoding is that of the file; empty for UTF-8.
	Encoding string

	Mailboxes
	rows    *tableReader
	program bool // the table comes from a program
	columns []*tableColumn
	n       int
}

// TableRow is one row of a table.
type TableRow struct {
	namets.SubscriberRow
	// Line is where the row begins in the file.
	Line int
	// Bad says what is wrong with the row; nil means nothing.
	Bad *BadRow
	// Why is the same as [namets.Problems] or a [namets.Error].
	Why error
	// Readable means that a bad row can still be imported if it belongs to a stored subscriber and
	// its changes are valid. The store decides that; then call [SubscriberTable.Take].
	Readable bool
}

// OpenSubscribersCSV reads the table once to its end, to check that it is text, and then its first
// line. Errors: Invalid with Field file if the file as a whole is unusable; errors of reading.
func OpenSubscribersCSV(r io.ReadSeeker) (*SubscriberTable, error) {
	return openSubscribers(r, false)
}

// OpenProgramCSV is OpenSubscribersCSV for a table of a program: its columns have exactly the names
// of [ProgramColumns], and a broken row is a bad row and does not spoil the others. Errors also:
// Problems with the names of unknown columns if there are any.
func OpenProgramCSV(r io.ReadSeeker) (*SubscriberTable, error) { return openSubscribers(r, true) }

func openSubscribers(r io.ReadSeeker, program bool) (*SubscriberTable, error) {
	text, name, err := tableText(r)
	if err == nil && name != "" && program { // it is in memory already, and broken rows are sought
		var all []byte
		all, err = io.ReadAll(text)
		text = bytes.NewReader(all)
	}
	if err != nil {
		return nil, err
	}
	rows, head, err := openTable(text)
	if err != nil {
		return nil, err
	}
	t := &SubscriberTable{Encoding: name, rows: rows, program: program}
	if program {
		return t, t.programHead(head)
	}
	return t, t.head(head)
}

// Next returns the next row, valid or bad. No two rows that are valid or taken have the same
// address. The error is io.EOF after the last row, and otherwise as for [OpenSubscribersCSV].
func (t *SubscriberTable) Next() (TableRow, error) {
	cells, line, err := t.rows.next()
	if errors.Is(err, io.EOF) {
		return TableRow{}, io.EOF
	}
	if t.n++; t.n > MaxTable {
		return TableRow{}, badTable(fmt.Sprintf("has more than %d rows: split it", MaxTable))
	}
	bad, ok := errors.AsType[*namets.Error](brokenTable(err))
	switch {
	case err != nil && t.program && ok:
		why := &namets.Error{Code: namets.Invalid, Message: bad.Message}
		return TableRow{Line: line, Bad: &BadRow{Line: line, Message: bad.Message}, Why: why}, t.rows.skip(line)
	case err != nil:
		return TableRow{}, brokenTable(err)
	}
	return t.row(cells, line), nil
}

// tableColumn is a column of the table; read parses a non-empty cell.
type tableColumn struct {
	name  string
	alias string
	write func(*namets.Subscriber) string
	read  func(*namets.SubscriberRow, string) error
	// claim takes the place of read in a column about the consent that a program claims.
	claim func(*namets.ConsentFields, string) error
}

// programColumns are the columns of a program's table; email is the first.
func programColumns() []tableColumn {
	columns := slices.DeleteFunc(tableColumns(), func(c tableColumn) bool {
		return c.name == "subscribed_at" || c.name == "last_notified"
	})
	return append(columns,
		tableColumn{name: "key", read: func(r *namets.SubscriberRow, v string) error { r.Patch.Key = &v; return nil }},
		tableColumn{name: "consent", claim: func(c *namets.ConsentFields, v string) error { c.Word = &v; return nil }},
		tableColumn{name: "consent_at", claim: func(c *namets.ConsentFields, v string) (err error) {
			c.At, err = parseMoment(v)
			return err
		}},
		tableColumn{name: "consent_source", claim: func(c *namets.ConsentFields, v string) error {
			c.Source = &v
			return nil
		}})
}

// ProgramColumns returns the names of the columns that a program's table may have. Only email must
// be there.
func ProgramColumns() []string {
	var names []string
	for _, c := range programColumns() {
		names = append(names, c.name)
	}
	return names
}

func tableColumns() []tableColumn {
	return []tableColumn{
		{"email", "e-mail", func(s *namets.Subscriber) string { return s.Email },
			func(r *namets.SubscriberRow, v string) error { r.Patch.Email = &v; return nil }, nil},
		{"phone", "", func(s *namets.Subscriber) string { return s.Phone },
			func(r *namets.SubscriberRow, v string) error { r.Patch.Phone = &v; return nil }, nil},
		truth("is_verified", "verified", func(s *namets.Subscriber) bool { return s.IsVerified },
			func(p *namets.SubscriberPatch) **bool { return &p.IsVerified }),
		truth("is_active", "active", func(s *namets.Subscriber) bool { return s.IsActive },
			func(p *namets.SubscriberPatch) **bool { return &p.IsActive }),
		truth("notify_announcements", "announcements", func(s *namets.Subscriber) bool {
			return s.Notify.Announcements
		}, func(p *namets.SubscriberPatch) **bool { return &p.Announcements }),
		truth("notify_events", "events", func(s *namets.Subscriber) bool { return s.Notify.Events },
			func(p *namets.SubscriberPatch) **bool { return &p.Events }),
		truth("notify_prayer_changes", "prayer_changes", func(s *namets.Subscriber) bool {
			return s.Notify.PrayerChanges
		}, func(p *namets.SubscriberPatch) **bool { return &p.PrayerChanges }),
		moment("subscribed_at", func(s *namets.Subscriber) *time.Time { return &s.SubscribedAt },
			func(r *namets.SubscriberRow) **time.Time { return &r.SubscribedAt }),
		moment("last_notified", func(s *namets.Subscriber) *time.Time { return s.LastNotified },
			func(r *namets.SubscriberRow) **time.Time { return &r.LastNotified }),
	}
}

// truth is a column of booleans, which spreadsheets write in many ways.
func truth(name, alias string, of func(*namets.Subscriber) bool,
	into func(*namets.SubscriberPatch) **bool) tableColumn {
	read := func(r *namets.SubscriberRow, v string) error {
		is := slices.Contains([]string{"true", "yes", "1", "y", "t", "x"}, strings.ToLower(v))
		if !is && !slices.Contains([]string{"false", "no", "0", "n", "f"}, strings.ToLower(v)) {
			return errors.New("must be true or false")
		}
		*into(&r.Patch) = &is
		return nil
	}
	return tableColumn{name, alias, func(s *namets.Subscriber) string { return fmt.Sprint(of(s)) }, read, nil}
}

// moment is a column of times.
func moment(name string, of func(*namets.Subscriber) *time.Time,
	into func(*namets.SubscriberRow) **time.Time) tableColumn {
	write := func(s *namets.Subscriber) string {
		if t := of(s); t != nil {
			return namets.FormatDateTime(*t, time.UTC)
		}
		return ""
	}
	return tableColumn{name, "", write, func(r *namets.SubscriberRow, v string) (err error) {
		*into(r), err = parseMoment(v)
		return err
	}, nil}
}

// parseMoment reads a time, or a day, which stands for its beginning in UTC.
func parseMoment(v string) (*time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, v); err == nil && namets.InRange(t) {
			t = namets.Micro(t)
			return &t, nil
		}
	}
	return nil, errors.New("must be a time such as 2026-03-01T14:05:00Z")
}

// head finds the known columns; nil stands for an unknown one.
func (t *SubscriberTable) head(cells []string) error {
	known := tableColumns()
	columns := make([]*tableColumn, len(cells))
	for i, cell := range cells {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(cell)), " ", "_")
		at := slices.IndexFunc(known, func(c tableColumn) bool {
			return name != "" && (c.name == name || c.alias == name)
		})
		switch {
		case at < 0 && name != "":
			t.Ignored = append(t.Ignored, strings.TrimSpace(cell))
		case at < 0:
		case slices.Contains(columns, &known[at]):
			return badTable("has the column " + known[at].name + " twice")
		default:
			columns[i] = &known[at]
		}
	}
	if !slices.Contains(columns, &known[0]) {
		return badTable("needs a first line with the names of its columns, one of them “email”")
	}
	t.columns = columns
	return nil
}

// programHead finds the columns of a program's table.
func (t *SubscriberTable) programHead(cells []string) error {
	known := programColumns()
	var problems namets.Problems
	for i, cell := range cells {
		name := strings.TrimSpace(cell)
		at := slices.IndexFunc(known, func(c tableColumn) bool { return c.name == name })
		switch {
		case at < 0:
			problems = append(problems, badHead(fmt.Sprintf("has a column that is not known, number %d of the first "+
				"line: the columns are %s", i+1, strings.Join(ProgramColumns(), ", "))))
		case slices.Contains(t.columns, &known[at]):
			problems = append(problems, badHead("has the column "+known[at].name+" twice"))
		default:
			t.columns = append(t.columns, &known[at])
		}
	}
	if len(problems) == 0 && !slices.Contains(t.columns, &known[0]) {
		problems = append(problems, badHead("needs a first line with the names of its columns, one of them email"))
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

func badHead(message string) *namets.Error {
	return &namets.Error{Code: namets.Invalid, Message: message}
}

// row returns the parsed cells and what is wrong with them.
func (t *SubscriberTable) row(cells []string, line int) TableRow {
	row := TableRow{Line: line}
	bad := func(message string, why error) TableRow {
		row.Bad, row.Why = &BadRow{line, message, strings.Clone(typedAddress(t.columns, cells))}, why
		return row
	}
	if wrong := t.read(cells, &row.SubscriberRow); wrong != nil {
		return bad(strings.TrimSpace(wrong.Field+" "+wrong.Message), wrong)
	}
	var check namets.Subscriber
	row.Patch.Apply(&check)
	why := check.Validate()
	problems, broken := errors.AsType[namets.Problems](why)
	if row.Patch.Email == nil {
		return bad(problems[0].Field+" "+problems[0].Message, why)
	}
	first, twice, same := t.takenIn(&row.SubscriberRow)
	row.Exact, row.Readable = twice, !same
	switch {
	case twice:
		message := fmt.Sprintf("has the address that is in line %d already", first)
		return bad(message, &namets.Error{Code: namets.Invalid, Field: "email", Message: message})
	case broken:
		return bad(problems[0].Field+" "+problems[0].Message, why)
	}
	t.Take(&row)
	return row
}

// read parses the cells into row, and returns what is wrong with one; nil if nothing is.
func (t *SubscriberTable) read(cells []string, row *namets.SubscriberRow) *namets.Error {
	var claim namets.ConsentFields
	for i, cell := range cells {
		if i >= len(t.columns) && cell != "" {
			return &namets.Error{Code: namets.Invalid, Message: "has more cells than there are columns"}
		}
		if i >= len(t.columns) || t.columns[i] == nil || cell == "" {
			continue
		}
		c, written := t.columns[i], unquoted(cell)
		read := func(v string) error { return c.read(row, v) }
		if c.claim != nil {
			read = func(v string) error { return c.claim(&claim, v) }
		}
		if err := read(strings.TrimSpace(written)); err != nil {
			return &namets.Error{Code: namets.Invalid, Field: c.name, Message: err.Error()}
		}
		switch c.name {
		case "email":
			row.Written.Email = written
		case "phone":
			row.Written.Phone = written
		}
	}
	consent, wrong := claim.Consent()
	if len(wrong) > 0 {
		return wrong[0]
	}
	row.Consent = consent
	return nil
}

// typedAddress returns the cell with the address.
func typedAddress(columns []*tableColumn, cells []string) string {
	for i, c := range columns {
		if c != nil && c.name == "email" && i < len(cells) {
			return strings.TrimSpace(unquoted(cells[i]))
		}
	}
	return ""
}

// EncodeSubscribersCSV writes the subscribers that each yields as a table that
// [DecodeSubscribersCSV] reads without loss, except for the personal links, which are secret. No
// cell is a formula in a spreadsheet.
func EncodeSubscribersCSV(w io.Writer, each func(yield func(*namets.Subscriber) error) error) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // without it, Excel takes the text for another encoding
		return fmt.Errorf("write table: %w", err)
	}
	columns, out := tableColumns(), csv.NewWriter(w)
	out.UseCRLF = true
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := out.Write(cells); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	err := each(func(s *namets.Subscriber) error {
		for i, c := range columns {
			cells[i] = quoted(c.write(s))
		}
		return out.Write(cells)
	})
	out.Flush()
	if err := errors.Join(err, out.Error()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// RowVerdict says what would happen to a row of a table.
type RowVerdict struct {
	Line    int
	Email   string
	Verdict string
}

// VerdictWriter writes verdicts as a table. No cell is a formula in a spreadsheet.
type VerdictWriter struct {
	out *csv.Writer
	err error // of the head
}

// NewVerdictWriter writes the first line of the table to w.
func NewVerdictWriter(w io.Writer) *VerdictWriter {
	_, err := io.WriteString(w, byteOrderMark)
	v := &VerdictWriter{csv.NewWriter(w), err}
	v.out.UseCRLF = true
	if v.err == nil {
		v.err = v.out.Write([]string{"line", "email", "verdict"})
	}
	return v
}

// Write adds a row.
func (v *VerdictWriter) Write(r RowVerdict) error {
	if v.err == nil {
		v.err = v.out.Write([]string{strconv.Itoa(r.Line), quoted(r.Email), r.Verdict})
	}
	return v.err
}

// Close writes the buffered rows. It does not close the underlying writer.
func (v *VerdictWriter) Close() error {
	v.out.Flush()
	if err := cmp.Or(v.err, v.out.Error()); err != nil {
		return fmt.Errorf("write verdicts: %w", err)
	}
	return nil
}

// formulaSigns are the signs that begin a formula in a spreadsheet, in plain and full width, and
// the sign that prevents one.
const formulaSigns = "=+-@\t\r\n|%＝＋－＠'"

// quoted puts an apostrophe before a value that a spreadsheet would treat as a formula.
func quoted(value string) string {
	if value != "" && strings.ContainsRune(formulaSigns, firstRune(value)) {
		return "'" + value
	}
	return value
}

// unquoted reverses quoted.
func unquoted(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && rest != "" &&
		strings.ContainsRune(formulaSigns, firstRune(rest)) {
		return rest
	}
	return cell
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
