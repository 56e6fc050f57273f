package namets

import (
	"errors"
	"time"
)

// rule is one thing that a form must keep before it stores a row of the type R.
type rule[R any] struct {
	field string // that is to blame when the rule is broken
	// about returns what the rule looks at, as a value that can be compared. Of a stored row a
	// rule is asked again only when that has changed: an import may store what no form would, and
	// the rest of the row must stay open to changes.
	about func(*R) any
	// broken says what is wrong and what would be right, as a clause; empty: nothing is wrong.
	broken func(*R) string
}

// problems returns [Problems] when a form must not store now. was is the row as it is stored, or
// nil for a new one.
func problems[R any](rules []rule[R], was, now *R) error {
	var p Problems
	for _, r := range rules {
		if was != nil && r.about(was) == r.about(now) {
			continue
		}
		if message := r.broken(now); message != "" {
			p.add(r.field, message)
		}
	}
	return p.err()
}

// need says whether a text may be empty.
type need bool

const (
	required need = true
	optional need = false
)

// line is the rule of a text of one line.
func line[R any](field string, of func(*R) string, n need) rule[R] {
	return rule[R]{field, func(r *R) any { return of(r) }, func(r *R) string { return lineProblem(of(r), n) }}
}

// text is the rule of a text of many lines.
func text[R any](field string, of func(*R) string, n need) rule[R] {
	return rule[R]{field, func(r *R) any { return of(r) }, func(r *R) string { return textProblem(of(r), n) }}
}

// slug is the rule of a slug; an empty one is made from the title.
func slug[R any](of func(*R) string) rule[R] {
	return rule[R]{"slug", func(r *R) any { return of(r) }, func(r *R) string { return slugProblem(of(r)) }}
}

// address is the rule of an e-mail address.
func address[R any](of func(*R) string, n need) rule[R] {
	return rule[R]{"email", func(r *R) any { return of(r) }, func(r *R) string {
		bad, wrong := errors.AsType[*Error](CheckEmail(of(r)))
		if !wrong || n == optional && of(r) == "" {
			return ""
		}
		return bad.Message
	}}
}

// moment is the rule of a time that must be there.
func moment[R any](field string, of func(*R) time.Time) rule[R] {
	return rule[R]{field, func(r *R) any { return Micro(of(r)) }, func(r *R) string {
		if t := of(r); t.IsZero() || !InRange(t) {
			return "must be a date and a time"
		}
		return ""
	}}
}

func subscriberRules() []rule[Subscriber] {
	return []rule[Subscriber]{
		address(func(s *Subscriber) string { return s.Email }, required),
		line("phone", func(s *Subscriber) string { return s.Phone }, optional),
	}
}

// Validate returns [Problems] when a form must not store s.
func (s *Subscriber) Validate() error { return s.ValidateChange(nil) }

// ValidateChange is [Subscriber.Validate] for one that is stored as was: what does not change is
// not looked at.
func (s *Subscriber) ValidateChange(was *Subscriber) error {
	return problems(subscriberRules(), was, s)
}

func announcementRules() []rule[Announcement] {
	return []rule[Announcement]{
		line("title", func(a *Announcement) string { return a.Title }, required),
		slug(func(a *Announcement) string { return a.Slug }),
		text("content", func(a *Announcement) string { return a.Content }, required),
		{"category", func(a *Announcement) any { return a.Category }, func(a *Announcement) string {
			if !a.Category.Valid() {
				return "must be one of general, ramadan, taaleem, sale"
			}
			return ""
		}},
		moment("publish_at", func(a *Announcement) time.Time { return a.PublishAt }),
		{"expire_at", func(a *Announcement) any { return span(a.PublishAt, a.ExpireAt) }, func(a *Announcement) string {
			if a.ExpireAt != nil && (!InRange(*a.ExpireAt) || !a.ExpireAt.After(a.PublishAt)) {
				return "must lie after the time of publication"
			}
			return ""
		}},
	}
}

// span is what a rule about two times looks at; the second one may be missing.
func span(first time.Time, second *time.Time) any {
	type times struct {
		first, second int64
		open          bool
	}
	if second == nil {
		return times{first.UnixMicro(), 0, true}
	}
	return times{first.UnixMicro(), second.UnixMicro(), false}
}

// Validate returns [Problems] when a form must not store a.
func (a *Announcement) Validate() error { return a.ValidateChange(nil) }

// ValidateChange is [Announcement.Validate] for one that is stored as was: what does not change is
// not looked at.
func (a *Announcement) ValidateChange(was *Announcement) error {
	return problems(announcementRules(), was, a)
}

func eventCategoryRules() []rule[EventCategory] {
	return []rule[EventCategory]{
		line("name", func(c *EventCategory) string { return c.Name }, required),
		slug(func(c *EventCategory) string { return c.Slug }),
		text("description", func(c *EventCategory) string { return c.Description }, optional),
	}
}

// Validate returns [Problems] when a form must not store c.
func (c *EventCategory) Validate() error { return c.ValidateChange(nil) }

// ValidateChange is [EventCategory.Validate] for one that is stored as was: what does not change
// is not looked at.
func (c *EventCategory) ValidateChange(was *EventCategory) error {
	return problems(eventCategoryRules(), was, c)
}

func eventRules() []rule[Event] {
	return []rule[Event]{
		line("title", func(e *Event) string { return e.Title }, required),
		slug(func(e *Event) string { return e.Slug }),
		text("description", func(e *Event) string { return e.Description }, optional),
		line("location", func(e *Event) string { return e.Location }, optional),
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

// Validate returns [Problems] when a form must not store e.
func (e *Event) Validate() error { return e.ValidateChange(nil) }

// ValidateChange is [Event.Validate] for one that is stored as was: what does not change is not
// looked at.
func (e *Event) ValidateChange(was *Event) error { return problems(eventRules(), was, e) }

func patronRules() []rule[Patron] {
	return []rule[Patron]{
		line("name", func(t *Patron) string { return t.Name }, required),
		line("designation", func(t *Patron) string { return t.Designation }, optional),
		text("bio", func(t *Patron) string { return t.Bio }, optional),
		address(func(t *Patron) string { return t.Email }, optional),
	}
}

// Validate returns [Problems] when a form must not store t.
func (t *Patron) Validate() error { return t.ValidateChange(nil) }

// ValidateChange is [Patron.Validate] for one that is stored as was: what does not change is not
// looked at.
func (t *Patron) ValidateChange(was *Patron) error { return problems(patronRules(), was, t) }

func messageRules() []rule[Message] {
	return []rule[Message]{
		line("subject", func(m *Message) string { return m.Subject }, required),
		text("body", func(m *Message) string { return m.Body }, required),
	}
}

// Validate returns [Problems] when a form must not send m. Whether anybody receives it, storage
// knows.
func (m *Message) Validate() error { return problems(messageRules(), nil, m) }
