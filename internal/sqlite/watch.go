package sqlite

import (
	"context"
	"database/sql"
	"time"

	"namets/internal/namets"
)

// watchInterval is how often [DB.Watch] looks for writes of other processes.
const watchInterval = 50 * time.Millisecond

// Generation returns a number that moves whenever rows of the table may have changed: after the commit of this
// process's own writes and before their method returns, and within 100 ms of another process's write while [DB.Watch]
// runs. Who caches rows reads the generation first, then the rows. It never blocks.
func (db *DB) Generation(t namets.Table) uint64 { return db.generations[t].Load() }

// Watch notices the writes of other processes until ctx ends; then it returns nil. It calls changed, which may be nil,
// after each time that it noticed one.
func (db *DB) Watch(ctx context.Context, changed func()) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		conn, err := db.writer.Conn(ctx)
		if err != nil {
			continue // it is asked again at the next tick; whoever reads or writes reports the trouble
		}
		foreign, _ := db.look(ctx, conn)
		_ = conn.Close()
		if foreign && changed != nil {
			changed()
		}
	}
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Queued returns the channel on which one reader, the webhook worker, learns that there may be something to do: after a
// commit that queued a delivery or moved what is due, and after another process's write. It is a hint, the rows are the
// truth: one message may stand for many commits.
func (db *DB) Queued() <-chan struct{} { return db.queued }

func (db *DB) hint() {
	select {
	case db.queued <- struct{}{}:
	default: // there is a hint that nobody has read yet
	}
}

// look moves all generations when another process has written since the last look, and reports whether it has.
// data_version moves on the writer connection for foreign commits only; the caller holds that connection.
func (db *DB) look(ctx context.Context, conn queryer) (foreign bool, err error) {
	var version int64
	if err := conn.QueryRowContext(ctx, "pragma data_version").Scan(&version); err != nil {
		return false, err
	}
	if version == db.dataVersion {
		return false, nil
	}
	db.dataVersion = version
	for t := range db.generations {
		db.generations[t].Add(1)
	}
	db.hint()
	return true, nil
}
