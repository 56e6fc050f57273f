package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// Audit returns the last audit rows as text, newest first.
func (o *Outbox) Audit(n int) (lines []string) {
	o.T.Helper()
	rows, err := o.SQL().QueryContext(o.T.Context(), `
		select actor_name || ' ' || action || ' ' || entity || ' ' || coalesce(entity_id, '-') || ' ' || detail
		from audit order by id desc limit $1`, n)
	o.Must(err)
	defer rows.Close()
	for rows.Next() {
		var line string
		o.Must(rows.Scan(&line))
		lines = append(lines, line)
	}
	return lines
}

// WantCode checks that the error has the code and the field.
func WantCode(t *testing.T, what string, err error, code namets.Code, field string) {
	t.Helper()
	e, ok := errors.AsType[*namets.Error](err)
	if !ok || e.Code != code || e.Field != field {
		t.Errorf("%s: %v (%s), want %s at field %q", what, err, namets.CodeOf(err), code, field)
	}
}

func (su suite) TestWriters_storeRowsThatExportUnchanged(t *testing.T) {
	o := su.outbox(t)
	ctx, want := t.Context(), Fixture()
	for i := range want.EventCategories {
		r := &want.EventCategories[i]
		id, err := o.CreateEventCategory(ctx, By(), *r)
		o.Must(err)
		r.ID = id
	}
	for i := range want.Subscribers {
		r := &want.Subscribers[i]
		id, err := o.CreateSubscriber(ctx, By(), *r)
		o.Must(err)
		r.ID = id
	}
	for i := range want.Announcements {
		r := &want.Announcements[i]
		id, err := o.CreateAnnouncement(ctx, By(), *r)
		o.Must(err)
		r.ID = id
	}
	for i := range want.Events {
		r := &want.Events[i]
		id, err := o.CreateEvent(ctx, By(), *r)
		o.Must(err)
		r.ID = id
	}
	for i := range want.Patrons {
		r := &want.Patrons[i]
		id, err := o.CreatePatron(ctx, By(), *r)
		o.Must(err)
		r.ID = id
	}
	for i := range want.PrayerSchedules {
		r := &want.PrayerSchedules[i]
		id, err := o.CreatePrayerSchedule(ctx, By(), *r)
		o.Must(err)
		r.ID = id
	}
	if diff := cmp.Diff(want, MustExport(t, o.DB), IgnoreTimes()); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}

	want.EventCategories[0].Name = "other"
	o.Must(o.UpdateEventCategory(ctx, By(), 1, want.EventCategories[0]))
	want.Announcements[1].ExpireAt = ptr(Now())
	o.Must(o.UpdateAnnouncement(ctx, By(), 1, want.Announcements[1]))
	want.Events[0].CategoryID = nil
	o.Must(o.UpdateEvent(ctx, By(), 1, want.Events[0]))
	want.Patrons[0].Bio = ""
	o.Must(o.UpdatePatron(ctx, By(), 1, want.Patrons[0]))
	want.PrayerSchedules[0].Date.Day = 2
	o.Must(o.UpdatePrayerSchedule(ctx, By(), 1, want.PrayerSchedules[0]))
	want.Subscribers[0].Email = "other@example.org"
	o.Must(o.UpdateSubscriber(ctx, By(), want.Subscribers[0].ID, 1,
		namets.SubscriberPatch{Email: ptr("other@example.org")}))
	if diff := cmp.Diff(want, MustExport(t, o.DB), IgnoreTimes()); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}

	o.Must(o.DeleteAnnouncement(ctx, By(), 1))
	o.Must(o.DeleteEvent(ctx, By(), 1))
	o.Must(o.DeletePatron(ctx, By(), 1))
	o.Must(o.DeletePrayerSchedule(ctx, By(), 1))
	o.Must(o.DeleteSubscriber(ctx, By(), 1))
	o.Must(o.DeleteEventCategory(ctx, By(), 1))
	want = &namets.Dataset{Subscribers: want.Subscribers[1:], Announcements: want.Announcements[1:],
		Events: want.Events[1:]}
	if diff := cmp.Diff(want, MustExport(t, o.DB), IgnoreTimes()); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
}

func (su suite) TestUpdate_refusesAnOutdatedRevision(t *testing.T) {
	o := su.outbox(t)
	a := o.AddAnnouncement(namets.Announcement{Title: "A", PublishAt: Now()})
	_, revision, err := o.Announcement(t.Context(), a.ID)
	o.Must(err)
	first, second := a, a
	first.Title, second.Content = "first", "second"
	o.Must(o.UpdateAnnouncement(t.Context(), By(), revision, first))
	WantCode(t, "stale", o.UpdateAnnouncement(t.Context(), By(), revision, second), namets.Conflict, "")
	got, newer, err := o.Announcement(t.Context(), a.ID)
	if diff := cmp.Diff(first, got); diff != "" || err != nil || newer != revision+1 {
		t.Errorf("revision %d, %v (-want +got):\n%s", newer, err, diff)
	}
	o.Must(o.UpdateAnnouncement(t.Context(), By(), newer, second))

	data := MustExport(t, o.DB)
	data.Announcements[0].Title = "imported"
	MustImport(t, o.DB, data, namets.ImportOptions{Replace: true})
	WantCode(t, "an import came between", o.UpdateAnnouncement(t.Context(), By(), newer+1, second), namets.Conflict, "")
}

func (su suite) TestUpdate_doesNotWriteAnUnchangedRow(t *testing.T) {
	o := su.outbox(t)
	a := o.AddAnnouncement(namets.Announcement{Title: "A", PublishAt: Now()})
	generation := o.Generation(namets.KindAnnouncements)()
	a.PublishAt = a.PublishAt.Add(time.Nanosecond).In(time.FixedZone("", 3600)) // the same microsecond
	o.Save(a)
	_, revision, err := o.Announcement(t.Context(), a.ID)
	o.Must(err)
	if revision != 1 || o.Generation(namets.KindAnnouncements)() != generation || len(o.Audit(9)) != 1 {
		t.Errorf("revision %d, audit %v", revision, o.Audit(9))
	}
	a.Title = "B"
	o.Save(a)
	if o.Generation(namets.KindAnnouncements)() == generation {
		t.Error("a change did not change the generation")
	}
}

func (su suite) TestWriters_refuseTakenValuesAndMissingRows(t *testing.T) {
	o := su.outbox(t)
	ctx := t.Context()
	MustImport(t, o.DB, Fixture(), namets.ImportOptions{})
	_, err := o.CreateSubscriber(ctx, By(), namets.Subscriber{Email: "AMINA@example.org"})
	WantCode(t, "address", err, namets.Conflict, "email")
	WantCode(t, "address", o.UpdateSubscriber(ctx, By(), 5, 0, namets.SubscriberPatch{Email: ptr("amina@EXAMPLE.org")}),
		namets.Conflict, "email")
	o.Must(o.UpdateSubscriber(ctx, By(), 3, 0, namets.SubscriberPatch{Email: ptr("AMINA@example.org")})) // its own
	_, err = o.CreateAnnouncement(ctx, By(), namets.Announcement{Slug: "t", Category: namets.Sale, PublishAt: Now()})
	WantCode(t, "slug", err, namets.Conflict, "slug")
	_, err = o.CreateAnnouncement(ctx, By(), namets.Announcement{Slug: "x", Category: "news", PublishAt: Now()})
	WantCode(t, "category", err, namets.Invalid, "")
	_, err = o.CreateEventCategory(ctx, By(), namets.EventCategory{Slug: "n"})
	WantCode(t, "slug", err, namets.Conflict, "slug")
	_, err = o.CreateEvent(ctx, By(), namets.Event{Title: "E", CategoryID: ptr(int64(77)), Start: Now(), End: Now()})
	WantCode(t, "event category", err, namets.Invalid, "category_id")
	WantCode(t, "slug", o.UpdateEvent(ctx, By(), 0, namets.Event{ID: 2, Slug: "e", Start: Now(), End: Now()}),
		namets.Conflict, "slug")
	_, err = o.CreatePrayerSchedule(ctx, By(), namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 1}})
	WantCode(t, "date", err, namets.Conflict, "date")
	for what, err := range map[string]error{
		"UpdateSubscriber":    o.UpdateSubscriber(ctx, By(), 99, 0, namets.SubscriberPatch{}),
		"DeleteSubscriber":    o.DeleteSubscriber(ctx, By(), 99),
		"UpdateAnnouncement":  o.UpdateAnnouncement(ctx, By(), 0, namets.Announcement{ID: 99}),
		"DeleteAnnouncement":  o.DeleteAnnouncement(ctx, By(), 99),
		"UpdateEvent":         o.UpdateEvent(ctx, By(), 0, namets.Event{ID: 99}),
		"DeleteEvent":         o.DeleteEvent(ctx, By(), 99),
		"UpdatePatron":        o.UpdatePatron(ctx, By(), 0, namets.Patron{ID: 99}),
		"DeletePatron":        o.DeletePatron(ctx, By(), 99),
		"DeleteEventCategory": o.DeleteEventCategory(ctx, By(), 99), "DeletePrayerSchedule": o.DeletePrayerSchedule(ctx,
			By(), 99),
	} {
		WantCode(t, what, err, namets.NotFound, "")
	}
	if _, _, err := o.EventCategory(ctx, 99); err == nil || err.Error() != "there is no event category "+
		"with the number 99" {
		t.Errorf("%v", err)
	}
	if bodies := o.Deliver(); len(bodies) > 0 {
		t.Errorf("refused changes fired %v", bodies)
	}
}

func (su suite) TestWriters_makeFreeSlugs(t *testing.T) {
	o := su.outbox(t)
	var slugs []string
	for range 3 {
		slugs = append(slugs, o.AddAnnouncement(namets.Announcement{Title: "Eid Prayer!", PublishAt: Now()}).Slug)
	}
	if diff := cmp.Diff([]string{"eid-prayer", "eid-prayer-2", "eid-prayer-3"}, slugs); diff != "" {
		t.Error(diff)
	}
	a := o.AddAnnouncement(namets.Announcement{Title: "Other", PublishAt: Now()})
	a.Title, a.Slug = "Another", ""
	o.Save(a)
	if got, _, err := o.Announcement(t.Context(), a.ID); got.Slug != "other" || err != nil {
		t.Errorf("an update without a slug made it %q, %v", got.Slug, err)
	}
}

func (su suite) TestWriters_recordWhoChangedWhichFields(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("secret.person@example.org")
	o.Must(o.UpdateSubscriber(t.Context(), By(), id, 0, namets.SubscriberPatch{Email: ptr("other.person@example.org"),
		Events: ptr(false)}))
	o.Must(o.DeleteSubscriber(t.Context(), By(), id))
	_, err := o.QueuePing(t.Context(), By())
	o.Must(err)
	want := []string{
		"test ping deliveries 4 {}",
		"test delete subscribers 1 {}",
		`test update subscribers 1 {"changed":["email","notify_events"]}`,
		"test create subscribers 1 {}",
	}
	if diff := cmp.Diff(want, o.Audit(9)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := strings.Join(o.Audit(99), ""); strings.Contains(text, "@") {
		t.Errorf("the audit contains an address: %s", text)
	}
}

func (su suite) TestWriters_writeAllOrNothing(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	if _, err := o.SQL().ExecContext(t.Context(), `alter table delivery_bodies rename to moved`); err != nil {
		t.Fatal(err)
	}
	before, audit := MustExport(t, o.DB), o.Audit(99)
	_, err := o.CreateAnnouncement(t.Context(), By(), namets.Announcement{Category: namets.General, PublishAt: Now(),
		IsActive: true, SendEmail: true})
	if err == nil {
		t.Error("a change was acknowledged although its delivery could not be written")
	}
	if err := o.DeleteSubscriber(t.Context(), By(), 1); err == nil {
		t.Error("a deletion was acknowledged although its delivery could not be written")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.DeletePatron(ctx, By(), 1); err == nil {
		t.Error("a change with a cancelled context was acknowledged")
	}
	if diff := cmp.Diff(before, MustExport(t, o.DB)); diff != "" {
		t.Errorf("rows changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(audit, o.Audit(99)); diff != "" {
		t.Errorf("audit changed (-want +got):\n%s", diff)
	}
}
