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

// Restored is what came of the last restore.
type Restored struct {
	At     time.Time
	Backup string // what it was restored from
	// Failure says why the database stayed as it was; empty when it was restored.
	Failure string
	// Text says what the restore did. It names people.
	Text string
}

// restorer puts a backup in the place of the database, at a new start of the process.
type restorer interface {
	// Room returns how many bytes a backup that somebody sends may have.
	Room() (int64, error)
	// AskBackup lets the next start restore the backup of that name, one of the list. Errors:
	// Invalid with Field backup for one that cannot be restored; nothing is changed then.
	AskBackup(ctx context.Context, by namets.Actor, name string, keepDeletes bool) error
	// AskFile is AskBackup for the file at path, which it takes away from there. Errors: Invalid
	// with Field file.
	AskFile(ctx context.Context, by namets.Actor, path string, keepDeletes bool) error
	// Restart starts the process again as soon as the answers under way are sent. It does not
	// block.
	Restart()
	// Last returns what came of the last restore, and false when there was none.
	Last() (Restored, bool)
}

// restoreStore notes who asked for a restore.
type restoreStore interface {
	// RecordRestore notes that somebody lets the next start restore a backup.
	RecordRestore(ctx context.Context, by namets.Actor, backup string) error
}

const (
	restorePath = settingsPath + "/restore"
	// maxBackup is the largest backup that can be sent, in bytes, whatever room there is.
	maxBackup = 64 << 30
	// ofUpload is the choice of a file instead of a backup of the list.
	ofUpload = "upload"
)

// restorePage asks which backup to restore, and says what that does.
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

// restartPage says that the process starts again.
type restartPage struct {
	page.Base
	Backup string
}

// room returns how large a backup may be that somebody sends.
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

// blame says at its field what is wrong with what was sent, and reports false for other troubles.
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

// restore lets the next start restore the backup, and starts the process again.
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

// askFor leaves the chosen backup for the next start.
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

// lastRestore is what came of the last restore, as the settings show it to owners.
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
