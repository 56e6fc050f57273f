package namets

import "time"

// Subscriber is an address that receives e-mails, with its preferences.
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
	Meta
}

// Preferences are the topics of a subscription.
type Preferences struct {
	Announcements bool
	Events        bool
	PrayerChanges bool
}

// NewSubscriber returns the defaults of a subscriber added by the committee: active, not verified,
// and subscribed to everything.
func NewSubscriber(email string) Subscriber {
	return Subscriber{Email: email, IsActive: true, Notify: Preferences{Announcements: true, Events: true,
		PrayerChanges: true}}
}

// Merge adds to s what it lacks and other, of the same mailbox, has: a phone number, and the
// verification of the address. s gets the earlier subscription time and the later time of the last
// e-mail.
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
		authorKey(func(s *Subscriber) string { return s.Key }),
	}
}

// Validate returns [Problems] if a form must not store s.
func (s *Subscriber) Validate() error { return s.ValidateChange(nil) }

// ValidateChange is [Subscriber.Validate] for a change of the stored row was: unchanged fields are
// not checked.
func (s *Subscriber) ValidateChange(was *Subscriber) error {
	return problems(subscriberRules(), was, s)
}

// SubscriberPatch changes a [Subscriber]; nil fields stay unchanged.
type SubscriberPatch struct {
	Email         *string
	Phone         *string
	IsVerified    *bool
	IsActive      *bool
	Announcements *bool
	Events        *bool
	PrayerChanges *bool
	Key           *string
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
	set(&s.Key, p.Key)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// SubscriberFilter selects subscribers. Zero fields select all.
type SubscriberFilter struct {
	// Search is a part of the address, ignoring letter case and with the domain in Unicode or
	// Punycode. If it looks like a phone number, it is a part of that.
	Search string
	// Nil fields select both.
	Active, Verified, Announcements, Events, PrayerChanges *bool
}

// SubscriberSort is the order of a list of subscribers.
type SubscriberSort struct {
	ByEmail    bool // otherwise by the time of subscribing
	Descending bool
}

// SubscriberList is one page of a list of subscribers.
type SubscriberList struct {
	Rows []Subscriber
	// Total is the length of the whole list or, with a filter, at most [MaxFound].
	Total int
}

// MaxFound is the maximum number of results of a filter; a narrower filter finds the others.
const MaxFound = 5000

// BulkAction is an action on many subscribers.
type BulkAction string

// The bulk actions.
const (
	BulkActivate   BulkAction = "activate"
	BulkDeactivate BulkAction = "deactivate"
	BulkVerify     BulkAction = "verify"
	BulkDelete     BulkAction = "delete"
)

// Recipient is the API's view of an active [Subscriber] (section 5, P1 and P5).
type Recipient struct {
	ID     int64
	Email  string
	Phone  string // empty: none
	Notify Preferences
	Token  UUID // the secret part of the personal link: never log it
}

// AudienceMember is one recipient of a notification.
type AudienceMember struct {
	Email string
	// Patron means that it is the address of a patron and not of a subscriber.
	Patron bool
	Token  UUID // of a subscriber, the secret part of the personal link: never log it
}
