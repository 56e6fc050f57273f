package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/storetest"
)

// firstRows are the rows of fixture as the first version of the program stored them, without texts
// that do not matter.
const firstRows = `
	insert into migrations values (1, '0001_init.sql', 0);
	insert into subscribers values (3, 'Amina@Example.org', 'amina@example.org', null, 1, 1, 1, 1, 1,
		'01020300-0000-0000-0000-000000000000', 1, null);
	insert into subscribers values (5, 'b@example.org', 'b@example.org', null, 0, 0, 0, 0, 0,
		'04000000-0000-0000-0000-000000000000', 1, null);
	insert into announcements values (1, 'T', 't', 'c', 'general', 0, 1, null, 1, 1);
	insert into announcements values (2, 'U', 'u', 'c', 'general', 0, 253402300799999999, null, 1, 1);
	insert into announcements values (3, 'V', 'v', 'c', 'general', 0, 1, null, 1, 0);
	insert into event_categories values (1, 'N', 'n', 'd');
	insert into events values (1, 'E', 'e', 'd', 1, 1, 253402300799999999, 'l', 0, 1, 1);
	insert into patrons values (1, 'P', 'D', 'B', 'p@example.edu', 1, 1, 1);
	insert into prayer_schedules values (1, '2026-03-01', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 1);
	insert into audit values (1, 1, 'command', 'test', '', 'import', 'dataset', null, '{}');
	insert into audit values (2, 5, 'user', 'test', '', 'create', 'patrons', 1, '{}');
	insert into audit values (3, 6, 'user', 'test', '', 'update', 'patrons', 1, '{}');`

func TestOpen_migratesTheRowsOfTheFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	schema, err := os.ReadFile("migration/0001_init.sql")
	if err != nil {
		t.Fatal(err)
	}
	raw := rawDB(t, path)
	for _, text := range []string{
		`create table migrations (version integer primary key, name text not null, applied_at integer not null) strict`,
		string(schema), firstRows,
	} {
		if _, err := raw.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}

	o := outboxAt(t, path)
	o.Open()
	data := storetest.MustExport(t, o.DB)
	got := []int{len(data.Subscribers), len(data.Announcements), len(data.EventCategories), len(data.Events),
		len(data.Patrons), len(data.PrayerSchedules)}
	if diff := cmp.Diff([]int{2, 3, 1, 1, 1, 1}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if a := data.Announcements[0]; a.Title != "T" || !a.SendEmail || *data.Events[0].CategoryID != 1 ||
		data.PrayerSchedules[0].IshaIqama != 10 {
		t.Errorf("a row changed: %+v", data)
	}
	created := []int64{data.Subscribers[0].Created.UnixMicro(), data.Announcements[0].Created.UnixMicro(),
		data.Announcements[0].Updated.UnixMicro(), data.Patrons[0].Created.UnixMicro(),
		data.Patrons[0].Updated.UnixMicro()}
	if diff := cmp.Diff([]int64{1, 1, 1, 5, 6}, created); diff != "" {
		t.Errorf("created and updated (-want +got):\n%s", diff)
	}
	if at := data.Events[0].Created; time.Since(at) > time.Hour || at != data.Events[0].Updated {
		t.Errorf("an event of unknown age was created %v and updated %v", at, data.Events[0].Updated)
	}
	if access, err := o.APIAccess(t.Context()); err != nil || access.SharedMayWrite {
		t.Errorf("the shared token, made for reading, may write (%v)", err)
	}
	var joined int
	o.Must(o.db.Reader().QueryRowContext(t.Context(), `select sum(n) from daily_counts where what = 'joined'`).
		Scan(&joined))
	if joined != 2 {
		t.Errorf("%d people have joined, want 2", joined)
	}
	o.WantKinds("after the upgrade")
	for _, a := range data.Announcements[:2] {
		a.Title, a.PublishAt = "changed", now()
		o.Save(a)
	}
	o.Must(o.UpdateSubscriber(t.Context(), by(), 3, 1,
		namets.SubscriberPatch{IsActive: ptr(true), IsVerified: ptr(false)}))
	o.WantKinds("what was there counts as told")
	v := data.Announcements[2]
	v.SendEmail = true
	o.Save(v)
	o.Must(o.UpdateSubscriber(t.Context(), by(), 5, 1, namets.SubscriberPatch{IsActive: ptr(true)}))
	o.WantKinds("what was not told is new", "announcement_created", "subscriber_joined")
}
