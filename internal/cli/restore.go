package cli

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

func restore(ctx context.Context, in *invocation, args []string) (err error) {
	flags := in.flags("restore FILE",
		`It checks FILE, a backup, and puts it in the place of the database, which is kept next to it. It
refuses while a namets serves the directory, unless the next start is to do it. Who has left by
themselves since, what was sent, passwords and deleted users do not come back; what else was
deleted or switched off does. Prints who is back, who is gone and which webhooks are held.`)
	var job restoreJob
	next := flags.Bool("at-next-start", false, "let the next start of serve do it, once, before it opens the "+
		"database: where the service is the machine")
	flags.BoolVar(&job.keepDeletes, "keep-deletes", false, "also carry over what was deleted and switched after the "+
		"backup, in the admin, by commands and the API")
	operands, err := parse(flags, args, 1)
	if err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	job.cfg, job.file, job.source = cfg, operands[0], operands[0]
	job.by = namets.Actor{Kind: namets.Command, Name: "restore"}
	if holder, serving, _ := datadir.At(cfg.DataDir).Serving(); serving && !*next { // soon said; the lock decides
		return fmt.Errorf("%w; or give --at-next-start, and start it again",
			&datadir.LockedError{Dir: cfg.DataDir, Holder: holder})
	}
	if err := job.check(ctx); err != nil {
		return err
	}
	remove, err := job.stage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if job.dir, err = openData(cfg); err != nil {
		return err
	}
	if *next {
		if err := job.askForNext(ctx, time.Now()); err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.stdout, "the next start restores %s; to call it off, remove %s\n", job.source,
			filepath.Join(cfg.DataDir, "next-restore.json"))
		return err
	}
	lock, err := job.dir.Lock(time.Now())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	text, _, err := job.run(ctx)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	_, err = fmt.Fprint(in.stdout, text)
	return err
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

// check refuses a file that cannot take the place of the database.
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

// stagings is the pattern of the directories in which a backup is kept that only root can read.
const stagings = ".restore-*"

// stage copies the backup into the data directory when this process is root's and about to become
// another user, who might not be allowed to read it. The copy is gone after remove.
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

// removeStagings removes what was left of restores that were killed.
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

// run restores, in a directory that is this process's own, keeps what came of it for the admin,
// and returns it as a text for people and as numbers.
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

// settleReplaced makes the database one file, and tells a damaged one from one that cannot be
// replaced.
func settleReplaced(ctx context.Context, path string) (release func() error, damaged, err error) {
	release, err = sqlite.Settle(ctx, path)
	if errors.Is(err, store.ErrDamaged) {
		return nil, err, nil
	}
	return release, nil, err
}

// prepare writes the database to go on with. When the replaced one turns out to be damaged, it
// begins again without it.
func (j *restoreJob) prepare(ctx context.Context, incoming, replaced string,
	damaged error) (report namets.RestoreReport, err error) {
	for {
		if err := sqlite.Copy(ctx, j.file, incoming); err != nil {
			return report, err
		}
		o := sqlite.Restoring{Path: incoming, Replaced: replaced, KeepDeletes: j.keepDeletes, By: j.by,
			Zone: j.cfg.Zone}
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
