package transfer

import (
	"bytes"
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

// MaxTable is how many rows [DecodeSubscribersCSV] takes.
const MaxTable = 250_000

// Table is what [DecodeSubscribersCSV] has read.
type Table struct {
	// Rows are the sound rows, with addresses that differ from each other, and Lines where each begins in the file.
	Rows  []namets.SubscriberRow
	Lines []int
	// Bad are the other rows.
	Bad []BadRow
	// Ignored are heads of columns that are not known.
	Ignored []string
}

// BadRow is a row of a table that cannot be taken in.
type BadRow struct {
	Line    int
	Message string // what is wrong, as a clause without values from the file
	Email   string // the address as it was typed, so that one finds the row; empty in a table of something else
}

// DecodeSubscribersCSV reads a table of subscribers: UTF-8 with or without byte order mark, commas or semicolons, a head
// with the column email. Cells that are empty or missing say nothing; a value that was made safe for spreadsheets, as
// [EncodeSubscribersCSV] does, is what it was before. Errors: Invalid with Field file, when the file as a whole is of no use.
func DecodeSubscribersCSV(data []byte) (*Table, error) {
	text, err := tableText(data)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.ReuseRecord, r.Comma = -1, true, separator(text)
	head, err := r.Read()
	if err != nil {
		return nil, brokenTable(err)
	}
	t := &Table{}
	columns, err := t.head(head)
	if err != nil {
		return nil, err
	}
	seen := map[string]int{}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, brokenTable(err)
		}
		if len(t.Rows)+len(t.Bad) == MaxTable {
			return nil, badTable(fmt.Sprintf("has more than %d rows: split it", MaxTable))
		}
		line, _ := r.FieldPos(0)
		t.row(columns, cells, line, seen)
	}
}

func badTable(message string) error {
	return &namets.Error{Code: namets.Invalid, Field: "file", Message: message}
}

// brokenTable explains an error of the CSV reader.
func brokenTable(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return badTable(fmt.Sprintf("breaks off in line %d: a quotation mark is missing or stands where none may", parse.Line))
	}
	return badTable("is empty")
}

// tableText returns the text of the file without its byte order mark.
func tableText(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return nil, badTable("is in UTF-16: save it as “CSV UTF-8”")
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return nil, badTable("is a spreadsheet: save it as “CSV UTF-8”")
	}
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	for at, rest := 0, text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 || r == 0 {
			return nil, badTable(fmt.Sprintf("is not in UTF-8 (line %d): save it as “CSV UTF-8”", 1+bytes.Count(text[:at], []byte("\n"))))
		}
		at, rest = at+size, rest[size:]
	}
	return text, nil
}

// separator returns the sign between cells, as the first line has it.
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

// tableColumn is a column of the table; read takes a cell that is not empty.
type tableColumn struct {
	name  string
	alias string
	write func(*namets.Subscriber) string
	read  func(*namets.SubscriberRow, string) error
}

func tableColumns() []tableColumn {
	return []tableColumn{
		{"email", "e-mail", func(s *namets.Subscriber) string { return s.Email },
			func(r *namets.SubscriberRow, v string) error { r.Patch.Email = &v; return nil }},
		{"phone", "", func(s *namets.Subscriber) string { return s.Phone },
			func(r *namets.SubscriberRow, v string) error { r.Patch.Phone = &v; return nil }},
		truth("is_verified", "verified", func(s *namets.Subscriber) bool { return s.IsVerified }, func(p *namets.SubscriberPatch) **bool { return &p.IsVerified }),
		truth("is_active", "active", func(s *namets.Subscriber) bool { return s.IsActive }, func(p *namets.SubscriberPatch) **bool { return &p.IsActive }),
		truth("notify_announcements", "announcements", func(s *namets.Subscriber) bool { return s.Notify.Announcements }, func(p *namets.SubscriberPatch) **bool { return &p.Announcements }),
		truth("notify_events", "events", func(s *namets.Subscriber) bool { return s.Notify.Events }, func(p *namets.SubscriberPatch) **bool { return &p.Events }),
		truth("notify_prayer_changes", "prayer_changes", func(s *namets.Subscriber) bool { return s.Notify.PrayerChanges }, func(p *namets.SubscriberPatch) **bool { return &p.PrayerChanges }),
		moment("subscribed_at", func(s *namets.Subscriber) *time.Time { return &s.SubscribedAt }, func(r *namets.SubscriberRow) **time.Time { return &r.SubscribedAt }),
		moment("last_notified", func(s *namets.Subscriber) *time.Time { return s.LastNotified }, func(r *namets.SubscriberRow) **time.Time { return &r.LastNotified }),
	}
}

// truth is a column of true and false, which spreadsheets write in many ways.
func truth(name, alias string, of func(*namets.Subscriber) bool, into func(*namets.SubscriberPatch) **bool) tableColumn {
	read := func(r *namets.SubscriberRow, v string) error {
		is := slices.Contains([]string{"true", "yes", "1", "y", "t", "x"}, strings.ToLower(v))
		if !is && !slices.Contains([]string{"false", "no", "0", "n", "f"}, strings.ToLower(v)) {
			return errors.New("must be true or false")
		}
		*into(&r.Patch) = &is
		return nil
	}
	return tableColumn{name, alias, func(s *namets.Subscriber) string { return fmt.Sprint(of(s)) }, read}
}

// moment is a column of times.
func moment(name string, of func(*namets.Subscriber) *time.Time, into func(*namets.SubscriberRow) **time.Time) tableColumn {
	write := func(s *namets.Subscriber) string {
		if t := of(s); t != nil {
			return namets.FormatDateTime(*t, time.UTC)
		}
		return ""
	}
	return tableColumn{name, "", write, func(r *namets.SubscriberRow, v string) error {
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if t, err := time.Parse(layout, v); err == nil && namets.InRange(t) {
				t = namets.Micro(t)
				*into(r) = &t
				return nil
			}
		}
		return errors.New("must be a time such as 2026-03-01T14:05:00Z")
	}}
}

// head finds the known columns; nil stands for one that is not.
func (t *Table) head(cells []string) ([]*tableColumn, error) {
	known := tableColumns()
	columns := make([]*tableColumn, len(cells))
	for i, cell := range cells {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(cell)), " ", "_")
		at := slices.IndexFunc(known, func(c tableColumn) bool { return name != "" && (c.name == name || c.alias == name) })
		switch {
		case at < 0 && name != "":
			t.Ignored = append(t.Ignored, strings.TrimSpace(cell))
		case at < 0:
		case slices.Contains(columns, &known[at]):
			return nil, badTable("has the column " + known[at].name + " twice")
		default:
			columns[i] = &known[at]
		}
	}
	if !slices.Contains(columns, &known[0]) {
		return nil, badTable("needs a first line with the names of its columns, one of them “email”")
	}
	return columns, nil
}

// row takes one row in, as a sound or a bad one. Seen holds in which line each address stands.
func (t *Table) row(columns []*tableColumn, cells []string, line int, seen map[string]int) {
	var row namets.SubscriberRow
	bad := func(message string) { t.Bad = append(t.Bad, BadRow{line, message, typedAddress(columns, cells)}) }
	for i, cell := range cells {
		if i >= len(columns) && cell != "" {
			bad("has more cells than there are columns")
			return
		}
		if i >= len(columns) || columns[i] == nil || cell == "" {
			continue
		}
		if err := columns[i].read(&row, strings.TrimSpace(unquoted(cell))); err != nil {
			bad(columns[i].name + " " + err.Error())
			return
		}
	}
	var check namets.Subscriber
	row.Patch.Apply(&check)
	if problems, ok := errors.AsType[namets.Problems](check.Validate()); ok {
		bad(problems[0].Field + " " + problems[0].Message)
		return
	}
	key := namets.EmailKey(check.Email)
	if first, twice := seen[key]; twice {
		bad(fmt.Sprintf("has the address that stands in line %d already", first))
		return
	}
	seen[key] = line
	t.Rows, t.Lines = append(t.Rows, row), append(t.Lines, line)
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

// EncodeSubscribersCSV writes the subscribers that each yields as a table that [DecodeSubscribersCSV] reads without loss,
// but for their personal links, which are secret. A spreadsheet takes no cell of it for a formula.
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

// RowVerdict is what becomes of a row of a table.
type RowVerdict struct {
	Line    int
	Email   string
	Verdict string
}

// EncodeVerdictsCSV writes the verdicts as a table. A spreadsheet takes no cell of it for a formula.
func EncodeVerdictsCSV(w io.Writer, rows []RowVerdict) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write verdicts: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	err := out.Write([]string{"line", "email", "verdict"})
	for i := 0; i < len(rows) && err == nil; i++ {
		err = out.Write([]string{strconv.Itoa(rows[i].Line), quoted(rows[i].Email), rows[i].Verdict})
	}
	out.Flush()
	if err := errors.Join(err, out.Error()); err != nil {
		return fmt.Errorf("write verdicts: %w", err)
	}
	return nil
}

// formulaSigns are those with which a spreadsheet begins a formula, in plain and full width, and the sign that stops it.
const formulaSigns = "=+-@\t\r\n|%＝＋－＠'"

// quoted puts an apostrophe before a value that a spreadsheet would take for a formula.
func quoted(value string) string {
	if value != "" && strings.ContainsRune(formulaSigns, firstRune(value)) {
		return "'" + value
	}
	return value
}

// unquoted is the reverse of quoted.
func unquoted(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && rest != "" && strings.ContainsRune(formulaSigns, firstRune(rest)) {
		return rest
	}
	return cell
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
