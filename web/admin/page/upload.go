package page

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// slots is a counting semaphore; its capacity is the number of slots. It is safe for concurrent
// use.
type slots chan struct{}

// enter takes a slot if one is free.
func (s slots) enter() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

// wait takes a slot, and blocks until one is free or ctx is done.
func (s slots) wait(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s slots) leave() { <-s }

// uploadPattern is the pattern of package datadir, which removes files that a killed process has
// left.
const uploadPattern = "namets-upload-*"

// The largest number of files received at the same time, and how long a file waits for those before
// it.
const (
	maxReceiving = 4
	uploadWait   = 2 * time.Minute
)

// errUploadsBusy means that other files were processed for all of uploadWait.
var errUploadsBusy = errors.New("other files are being processed")

// uploads limits the resources of uploaded files: they are on disk, a few at the same time, and one
// at a time is processed. It is safe for concurrent use.
type uploads struct {
	dir       string
	receiving slots
	working   slots
}

func newUploads(dir string) *uploads {
	return &uploads{dir: dir, receiving: make(slots, maxReceiving), working: make(slots, 1)}
}

// work waits until no other file is processed, and returns a function to call at the end of the
// work. Errors: errUploadsBusy.
func (u *uploads) work(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, uploadWait, errUploadsBusy)
	defer cancel()
	if err := u.working.wait(ctx); err != nil {
		return nil, err
	}
	return u.working.leave, nil
}

// create creates an empty file. Errors: Unavailable if the disk is full.
func (u *uploads) create() (*Upload, error) {
	if u.dir != "" {
		if err := os.MkdirAll(u.dir, 0o700); err != nil {
			return nil, noRoom(fmt.Errorf("make the directory of uploads: %w", err))
		}
	}
	file, err := os.CreateTemp(u.dir, uploadPattern)
	if err != nil {
		return nil, noRoom(fmt.Errorf("make a file for an upload: %w", err))
	}
	return &Upload{File: file}, nil
}

// noRoom gives err the code Unavailable if the disk is full, which a person can fix.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS) {
		return &namets.Error{Code: namets.Unavailable, Message: "the disk is full: nothing was written", Err: err}
	}
	return err
}

// Upload is a temporary file on disk. Drop removes it.
type Upload struct {
	*os.File
	Size int64
}

// Write appends to the file.
func (u *Upload) Write(p []byte) (int, error) {
	n, err := u.File.Write(p)
	u.Size += int64(n)
	if err != nil {
		return n, noRoom(fmt.Errorf("write an upload: %w", err))
	}
	return n, nil
}

// Sync syncs the file. Errors: Unavailable if the disk is full.
func (u *Upload) Sync() error { return noRoom(u.File.Sync()) }

// WriteString hides the file's own method, which does not count the size.
func (u *Upload) WriteString(s string) (int, error) { return u.Write([]byte(s)) }

// ReadFrom hides the file's own method, which does not count the size.
func (u *Upload) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{u}, r)
}

// Drop removes the file. If that fails, the next start removes it.
func (u *Upload) Drop() {
	_ = u.Close()
	_ = os.Remove(u.Name())
}

// NewUpload creates an empty file. The caller must Drop it. Errors: Unavailable if the disk is
// full.
func (v *Visit) NewUpload() (*Upload, error) { return v.kit.uploads.create() }

// SentFile returns the file that was uploaded in the field file. It is removed after the response.
// Errors: Invalid with Field file if there is none.
func (v *Visit) SentFile() (*Upload, error) {
	file := v.sent.files[FileField]
	if file == nil || file.Size == 0 {
		return nil, badFile("is missing: choose one")
	}
	return file, nil
}

// receiveFile reads a form with a file and writes the file to disk while it arrives.
func (v *Visit) receiveFile() error {
	if v.route.room != nil {
		return v.receiveBackup()
	}
	return v.receiveParts()
}

// receiveBackup is receiveFile for a file that may use all the free space of the disk.
func (v *Visit) receiveBackup() error {
	room, err := v.route.room()
	if err != nil {
		return err
	}
	room = min(room, v.route.largest)
	err = v.limitBody(room + maxForm)
	if err == nil {
		err = v.receiveParts()
	}
	if isTooLarge(err) {
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge,
			"The file is larger than "+SizeText(room)+", half of what is free on the disk: make "+
				"room first.").SetInternal(err)
	}
	return err
}

func (v *Visit) receiveParts() error {
	kind, params, err := web.FormKind(v.Request())
	if err != nil {
		return err
	}
	if kind == echo.MIMEApplicationForm { // without a file, but maybe with a table as text
		if err := v.limitBody(maxPost); err != nil {
			return err
		}
		v.sent.form, err = web.ReadForm(v.Request())
		return err
	}
	ctx, cancel := context.WithTimeoutCause(v.Request().Context(), uploadWait, errUploadsBusy)
	defer cancel()
	if err := v.kit.uploads.receiving.wait(ctx); err != nil {
		return busy(err)
	}
	v.sent.free = v.kit.uploads.receiving.leave
	v.sent.form, v.sent.files = url.Values{}, map[string]*Upload{}
	room := int64(maxForm)
	return web.EachPart(v.Request(), params["boundary"], func(name, _ string, content io.Reader) error {
		if name == FileField || name == tableField {
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

// receivePart writes a part to disk. Of several parts with the same name the first one counts.
func (v *Visit) receivePart(name string, content io.Reader) error {
	if v.sent.files[name] != nil {
		_, err := io.Copy(io.Discard, content)
		return err
	}
	file, err := v.NewUpload()
	if err != nil {
		return err
	}
	v.sent.files[name] = file
	_, err = file.ReadFrom(content)
	return err
}

// busy is the response if too many files are being processed.
func busy(err error) error {
	if errors.Is(err, errUploadsBusy) {
		return &namets.Error{Code: namets.Unavailable, Err: err,
			Message: "other files are being processed: try again in a minute"}
	}
	return err
}
