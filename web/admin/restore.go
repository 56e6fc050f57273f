package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
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
	page
	Faults                 []fault
	Backups                []backupChoice
	Upload                 backupChoice
	BackupError, FileError string
	Room                   string // the largest file
	KeepDeletes            check
	Password               field
}

// backupChoice is one of the backups to choose from.
type backupChoice struct {
	Name, Kind, Size string
	Made             when
	Chosen           bool
}

// restartPage says that the process starts again.
type restartPage struct {
	page
	Backup string
}

func (a *Admin) confirmRestore(v *visit) error { return v.askRestore(http.StatusOK, nil) }

func (v *visit) askRestore(status int, problem error) error {
	p := &restorePage{page: v.page("Restore a backup")}
	p.Password = field{Name: "password", Label: "Your password", Type: "password", Required: true,
		Autocomplete: "current-password",
		Hint:         "Asked again, so that nobody who finds your browser open can do this."}
	p.KeepDeletes = check{Name: "keep-deletes", Label: "Keep deletions that were made after the backup",
		Checked: v.ticked("keep-deletes"),
		Hint:    "And keep what was switched on or off since then. Otherwise all of it is as in the backup."}
	files, err := v.admin.cfg.Backups.List()
	if err != nil {
		return err
	}
	chosen := v.FormValue("backup")
	for _, f := range files {
		p.Backups = append(p.Backups, backupChoice{f.Name, capital(f.Kind), sizeText(f.Size), v.when(f.Made),
			f.Name == chosen})
	}
	p.Upload.Chosen = chosen == ofUpload || len(files) == 0
	room, err := v.admin.cfg.Restorer.Room()
	if err != nil {
		return err
	}
	p.Room = sizeText(room)
	if problem != nil && !p.blame(problem) {
		return problem
	}
	return v.render(status, "restore", p)
}

// blame says at its field what is wrong with what was sent, and reports false for other troubles.
func (p *restorePage) blame(problem error) bool {
	if wait, ok := errors.AsType[*auth.WaitError](problem); ok {
		p.Password.Error = "There were too many failed attempts. Try again in " + waitText(wait.For) + "."
	} else if errors.Is(problem, auth.ErrWrongPassword) {
		p.Password.Error = "Your password is not right."
	}
	if p.Password.Error != "" {
		p.Faults = []fault{{p.Password.Name, p.Password.Error}}
		return true
	}
	one, ok := errors.AsType[*namets.Error](problem)
	if !ok || one.Code != namets.Invalid {
		return false
	}
	text := capital(one.Field) + " " + one.Message + "."
	if one.Field == fileField {
		p.FileError = text
	} else {
		p.BackupError = text
	}
	p.Faults = []fault{{one.Field, text}}
	return true
}

// restore lets the next start restore the backup, and starts the process again.
func (a *Admin) restore(v *visit) error {
	ctx := v.Request().Context()
	err := a.cfg.Accounts.Confirm(v.Context, v.User, v.FormValue("password"))
	name := v.FormValue("backup")
	if err == nil {
		err = v.askFor(ctx, name)
	}
	if err != nil {
		return v.askRestore(http.StatusUnprocessableEntity, err)
	}
	if name == ofUpload {
		name = "the file that you sent"
	}
	if err := a.store.RecordRestore(ctx, v.actor(), name); err != nil {
		return err
	}
	v.Response().Header().Set("Refresh", "10; url="+settingsPath)
	if err := v.render(http.StatusAccepted,
		"restarting", &restartPage{v.page("namets starts again"), name}); err != nil {
		return err
	}
	a.cfg.Restorer.Restart()
	return nil
}

// askFor leaves the chosen backup for the next start.
func (v *visit) askFor(ctx context.Context, name string) error {
	keep := v.ticked("keep-deletes")
	switch name {
	case "":
		return &namets.Error{Code: namets.Invalid, Field: "backup", Message: "is missing: choose one, or a file"}
	case ofUpload:
		file := v.sent.files[fileField]
		if file == nil || file.size == 0 {
			return badFile("is missing: choose one")
		}
		if err := file.Sync(); err != nil {
			return noRoom(err)
		}
		return v.admin.cfg.Restorer.AskFile(ctx, v.actor(), file.Name(), keep)
	}
	return v.admin.cfg.Restorer.AskBackup(ctx, v.actor(), name, keep)
}

// lastRestore is what came of the last restore, as the settings show it to owners.
type lastRestore struct {
	Restored
	At when
}

func (v *visit) lastRestore() *lastRestore {
	if !v.may(namets.Owner) {
		return nil
	}
	last, there := v.admin.cfg.Restorer.Last()
	if !there {
		return nil
	}
	return &lastRestore{last, v.when(last.At)}
}
