package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// The interval at which [DB.Watch] checks for writes of other processes, and how long each check
// waits for the writer connection.
const (
	watchInterval = 50 * time.Millisecond
	watchPatience = 10 * time.Millisecond
)

// Watch detects writes of other processes, and that the database's files have moved, until ctx
// ends; then it returns nil. It calls changed, which may be nil, after each detected write.
func (db *DB) Watch(ctx context.Context, changed func()) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	b := idleReader{reader: db.reader}
	defer b.close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		_ = db.engine.files.check() // closes the channel of Moved
		if db.detectForeignWrite(ctx, &b) && changed != nil {
			changed()
		}
	}
}

// detectForeignWrite reports whether another process has written since the last call, and changes
// all generations if so.
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
		return false // this process is writing; each of its writers checks after getting the lock
	}
	db.ChangedElsewhere()
	return true
}

// idleReader is a reader connection that replaces the writer connection for detection while the
// writer waits for the lock of another process, which may write repeatedly during that time.
type idleReader struct {
	reader  *sql.DB
	conn    *sql.Conn // nil while not needed
	version int64     // its data_version at the last call of moved
}

// moved reports whether anybody has written since the last call. The first call cannot know, and
// returns true.
func (b *idleReader) moved(ctx context.Context) bool {
	short, cancel := context.WithTimeout(ctx, watchPatience)
	defer cancel()
	opened := b.conn == nil
	if opened {
		var err error
		if b.conn, err = b.reader.Conn(short); err != nil {
			b.conn = nil
			return false // all are in use; the next tick tries again
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

// close returns the connection to the pool.
func (b *idleReader) close() {
	if b.conn != nil {
		_ = b.conn.Close()
		b.conn = nil
	}
}
