package namets

import "time"

// EventCategory groups events.
type EventCategory struct {
	ID          int64
	Name        string
	Slug        string // unique
	Description string
	Meta
}

func eventCategoryRules() []rule[EventCategory] {
	return []rule[EventCategory]{
		line("name", func(c *EventCategory) string { return c.Name }, required),
		slug(func(c *EventCategory) string { return c.Slug }),
		text("description", func(c *EventCategory) string { return c.Description }, optional),
		authorKey(func(c *EventCategory) string { return c.Key }),
	}
}

// Validate returns [Problems] if a form must not store c.
func (c *EventCategory) Validate() error { return c.ValidateChange(nil) }

// ValidateChange is [EventCategory.Validate] for a change of the stored row was: unchanged fields
// are not checked.
func (c *EventCategory) ValidateChange(was *EventCategory) error {
	return problems(eventCategoryRules(), was, c)
}

// Event is an event of the community.
type Event struct {
	ID          int64
	Title       string
	Slug        string // unique
	Description string
	// CategoryID is nil for an event without a category.
	CategoryID *int64
	Start      time.Time
	// End may be before Start in imported data (section 9).
	End        time.Time
	Location   string
	IsFeatured bool
	IsActive   bool
	SendEmail  bool
	// CancelledAt is nil unless e is cancelled: its page says so, and nothing announces it.
	CancelledAt *time.Time
	Meta
}

// NewEvent returns an event with the values of an empty form, which begins at start and takes an
// hour.
func NewEvent(start time.Time) Event {
	return Event{Start: start, End: start.Add(time.Hour), IsActive: true}
}

// Due reports whether the notification of e is to be sent now, unless it was already sent: it is
// requested, and e takes place.
func (e *Event) Due(now time.Time) bool { return e.SendEmail && e.TakesPlace(now) }

// TakesPlace reports whether e is active, not cancelled and not over.
func (e *Event) TakesPlace(now time.Time) bool {
	return e.IsActive && e.CancelledAt == nil && e.End.After(now)
}

// SetCancelled cancels e, or revives it. An event that is cancelled already keeps its time.
func (e *Event) SetCancelled(cancelled bool, now time.Time) {
	switch {
	case !cancelled:
		e.CancelledAt = nil
	case e.CancelledAt == nil:
		e.CancelledAt = new(Micro(now))
	}
}

// Moved reports whether the start, the end or the place of e differs from that of was.
func (e *Event) Moved(was *Event) bool {
	return !e.Start.Equal(was.Start) || !e.End.Equal(was.End) || e.Location != was.Location
}

// Stage returns the state of e: [Published] while it takes place.
func (e *Event) Stage(now time.Time) Stage {
	switch {
	case e.CancelledAt != nil:
		return Cancelled
	case !e.IsActive:
		return Draft
	case !e.End.After(now):
		return Expired
	case e.Start.After(now):
		return Scheduled
	}
	return Published
}

func eventRules() []rule[Event] {
	return []rule[Event]{
		line("title", func(e *Event) string { return e.Title }, required),
		slug(func(e *Event) string { return e.Slug }),
		text("description", func(e *Event) string { return e.Description }, optional),
		line("location", func(e *Event) string { return e.Location }, optional),
		authorKey(func(e *Event) string { return e.Key }),
		moment("start_datetime", func(e *Event) time.Time { return e.Start }),
		{"end_datetime", func(e *Event) any { return span(e.Start, &e.End) }, func(e *Event) string {
			switch {
			case e.End.IsZero() || !InRange(e.End):
				return "must be a date and a time"
			case e.End.Before(e.Start):
				return "must not lie before the start"
			}
			return ""
		}},
	}
}

// Validate returns [Problems] if a form must not store e.
func (e *Event) Validate() error { return e.ValidateChange(nil) }

// ValidateChange is [Event.Validate] for a change of the stored row was: unchanged fields are not
// checked.
func (e *Event) ValidateChange(was *Event) error { return problems(eventRules(), was, e) }
