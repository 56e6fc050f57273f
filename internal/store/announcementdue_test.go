package store_test

import (
	"fmt"
	"testing"
	"time"

	"namets/internal/namets"
)

// outboxCase is a story about one subscriber who wants to know about everything.
type outboxCase struct {
	name string
	run  func(o *outbox)
}

func (c outboxCase) try(t *testing.T) {
	t.Run(c.name, func(t *testing.T) {
		o := newOutbox(t)
		o.subscriber("a@example.org")
		c.run(o)
	})
}

func TestAnnouncement_goesOutOnceWhenItIsDue(t *testing.T) {
	const created = "announcement_created"
	later := now.Add(time.Hour)
	ready := namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true}
	for _, tt := range []outboxCase{
		{"at once when it is published already", func(o *outbox) {
			o.announcement(ready)
			o.wantKinds("saved", created)
			o.step(24 * time.Hour)
			o.wantKinds("a day later")
		}},
		{"at its time", func(o *outbox) {
			a := ready
			a.PublishAt = later
			o.announcement(a)
			o.wantKinds("before")
			o.step(time.Hour - time.Microsecond)
			o.wantKinds("a microsecond before")
			o.step(time.Microsecond)
			o.wantKinds("at its time", created)
			o.wantKinds("again")
		}},
		{"after a sleep, though late", func(o *outbox) {
			a := ready
			a.PublishAt = later
			o.announcement(a)
			o.must(o.Close())
			o.step(72 * time.Hour)
			o.open()
			o.wantKinds("three days later", created)
		}},
		{"not when it is inactive by then, but when it becomes active later", func(o *outbox) {
			a := ready
			a.PublishAt = later
			a = o.announcement(a)
			a.IsActive = false
			o.save(a)
			o.step(2 * time.Hour)
			o.wantKinds("inactive")
			a.IsActive = true
			o.save(a)
			o.wantKinds("active", created)
		}},
		{"when send_email is switched on later, and not twice", func(o *outbox) {
			a := ready
			a.SendEmail = false
			a = o.announcement(a)
			o.wantKinds("silent")
			for i, want := range [][]string{{created}, nil, nil, nil} {
				a.SendEmail = i%2 == 0
				o.save(a)
				o.wantKinds(fmt.Sprint("switch ", i), want...)
			}
			a.Title, a.PublishAt = "other", o.at
			o.save(a)
			o.wantKinds("changed afterwards")
		}},
		{"when it is moved into the past", func(o *outbox) {
			a := ready
			a.PublishAt = later
			a = o.announcement(a)
			a.PublishAt = now
			o.save(a)
			o.wantKinds("moved", created)
		}},
	} {
		tt.try(t)
	}
}

func TestAnnouncement_staysWhenItIsNotDue(t *testing.T) {
	later := now.Add(time.Hour)
	ready := namets.Announcement{PublishAt: later, IsActive: true, SendEmail: true}
	for _, tt := range []outboxCase{
		{"when it has expired by then", func(o *outbox) {
			a := ready
			a.ExpireAt = ptr(later.Add(time.Hour))
			o.announcement(a)
			o.step(2 * time.Hour)
			o.wantKinds("expired")
		}},
		{"when send_email is switched off before its time", func(o *outbox) {
			a := ready
			a = o.announcement(a)
			a.SendEmail = false
			o.save(a)
			o.step(2 * time.Hour)
			o.wantKinds("off")
		}},
		{"when it is deleted before its time", func(o *outbox) {
			a := ready
			a = o.announcement(a)
			o.must(o.DeleteAnnouncement(t.Context(), by, a.ID))
			o.step(2 * time.Hour)
			o.wantKinds("deleted")
		}},
	} {
		tt.try(t)
	}
}
