package storetest

import (
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// TestAnnouncement_isSentAfterAllIfItIsDueAgain lets n8n fail once before the announcement changes.
func (su suite) TestAnnouncement_isSentAfterAllIfItIsDueAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		out    func(a *namets.Announcement)
		reason string
		back   func(o *Outbox, a *namets.Announcement)
	}{
		{"withdrawn", func(a *namets.Announcement) { a.IsActive = false }, "the announcement was withdrawn",
			func(o *Outbox, a *namets.Announcement) { a.IsActive = true; o.Save(*a) }},
		{"send_email off", func(a *namets.Announcement) { a.SendEmail = false }, "send_email was switched off",
			func(o *Outbox, a *namets.Announcement) { a.SendEmail = true; o.Save(*a) }},
		{"expired", func(a *namets.Announcement) { a.ExpireAt = ptr(Now()) }, "the announcement has expired",
			func(o *Outbox, a *namets.Announcement) { a.ExpireAt = nil; o.Save(*a) }},
		{"postponed", func(a *namets.Announcement) { a.PublishAt = Now().Add(time.Hour) },
			"the announcement was postponed",
			func(o *Outbox, _ *namets.Announcement) { o.Step(time.Hour) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := su.outbox(t)
			o.AddSubscriber("a@example.org")
			a := o.AddAnnouncement(namets.Announcement{Title: "tpyo", PublishAt: Now(), IsActive: true,
				SendEmail: true})
			first := o.One()
			o.Fail(first, 0)
			tt.out(&a)
			a.Title = "typo"
			o.Save(a)
			o.WantKinds("not due", "skip: "+tt.reason)
			o.WantKinds("skipped")
			d, _ := o.delivery(first.ID)
			if d.State != namets.Skipped || d.LastError != tt.reason {
				t.Errorf("not due: %+v", d)
			}
			o.AddSubscriber("b@example.org")
			tt.back(o, &a)
			again := o.One()
			if again.WebhookID != first.WebhookID || again.Failures != 0 ||
				!strings.Contains(string(again.Body), `"recipients":["a@example.org","b@example.org"],"title":"typo"`) {
				t.Errorf("due again: %+v %s", again, again.Body)
			}
			o.Fail(again, 0)
			o.WantKinds("n8n takes it", "announcement_created")
			a.IsActive, a.SendEmail = false, false
			o.Save(a)
			a.IsActive, a.SendEmail, a.ExpireAt = true, true, nil
			o.Save(a)
			o.WantKinds("off and on again")
		})
	}
}

func (su suite) TestAnnouncement_staysSkippedIfNobodyWasLeft(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	a := o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	o.Fail(o.One(), 0)
	o.Must(o.DeleteSubscriber(t.Context(), By(), id))
	o.WantKinds("left", "skip: nobody is left to receive it", "subscriber_unsubscribed")
	o.AddSubscriber("b@example.org")
	a.Title = "other"
	o.Save(a)
	o.WantKinds("somebody new")
}

func (su suite) TestAnnouncement_isNotSentAgainIfItsResendWasSkipped(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	a := o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	c := o.One()
	o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: 1,
		Attempt: &namets.Attempt{At: o.At, Status: 204}}}))
	a.IsActive = false
	o.Save(a)
	o.Must(o.RetryDelivery(t.Context(), By(), c.ID))
	o.WantKinds("repeated by hand", "skip: the announcement was withdrawn")
	a.IsActive = true
	o.Save(a)
	o.WantKinds("active again")
}

// TestAnnouncement_isNotLostIfItIsDueAgainBeforeItsSkipIsRecorded lets the committee act before the
// worker.
func (su suite) TestAnnouncement_isNotLostIfItIsDueAgainBeforeItsSkipIsRecorded(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	a := o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	a.IsActive = false
	o.Save(a)
	c := o.One()
	a.IsActive = true
	o.Save(a)
	o.Must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Skipped, Reason: c.Skip, Withdrawn: c.Withdrawn}}))
	o.WantKinds("active", "announcement_created")
	o.WantKinds("afterwards")
}

func (su suite) TestEvent_isSentAfterAllIfItIsDueAgain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		out    func(e *namets.Event)
		reason string
	}{
		{"withdrawn", func(e *namets.Event) { e.IsActive = false }, "the event was withdrawn"},
		{"send_email off", func(e *namets.Event) { e.SendEmail = false }, "send_email was switched off"},
		{"over", func(e *namets.Event) { e.End = Now() }, "the event is over"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := su.outbox(t)
			o.AddSubscriber("a@example.org")
			id, err := o.CreateEvent(t.Context(), By(), namets.Event{Title: "E", Start: Now(),
				End:      Now().Add(time.Hour),
				IsActive: true, SendEmail: true})
			o.Must(err)
			e, _, err := o.Event(t.Context(), id)
			o.Must(err)
			first, before := o.One(), e
			o.Fail(first, 0)
			tt.out(&e)
			o.Must(o.UpdateEvent(t.Context(), By(), 0, e))
			o.WantKinds("not due", "skip: "+tt.reason)
			o.Must(o.UpdateEvent(t.Context(), By(), 0, before))
			if again := o.One(); again.WebhookID != first.WebhookID || again.Skip != "" {
				t.Errorf("due again: %+v", again)
			}
		})
	}
}
