package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/store/storetest"
)

func TestStore(t *testing.T) {
	const name = "namets.db"
	storetest.Run(t, storetest.Engine{
		Open: func(tb testing.TB, folder string, now func() time.Time, zone *time.Location) *store.DB {
			return sqlitetest.Open(tb, sqlite.Config{Path: filepath.Join(folder, name), Now: now, Zone: zone}).DB
		},
		SQL: func(tb testing.TB, folder string) *sql.DB { return rawDB(tb, filepath.Join(folder, name)) },
		Stored: func(tb testing.TB, folder string) (all []byte) {
			for _, file := range []string{name, name + "-wal"} {
				content, err := os.ReadFile(filepath.Join(folder, file))
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					tb.Fatal(err)
				}
				all = append(all, content...)
			}
			return all
		},
	})
}

// outbox is a database of the suite whose file a test may change.
type outbox struct {
	*storetest.Outbox
	db   *sqlite.DB
	path string
}

func newOutbox(t *testing.T) *outbox {
	t.Helper()
	o := outboxAt(t, filepath.Join(t.TempDir(), "namets.db"))
	o.Open()
	return o
}

// outboxAt returns the database at the path, not yet opened.
func outboxAt(t *testing.T, path string) *outbox {
	t.Helper()
	o := &outbox{path: path}
	o.Outbox = storetest.NewOutbox(t, storetest.Engine{
		Open: func(tb testing.TB, _ string, now func() time.Time, zone *time.Location) *store.DB {
			o.db = sqlitetest.Open(tb, sqlite.Config{Path: o.path, Now: now, Zone: zone})
			return o.db.DB
		},
		SQL: func(tb testing.TB, _ string) *sql.DB { return rawDB(tb, o.path) },
	})
	return o
}

func by() namets.Actor { return storetest.By() }

func visitor() namets.Actor { return storetest.Visitor() }

func now() time.Time { return storetest.Now() }

func ptr[T any](v T) *T { return &v }

func TestQueued_hintsAtForeignWrites(t *testing.T) {
	o := newOutbox(t)
	_, err := openTestDB(t, o.path).QueuePing(t.Context(), by())
	o.Must(err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- o.db.Watch(ctx, nil) }()
	<-o.Queued()
	cancel()
	o.Must(<-done)
}

func TestReadConfirmationStats_matchesTheStore(t *testing.T) {
	o := newOutbox(t)
	o.Ask("a@example.org", namets.Preferences{})
	o.ConfirmLink(o.Secret())
	o.Ask("b@example.org", namets.Preferences{})
	want := namets.ConfirmationStats{Waiting: 1, Ever: true}
	if got, err := sqlite.ReadConfirmationStats(t.Context(), o.path, o.At); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}
