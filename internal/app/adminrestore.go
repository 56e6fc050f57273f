package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
	"namets/web/admin/system"
)

// adminRestorer lets owners restore a backup at the next start, and restarts the process.
type adminRestorer struct {
	cfg     *config.Config
	dir     datadir.Dir
	keeper  *backup.Keeper
	restart *restart
	asking  sync.Mutex
}

// Room returns half of the free disk space, because the restore writes another copy.
func (r *adminRestorer) Room() (int64, error) {
	space, err := r.dir.Space()
	return space.Free / 2, err
}

// AskBackup schedules the listed backup, or the replaced database, with the name for the next
// start. Errors: Invalid with Field backup.
func (r *adminRestorer) AskBackup(ctx context.Context, by namets.Actor, name string, keepDeletes bool) error {
	r.asking.Lock()
	defer r.asking.Unlock()
	files, err := r.keeper.Copies()
	if err != nil {
		return err
	}
	for _, f := range files {
		if filepath.Base(f.Path) != name {
			continue
		}
		job := restoreJob{cfg: r.cfg, dir: r.dir, file: f.Path, source: name, keepDeletes: keepDeletes, by: by}
		if err := sqlite.CheckRestorable(ctx, f.Path); err != nil {
			return refuseBackup(err, "backup")
		}
		return job.askForNext(ctx, time.Now())
	}
	return &namets.Error{Code: namets.Invalid, Field: "backup", Message: "is not there any more: choose another one"}
}

// AskFile schedules the file, which must be on the disk of the data directory, for the next start.
// Errors: Invalid with Field file.
func (r *adminRestorer) AskFile(ctx context.Context, by namets.Actor, path string, keepDeletes bool) error {
	r.asking.Lock()
	defer r.asking.Unlock()
	if err := sqlite.CheckRestorable(ctx, path); err != nil {
		return refuseBackup(err, "file")
	}
	now := time.Now()
	staged := backup.NewCopy(r.dir.Path(), now)
	if err := os.Rename(path, staged); err != nil {
		return err
	}
	job := restoreJob{cfg: r.cfg, dir: r.dir, source: "a file that was sent", keepDeletes: keepDeletes, by: by}
	return job.askWith(staged, now)
}

// refuseBackup says in plain words why a file cannot be restored.
func refuseBackup(err error, field string) error {
	refused := &namets.Error{Code: namets.Invalid, Field: field, Err: err}
	switch {
	case errors.Is(err, store.ErrDamaged):
		refused.Message = "is damaged, or no database"
	case errors.Is(err, sqlite.ErrNewer):
		refused.Message = "comes from a newer version of namets than this one"
	case errors.Is(err, sqlite.ErrForeign):
		refused.Message = "is no database that namets has made, or somebody has changed its form"
	default:
		return err
	}
	return refused
}

// Restart restarts the process once the open responses are sent.
func (r *adminRestorer) Restart() { r.restart.ask() }

// Last returns the result of the last restore.
func (r *adminRestorer) Last() (system.Restored, bool) {
	o, there, err := backup.ReadOutcome(r.dir.Path(), time.Now())
	if err != nil || !there {
		return system.Restored{}, false
	}
	return system.Restored{At: o.At, Backup: o.Source, Failure: o.Failure, Text: o.Text}, true
}
