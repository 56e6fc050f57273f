package backup_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"

	"namets/internal/backup"
)

func write(text string) func(context.Context, string) error {
	return func(_ context.Context, path string) error { return os.WriteFile(path, []byte(text), 0o600) }
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestKeeper_makesOneADayAndKeepsTheNewest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backups")
	synctest.Test(t, func(t *testing.T) {
		k := &backup.Keeper{Dir: dir, Keep: 3, Make: write("x"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithTimeout(t.Context(), 5*24*time.Hour+time.Hour)
		defer cancel()
		if err := k.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	// The clock of a synctest bubble starts at 2000-01-01T00:00:00Z; the sixth backup is made on
	// the sixth day.
	want := []string{"namets-20000104T000000.000Z.db", "namets-20000105T000000.000Z.db",
		"namets-20000106T000000.000Z.db"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeeper_triesAgainAnHourAfterAFailure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backups")
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		k := &backup.Keeper{Dir: dir, Keep: 3, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		k.Make = func(ctx context.Context, path string) error {
			if tries++; tries == 1 {
				return errors.New("disk full")
			}
			return write("x")(ctx, path)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Minute)
		defer cancel()
		if err := k.Run(ctx); err != nil || tries != 2 {
			t.Errorf("%d tries, %v, want 2", tries, err)
		}
	})
	if diff := cmp.Diff([]string{"namets-20000101T010000.000Z.db"}, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeeper_leavesForeignFilesAloneAndIsOffWithKeepZero(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"notes.txt", "namets-mine.db", "mine.db.part"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	k := &backup.Keeper{Dir: dir, Keep: 1, Now: func() time.Time { return now }}
	for range 3 {
		now = now.Add(time.Second)
		save := func(path string) error { return write("x")(t.Context(), path) }
		if _, err := k.Save("before-migration-2", save); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"mine.db.part", "namets-20260301T000003.000Z-before-migration-2.db", "namets-mine.db", "notes.txt"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	off := &backup.Keeper{Dir: filepath.Join(dir, "off")}
	if path, err := off.Save("", nil); path != "" || err != nil {
		t.Errorf("Keep 0 saved %q, %v", path, err)
	}
	if err := off.Run(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKeeper_removesWhatAKilledProcessHasLeftBehind(t *testing.T) {
	dir := t.TempDir()
	const dead, alive = "namets-20000101T000000.000Z.db.part", "namets-20000102T000000.000Z.db.part"
	for _, name := range []string{dead, dead + "-journal", alive, alive + "-journal"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writing := flock.New(filepath.Join(dir, alive))
	defer writing.Close()
	if got, err := writing.TryLock(); !got || err != nil {
		t.Fatal(got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	k := &backup.Keeper{Dir: dir, Keep: 1, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	k.Make = func(context.Context, string) error { cancel(); return ctx.Err() }
	if err := k.Run(ctx); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{alive, alive + "-journal"}, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeeper_isNotMisledByABackupFromAWrongClock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backups")
	const ahead = "namets-20990101T000000.000Z.db"
	synctest.Test(t, func(t *testing.T) {
		k := &backup.Keeper{Dir: dir, Keep: 1, Make: write("x"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := write("x")(t.Context(), filepath.Join(dir, ahead)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Hour)
		defer cancel()
		if err := k.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff([]string{"namets-20000102T000000.000Z.db", ahead}, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeeper_countsEachKindForItself(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	k := &backup.Keeper{Dir: dir, Keep: 4, Now: func() time.Time { return now }}
	save := func(label string, times int) {
		t.Helper()
		for range times {
			now = now.Add(time.Second)
			if _, err := k.Save(label, func(path string) error { return write("x")(t.Context(), path) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	other := filepath.Join(dir, "namets-20200101T000000.000Z-before the big import.db") // renamed by a person
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	save("", 5)
	save("before-migration-9", 2)
	save("by-hand", 9)
	save("before-migration-10", 3)
	save("before-restore", 5)
	files, err := k.List()
	if err != nil {
		t.Fatal(err)
	}
	got := map[backup.Kind]int{}
	for _, f := range files {
		got[f.Kind]++
	}
	want := map[backup.Kind]int{backup.Daily: 4, backup.ByHand: 4, backup.BeforeMigration: 3, backup.BeforeRestore: 3,
		backup.Other: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestKeeper_makesTheDailyOneWhateverElseIsMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backups")
	synctest.Test(t, func(t *testing.T) {
		k := &backup.Keeper{Dir: dir, Keep: 7, Make: write("x"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Hour)
		defer cancel()
		done := make(chan error)
		go func() { done <- k.Run(ctx) }()
		for range 4 {
			<-time.After(11 * time.Hour) // of the bubble
			if _, err := k.Save("by-hand", func(path string) error { return write("x")(ctx, path) }); err != nil {
				t.Error(err)
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	daily := 0
	for _, name := range names(t, dir) {
		if !strings.Contains(name, "by-hand") {
			daily++
		}
	}
	if daily != 3 {
		t.Errorf("%d daily backups in 50 hours: %q", daily, names(t, dir))
	}
}

func TestKeeper_tellsOnceThatDailyBackupsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int64
		var full atomic.Bool
		full.Store(true)
		k := &backup.Keeper{Dir: filepath.Join(t.TempDir(), "backups"), Keep: 7, Now: time.Now,
			Log: slog.New(slog.DiscardHandler), Failed: func(context.Context) { told.Add(1) },
			Make: func(ctx context.Context, path string) error {
				if full.Load() {
					return errors.New("disk full")
				}
				return write("x")(ctx, path)
			}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- k.Run(ctx) }()
		want := func(when string, n int64) {
			t.Helper()
			<-time.After(30 * time.Hour) // of the bubble
			synctest.Wait()
			if told := told.Load(); told != n {
				t.Errorf("%s: told %d times, want %d", when, told, n)
			}
		}
		want("failing for 30 hours", 1)
		full.Store(false)
		want("sound again", 1)
		full.Store(true)
		want("failing again", 2)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestKeeper_saysWhatCameOfTheLastBackup(t *testing.T) {
	k := &backup.Keeper{Dir: t.TempDir(), Keep: 1, Now: time.Now}
	if last := k.Last(); !last.At.IsZero() {
		t.Errorf("before the first: %+v", last)
	}
	full := errors.New("disk full")
	if _, err := k.Save("", func(string) error { return full }); !errors.Is(err, full) ||
		!errors.Is(k.Last().Err, full) {
		t.Errorf("err = %v, last %+v", err, k.Last())
	}
	if _, err := k.Save("", func(path string) error { return write("x")(t.Context(), path) }); err != nil ||
		k.Last().Err != nil {
		t.Errorf("err = %v, last %+v", err, k.Last())
	}
}

func TestKeeper_removesReplacedDatabasesAfterThirtyDays(t *testing.T) {
	dir := t.TempDir()
	database := filepath.Join(dir, "namets.db")
	const old, fresh = "namets.db.replaced-19991201T000000.000Z", "namets.db.replaced-19991215T000000.000Z"
	for _, name := range []string{"namets.db", old, old + "-wal", old + "-shm", fresh, fresh + "-wal",
		"namets.db.replaced-by-me"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) { // from 2000-01-01 on
		k := &backup.Keeper{Dir: filepath.Join(dir, "backups"), Database: database, Now: time.Now,
			Log: slog.New(slog.DiscardHandler)}
		list, err := k.Replaced()
		if err != nil || len(list) != 2 || filepath.Base(list[0].Path) != fresh || list[0].Size != 10 ||
			list[1].Size != 15 ||
			list[0].Kind != backup.Replaced || !list[0].Made.Equal(time.Date(1999, 12, 15, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v, %v", list, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := k.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	want := []string{"namets.db", fresh, fresh + "-wal", "namets.db.replaced-by-me"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
