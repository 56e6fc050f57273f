// Package namets is the domain: what a subscriber, an announcement, an event, a patron and a day's
// prayer times are, which values they may hold, who acts on them and how an act can fail. Besides
// the standard library it imports the tables of Unicode that addresses need (x/net/idna, x/text).
// It does no input or output; every other package may import it.
//
// Times are instants with microsecond precision. Code that takes one from outside truncates it with
// [Micro]; a time that came out of storage is in UTC. Sections cited in comments are those of
// internal/api/CONTRACT.md.
package namets

import "time"

// Subscriber is one address that receives e-mails, and what it wants to know about.
type Subscriber struct {
	ID         int64
	Email      string // as it was typed; the mailbox that it names is known by [EmailKey]
	Phone      string // empty: none
	IsVerified bool
	IsActive   bool
	Notify     Preferences
	Token      UUID // the secret part of the personal link: never log it
	// SubscribedAt is when the address was first stored.
	SubscribedAt time.Time
	// LastNotified is nil until an e-mail was first sent.
	LastNotified *time.Time
}

// Preferences says what a subscriber wants to know about.
type Preferences struct {
	Announcements bool
	Events        bool
	PrayerChanges bool
}

// Announcement is a text that the committee publishes.
type Announcement struct {
	ID       int64
	Title    string
	Slug     string // unique
	Content  string
	Category Category
	IsPinned bool
	// PublishAt may lie in the future.
	PublishAt time.Time
	// ExpireAt is nil for an announcement that does not expire.
	ExpireAt  *time.Time
	IsActive  bool
	SendEmail bool
}

// Category is the kind of an announcement, one of [Categories].
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

// EventCategory groups events.
type EventCategory struct {
	ID          int64
	Name        string
	Slug        string // unique
	Description string
}

// Event is something that takes place.
type Event struct {
	ID          int64
	Title       string
	Slug        string // unique
	Description string
	// CategoryID is nil for an event without a category.
	CategoryID *int64
	Start      time.Time
	// End may lie before Start in imported data (section 9).
	End        time.Time
	Location   string
	IsFeatured bool
	IsActive   bool
	SendEmail  bool
}

// Patron is a person of honour, who may receive what is announced.
type Patron struct {
	ID          int64
	Name        string
	Designation string
	Bio         string
	Email       string // empty: none
	// HierarchyOrder sorts patrons, lowest first, then by name.
	HierarchyOrder       int64
	IsActive             bool
	ReceiveNotifications bool
}

// PrayerSchedule holds the prayer times of one date in the site's zone.
type PrayerSchedule struct {
	ID   int64
	Date Date // unique
	PrayerTimes
	IsActive  bool
	SendEmail bool
}

// PrayerTimes are the times of a day's five prayers: the call (adhan) and the start of the prayer
// (iqama).
type PrayerTimes struct {
	FajrAdhan, FajrIqama       TimeOfDay
	DhuhrAdhan, DhuhrIqama     TimeOfDay
	AsrAdhan, AsrIqama         TimeOfDay
	MaghribAdhan, MaghribIqama TimeOfDay
	IshaAdhan, IshaIqama       TimeOfDay
}

// Dataset is everything that an import or export carries, each kind in ascending order of id when
// it comes from storage.
type Dataset struct {
	Subscribers     []Subscriber
	Announcements   []Announcement
	EventCategories []EventCategory
	Events          []Event
	Patrons         []Patron
	PrayerSchedules []PrayerSchedule
}
