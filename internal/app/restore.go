package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
)

// Restore is a restore requested at the command line.
type Restore struct {
	File string // the backup
	// KeepDeletes preserves deletions and deactivations made after the backup.
	KeepDeletes bool
}

// Now replaces the configured database with the backup, and returns the report for people. Its
// error is a [datadir.LockedError] while a namets serves the directory.
func (r Restore) Now(ctx context.Context, cfg *config.Config) (text string, err error) {
	if holder, serving, _ := datadir.At(cfg.DataDir).Serving(); serving { // soon said; the lock decides
		return "", &datadir.LockedError{Dir: cfg.DataDir, Holder: holder}
	}
	err = r.prepare(ctx, cfg, func(job *restoreJob) (err error) {
		lock, err := job.dir.Lock(time.Now())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, lock.Release()) }()
		if text, _, err = job.run(ctx); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		return nil
	})
	return text, err
}

// AtNextStart makes the next start of a serving process restore the backup, once, before it opens
// the database. It returns the file whose removal cancels that.
func (r Restore) AtNextStart(ctx context.Context, cfg *config.Config) (marker string, err error) {
	err = r.prepare(ctx, cfg, func(job *restoreJob) error { return job.askForNext(ctx, time.Now()) })
	return filepath.Join(cfg.DataDir, backup.PendingName), err
}

// prepare calls fn with the job of a readable and valid backup, in the opened directory.
func (r Restore) prepare(ctx context.Context, cfg *config.Config, fn func(*restoreJob) error) (err error) {
	job := restoreJob{cfg: cfg, file: r.File, source: r.File, keepDeletes: r.KeepDeletes,
		by: namets.Actor{Kind: namets.Command, Name: "restore"}}
	if err := job.check(ctx); err != nil {
		return err
	}
	remove, err := job.stage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if job.dir, err = OpenData(cfg); err != nil {
		return err
	}
	return fn(&job)
}

// restoreJob is one restore.
type restoreJob struct {
	cfg         *config.Config
	dir         datadir.Dir
	file        string // the backup, or a copy of it
	source      string // what people call it
	keepDeletes bool
	by          namets.Actor
}

// check refuses a file that cannot replace the database.
func (j *restoreJob) check(ctx context.Context) error {
	err := sqlite.CheckRestorable(ctx, j.file)
	switch {
	case errors.Is(err, store.ErrDamaged):
		return fmt.Errorf("restore: %s is damaged or no database: nothing was changed; give another one, such as "+
			"those in %s", j.source, filepath.Join(j.cfg.DataDir, "backups"))
	case err != nil:
		return fmt.Errorf("restore: nothing was changed: %w", err)
	}
	return nil
}

// stagings is the name pattern of the directories for a backup that only root can read.
const stagings = ".restore-*"

// stage copies the backup into the data directory if this process is root's and about to switch to
// another user, who might not be allowed to read it. remove removes the copy.
func (j *restoreJob) stage(ctx context.Context) (remove func() error, err error) {
	if j.cfg.RunAs == 0 || os.Geteuid() != 0 {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(j.cfg.DataDir, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(j.cfg.DataDir, stagings)
	if err != nil {
		return nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	staged := filepath.Join(dir, "backup.db")
	if err := sqlite.Copy(ctx, j.file, staged); err != nil {
		return nil, errors.Join(fmt.Errorf("restore: nothing was changed: %w", err), remove())
	}
	j.file = staged
	return remove, nil
}

// removeStagings removes the leftovers of killed restores.
func removeStagings(dir datadir.Dir) {
	left, _ := filepath.Glob(filepath.Join(dir.Path(), stagings))
	for _, name := range left {
		_ = os.RemoveAll(name)
	}
}

// askForNext leaves a copy of the backup and a marker for the next start.
func (j *restoreJob) askForNext(ctx context.Context, now time.Time) error {
	staged := backup.NewCopy(j.dir.Path(), now)
	if err := sqlite.Copy(ctx, j.file, staged); err != nil {
		return fmt.Errorf("restore: nothing was changed: %w", err)
	}
	return j.askWith(staged, now)
}

// askWith leaves the marker for the next start, which restores the file at staged, a copy in the
// data directory.
func (j *restoreJob) askWith(staged string, now time.Time) error {
	return backup.Pending{
		Copy: filepath.Base(staged), Source: filepath.Base(j.source), KeepDeletes: j.keepDeletes,
		Kind: string(j.by.Kind), By: j.by.Name, Address: j.by.Address, AskedAt: now.UTC(),
	}.Ask(j.dir.Path())
}

// run restores, in a directory locked by this process, saves the result for the admin, and returns
// it as a text for people and as numbers.
func (j *restoreJob) run(ctx context.Context) (text string, report namets.RestoreReport, err error) {
	now := time.Now()
	alone, err := j.dir.Alone(ctx)
	if err != nil {
		return "", report, err
	}
	defer func() { err = errors.Join(err, alone.Release()) }()
	replaced, err := backup.Restoration{
		Database: j.dir.Database(), Now: now,
		Settle: func(path string) (func() error, error, error) { return settleReplaced(ctx, path) },
		Prepare: func(incoming, replaced string, damaged error) (err error) {
			report, err = j.prepare(ctx, incoming, replaced, damaged)
			return err
		},
	}.Run()
	if err != nil {
		return "", report, err
	}
	text = restoreText(report, j.source, replaced, j.cfg.Zone)
	outcome := backup.Outcome{At: now.UTC(), Source: filepath.Base(j.source), By: j.by.Name, Text: text}
	if err := outcome.Save(j.dir.Path()); err != nil { // the database is the new one all the same
		text += fmt.Sprintf("the admin does not show it: %v\n", err)
	}
	return text, report, nil
}

// settleReplaced makes the database one file, and distinguishes a damaged one from one that cannot
// be replaced.
func settleReplaced(ctx context.Context, path string) (release func() error, damaged, err error) {
	release, err = sqlite.Settle(ctx, path)
	if errors.Is(err, store.ErrDamaged) {
		return nil, err, nil
	}
	return release, nil, err
}

// prepare writes the new database. If the replaced one turns out to be damaged, it starts again
// without it.
func (j *restoreJob) prepare(ctx context.Context, incoming, replaced string,
	damaged error) (report namets.RestoreReport, err error) {
	for {
		if err := sqlite.Copy(ctx, j.file, incoming); err != nil {
			return report, err
		}
		o := sqlite.Restoring{Path: incoming, Replaced: replaced, KeepDeletes: j.keepDeletes, By: j.by,
			Zone: j.cfg.Zone, Legacy: openForm(j.cfg)}
		if damaged != nil {
			o.Trouble = damaged.Error()
		}
		report, err = sqlite.FinishRestore(ctx, o)
		unreadable, again := errors.AsType[*store.ReplacedError](err)
		if !again || replaced == "" {
			return report, err
		}
		replaced, damaged = "", unreadable
		if err := os.Remove(incoming); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return report, err
		}
	}
}
