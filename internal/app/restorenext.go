package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store"
)

// restorePending is [obeyRestore] for this process's own directory.
func (a *App) restorePending(ctx context.Context) error { return obeyRestore(ctx, a.cfg, a.dir, a.log) }

// obeyRestore carries out a restore requested for this start, if there is one, and cleans up after
// a killed one. A failed restore leaves the database unchanged and is not repeated. The directory
// must be locked by this process.
func obeyRestore(ctx context.Context, cfg *config.Config, dir datadir.Dir, log *slog.Logger) error {
	if err := backup.Recover(dir.Database()); err != nil {
		return err
	}
	removeStagings(dir)
	// Which removes an expired result; the settings page reports other errors
	_, _, _ = backup.ReadOutcome(dir.Path(), time.Now())
	p, there, err := backup.ReadPending(dir.Path())
	if !there {
		return errors.Join(err, backup.Forget(dir.Path())) // a copy without a request: its command was killed
	}
	job := restoreJob{
		cfg: cfg, dir: dir, file: filepath.Join(dir.Path(), p.Copy), source: p.Source, keepDeletes: p.KeepDeletes,
		by: namets.Actor{Kind: namets.ActorKind(p.Kind), Name: p.By, Address: p.Address},
	}
	var report namets.RestoreReport
	if err == nil {
		err = p.Begin(dir.Path())
	}
	if err == nil {
		if err = job.check(ctx); err == nil {
			_, report, err = job.run(ctx)
		}
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // stopped meanwhile: the next start has it to do
	}
	if err != nil {
		return giveUpRestore(dir, p, err, log)
	}
	logRestored(log, p.Source, report)
	return backup.Forget(dir.Path())
}

// giveUpRestore records why the database was not replaced. It removes the copy first, because the
// report may need its space.
func giveUpRestore(dir datadir.Dir, p backup.Pending, err error, log *slog.Logger) error {
	if errors.Is(err, store.ErrDamaged) {
		err = fmt.Errorf("the backup is damaged: %w", err)
	}
	log.Error("the backup was not restored: the database is the one from before", "backup", p.Source, "error", err)
	if err := backup.Forget(dir.Path()); err != nil {
		return err
	}
	outcome := backup.Outcome{At: time.Now().UTC(), Source: p.Source, By: p.By, Failure: err.Error()}
	if err := outcome.Save(dir.Path()); err != nil {
		log.Error("the admin does not show the result of the restore", "error", err)
	}
	return nil
}

// logRestored logs the result of a restore. The log names no people; the settings page does.
func logRestored(log *slog.Logger, source string, r namets.RestoreReport) {
	counts := map[namets.RowChange]int{}
	for _, row := range r.Rows {
		counts[row.Change]++
	}
	held := 0
	for _, h := range r.Held {
		held += h.Count
	}
	log.Warn("the database was restored from a backup", "backup", source, "replaced_database", r.Compared,
		"back", counts[namets.RowBack],
		"switched_back", counts[namets.RowSwitched], "gone", counts[namets.RowGone],
		"stay_away", counts[namets.RowLeft], "webhooks_held", held)
}
