package page

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"namets/internal/namets"
)

const (
	// maxTable is the largest table that can be sent, in bytes, and maxForm the rest of its form.
	// An export of as many rows as an import takes is smaller.
	maxTable = 32 << 20
	maxForm  = 64 << 10
	// maxCarried is the largest table that the page of its verdicts carries along, so that it need
	// not be chosen again.
	maxCarried = 256 << 10
)

// Import is the base of a page that takes a table and, once one has been looked at, says what would
// become of its rows. Its parts are "choose-table", "verdict-counts", "table-again" and "verdicts".
type Import struct {
	Base
	Action   string // the path to which tables are sent
	FileHint string // what the file has to be
	Noun     string // of a row
	RowName  string // what a row is told by
	// FileError is what is wrong with the file, and Faults has it, too.
	FileError string
	Faults    []Fault
	Checked   bool // whether a table has been looked at, of which the rest tells
	Counts    []VerdictCount
	Verdicts  []RowVerdict
	Ignored   []string // columns
	Carried   string   // the table; empty when it must be chosen again
	Changes   Count    // rows that would change something
}

// VerdictCount is how many rows of a table have one verdict.
type VerdictCount struct {
	Count Count
	Text  string
}

// RowVerdict is a row of which something is to be said.
type RowVerdict struct {
	Line int
	Name string // what it is told by
	Text string
	Bad  bool
}

// Blame puts what is wrong with the table, or why it was not looked at, on the page, and returns
// the status of the answer; 0: err is the answer.
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

// WorkOnTable calls work with the table that was sent, once no other file is worked on, and returns
// the table as a text for the page of its verdicts; an empty one when it is too large for that.
// Errors: those of work; Invalid with Field file; that other files were worked on for too long.
func (v *Visit) WorkOnTable(work func(table io.ReadSeeker) error) (text string, err error) {
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

// The fields of a form with a table: a file that was chosen, or the text of one.
const (
	FileField  = "file"
	tableField = "table"
)

// postedTable returns the table from its beginning, and its size: the text that the page before
// has carried along or else the file that was chosen. It is gone when the request is answered.
// Errors: Invalid with Field file.
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

// carried returns the table as a text for the page of its verdicts, and an empty one when it is
// too large for that.
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
