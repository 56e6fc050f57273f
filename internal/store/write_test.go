package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// audit returns what the last audit rows say, the newest first.
func (o *outbox) audit(n int) (lines []string) {
	o.t.Helper()
	rows, err := o.Reader().QueryContext(o.t.Context(), `
		select actor_name || ' ' || action || ' ' || entity || ' ' || coalesce(entity_id, '-') || ' ' || detail
		from audit order by id desc limit $1`, n)
	o.must(err)
	defer rows.Close()
	for rows.Next() {
		var line string
		o.must(rows.Scan(&line))
		lines = append(lines, line)
	}
	return lines
}

func wantCode(t *testing.T, what string, err error, code namets.Code, field string) {
	t.Helper()
	e, ok := errors.AsType[*namets.Error](err)
	if !ok || e.Code != code || e.Field != field {
		t.Errorf("%s: %v (%s), want %s at field %q", what, err, namets.CodeOf(err), code, field)
	}
}

func TestWriters_storeRowsThatAreExportedAsTheyWere(t *testing.T) {
	o := newOutbox(t)
	ctx, want := t.Context(), fixture()
	for i := range want.EventCategories {
		r := &want.EventCategories[i]
		id, err := o.CreateEventCategory(ctx, by, *r)
		o.must(err)
		r.ID = id
	}
	for i := range want.Subscribers {
		r := &want.Subscribers[i]
		id, err := o.CreateSubscriber(ctx, by, *r)
		o.must(err)
		r.ID = id
	}
	for i := range want.Announcements {
		r := &want.Announcements[i]
		id, err := o.CreateAnnouncement(ctx, by, *r)
		o.must(err)
		r.ID = id
	}
	for i := range want.Events {
		r := &want.Events[i]
		id, err := o.CreateEvent(ctx, by, *r)
		o.must(err)
		r.ID = id
	}
	for i := range want.Patrons {
		r := &want.Patrons[i]
		id, err := o.CreatePatron(ctx, by, *r)
		o.must(err)
		r.ID = id
	}
	for i := range want.PrayerSchedules {
		r := &want.PrayerSchedules[i]
		id, err := o.CreatePrayerSchedule(ctx, by, *r)
		o.must(err)
		r.ID = id
	}
	if diff := cmp.Diff(want, mustExport(t, o.DB)); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}

	want.EventCategories[0].Name = "other"
	o.must(o.UpdateEventCategory(ctx, by, 1, want.EventCategories[0]))
	want.Announcements[1].ExpireAt = ptr(now)
	o.must(o.UpdateAnnouncement(ctx, by, 1, want.Announcements[1]))
	want.Events[0].CategoryID = nil
	o.must(o.UpdateEvent(ctx, by, 1, want.Events[0]))
	want.Patrons[0].Bio = ""
	o.must(o.UpdatePatron(ctx, by, 1, want.Patrons[0]))
	want.PrayerSchedules[0].Date.Day = 2
	o.must(o.UpdatePrayerSchedule(ctx, by, 1, want.PrayerSchedules[0]))
	want.Subscribers[0].Email = "other@example.org"
	o.must(o.UpdateSubscriber(ctx, by, want.Subscribers[0].ID, 1,
		namets.SubscriberPatch{Email: ptr("other@example.org")}))
	if diff := cmp.Diff(want, mustExport(t, o.DB)); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}

	o.must(o.DeleteAnnouncement(ctx, by, 1))
	o.must(o.DeleteEvent(ctx, by, 1))
	o.must(o.DeletePatron(ctx, by, 1))
	o.must(o.DeletePrayerSchedule(ctx, by, 1))
	o.must(o.DeleteSubscriber(ctx, by, 1))
	o.must(o.DeleteEventCategory(ctx, by, 1))
	want = &namets.Dataset{Subscribers: want.Subscribers[1:], Announcements: want.Announcements[1:],
		Events: want.Events[1:]}
	if diff := cmp.Diff(want, mustExport(t, o.DB)); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
}

func TestUpdate_overwritesNothingThatSomebodyElseHasSaved(t *testing.T) {
	o := newOutbox(t)
	a := o.announcement(namets.Announcement{Title: "A", PublishAt: now})
	_, revision, err := o.Announcement(t.Context(), a.ID)
	o.must(err)
	first, second := a, a
	first.Title, second.Content = "first", "second"
	o.must(o.UpdateAnnouncement(t.Context(), by, revision, first))
	wantCode(t, "stale", o.UpdateAnnouncement(t.Context(), by, revision, second), namets.Conflict, "")
	got, newer, err := o.Announcement(t.Context(), a.ID)
	if diff := cmp.Diff(first, got); diff != "" || err != nil || newer != revision+1 {
		t.Errorf("revision %d, %v (-want +got):\n%s", newer, err, diff)
	}
	o.must(o.UpdateAnnouncement(t.Context(), by, newer, second))

	data := mustExport(t, o.DB)
	data.Announcements[0].Title = "imported"
	mustImport(t, o.DB, data, namets.ImportOptions{Replace: true})
	wantCode(t, "an import came between", o.UpdateAnnouncement(t.Context(), by, newer+1, second), namets.Conflict, "")
}

func TestUpdate_leavesARowAloneThatDoesNotChange(t *testing.T) {
	o := newOutbox(t)
	a := o.announcement(namets.Announcement{Title: "A", PublishAt: now})
	generation := o.Generation(namets.KindAnnouncements)()
	a.PublishAt = a.PublishAt.Add(time.Nanosecond).In(time.FixedZone("", 3600)) // the same microsecond
	o.save(a)
	_, revision, err := o.Announcement(t.Context(), a.ID)
	o.must(err)
	if revision != 1 || o.Generation(namets.KindAnnouncements)() != generation || len(o.audit(9)) != 1 {
		t.Errorf("revision %d, audit %v", revision, o.audit(9))
	}
	a.Title = "B"
	o.save(a)
	if o.Generation(namets.KindAnnouncements)() == generation {
		t.Error("a change did not move the generation")
	}
}

func TestWriters_refuseWhatIsTakenOrMissing(t *testing.T) {
	o := newOutbox(t)
	ctx := t.Context()
	mustImport(t, o.DB, fixture(), namets.ImportOptions{})
	_, err := o.CreateSubscriber(ctx, by, namets.Subscriber{Email: "AMINA@example.org"})
	wantCode(t, "address", err, namets.Conflict, "email")
	wantCode(t, "address", o.UpdateSubscriber(ctx, by, 5, 0, namets.SubscriberPatch{Email: ptr("amina@EXAMPLE.org")}),
		namets.Conflict, "email")
	o.must(o.UpdateSubscriber(ctx, by, 3, 0, namets.SubscriberPatch{Email: ptr("AMINA@example.org")})) // its own
	_, err = o.CreateAnnouncement(ctx, by, namets.Announcement{Slug: "t", Category: namets.Sale, PublishAt: now})
	wantCode(t, "slug", err, namets.Conflict, "slug")
	_, err = o.CreateAnnouncement(ctx, by, namets.Announcement{Slug: "x", Category: "news", PublishAt: now})
	wantCode(t, "category", err, namets.Invalid, "")
	_, err = o.CreateEventCategory(ctx, by, namets.EventCategory{Slug: "n"})
	wantCode(t, "slug", err, namets.Conflict, "slug")
	_, err = o.CreateEvent(ctx, by, namets.Event{Title: "E", CategoryID: ptr(int64(77)), Start: now, End: now})
	wantCode(t, "event category", err, namets.Invalid, "category_id")
	wantCode(t, "slug", o.UpdateEvent(ctx, by, 0, namets.Event{ID: 2, Slug: "e", Start: now, End: now}),
		namets.Conflict, "slug")
	_, err = o.CreatePrayerSchedule(ctx, by, namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 1}})
	wantCode(t, "date", err, namets.Conflict, "date")
	for what, err := range map[string]error{
		"UpdateSubscriber":    o.UpdateSubscriber(ctx, by, 99, 0, namets.SubscriberPatch{}),
		"DeleteSubscriber":    o.DeleteSubscriber(ctx, by, 99),
		"UpdateAnnouncement":  o.UpdateAnnouncement(ctx, by, 0, namets.Announcement{ID: 99}),
		"DeleteAnnouncement":  o.DeleteAnnouncement(ctx, by, 99),
		"UpdateEvent":         o.UpdateEvent(ctx, by, 0, namets.Event{ID: 99}),
		"DeleteEvent":         o.DeleteEvent(ctx, by, 99),
		"UpdatePatron":        o.UpdatePatron(ctx, by, 0, namets.Patron{ID: 99}),
		"DeletePatron":        o.DeletePatron(ctx, by, 99),
		"DeleteEventCategory": o.DeleteEventCategory(ctx, by, 99), "DeletePrayerSchedule": o.DeletePrayerSchedule(ctx,
			by, 99),
	} {
		wantCode(t, what, err, namets.NotFound, "")
	}
	if _, _, err := o.EventCategory(ctx, 99); err == nil || err.Error() != "there is no event category "+
		"with the number 99" {
		t.Errorf("%v", err)
	}
	if bodies := o.deliver(); len(bodies) > 0 {
		t.Errorf("refused changes fired %v", bodies)
	}
}

func TestWriters_makeSlugsThatAreFree(t *testing.T) {
	o := newOutbox(t)
	var slugs []string
	for range 3 {
		slugs = append(slugs, o.announcement(namets.Announcement{Title: "Eid Prayer!", PublishAt: now}).Slug)
	}
	if diff := cmp.Diff([]string{"eid-prayer", "eid-prayer-2", "eid-prayer-3"}, slugs); diff != "" {
		t.Error(diff)
	}
	a := o.announcement(namets.Announcement{Title: "Other", PublishAt: now})
	a.Title, a.Slug = "Another", ""
	o.save(a)
	if got, _, err := o.Announcement(t.Context(), a.ID); got.Slug != "other" || err != nil {
		t.Errorf("an update without a slug made it %q, %v", got.Slug, err)
	}
}

func TestWriters_auditWhoChangedWhichFields(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("secret.person@example.org")
	o.must(o.UpdateSubscriber(t.Context(), by, id, 0, namets.SubscriberPatch{Email: ptr("other.person@example.org"),
		Events: ptr(false)}))
	o.must(o.DeleteSubscriber(t.Context(), by, id))
	_, err := o.QueuePing(t.Context(), by)
	o.must(err)
	want := []string{
		"test ping deliveries 4 {}",
		"test delete subscribers 1 {}",
		`test update subscribers 1 {"changed":["email","notify_events"]}`,
		"test create subscribers 1 {}",
	}
	if diff := cmp.Diff(want, o.audit(9)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := strings.Join(o.audit(99), ""); strings.Contains(text, "@") {
		t.Errorf("the audit holds an address: %s", text)
	}
}

func TestWriters_writeAllOrNothing(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	if _, err := o.Writer().ExecContext(t.Context(), `create trigger broken before insert on delivery_bodies begin `+
		`select raise(abort, 'no'); end`); err != nil {
		t.Fatal(err)
	}
	before, audit := mustExport(t, o.DB), o.audit(99)
	_, err := o.CreateAnnouncement(t.Context(), by, namets.Announcement{Category: namets.General, PublishAt: now,
		IsActive: true, SendEmail: true})
	if err == nil {
		t.Error("a change was acknowledged although its delivery could not be written")
	}
	if err := o.DeleteSubscriber(t.Context(), by, 1); err == nil {
		t.Error("a deletion was acknowledged although its delivery could not be written")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.DeletePatron(ctx, by, 1); err == nil {
		t.Error("a change under a context that is over was acknowledged")
	}
	if diff := cmp.Diff(before, mustExport(t, o.DB)); diff != "" {
		t.Errorf("rows changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(audit, o.audit(99)); diff != "" {
		t.Errorf("audit changed (-want +got):\n%s", diff)
	}
}
