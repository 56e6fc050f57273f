package storetest

import (
	"fmt"
	"testing"
	"time"

	"namets/internal/namets"
)

// outboxCase is a sequence of events with one subscriber who receives every kind.
type outboxCase struct {
	name string
	run  func(o *Outbox)
}

func (c outboxCase) try(t *testing.T, su suite) {
	t.Run(c.name, func(t *testing.T) {
		o := su.outbox(t)
		o.AddSubscriber("a@example.org")
		c.run(o)
	})
}

func (su suite) TestAnnouncement_isSentOnceWhenItIsDue(t *testing.T) {
	const created = "announcement_created"
	later := Now().Add(time.Hour)
	ready := namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true}
	for _, tt := range []outboxCase{
		{"at once when it is published already", func(o *Outbox) {
			o.AddAnnouncement(ready)
			o.WantKinds("saved", created)
			o.Step(24 * time.Hour)
			o.WantKinds("a day later")
		}},
		{"at its time", func(o *Outbox) {
			a := ready
			a.PublishAt = later
			o.AddAnnouncement(a)
			o.WantKinds("before")
			o.Step(time.Hour - time.Microsecond)
			o.WantKinds("a microsecond before")
			o.Step(time.Microsecond)
			o.WantKinds("at its time", created)
			o.WantKinds("again")
		}},
		{"after a sleep, though late", func(o *Outbox) {
			a := ready
			a.PublishAt = later
			o.AddAnnouncement(a)
			o.Must(o.Close())
			o.Step(72 * time.Hour)
			o.Open()
			o.WantKinds("three days later", created)
		}},
		{"not when it is inactive by then, but when it becomes active later", func(o *Outbox) {
			a := ready
			a.PublishAt = later
			a = o.AddAnnouncement(a)
			a.IsActive = false
			o.Save(a)
			o.Step(2 * time.Hour)
			o.WantKinds("inactive")
			a.IsActive = true
			o.Save(a)
			o.WantKinds("active", created)
		}},
		{"when send_email is switched on later, and not twice", func(o *Outbox) {
			a := ready
			a.SendEmail = false
			a = o.AddAnnouncement(a)
			o.WantKinds("silent")
			for i, want := range [][]string{{created}, nil, nil, nil} {
				a.SendEmail = i%2 == 0
				o.Save(a)
				o.WantKinds(fmt.Sprint("switch ", i), want...)
			}
			a.Title, a.PublishAt = "other", o.At
			o.Save(a)
			o.WantKinds("changed afterwards")
		}},
		{"when it is moved into the past", func(o *Outbox) {
			a := ready
			a.PublishAt = later
			a = o.AddAnnouncement(a)
			a.PublishAt = Now()
			o.Save(a)
			o.WantKinds("moved", created)
		}},
	} {
		tt.try(t, su)
	}
}

func (su suite) TestAnnouncement_isNotSentBeforeItIsDue(t *testing.T) {
	later := Now().Add(time.Hour)
	ready := namets.Announcement{PublishAt: later, IsActive: true, SendEmail: true}
	for _, tt := range []outboxCase{
		{"when it has expired by then", func(o *Outbox) {
			a := ready
			a.ExpireAt = ptr(later.Add(time.Hour))
			o.AddAnnouncement(a)
			o.Step(2 * time.Hour)
			o.WantKinds("expired")
		}},
		{"when send_email is switched off before its time", func(o *Outbox) {
			a := ready
			a = o.AddAnnouncement(a)
			a.SendEmail = false
			o.Save(a)
			o.Step(2 * time.Hour)
			o.WantKinds("off")
		}},
		{"when it is deleted before its time", func(o *Outbox) {
			a := ready
			a = o.AddAnnouncement(a)
			o.Must(o.DeleteAnnouncement(t.Context(), By(), a.ID))
			o.Step(2 * time.Hour)
			o.WantKinds("deleted")
		}},
	} {
		tt.try(t, su)
	}
}
