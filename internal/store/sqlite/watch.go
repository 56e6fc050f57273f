package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// How often [DB.Watch] looks for writes of other processes, and how long it waits for the writer's
// connection each time.
const (
	watchInterval = 50 * time.Millisecond
	watchPatience = 10 * time.Millisecond
)

// Watch detects the writes of other processes, and that the database's files have moved, until ctx
// ends; then it returns nil. It calls changed, which may be nil, after each write that it detected.
func (db *DB) Watch(ctx context.Context, changed func()) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	b := idleReader{reader: db.reader}
	defer b.close()
	var anchor *sql.Conn
	defer func() {
		if anchor != nil {
			_ = anchor.Close()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if anchor == nil { // not at once: a start has better things to do
			anchor = db.holdFiles(ctx)
		}
		_ = db.engine.files.check() // who waits for Moved learns of it
		if db.detectForeignWrite(ctx, &b) && changed != nil {
			changed()
		}
	}
}

// holdFiles returns a reading connection that nobody uses: while it is open, SQLite removes
// neither the write-ahead log nor its index when other connections are closed, and makes none
// again. Nil: it could not be opened now.
func (db *DB) holdFiles(ctx context.Context) *sql.Conn {
	short, cancel := context.WithTimeout(ctx, watchPatience)
	defer cancel()
	conn, err := db.reader.Conn(short)
	if err != nil {
		return nil
	}
	var version int // SQLite opens the files at the first read
	if err := conn.QueryRowContext(ctx, "select count(*) from migrations").Scan(&version); err != nil {
		_ = conn.Close()
		return nil
	}
	return conn
}

// detectForeignWrite reports whether another process has written since it was last asked, and
// moves all generations when it has.
func (db *DB) detectForeignWrite(ctx context.Context, b *idleReader) bool {
	writeSeq := db.engine.writeSeq.Load()
	short, cancel := context.WithTimeout(ctx, watchPatience)
	defer cancel()
	conn, err := db.engine.writer.Conn(short)
	if err == nil {
		defer conn.Close()
		b.close()
		foreign, _ := db.engine.checkVersion(ctx, conn)
		return foreign
	}
	if writeSeq%2 == 1 || db.engine.writeSeq.Load() != writeSeq || !b.moved(ctx) {
		return false // writers of this process are at work, and each of them looks when it gets the lock
	}
	db.ChangedElsewhere()
	return true
}

// idleReader is a reading connection that replaces the writer's while that one waits for the
// lock of another process, which may write on and on meanwhile.
type idleReader struct {
	reader  *sql.DB
	conn    *sql.Conn // nil: not needed
	version int64     // its data_version at the last call of moved
}

// moved reports whether somebody has written since the last call. The first call does not know,
// and says so too.
func (b *idleReader) moved(ctx context.Context) bool {
	short, cancel := context.WithTimeout(ctx, watchPatience)
	defer cancel()
	opened := b.conn == nil
	if opened {
		var err error
		if b.conn, err = b.reader.Conn(short); err != nil {
			b.conn = nil
			return false // all are in use; the next tick asks again
		}
	}
	var version int64
	if err := b.conn.QueryRowContext(ctx, "pragma data_version").Scan(&version); err != nil {
		b.close()
		return false
	}
	moved := opened || version != b.version
	b.version = version
	return moved
}

// close gives the connection back.
func (b *idleReader) close() {
	if b.conn != nil {
		_ = b.conn.Close()
		b.conn = nil
	}
}
