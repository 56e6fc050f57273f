package namets

import "time"

// Announcement is a text published by the committee.
type Announcement struct {
	ID       int64
	Title    string
	Slug     string // unique
	Content  string
	Category Category
	IsPinned bool
	// PublishAt may be in the future.
	PublishAt time.Time
	// ExpireAt is nil for an announcement that does not expire.
	ExpireAt  *time.Time
	IsActive  bool
	SendEmail bool
	Meta
}

// NewAnnouncement returns an announcement with the values of an empty form: active, and published
// now.
func NewAnnouncement(now time.Time) Announcement {
	return Announcement{Category: General, PublishAt: Micro(now), IsActive: true}
}

// Category is the category of an announcement, one of [Categories].
type Category string

// The categories of an announcement (section 5).
const (
	General Category = "general"
	Ramadan Category = "ramadan"
	Taaleem Category = "taaleem"
	Sale    Category = "sale"
)

// Categories returns all announcement categories, in the order in which forms show them.
func Categories() []Category { return []Category{General, Ramadan, Taaleem, Sale} }

// Valid reports whether c is one of [Categories].
func (c Category) Valid() bool {
	return c == General || c == Ramadan || c == Taaleem || c == Sale
}

// Due reports whether the notification of a is to be sent now, unless it was already sent: it is
// requested, and a is active, published and not expired.
func (a *Announcement) Due(now time.Time) bool {
	return a.SendEmail && a.IsActive && !a.PublishAt.After(now) && !a.Expired(now)
}

// Expired reports whether a has expired.
func (a *Announcement) Expired(now time.Time) bool {
	return a.ExpireAt != nil && !a.ExpireAt.After(now)
}

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

func announcementRules() []rule[Announcement] {
	return []rule[Announcement]{
		line("title", func(a *Announcement) string { return a.Title }, required),
		slug(func(a *Announcement) string { return a.Slug }),
		text("content", func(a *Announcement) string { return a.Content }, required),
		authorKey(func(a *Announcement) string { return a.Key }),
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

// Validate returns [Problems] if a form must not store a.
func (a *Announcement) Validate() error { return a.ValidateChange(nil) }

// ValidateChange is [Announcement.Validate] for a change of the stored row was: unchanged fields
// are not checked.
func (a *Announcement) ValidateChange(was *Announcement) error {
	return problems(announcementRules(), was, a)
}
