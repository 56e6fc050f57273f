package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store"
)

// By is the actor of changes in the suite.
func By() namets.Actor { return namets.Actor{Kind: namets.Command, Name: "test"} }

// Now is the time at which a test begins.
func Now() time.Time { return time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC) }

// MustImport imports data and fails the test if there is a conflict.
func MustImport(t *testing.T, db *store.DB, data *namets.Dataset, opts namets.ImportOptions) namets.ImportReport {
	t.Helper()
	report, err := db.Import(t.Context(), By(), data, opts)
	if err != nil || len(report.Conflicts) > 0 {
		t.Fatalf("import: %v, %+v", err, report.Conflicts)
	}
	return report
}

// MustExport exports all rows.
func MustExport(t *testing.T, db *store.DB) *namets.Dataset {
	t.Helper()
	data, err := db.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ptr[T any](v T) *T { return &v }

// Fixture is a small dataset with every field set at least once.
func Fixture() *namets.Dataset {
	return &namets.Dataset{
		Subscribers: []namets.Subscriber{
			{ID: 3, Email: "Amina@Example.org", Phone: "+234 1", IsVerified: true, IsActive: true,
				Notify: namets.Preferences{Announcements: true, PrayerChanges: true}, Token: namets.UUID{1, 2, 3},
				SubscribedAt: Now(), LastNotified: ptr(Now().Add(time.Microsecond))},
			{ID: 5, Email: "b@example.org", Notify: namets.Preferences{Events: true}, Token: namets.UUID{4},
				SubscribedAt: Now()},
		},
		Announcements: []namets.Announcement{
			{ID: 1, Title: "T", Slug: "t", Content: "c\x01", Category: namets.Ramadan, IsPinned: true, PublishAt: Now(),
				ExpireAt: ptr(Now().AddDate(7000, 0, 0)), IsActive: true, SendEmail: true},
			{ID: 2, Slug: "u", Category: namets.Sale, PublishAt: Now().AddDate(-2000, 0, 0)},
		},
		EventCategories: []namets.EventCategory{{ID: 1, Name: "N", Slug: "n", Description: "d"}},
		Events: []namets.Event{
			{ID: 1, Title: "E", Slug: "e", Description: "d", CategoryID: ptr(int64(1)), Start: Now(),
				End:      Now().Add(-time.Hour),
				Location: "l", IsFeatured: true, IsActive: true, SendEmail: true},
			{ID: 2, Slug: "f", Start: Now(), End: Now()},
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

func (su suite) TestImport_storesEveryField(t *testing.T) {
	db, _ := su.database(t)
	MustImport(t, db, Fixture(), namets.ImportOptions{})
	if diff := cmp.Diff(Fixture(), MustExport(t, db), IgnoreTimes()); diff != "" {
		t.Errorf("exported (-want +got):\n%s", diff)
	}
}

func (su suite) TestImport_leavesTheSameRowsUnchanged(t *testing.T) {
	db, _ := su.database(t)
	MustImport(t, db, Fixture(), namets.ImportOptions{})
	report := MustImport(t, db, Fixture(), namets.ImportOptions{})
	for _, k := range report.Kinds {
		if k.Added+k.Replaced > 0 {
			t.Errorf("%+v, want only unchanged rows", k)
		}
	}
}

func (su suite) TestImport_reportsAllConflictsAndWritesNothing(t *testing.T) {
	db, _ := su.database(t)
	MustImport(t, db, Fixture(), namets.ImportOptions{})
	data := &namets.Dataset{
		Subscribers: []namets.Subscriber{
			{ID: 7, Email: "new@example.org", Token: namets.UUID{9}, SubscribedAt: Now()},
			{ID: 8, Email: "AMINA@example.org", Token: namets.UUID{1, 2, 3}, SubscribedAt: Now()},
		},
		Announcements: []namets.Announcement{{ID: 1, Title: "other", Slug: "t", Category: namets.General,
			PublishAt: Now()}},
		Events: []namets.Event{{ID: 9, Slug: "z", CategoryID: ptr(int64(42)), Start: Now(), End: Now()}},
		PrayerSchedules: []namets.PrayerSchedule{
			{ID: 2, Date: namets.Date{Year: 2026, Month: 3, Day: 1}},
		},
	}
	report, err := db.Import(t.Context(), By(), data, namets.ImportOptions{})
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
	if diff := cmp.Diff(Fixture(), MustExport(t, db), IgnoreTimes()); diff != "" {
		t.Errorf("the database changed (-want +got):\n%s", diff)
	}
}

func (su suite) TestImport_replacesRowsThatSwapUniqueValues(t *testing.T) {
	db, _ := su.database(t)
	MustImport(t, db, Fixture(), namets.ImportOptions{})
	data := Fixture()
	data.Subscribers[0].Email, data.Subscribers[1].Email = data.Subscribers[1].Email, data.Subscribers[0].Email
	data.Subscribers[0].Token, data.Subscribers[1].Token = data.Subscribers[1].Token, data.Subscribers[0].Token
	data.Announcements[0].Slug, data.Announcements[1].Slug = data.Announcements[1].Slug, data.Announcements[0].Slug
	data.EventCategories[0].Description = "changed"
	data.PrayerSchedules[0].Date = namets.Date{Year: 2026, Month: 3, Day: 2}
	report := MustImport(t, db, data, namets.ImportOptions{Replace: true})
	if got := report.Kinds[0]; got.Replaced != 2 {
		t.Errorf("%+v, want 2 replaced", got)
	}
	if diff := cmp.Diff(data, MustExport(t, db), IgnoreTimes()); diff != "" {
		t.Errorf("exported (-want +got):\n%s", diff)
	}
}

func (su suite) TestImport_dryRunWritesNothing(t *testing.T) {
	db, _ := su.database(t)
	report := MustImport(t, db, Fixture(), namets.ImportOptions{DryRun: true})
	if report.Kinds[0].Added != 2 {
		t.Errorf("%+v, want 2 added", report.Kinds[0])
	}
	if diff := cmp.Diff(&namets.Dataset{}, MustExport(t, db)); diff != "" {
		t.Errorf("the database changed (-want +got):\n%s", diff)
	}
}

func (su suite) TestImport_writesOneAuditRowWithoutAddresses(t *testing.T) {
	db, pool := su.database(t)
	MustImport(t, db, Fixture(), namets.ImportOptions{})
	var n int
	var text string
	err := pool.QueryRowContext(t.Context(),
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

func (su suite) TestRecipients_areTheActiveSubscribersByID(t *testing.T) {
	db, _ := su.database(t)
	MustImport(t, db, Fixture(), namets.ImportOptions{})
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

func (su suite) TestExport_readsEveryKindOfContent(t *testing.T) {
	o := su.outbox(t)
	data := namets.Dataset{
		Subscribers:     []namets.Subscriber{{ID: 1, Email: "a@example.org"}},
		Announcements:   []namets.Announcement{{ID: 1, Title: "A", Slug: "a", Category: namets.General}},
		EventCategories: []namets.EventCategory{{ID: 1, Name: "C", Slug: "c"}},
		Events:          []namets.Event{{ID: 1, Title: "E", Slug: "e"}},
		Patrons:         []namets.Patron{{ID: 1, Name: "P"}},
		PrayerSchedules: []namets.PrayerSchedule{{ID: 1, Date: namets.Date{Year: 2026, Month: 3, Day: 1}}},
	}
	report, err := o.Import(t.Context(), namets.Actor{Kind: namets.System}, &data, namets.ImportOptions{})
	o.Must(err)
	var imported []namets.Kind
	for _, count := range report.Kinds {
		if count.Added == 1 {
			imported = append(imported, count.Kind)
		}
	}
	if !slices.Equal(imported, namets.ContentKinds()) {
		t.Errorf("imported %v, want a row of each of %v: %+v", imported, namets.ContentKinds(), report)
	}
	exported, err := o.Export(t.Context())
	o.Must(err)
	rows := reflect.ValueOf(*exported)
	for i := range rows.NumField() {
		if rows.Field(i).Len() != 1 {
			t.Errorf("%d %s are exported, want 1", rows.Field(i).Len(), rows.Type().Field(i).Name)
		}
	}
}
