package admin_test

import (
	"database/sql"
	"net/http"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/web/admin/system"
)

func TestOverview_showsTheStateOfTheService(t *testing.T) {
	w := newWorld(t)
	w.inOrder()
	for want, health := range map[string]system.Health{
		"The database files were replaced or removed": {Replaced: true},
		"The database is damaged":                     {Damaged: true},
		"The disk is full (3.1 MB left)":              {Disk: system.DiskFull, DiskFree: 3_100_000},
		"The disk is nearly full: 60.0 MB left":       {Disk: system.DiskLow, DiskFree: 60_000_000},
		"The free disk space is unknown":              {Disk: system.DiskUnknown},
		"The last backup failed 2 hours ago: the disk is full": { // even if today's exists
			BackupFailed: "the disk is full", BackupTried: w.now.Add(-2 * time.Hour),
		},
	} {
		w.health = health
		if got := w.concerns(); len(got) != 1 {
			t.Errorf("%+v: concerns %q", health, got)
		}
		w.wantConcern(want)
	}
}

// The problem is shown even if it prevents reading the numbers.
func TestOverview_reportsADamagedDatabaseWithoutReadingIt(t *testing.T) {
	w := newWorld(t)
	w.inOrder()
	raw, err := sql.Open("sqlite", w.path)
	w.must(err)
	defer raw.Close()
	for _, table := range []string{"daily_counts", "prayer_schedules"} {
		if _, err := raw.ExecContext(t.Context(), "alter table "+table+" rename to gone_"+table); err != nil {
			t.Fatal(err)
		}
	}
	w.page(w.get(namets.Viewer, "/admin/"), http.StatusInternalServerError)
	w.health.Damaged = true
	w.wantConcern("The database is damaged")
}
