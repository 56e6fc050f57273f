package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"namets/internal/backup"
	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
	"namets/internal/token"
	"namets/web/admin/system"
)

const (
	quickCheckAfter = 500 * time.Millisecond // the start is over
	quickCheckEvery = 24 * time.Hour
	quickCheckTime  = time.Minute // one check; a million subscribers take some seconds
	diskEvery       = time.Minute
)

// health is the state of the service itself, for monitors, the admin, the metrics and the log.
type health struct {
	db     *sqlite.DB
	token  func() token.Status
	dir    datadir.Dir
	keeper *backup.Keeper
}

// notReady is the reason why the service cannot do its work now. It is public.
type notReady struct{ word, text string }

// Error returns the word, for programs, and the text, for people.
func (e notReady) Error() string { return e.word + ": " + e.text }

// Ready returns nil, or a [notReady] if the service cannot do its work now.
func (h *health) Ready(ctx context.Context) error {
	switch {
	case h.Replaced():
		return notReady{"database_replaced", "the database's files were replaced or removed while namets serves: " +
			"nothing is written until it is started again"}
	case h.Damaged():
		return damagedDatabase()
	}
	if err := h.db.Ping(ctx); errors.Is(err, store.ErrDamaged) {
		return damagedDatabase()
	} else if err != nil {
		return notReady{"database_unavailable", "the database cannot be read now"}
	}
	if h.token().State == token.Unknown {
		return notReady{"token_unknown", "the source of the API token has not delivered one yet"}
	}
	return nil
}

func damagedDatabase() error { return notReady{"database_damaged", "the database is damaged"} }

// Replaced reports whether the database files are no longer the open ones.
func (h *health) Replaced() bool {
	select {
	case <-h.db.Moved():
		return true
	default:
		return false
	}
}

// Damaged reports whether the database was found damaged.
func (h *health) Damaged() bool { return h.db.Damaged() }

// Space returns the space on the disk.
func (h *health) Space() (datadir.Space, error) { return h.dir.Space() }

// LastBackup returns the result of this process's last backup.
func (h *health) LastBackup() backup.Result { return h.keeper.Last() }

// Backups returns all copies of the database in the data directory, newest first.
func (h *health) Backups() ([]backup.File, error) { return h.keeper.Copies() }

// spaceLeft returns the space on the disk, and whether it is low for this database.
func (h *health) spaceLeft() (s datadir.Space, low bool, err error) {
	if s, err = h.dir.Space(); err != nil {
		return s, false, err
	}
	size, err := h.db.Size()
	return s, s.Low(size), err
}

// forAdmin returns the state for the overview.
func (h *health) forAdmin() system.Health {
	a := system.Health{Replaced: h.Replaced(), Damaged: h.Damaged()}
	space, low, err := h.spaceLeft()
	a.DiskFree = space.Free
	switch {
	case err != nil:
		a.Disk = system.DiskUnknown
	case space.Full():
		a.Disk = system.DiskFull
	case low:
		a.Disk = system.DiskLow
	}
	if last := h.keeper.Last(); last.Err != nil {
		a.BackupTried, a.BackupFailed = last.At, "the log says why"
		if e, ok := errors.AsType[*namets.Error](last.Err); ok {
			a.BackupFailed = e.Message
		}
	}
	return a
}

// checkDatabase reads the whole database soon after the start and once a day, in the background,
// until ctx ends; then it returns nil.
func (h *health) checkDatabase(ctx context.Context, log *slog.Logger) error {
	timer := time.NewTimer(quickCheckAfter)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		bounded, cancel := context.WithTimeout(ctx, quickCheckTime)
		err := h.db.QuickCheck(bounded)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, store.ErrDamaged):
			log.Error("the check of the database found damage", "error", err)
		case err != nil:
			log.Warn("the check of the database did not come to an end: whether it is sound is not known", "error", err)
		}
		timer.Reset(quickCheckEvery)
	}
}

// watch logs when the database files are moved and when the disk becomes full or has space again,
// until ctx ends; then it returns nil.
func (h *health) watch(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(diskEvery)
	defer tick.Stop()
	moved, state := h.db.Moved(), ""
	for {
		state = h.logDisk(log, state)
		select {
		case <-ctx.Done():
			return nil
		case <-moved:
			moved = nil
			log.Error("the database's files were replaced or removed while this process has them open: every "+
				"write is refused, "+
				"start namets again", "database", h.dir.Database())
		case <-tick.C:
		}
	}
}

// logDisk logs the change from the state that it last returned.
func (h *health) logDisk(log *slog.Logger, last string) (state string) {
	space, low, err := h.spaceLeft()
	switch {
	case err != nil:
		state = "unknown"
	case space.Full():
		state = "full"
	case low:
		state = "low"
	}
	if state == last {
		return state
	}
	switch state {
	case "unknown":
		log.Warn("it cannot be found out how much space the disk has", "error", err)
	case "full":
		log.Error("the disk is full: changes and backups fail; make room, or give the volume more space",
			"free_bytes", space.Free)
	case "low":
		log.Warn("the disk is nearly full: make room, or give the volume more space", "free_bytes", space.Free)
	default:
		log.Info("the disk has room", "free_bytes", space.Free)
	}
	return state
}
