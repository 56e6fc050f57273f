package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// slots are places that are taken up for a while. The capacity says how many there are. Safe for
// concurrent use.
type slots chan struct{}

// enter takes a place when one is free.
func (s slots) enter() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

// wait takes a place, and waits for one until ctx is done.
func (s slots) wait(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s slots) leave() { <-s }

// uploadPattern is that of package datadir, which removes what a killed process has left.
const uploadPattern = "namets-upload-*"

// How many files are taken in at once, and how long one waits for the file before it to be worked
// off.
const (
	maxReceiving = 4
	uploadWait   = 2 * time.Minute
)

// errUploadsBusy says that other files were worked on for all of uploadWait.
var errUploadsBusy = errors.New("other files are worked on")

// uploads bounds what files that editors send take up: they are on the disk, a few at once, and
// one at a time is worked on. Safe for concurrent use.
type uploads struct {
	dir       string
	receiving slots
	working   slots
}

func newUploads(dir string) *uploads {
	return &uploads{dir: dir, receiving: make(slots, maxReceiving), working: make(slots, 1)}
}

// work waits until no other file is worked on, and returns what is to be called at the end of the
// work. Errors: errUploadsBusy.
func (u *uploads) work(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, uploadWait, errUploadsBusy)
	defer cancel()
	if err := u.working.wait(ctx); err != nil {
		return nil, err
	}
	return u.working.leave, nil
}

// create makes an empty file. Errors: Unavailable when the disk is full.
func (u *uploads) create() (*upload, error) {
	if u.dir != "" {
		if err := os.MkdirAll(u.dir, 0o700); err != nil {
			return nil, noRoom(fmt.Errorf("make the directory of uploads: %w", err))
		}
	}
	file, err := os.CreateTemp(u.dir, uploadPattern)
	if err != nil {
		return nil, noRoom(fmt.Errorf("make a file for an upload: %w", err))
	}
	return &upload{File: file}, nil
}

// noRoom gives err the code of what passes when a person makes room.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS) {
		return &namets.Error{Code: namets.Unavailable, Message: "the disk is full: nothing was written", Err: err}
	}
	return err
}

// upload is a file on the disk that is gone when it is dropped.
type upload struct {
	*os.File
	size int64
}

// Write appends to the file.
func (u *upload) Write(p []byte) (int, error) {
	n, err := u.File.Write(p)
	u.size += int64(n)
	if err != nil {
		return n, noRoom(fmt.Errorf("write an upload: %w", err))
	}
	return n, nil
}

// WriteString is not that of the file, which tells no size.
func (u *upload) WriteString(s string) (int, error) { return u.Write([]byte(s)) }

// ReadFrom is not that of the file, which tells no size.
func (u *upload) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{u}, r)
}

// drop removes the file. What goes wrong leaves a file that the next start removes.
func (u *upload) drop() {
	_ = u.Close()
	_ = os.Remove(u.Name())
}

// fileRoutes are the paths of the forms that bring a file, in the field file or, as text, table.
func fileRoutes() []string { return []string{importPath, prayerImportPath, restorePath} }

func takesFile(path string) bool { return slices.Contains(fileRoutes(), path) }

// receiveFile reads a form with a file, which goes to the disk as it comes.
func (v *visit) receiveFile() error {
	if v.route.path == restorePath {
		return v.receiveBackup()
	}
	return v.receiveParts()
}

// receiveBackup is receiveFile for a file that may be as large as the disk has room for.
func (v *visit) receiveBackup() error {
	room, err := v.admin.cfg.Restorer.Room()
	if err != nil {
		return err
	}
	room = min(room, maxBackup)
	err = v.limitBody(room + maxForm)
	if err == nil {
		err = v.receiveParts()
	}
	if isTooLarge(err) {
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge,
			"The file is larger than "+sizeText(room)+", half of what is free on the disk: make "+
				"room first.").SetInternal(err)
	}
	return err
}

func (v *visit) receiveParts() error {
	kind, params, err := web.FormKind(v.Request())
	if err != nil {
		return err
	}
	if kind == echo.MIMEApplicationForm { // it has no file, but may have a table as text
		if err := v.limitBody(maxPost); err != nil {
			return err
		}
		v.sent.form, err = web.ReadForm(v.Request())
		return err
	}
	ctx, cancel := context.WithTimeoutCause(v.Request().Context(), uploadWait, errUploadsBusy)
	defer cancel()
	if err := v.admin.uploads.receiving.wait(ctx); err != nil {
		return busy(err)
	}
	v.sent.free = v.admin.uploads.receiving.leave
	v.sent.form, v.sent.files = url.Values{}, map[string]*upload{}
	room := int64(maxForm)
	return web.EachPart(v.Request(), params["boundary"], func(name, _ string, content io.Reader) error {
		if name == fileField || name == tableField {
			return v.receivePart(name, content)
		}
		var value strings.Builder
		n, err := io.Copy(&value, io.LimitReader(content, room+1))
		if room -= n; room < 0 {
			return echo.NewHTTPError(echo.ErrBadRequest.Code, "The form is too large without its file.")
		}
		v.sent.form.Add(name, value.String())
		return err
	})
}

// receivePart writes a part to the disk; of several with one name the first one counts.
func (v *visit) receivePart(name string, content io.Reader) error {
	if v.sent.files[name] != nil {
		_, err := io.Copy(io.Discard, content)
		return err
	}
	file, err := v.admin.uploads.create()
	if err != nil {
		return err
	}
	v.sent.files[name] = file
	_, err = file.ReadFrom(content)
	return err
}

// busy is the answer when too many files are worked on.
func busy(err error) error {
	if errors.Is(err, errUploadsBusy) {
		return &namets.Error{Code: namets.Unavailable, Message: "other files are worked on: try again in a minute",
			Err: err}
	}
	return err
}

// The fields of a form with a table: a file that was chosen, or the text of one.
const (
	fileField  = "file"
	tableField = "table"
)

// postedTable returns the table from its beginning, and its size: the text that the page before
// has carried along or else the file that was chosen. It is gone when the request is answered.
// Errors: Invalid with Field file.
func (v *visit) postedTable() (table io.ReadSeeker, size int64, err error) {
	if text := v.FormValue(tableField); text != "" {
		return strings.NewReader(text), int64(len(text)), nil
	}
	for _, name := range []string{tableField, fileField} {
		file := v.sent.files[name]
		if file == nil || name == tableField && file.size == 0 {
			continue
		}
		if file.size > maxTable {
			return nil, 0, badFile("is larger than 32 MB: split it")
		}
		_, err := file.Seek(0, io.SeekStart)
		return file, file.size, err
	}
	return nil, 0, badFile("is missing: choose one")
}

func badFile(message string) error {
	return &namets.Error{Code: namets.Invalid, Field: fileField, Message: message}
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
