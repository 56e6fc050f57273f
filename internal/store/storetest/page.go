package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// paged collects the ids and revisions of a page.
type paged []string

func pageOf[R any](list *paged, id func(*R) int64) func(*R, int64) error {
	return func(row *R, revision int64) error {
		*list = append(*list, fmt.Sprint(id(row), "r", revision))
		return nil
	}
}

// want fails the test unless exactly the rows were read, in their order.
func (p paged) want(t *testing.T, what string, rows ...string) {
	t.Helper()
	if got, want := strings.Join(p, " "), strings.Join(rows, " "); got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func (su suite) TestPages_selectRowsByID(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	for i := range 4 {
		o.Step(time.Minute)
		_, err := o.ChangeAnnouncement(ctx, titled(fmt.Sprint("k", i), fmt.Sprint("News_", i)))
		o.Must(err)
		_, err = o.CreateEvent(ctx, By(), namets.Event{Title: "E", Start: o.At.Add(time.Hour),
			End: o.At.Add(2 * time.Hour), IsActive: i != 1})
		o.Must(err)
	}
	o.Step(time.Minute)
	since := o.At
	_, err := o.ChangeAnnouncement(ctx, titled("k1", "Other"))
	o.Must(err)

	announcement := func(a *namets.Announcement) int64 { return a.ID }
	event := func(e *namets.Event) int64 { return e.ID }
	for what, test := range map[string]struct {
		filter namets.ContentFilter
		page   namets.RowPage
		want   []string
	}{
		"all":     {namets.ContentFilter{}, namets.RowPage{Limit: 9}, []string{"1r1", "2r2", "3r1", "4r1"}},
		"second":  {namets.ContentFilter{}, namets.RowPage{After: 1, Limit: 2}, []string{"2r2", "3r1"}},
		"changed": {namets.ContentFilter{}, namets.RowPage{Limit: 9, UpdatedSince: since}, []string{"2r2"}},
		"found":   {namets.ContentFilter{Search: "s_"}, namets.RowPage{Limit: 9}, []string{"1r1", "3r1", "4r1"}},
		"drafts":  {namets.ContentFilter{Stage: namets.Draft}, namets.RowPage{Limit: 9}, nil},
	} {
		var got paged
		o.Must(o.AnnouncementPage(ctx, test.filter, test.page, pageOf(&got, announcement)))
		got.want(t, what, test.want...)
	}
	var got paged
	o.Must(o.EventPage(ctx, namets.ContentFilter{Stage: namets.Published}, namets.EventPage{
		RowPage: namets.RowPage{Limit: 9}, From: Now().Add(62 * time.Minute), To: Now().Add(63 * time.Minute)},
		pageOf(&got, event)))
	got.want(t, "events that begin later", "3r1")
	row, revision, err := o.AnnouncementRow(ctx, namets.RowRef{Key: "k1"})
	if o.Must(err); row.ID != 2 || revision != 2 {
		t.Errorf("by key: %d, revision %d", row.ID, revision)
	}
	_, _, err = o.EventRow(ctx, namets.RowRef{Key: "k1"})
	if namets.CodeOf(err) != namets.NotFound {
		t.Errorf("an event with the key: %v", err)
	}
}

func (su suite) TestPages_selectPeopleAndDays(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	yes := true
	for i := range 3 {
		_, err := o.CreatePatron(ctx, By(), namets.Patron{Name: fmt.Sprint("Patron ", i), IsActive: i != 1})
		o.Must(err)
		_, err = o.CreateEventCategory(ctx, By(), namets.EventCategory{Name: fmt.Sprint("C", i)})
		o.Must(err)
		_, err = o.CreateSubscriber(ctx, By(), namets.Subscriber{Email: fmt.Sprintf("P%d@example.org", i),
			IsActive: i != 1, Notify: namets.Preferences{Events: i == 2}})
		o.Must(err)
		_, err = o.CreatePrayerSchedule(ctx, By(), namets.PrayerSchedule{
			Date: namets.Date{Year: 2026, Month: 3, Day: 3 - i}, IsActive: i != 1})
		o.Must(err)
	}
	all := namets.RowPage{Limit: 9}
	var got paged
	o.Must(o.PatronPage(ctx, "n", &yes, all, pageOf(&got, func(p *namets.Patron) int64 { return p.ID })))
	got.want(t, "active patrons", "1r1", "3r1")
	got = nil
	o.Must(o.CategoryPage(ctx, "c1", all, pageOf(&got, func(c *namets.EventCategory) int64 { return c.ID })))
	got.want(t, "categories by name", "2r1")
	got = nil
	o.Must(o.SubscriberPage(ctx, namets.SubscriberFilter{Active: &yes, Events: &yes}, all,
		pageOf(&got, func(s *namets.Subscriber) int64 { return s.ID })))
	got.want(t, "who wants events", "3r1")
	got = nil
	day := func(s *namets.PrayerSchedule) int64 { return int64(s.Date.Day) }
	o.Must(o.PrayerPage(ctx, namets.PrayerPage{Limit: 2}, pageOf(&got, day)))
	got.want(t, "the first days", "1r1", "2r1")
	got = nil
	o.Must(o.PrayerPage(ctx, namets.PrayerPage{After: namets.Date{Year: 2026, Month: 3, Day: 1}, Limit: 9,
		Stage: namets.Published, To: namets.Date{Year: 2026, Month: 3, Day: 3}}, pageOf(&got, day)))
	got.want(t, "later days that are published", "3r1")
	s, revision, err := o.SubscriberAt(ctx, "p1@EXAMPLE.org")
	if o.Must(err); s.ID != 2 || revision != 1 {
		t.Errorf("by address: %d, revision %d", s.ID, revision)
	}
	_, _, err = o.SubscriberAt(ctx, "p1@example.com")
	if namets.CodeOf(err) != namets.NotFound {
		t.Errorf("another address: %v", err)
	}
}
