package namets

import "time"

// Stage returns the state of a.
func (a *Announcement) Stage(now time.Time) Stage {
	switch {
	case !a.IsActive:
		return Draft
	case a.Expired(now):
		return Expired
	case a.PublishAt.After(now):
		return Scheduled
	}
	return Published
}

// Stage returns the state of e: [Published] while it takes place.
func (e *Event) Stage(now time.Time) Stage {
	switch {
	case !e.IsActive:
		return Draft
	case !e.End.After(now):
		return Expired
	case e.Start.After(now):
		return Scheduled
	}
	return Published
}
