package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

var by = namets.Actor{Kind: namets.Command, Name: "test"}

func mustImport(t *testing.T, db *sqlite.DB, data *namets.Dataset, opts namets.ImportOptions) namets.ImportReport {
	t.Helper()
	report, err := db.Import(t.Context(), by, data, opts)
	if err != nil || len(report.Conflicts) > 0 {
		t.Fatalf("import: %v, %+v", err, report.Conflicts)
	}
	return report
}

func mustExport(t *testing.T, db *sqlite.DB) *namets.Dataset {
	t.Helper()
	data, err := db.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ptr[T any](v T) *T { return &v }

// fixture is a small dataset with every field set at least once.
func fixture() *namets.Dataset {
	return &namets.Dataset{
		Subscribers: []namets.Subscriber{
			{ID: 3, Email: "Amina@Example.org", Phone: "+234 1", IsVerified: true, IsActive: true,
				Notify: namets.Preferences{Announcements: true, PrayerChanges: true}, Token: namets.UUID{1, 2, 3},
				SubscribedAt: now, LastNotified: ptr(now.Add(time.Microsecond))},
			{ID: 5, Email: "b@example.org", Notify: namets.Preferences{Events: true}, Token: namets.UUID{4},
				SubscribedAt: now},
		},
		Announcements: []namets.Announcement{
			{ID: 1, Title: "T", Slug: "t", Content: "c\x01", Category: namets.Ramadan, IsPinned: true, PublishAt: now,
				ExpireAt: ptr(now.AddDate(7000, 0, 0)), IsActive: true, SendEmail: true},
			{ID: 2, Slug: "u", Category: namets.Sale, PublishAt: now.AddDate(-2000, 0, 0)},
		},
		EventCategories: []namets.EventCategory{{ID: 1, Name: "N", Slug: "n", Description: "d"}},
		Events: []namets.Event{
			{ID: 1, Title: "E", Slug: "e", Description: "d", CategoryID: ptr(int64(1)), Start: now,
				End:      now.Add(-time.Hour),
				Location: "l", IsFeatured: true, IsActive: true, SendEmail: true},
			{ID: 2, Slug: "f", Start: now, End: now},
		},
		Patrons: []namets.Patron{{ID: 1, Name: "P", Designation: "D", Bio: "B", Email: "p@example.edu",
			HierarchyOrder: -2,
			IsActive:       true, ReceiveNotifications: true}},
		PrayerSchedules: []namets.PrayerSchedule{{ID: 1, Date: namets.Date{Year: 2026, Month: 3, Day: 1},
			PrayerTimes: namets.PrayerTimes{FajrAdhan: 1, FajrIqama: 2, DhuhrAdhan: 3, DhuhrIqama: 4, AsrAdhan: 5,
				AsrIqama:     6,
				MaghribAdhan: 7, MaghribIqama: 8, IshaAdhan: 9, IshaIqama: 86399999999}, IsActive: true,
			SendEmail: true}},
	}
}

func TestImport_storesEveryField(t *testing.T) {
	db, _ := newTestDB(t)
	mustImport(t, db, fixture(), namets.ImportOptions{})
	if diff := cmp.Diff(fixture(), mustExport(t, db)); diff != "" {
		t.Errorf("exported (-want +got):\n%s", diff)
	}
}

func TestImport_leavesTheSameRowsAlone(t *testing.T) {
	db, _ := newTestDB(t)
	mustImport(t, db, fixture(), namets.ImportOptions{})
	report := mustImport(t, db, fixture(), namets.ImportOptions{})
	for _, k := range report.Kinds {
		if k.Added+k.Replaced > 0 {
			t.Errorf("%+v, want only unchanged rows", k)
		}
	}
}

func TestImport_reportsAllConflictsAndWritesNothing(t *testing.T) {
	db, _ := newTestDB(t)
	mustImport(t, db, fixture(), namets.ImportOptions{})
	data := &namets.Dataset{
		Subscribers: []namets.Subscriber{
			{ID: 7, Email: "new@example.org", Token: namets.UUID{9}, SubscribedAt: now},
			{ID: 8, Email: "AMINA@example.org", Token: namets.UUID{1, 2, 3}, SubscribedAt: now},
		},
		Announcements: []namets.Announcement{{ID: 1, Title: "other", Slug: "t", Category: namets.General,
			PublishAt: now}},
		Events: []namets.Event{{ID: 9, Slug: "z", CategoryID: ptr(int64(42)), Start: now, End: now}},
		PrayerSchedules: []namets.PrayerSchedule{
			{ID: 2, Date: namets.Date{Year: 2026, Month: 3, Day: 1}},
		},
	}
	report, err := db.Import(t.Context(), by, data, namets.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	type where struct {
		Kind  namets.Kind
		Index int
		Field string
	}
	var got []where
	for _, c := range report.Conflicts {
		got = append(got, where{c.Kind, c.Index, c.Field})
	}
	want := []where{
		{namets.KindSubscribers, 1, "email"}, {namets.KindSubscribers, 1, "token"},
		{namets.KindAnnouncements, 0, "id"}, {namets.KindEvents, 0, "category_id"},
		{namets.KindPrayerSchedules, 0, "date"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("conflicts (-want +got):\n%s", diff)
	}
	const message = "the stored row with id 3 has this value already (letter case does not count, nor whether a " +
		"domain is in Unicode or in Punycode): take the row out of the file, " +
		"or give one of the two another value"
	if diff := cmp.Diff(message, report.Conflicts[0].Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(fixture(), mustExport(t, db)); diff != "" {
		t.Errorf("the database changed (-want +got):\n%s", diff)
	}
}

func TestImport_replacesWhenAskedEvenWhereUniqueValuesChangePlaces(t *testing.T) {
	db, _ := newTestDB(t)
	mustImport(t, db, fixture(), namets.ImportOptions{})
	data := fixture()
	data.Subscribers[0].Email, data.Subscribers[1].Email = data.Subscribers[1].Email, data.Subscribers[0].Email
	data.Subscribers[0].Token, data.Subscribers[1].Token = data.Subscribers[1].Token, data.Subscribers[0].Token
	data.Announcements[0].Slug, data.Announcements[1].Slug = data.Announcements[1].Slug, data.Announcements[0].Slug
	data.EventCategories[0].Description = "changed"
	data.PrayerSchedules[0].Date = namets.Date{Year: 2026, Month: 3, Day: 2}
	report := mustImport(t, db, data, namets.ImportOptions{Replace: true})
	if got := report.Kinds[0]; got.Replaced != 2 {
		t.Errorf("%+v, want 2 replaced", got)
	}
	if diff := cmp.Diff(data, mustExport(t, db)); diff != "" {
		t.Errorf("exported (-want +got):\n%s", diff)
	}
}

func TestImport_dryRunWritesNothing(t *testing.T) {
	db, _ := newTestDB(t)
	report := mustImport(t, db, fixture(), namets.ImportOptions{DryRun: true})
	if report.Kinds[0].Added != 2 {
		t.Errorf("%+v, want 2 added", report.Kinds[0])
	}
	if diff := cmp.Diff(&namets.Dataset{}, mustExport(t, db)); diff != "" {
		t.Errorf("the database changed (-want +got):\n%s", diff)
	}
}

func TestImport_writesOneAuditRowWithoutAddresses(t *testing.T) {
	db, _ := newTestDB(t)
	mustImport(t, db, fixture(), namets.ImportOptions{})
	var n int
	var text string
	err := db.Reader().QueryRowContext(t.Context(),
		`select count(*), max(actor_kind || ' ' || actor_name || ' ' || action || ' ' || detail) from audit`).Scan(&n,
		&text)
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	want := `command test import [{"Kind":"subscribers","Added":2,"Unchanged":0,"Replaced":0},`
	if len(text) < len(want) || text[:len(want)] != want {
		t.Errorf("audit = %s", text)
	}
}

func TestRecipients_areTheActiveSubscribersByID(t *testing.T) {
	db, _ := newTestDB(t)
	mustImport(t, db, fixture(), namets.ImportOptions{})
	var got []namets.Recipient
	err := db.Recipients(t.Context(), func(r *namets.Recipient) error {
		got = append(got, *r)
		return nil
	})
	want := []namets.Recipient{{ID: 3, Email: "Amina@Example.org", Phone: "+234 1",
		Notify: namets.Preferences{Announcements: true, PrayerChanges: true}, Token: namets.UUID{1, 2, 3}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
