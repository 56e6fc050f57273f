package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// titled returns a change of the announcement with the key: it is created, and gets the title.
func titled(key, title string) namets.Change[namets.Announcement] {
	return namets.Change[namets.Announcement]{By: By(), Row: namets.RowRef{Key: key}, Create: true,
		Edit: func(a *namets.Announcement, revision int64) error {
			if revision == 0 {
				a.Content, a.Category, a.PublishAt, a.IsActive = "C", namets.General, Now(), true
			}
			a.Title = title
			return nil
		}}
}

func (su suite) TestChange_createsAndUpdatesByKey(t *testing.T) {
	o := su.outbox(t)
	for i, want := range []namets.Changed[namets.Announcement]{
		{Outcome: namets.WasCreated, Revision: 1}, {Outcome: namets.WasUnchanged, Revision: 1},
		{Outcome: namets.WasUpdated, Revision: 2},
	} {
		title := []string{"A", "A", "B"}[i]
		o.Step(time.Minute)
		got, err := o.ChangeAnnouncement(t.Context(), titled("k", title))
		o.Must(err)
		if got.Outcome != want.Outcome || got.Revision != want.Revision || got.Row.Title != title ||
			got.Row.Key != "k" || got.Row.ID != 1 || got.Row.Slug != "a" {
			t.Errorf("step %d: %+v", i, got)
		}
		if updated := got.Row.Updated.Equal(o.At); updated == (want.Outcome == namets.WasUnchanged) {
			t.Errorf("step %d: updated at %v, now %v", i, got.Row.Updated, o.At)
		}
		stored, revision, err := o.Announcement(t.Context(), got.Row.ID)
		o.Must(err)
		if diff := cmp.Diff(stored, got.Row); diff != "" || revision != got.Revision {
			t.Errorf("step %d, revision %d (-stored +returned):\n%s", i, revision, diff)
		}
	}
	list, err := o.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindAnnouncements})
	o.Must(err)
	if len(list) != 2 || list[0].Action != "update" || list[1].Action != "create" {
		t.Errorf("audit: %+v", list)
	}
}

func (su suite) TestChange_refusesOtherRevisionsAndAbsentRows(t *testing.T) {
	o := su.outbox(t)
	c := titled("k", "A")
	c.Accepts = namets.ExactRevision(1)
	_, err := o.ChangeAnnouncement(t.Context(), c)
	if namets.CodeOf(err) != namets.Conflict || !errors.Is(err, namets.ErrOtherRevision) {
		t.Errorf("no row has a revision: %v", err)
	}
	c = titled("k", "A")
	c.Create = false
	_, err = o.ChangeAnnouncement(t.Context(), c)
	WantCode(t, "an absent row", err, namets.NotFound, "")
	made, err := o.ChangeAnnouncement(t.Context(), titled("k", "A"))
	o.Must(err)
	c = titled("k", "B")
	c.Accepts = namets.ExactRevision(2)
	if _, err := o.ChangeAnnouncement(t.Context(), c); !errors.Is(err, namets.ErrOtherRevision) {
		t.Errorf("another revision: %v", err)
	}
	c = titled("k", "B")
	c.Edit = func(a *namets.Announcement, _ int64) error {
		a.Title = "C"
		return namets.Problems{{Code: namets.Invalid, Field: "title", Message: "is wrong"}}
	}
	_, err = o.ChangeAnnouncement(t.Context(), c)
	WantCode(t, "a refused edit", err, namets.Invalid, "title")
	other := titled("other", "A")
	edit := other.Edit
	other.Edit = func(a *namets.Announcement, revision int64) error {
		a.Slug = made.Row.Slug
		return edit(a, revision)
	}
	_, err = o.ChangeAnnouncement(t.Context(), other)
	WantCode(t, "a slug that is taken", err, namets.Conflict, "slug")
	if a, revision, err := o.Announcement(t.Context(), made.Row.ID); a.Title != "A" || revision != 1 || err != nil {
		t.Errorf("%+v, %d, %v", a, revision, err)
	}
}

func (su suite) TestChange_makesOneRowOfTwoUpsertsAtTheSameTime(t *testing.T) {
	o := su.outbox(t)
	var all sync.WaitGroup
	outcomes := make([]namets.ChangeOutcome, 6)
	for i := range outcomes {
		all.Go(func() {
			done, err := o.ChangeAnnouncement(t.Context(), titled("k", fmt.Sprint("T", i)))
			if err != nil {
				t.Error(err)
			}
			outcomes[i] = done.Outcome
		})
	}
	all.Wait()
	created := 0
	for _, outcome := range outcomes {
		if outcome == namets.WasCreated {
			created++
		}
	}
	a, revision, err := o.Announcement(t.Context(), 1)
	if o.Must(err); created != 1 || revision != int64(len(outcomes)) || a.Key != "k" {
		t.Errorf("%v: %+v, revision %d", outcomes, a, revision)
	}
}

func (su suite) TestChange_acceptsOneOfTwoChangesOfARevision(t *testing.T) {
	o := su.outbox(t)
	_, err := o.ChangeAnnouncement(t.Context(), titled("k", "A"))
	o.Must(err)
	var all sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		all.Go(func() {
			c := titled("k", fmt.Sprint("T", i))
			c.Accepts = namets.ExactRevision(1)
			_, errs[i] = o.ChangeAnnouncement(t.Context(), c)
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, namets.ErrOtherRevision):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d changes were accepted, want 1", won)
	}
}

func (su suite) TestChange_quietlyAnnouncesNothingForGood(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("amina@example.org")
	a := titled("a", "A")
	a.Quiet = true
	edit := a.Edit
	a.Edit = func(row *namets.Announcement, revision int64) error {
		row.SendEmail = true
		return edit(row, revision)
	}
	_, err := o.ChangeAnnouncement(t.Context(), a)
	o.Must(err)
	e := namets.Change[namets.Event]{By: By(), Quiet: true, Edit: func(row *namets.Event, _ int64) error {
		*row = namets.Event{Title: "E", Start: Now(), End: Now().Add(time.Hour), IsActive: true, SendEmail: true}
		return nil
	}}
	made, err := o.ChangeEvent(t.Context(), e)
	o.Must(err)
	day := namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 1}, IsActive: true, SendEmail: true}
	p := namets.Change[namets.PrayerSchedule]{By: By(), Row: namets.RowRef{Date: day.Date}, Create: true, Quiet: true,
		Edit: func(row *namets.PrayerSchedule, _ int64) error {
			id := row.ID
			*row = day
			row.ID = id
			return nil
		}}
	_, err = o.ChangePrayerSchedule(t.Context(), p)
	o.Must(err)
	o.WantKinds("quietly")
	a.Quiet, a.Edit = false, titled("a", "B").Edit
	_, err = o.ChangeAnnouncement(t.Context(), a)
	o.Must(err)
	made.Row.Title = "F"
	o.Must(o.UpdateEvent(t.Context(), By(), 0, made.Row))
	p.Quiet = false
	_, err = o.ChangePrayerSchedule(t.Context(), p)
	o.Must(err)
	o.WantKinds("after later changes")
	day.FajrAdhan++
	_, err = o.ChangePrayerSchedule(t.Context(), p)
	o.Must(err)
	o.WantKinds("after other times", "prayer_updated")
}

func (su suite) TestRemove_returnsTheRowOrSaysThatItIsAbsent(t *testing.T) {
	o := su.outbox(t)
	made, err := o.ChangeAnnouncement(t.Context(), titled("k", "A"))
	o.Must(err)
	r := namets.Removal{By: By(), Row: namets.RowRef{Key: "k"}, Accepts: namets.ExactRevision(2)}
	if _, err := o.RemoveAnnouncement(t.Context(), r); !errors.Is(err, namets.ErrOtherRevision) {
		t.Errorf("another revision: %v", err)
	}
	r.Accepts = namets.ExactRevision(1)
	gone, err := o.RemoveAnnouncement(t.Context(), r)
	o.Must(err)
	made.Outcome = namets.WasDeleted
	if diff := cmp.Diff(made, gone); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again, err := o.RemoveAnnouncement(t.Context(), r); again.Outcome != namets.WasAbsent || err != nil {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func (su suite) TestCancelEvent_takesItOffAndBack(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("amina@example.org")
	id, err := o.CreateEvent(t.Context(), By(), namets.Event{Title: "E", Start: Now().Add(time.Hour),
		End: Now().Add(2 * time.Hour), IsActive: true, SendEmail: true})
	o.Must(err)
	upcoming := func() (n int) {
		t.Helper()
		o.Must(o.ActiveEvents(t.Context(), func(*namets.Event) error {
			n++
			return nil
		}))
		return n
	}
	generation := o.Generation(namets.KindEvents)
	before := generation()
	o.Must(o.CancelEvent(t.Context(), By(), id, 1, true))
	at := o.At
	e, revision, err := o.Event(t.Context(), id)
	o.Must(err)
	if upcoming() != 0 || generation() == before || revision != 2 || e.Stage(o.At) != namets.Cancelled {
		t.Errorf("cancelled: %+v, revision %d, %d upcoming", e, revision, upcoming())
	}
	o.WantKinds("cancelled before it was announced", "skip: the event was cancelled")
	o.Step(time.Minute)
	o.Must(o.CancelEvent(t.Context(), By(), id, 0, true))
	e.Title = "F"
	o.Must(o.UpdateEvent(t.Context(), By(), 0, e))
	if e, _, err = o.Event(t.Context(), id); err != nil || e.CancelledAt == nil || !e.CancelledAt.Equal(at) {
		t.Errorf("cancelled again, then changed: %+v, %v", e, err)
	}
	for stage, want := range map[namets.Stage]int{namets.Cancelled: 1, namets.Scheduled: 0, namets.Draft: 0} {
		list, err := o.EventList(t.Context(), namets.ContentFilter{Stage: stage}, 0, 10)
		if len(list) != want || err != nil {
			t.Errorf("%d events are %s, %v", len(list), stage, err)
		}
	}
	o.Must(o.CancelEvent(t.Context(), By(), id, 0, false))
	if upcoming() != 1 {
		t.Error("a revived event is not upcoming")
	}
	o.WantKinds("revived", "event_created")
}

func (su suite) TestQueueDue_leavesOutCancelledEvents(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("amina@example.org")
	id, err := o.CreateEvent(t.Context(), By(), namets.Event{Title: "E", Start: Now(), End: Now().Add(time.Hour),
		SendEmail: true})
	o.Must(err)
	o.Must(o.CancelEvent(t.Context(), By(), id, 0, true))
	_, err = o.SQL().ExecContext(t.Context(), "update events set is_active = (1 = 1)")
	o.Must(err)
	if agenda, err := o.Agenda(t.Context()); err != nil || !agenda.Due.IsZero() {
		t.Errorf("agenda %+v, %v", agenda, err)
	}
	o.WantKinds("cancelled")
}
