package system

import (
	"context"
	"errors"
	"net/http"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/web/admin/page"
)

// Restored is the result of the last restore.
type Restored struct {
	At     time.Time
	Backup string // name of the restored backup
	// Failure is the reason why the database was not restored; empty if it was.
	Failure string
	// Text describes what the restore did. It names people.
	Text string
}

// restorer replaces the database with a backup when the process restarts.
type restorer interface {
	// Room returns the largest size of an uploaded backup, in bytes.
	Room() (int64, error)
	// AskBackup schedules the restore of the backup with that name, one of the list, for the next
	// start. Errors: Invalid with Field backup if it cannot be restored; then nothing is changed.
	AskBackup(ctx context.Context, by namets.Actor, name string, keepDeletes bool) error
	// AskFile is AskBackup for the file at path, which it moves away. Errors: Invalid with Field
	// file.
	AskFile(ctx context.Context, by namets.Actor, path string, keepDeletes bool) error
	// Restart restarts the process as soon as the current responses are sent. It does not block.
	Restart()
	// Last returns the result of the last restore, and false if there was none.
	Last() (Restored, bool)
}

// restoreStore records who requested a restore.
type restoreStore interface {
	// RecordRestore records that somebody has scheduled the restore of a backup.
	RecordRestore(ctx context.Context, by namets.Actor, backup string) error
}

const (
	restorePath = settingsPath + "/restore"
	// maxBackup is the largest uploaded backup in bytes, whatever the free space.
	maxBackup = 64 << 30
	// ofUpload is the choice of an uploaded file instead of a backup of the list.
	ofUpload = "upload"
)

// restorePage asks which backup to restore, and explains the consequences.
type restorePage struct {
	page.Base
	Faults                 []page.Fault
	Backups                []backupChoice
	Upload                 backupChoice
	BackupError, FileError string
	Room                   string // the largest file
	KeepDeletes            page.Check
	Password               page.Field
}

// backupChoice is one of the backups to choose from.
type backupChoice struct {
	Name, Kind, Size string
	Made             page.When
	Chosen           bool
}

// restartPage says that the process is restarting.
type restartPage struct {
	page.Base
	Backup string
}

// room returns the largest size of an uploaded backup as text.
func (a *Admin) room() (int64, error) { return a.cfg.Restorer.Room() }

func (a *Admin) confirmRestore(v *page.Visit) error { return a.askRestore(v, http.StatusOK, nil) }

func (a *Admin) askRestore(v *page.Visit, status int, problem error) error {
	p := &restorePage{Base: v.Page("Restore a backup")}
	p.Password = page.Field{Name: "password", Label: "Your password", Type: "password", Required: true,
		Autocomplete: "current-password",
		Hint:         "Required, so that nobody else can do this in your browser."}
	p.KeepDeletes = page.Check{Name: "keep-deletes", Label: "Keep deletions that were made after the backup",
		Checked: v.Ticked("keep-deletes"),
		Hint:    "Also keep what was switched on or off since then. Otherwise everything is as in the backup."}
	files, err := a.cfg.Backups.List()
	if err != nil {
		return err
	}
	chosen := v.FormValue("backup")
	for _, f := range files {
		p.Backups = append(p.Backups, backupChoice{f.Name, page.Capital(f.Kind), page.SizeText(f.Size), v.When(f.Made),
			f.Name == chosen})
	}
	p.Upload.Chosen = chosen == ofUpload || len(files) == 0
	room, err := a.cfg.Restorer.Room()
	if err != nil {
		return err
	}
	p.Room = page.SizeText(room)
	if problem != nil && !p.blame(problem) {
		return problem
	}
	return v.Render(status, "restore", p)
}

// blame shows an input error at its field, and reports false for other errors.
func (p *restorePage) blame(problem error) bool {
	if wait, ok := errors.AsType[*auth.WaitError](problem); ok {
		p.Password.Error = "There were too many failed attempts. Try again in " + page.WaitText(wait.For) + "."
	} else if errors.Is(problem, auth.ErrWrongPassword) {
		p.Password.Error = "Your password is wrong."
	}
	if p.Password.Error != "" {
		p.Faults = []page.Fault{{Field: p.Password.Name, Message: p.Password.Error}}
		return true
	}
	one, ok := errors.AsType[*namets.Error](problem)
	if !ok || one.Code != namets.Invalid {
		return false
	}
	text := page.Capital(one.Field) + " " + one.Message + "."
	if one.Field == page.FileField {
		p.FileError = text
	} else {
		p.BackupError = text
	}
	p.Faults = []page.Fault{{Field: one.Field, Message: text}}
	return true
}

// restore schedules the restore of the backup, and restarts the process.
func (a *Admin) restore(v *page.Visit) error {
	ctx := v.Request().Context()
	err := a.cfg.Accounts.Confirm(v.Context, v.User, v.FormValue("password"))
	name := v.FormValue("backup")
	if err == nil {
		err = a.askFor(ctx, v, name)
	}
	if err != nil {
		return a.askRestore(v, http.StatusUnprocessableEntity, err)
	}
	if name == ofUpload {
		name = "the file that you sent"
	}
	if err := a.store.RecordRestore(ctx, v.Actor(), name); err != nil {
		return err
	}
	v.Response().Header().Set("Refresh", "10; url="+settingsPath)
	if err := v.Render(http.StatusAccepted,
		"restarting", &restartPage{v.Page("namets starts again"), name}); err != nil {
		return err
	}
	a.cfg.Restorer.Restart()
	return nil
}

// askFor schedules the restore of the chosen backup.
func (a *Admin) askFor(ctx context.Context, v *page.Visit, name string) error {
	keep := v.Ticked("keep-deletes")
	switch name {
	case "":
		return &namets.Error{Code: namets.Invalid, Field: "backup", Message: "is missing: choose one, or a file"}
	case ofUpload:
		file, err := v.SentFile()
		if err != nil {
			return err
		}
		if err := file.Sync(); err != nil {
			return err
		}
		return a.cfg.Restorer.AskFile(ctx, v.Actor(), file.Name(), keep)
	}
	return a.cfg.Restorer.AskBackup(ctx, v.Actor(), name, keep)
}

// lastRestore is the result of the last restore, which the settings show to owners.
type lastRestore struct {
	Restored
	At page.When
}

func (a *Admin) lastRestore(v *page.Visit) *lastRestore {
	if !v.May(namets.Owner) {
		return nil
	}
	last, there := a.cfg.Restorer.Last()
	if !there {
		return nil
	}
	return &lastRestore{last, v.When(last.At)}
}
