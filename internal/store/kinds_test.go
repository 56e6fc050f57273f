package store_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"namets/internal/namets"
)

// columnsOf returns the columns of a table.
func columnsOf(t *testing.T, o *outbox, table namets.Kind) (names []string) {
	t.Helper()
	rows, err := o.Reader().QueryContext(t.Context(), "select name from pragma_table_info($1)", string(table))
	o.must(err)
	defer rows.Close()
	for rows.Next() {
		var name string
		o.must(rows.Scan(&name))
		names = append(names, name)
	}
	o.must(rows.Err())
	return names
}

// listed returns the kinds in the list of a statement.
func listed(t *testing.T, statement string) (kinds []namets.NotificationKind) {
	t.Helper()
	list := regexp.MustCompile(`kind (?:not )?in \(([^)]*)\)`).FindStringSubmatch(statement)
	if list == nil {
		t.Fatalf("%s names no kinds", statement)
	}
	for name := range strings.SplitSeq(list[1], ", ") {
		kinds = append(kinds, namets.NotificationKind(strings.Trim(name, "'")))
	}
	return kinds
}

// The outbox finds urgent deliveries by partial indexes, whose condition its statements repeat.
func TestNotifications_thatAreUrgentAreThoseOfTheIndexes(t *testing.T) {
	o := newOutbox(t)
	var urgent []namets.NotificationKind
	for _, info := range namets.Notifications() {
		if info.Urgent {
			urgent = append(urgent, info.Kind)
		}
	}
	statements := map[string]string{}
	rows, err := o.Reader().QueryContext(t.Context(), `
		select name, sql from sqlite_schema where type = 'index' and tbl_name = 'deliveries' and sql like '%+kind%'`)
	o.must(err)
	defer rows.Close()
	indexes := 0
	for rows.Next() {
		var name, text string
		o.must(rows.Scan(&name, &text))
		statements[name] = text
		indexes++
	}
	o.must(rows.Err())
	if indexes < 3 {
		t.Errorf("%d indexes tell urgent deliveries from the rest, want three", indexes)
	}
	for name, text := range statements {
		if got := listed(t, text); !slices.Equal(got, urgent) {
			t.Errorf("%s is for %v, urgent are %v: a migration has to make it again", name, got, urgent)
		}
	}
}

func TestNotifications_nameColumnsOfTheirSubjects(t *testing.T) {
	o := newOutbox(t)
	for _, info := range namets.Notifications() {
		columns := columnsOf(t, o, info.Subject)
		if info.Subject != "" && !slices.Contains(columns, "id") {
			t.Errorf("%s is about %s, which is no table", info.Kind, info.Subject)
		}
		needed := info.Changes
		if info.Once {
			needed = append(needed, "announced_at", "is_active", "send_email")
		}
		for _, name := range needed {
			if !slices.Contains(columns, name) {
				t.Errorf("%s: %s has no column %s", info.Kind, info.Subject, name)
			}
		}
	}
}

func TestExport_readsEveryKindOfContent(t *testing.T) {
	o := newOutbox(t)
	data := namets.Dataset{
		Subscribers:     []namets.Subscriber{{ID: 1, Email: "a@example.org"}},
		Announcements:   []namets.Announcement{{ID: 1, Title: "A", Slug: "a", Category: namets.General}},
		EventCategories: []namets.EventCategory{{ID: 1, Name: "C", Slug: "c"}},
		Events:          []namets.Event{{ID: 1, Title: "E", Slug: "e"}},
		Patrons:         []namets.Patron{{ID: 1, Name: "P"}},
		PrayerSchedules: []namets.PrayerSchedule{{ID: 1, Date: namets.Date{Year: 2026, Month: 3, Day: 1}}},
	}
	report, err := o.Import(t.Context(), namets.Actor{Kind: namets.System}, &data, namets.ImportOptions{})
	o.must(err)
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
	o.must(err)
	rows := reflect.ValueOf(*exported)
	for i := range rows.NumField() {
		if rows.Field(i).Len() != 1 {
			t.Errorf("%d %s are exported, want 1", rows.Field(i).Len(), rows.Type().Field(i).Name)
		}
	}
}
