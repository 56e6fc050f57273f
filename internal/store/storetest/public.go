package storetest

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// readAll returns all values of all rows as one text.
func readAll(t *testing.T, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		values := make([]sql.RawBytes, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			b.Write(v)
			b.WriteByte(' ')
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (su suite) TestCurrentAnnouncements_arePublic(t *testing.T) {
	o := su.outbox(t)
	at := func(hours int) time.Time { return Now().Add(time.Duration(hours) * time.Hour) }
	for _, a := range []namets.Announcement{
		{Title: "old", PublishAt: at(-48), IsActive: true},
		{Title: "new", PublishAt: Now(), IsActive: true},
		{Title: "pinned", PublishAt: at(-72), IsActive: true, IsPinned: true, ExpireAt: ptr(at(1))},
		{Title: "expired", PublishAt: at(-2), IsActive: true, ExpireAt: ptr(Now())},
		{Title: "scheduled", PublishAt: Now().Add(time.Microsecond), IsActive: true, IsPinned: true},
		{Title: "draft", PublishAt: at(-1)},
	} {
		o.AddAnnouncement(a)
	}
	titles := func(skip, limit int) (list []string) {
		all, err := o.CurrentAnnouncements(t.Context(), Now(), skip, limit)
		o.Must(err)
		for _, a := range all {
			list = append(list, a.Title)
		}
		return list
	}
	if diff := cmp.Diff([]string{"pinned", "new", "old"}, titles(0, 10)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"new"}, titles(1, 1)); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	a, err := o.AnnouncementBySlug(t.Context(), "pinned")
	if o.Must(err); a.Title != "pinned" {
		t.Errorf("%+v", a)
	}
	_, err = o.AnnouncementBySlug(t.Context(), "no-such")
	WantCode(t, "slug", err, namets.NotFound, "")
}

func (su suite) TestUpcomingEvents_areNotOver(t *testing.T) {
	o := su.outbox(t)
	at := func(hours int) time.Time { return Now().Add(time.Duration(hours) * time.Hour) }
	for _, e := range []namets.Event{
		{Title: "later", Start: at(5), End: at(6), IsActive: true},
		{Title: "running", Start: at(-1), End: at(1), IsActive: true},
		{Title: "over", Start: at(-2), End: Now(), IsActive: true},
		{Title: "withdrawn", Start: at(1), End: at(2)},
		{Title: "ends before it starts", Start: at(3), End: at(-3), IsActive: true},
	} {
		_, err := o.CreateEvent(t.Context(), By(), e)
		o.Must(err)
	}
	all, err := o.UpcomingEvents(t.Context(), Now(), 0, 10)
	o.Must(err)
	var titles []string
	for _, e := range all {
		titles = append(titles, e.Title)
	}
	if diff := cmp.Diff([]string{"running", "ends before it starts", "later"}, titles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e, err := o.EventBySlug(t.Context(), "later"); err != nil || e.Title != "later" {
		t.Errorf("%+v, %v", e, err)
	}
}

func (su suite) TestPrayerSchedules_startAtTheDay(t *testing.T) {
	o := su.outbox(t)
	first := namets.Date{Year: 2026, Month: 3, Day: 1}
	data := &namets.Dataset{}
	for i := range 5 {
		data.PrayerSchedules = append(data.PrayerSchedules,
			namets.PrayerSchedule{ID: int64(i + 1), Date: first.AddDays(i), IsActive: i != 2})
	}
	MustImport(t, o.DB, data, namets.ImportOptions{})
	list, err := o.PrayerSchedules(t.Context(), first.AddDays(1), 2)
	o.Must(err)
	if len(list) != 2 || list[0].Date != first.AddDays(1) || list[1].Date != first.AddDays(3) {
		t.Errorf("%+v", list)
	}
}
