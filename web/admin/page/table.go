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

// VerdictCount is how many rows of a table have one verdict.
type VerdictCount struct {
	Count Count
	Text  string
}

// RowVerdict is a row of which something is to be said.
type RowVerdict struct {
	Line    int
	Address string // or the day
	Text    string
	Bad     bool
}

// TableFault returns what the page of an import says about the error, and its status; 0: the error
// says all.
func (v *Visit) TableFault(err error) (status int, message string) {
	one, ok := errors.AsType[*namets.Error](err)
	switch {
	case errors.Is(err, errUploadsBusy):
		v.Response().Header().Set("Retry-After", "60")
		return http.StatusServiceUnavailable, "The file was not checked, because another one is being " +
			"processed. Nothing " +
			"was changed: send it again in a minute."
	case ok && one.Code == namets.Invalid:
		return http.StatusUnprocessableEntity, "The file " + one.Message + "."
	}
	return 0, ""
}

// The fields of a form with a table: a file that was chosen, or the text of one.
const (
	FileField  = "file"
	tableField = "table"
)

// PostedTable returns the table from its beginning, and its size: the text that the page before
// has carried along or else the file that was chosen. It is gone when the request is answered.
// Errors: Invalid with Field file.
func (v *Visit) PostedTable() (table io.ReadSeeker, size int64, err error) {
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

// Carried returns the table as a text for the page of its verdicts, and an empty one when it is
// too large for that.
func Carried(table io.ReadSeeker, size int64) (string, error) {
	if size > maxCarried {
		return "", nil
	}
	if _, err := table.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	text, err := io.ReadAll(table)
	return string(text), err
}
