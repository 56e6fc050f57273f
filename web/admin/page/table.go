package page

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"namets/internal/namets"
)

const (
	// maxTable is the largest table, in bytes, and maxForm the largest rest of its form. An export
	// of as many rows as an import accepts is smaller.
	maxTable = 32 << 20
	maxForm  = 64 << 10
	// maxCarried is the largest table that the result page carries, so that the file need not be
	// chosen again.
	maxCarried = 256 << 10
)

// Import is the base of a page that checks a table and shows what an import would do with its rows.
// Its templates are "choose-table", "verdict-counts", "table-again" and "verdicts".
type Import struct {
	Base
	Action   string // the path to which tables are posted
	FileHint string // the required format of the file
	Noun     string // of a row
	RowName  string // the header of the column that identifies a row
	// FileError is the problem with the file; it is also in Faults.
	FileError string
	Faults    []Fault
	Checked   bool // a table was checked; the fields below are its result
	Counts    []VerdictCount
	Verdicts  []RowVerdict
	Ignored   []string // columns
	Encoding  string   // of the file, if it is not UTF-8
	Carried   string   // the table; empty: the file must be chosen again
	Changes   Count    // rows that would change something
}

// VerdictCount is the number of rows of a table with one verdict.
type VerdictCount struct {
	Count Count
	Text  string
}

// RowVerdict is a row with a message.
type RowVerdict struct {
	Line int
	Name string // identifies the row
	Text string
	Bad  bool
}

// Blame shows the problem with the table, or the reason why it was not checked, and returns the
// status of the response; 0: the handler returns err.
func (p *Import) Blame(v *Visit, err error) (status int) {
	one, ok := errors.AsType[*namets.Error](err)
	switch {
	case errors.Is(err, errUploadsBusy):
		v.Response().Header().Set("Retry-After", "60")
		status, p.FileError = http.StatusServiceUnavailable, "The file was not checked, because another one is being "+
			"processed. Nothing was changed: send it again in a minute."
	case ok && one.Code == namets.Invalid:
		status, p.FileError = http.StatusUnprocessableEntity, "The file "+one.Message+"."
	default:
		return 0
	}
	p.Faults = []Fault{{FileField, p.FileError}}
	return status
}

// ProcessTable calls work with the uploaded table as soon as no other file is being processed. It
// returns the table as text for the result page; empty if it is too large for that. Errors: those
// of work; Invalid with Field file; errUploadsBusy.
func (v *Visit) ProcessTable(work func(table io.ReadSeeker) error) (text string, err error) {
	done, err := v.kit.uploads.work(v.Request().Context())
	if err != nil {
		return "", err
	}
	defer done()
	table, size, err := v.postedTable()
	if err != nil {
		return "", err
	}
	if err := work(table); err != nil {
		return "", err
	}
	return carried(table, size)
}

// The fields of a form with a table: an uploaded file or its text.
const (
	FileField  = "file"
	tableField = "table"
)

// postedTable returns a reader of the table and its size: the text that the previous page has
// carried, or else the uploaded file, which is removed after the response. Errors: Invalid with
// Field file.
func (v *Visit) postedTable() (table io.ReadSeeker, size int64, err error) {
	if text := v.FormValue(tableField); text != "" {
		return strings.NewReader(text), int64(len(text)), nil
	}
	for _, name := range []string{tableField, FileField} {
		file := v.sent.files[name]
		if file == nil || name == tableField && file.Size == 0 {
			continue
		}
		if file.Size > maxTable {
			return nil, 0, badFile("is larger than 32 MB: split it")
		}
		_, err := file.Seek(0, io.SeekStart)
		return file, file.Size, err
	}
	return nil, 0, badFile("is missing: choose one")
}

func badFile(message string) error {
	return &namets.Error{Code: namets.Invalid, Field: FileField, Message: message}
}

// carried returns the table as text for the result page, and an empty one if it is too large for
// that.
func carried(table io.ReadSeeker, size int64) (string, error) {
	if size > maxCarried {
		return "", nil
	}
	if _, err := table.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	text, err := io.ReadAll(table)
	return string(text), err
}
