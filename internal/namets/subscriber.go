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

// NewSubscriber is what somebody gets who is added by the committee and of whom nothing else is
// said: active, not verified, and is subscribed to everything.
func NewSubscriber(email string) Subscriber {
	return Subscriber{Email: email, IsActive: true, Notify: Preferences{Announcements: true, Events: true,
		PrayerChanges: true}}
}

// Merge gives s what it lacks and what other, of the same mailbox, has: a phone number, and that
// the address is known to belong to the person. It has subscribed when the first of the two did,
// and was written to when the last one was.
func (s *Subscriber) Merge(other *Subscriber) {
	if s.Phone == "" {
		s.Phone = other.Phone
	}
	s.IsVerified = s.IsVerified || other.IsVerified
	if other.SubscribedAt.Before(s.SubscribedAt) {
		s.SubscribedAt = other.SubscribedAt
	}
	if s.LastNotified == nil || other.LastNotified != nil && other.LastNotified.After(*s.LastNotified) {
		s.LastNotified = other.LastNotified
	}
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

// SubscriberPatch changes a [Subscriber]: nil fields stay as they are.
type SubscriberPatch struct {
	Email         *string
	Phone         *string
	IsVerified    *bool
	IsActive      *bool
	Announcements *bool
	Events        *bool
	PrayerChanges *bool
}

// Apply changes s.
func (p SubscriberPatch) Apply(s *Subscriber) {
	set(&s.Email, p.Email)
	set(&s.Phone, p.Phone)
	set(&s.IsVerified, p.IsVerified)
	set(&s.IsActive, p.IsActive)
	set(&s.Notify.Announcements, p.Announcements)
	set(&s.Notify.Events, p.Events)
	set(&s.Notify.PrayerChanges, p.PrayerChanges)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// SubscriberFilter chooses subscribers. Zero fields choose all.
type SubscriberFilter struct {
	// Search is a part of the address, whatever its letter case and whether its domain is typed in
	// Unicode or in Punycode, or, when it has the signs of one only, of the phone number.
	Search string
	// Nil fields choose both.
	Active, Verified, Announcements, Events, PrayerChanges *bool
}

// SubscriberSort is an order of a list of subscribers.
type SubscriberSort struct {
	ByEmail    bool // otherwise by the time of subscribing
	Descending bool
}

// SubscriberList is a part of a list of subscribers.
type SubscriberList struct {
	Rows []Subscriber
	// Total is how many there are in the whole list or, with a filter, [MaxFound] when there are
	// as many or more.
	Total int
}

// MaxFound is how many a filter finds at most: further ones are found by choosing more closely.
const MaxFound = 5000

// BulkAction is what can be done to many subscribers at once.
type BulkAction string

// The bulk actions.
const (
	BulkActivate   BulkAction = "activate"
	BulkDeactivate BulkAction = "deactivate"
	BulkVerify     BulkAction = "verify"
	BulkDelete     BulkAction = "delete"
)

// Recipient is what the API answers about an active [Subscriber] (section 5, P1 and P5).
type Recipient struct {
	ID     int64
	Email  string
	Phone  string // empty: none
	Notify Preferences
	Token  UUID // the secret part of the personal link: never log it
}
