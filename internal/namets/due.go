package namets

import "time"

// Due reports whether the notification of a goes out now, unless it has gone out already: it is
// asked for, and a is active, published and not expired.
func (a *Announcement) Due(now time.Time) bool {
	return a.SendEmail && a.IsActive && !a.PublishAt.After(now) && !a.Expired(now)
}

// Expired reports whether a's time is over.
func (a *Announcement) Expired(now time.Time) bool {
	return a.ExpireAt != nil && !a.ExpireAt.After(now)
}

// Due reports whether the notification of e goes out now, unless it has gone out already: it is
// asked for, and e is active and not over.
func (e *Event) Due(now time.Time) bool { return e.SendEmail && e.IsActive && e.End.After(now) }
