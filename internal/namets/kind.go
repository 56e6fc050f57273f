package namets

import (
	"slices"
	"strings"
)

// Kind says what a row is. It is the name of the row's table, of its list in a file (section 9),
// and what audit rows and deliveries call it. The empty kind is none.
type Kind string

// The kinds of content: files carry their rows.
const (
	KindSubscribers     Kind = "subscribers"
	KindAnnouncements   Kind = "announcements"
	KindEventCategories Kind = "event_categories"
	KindEvents          Kind = "events"
	KindPatrons         Kind = "patrons"
	KindPrayerSchedules Kind = "prayer_schedules"
)

// The other kinds that an audit row may be about.
const (
	KindUsers         Kind = "users"
	KindMessages      Kind = "message"
	KindDeliveries    Kind = "deliveries"
	KindConfirmations Kind = "confirmations"
	KindToken         Kind = "token"
	KindDataset       Kind = "dataset"  // an import of several kinds at once
	KindDatabase      Kind = "database" // a backup or a restore of everything
	KindAudit         Kind = "audit"
)

// KindInfo describes a [Kind].
type KindInfo struct {
	Kind Kind
	// One and Many are what people call one row and several, in lower case.
	One, Many string
	// Content says that files carry the rows of this kind.
	Content bool
}

// Kinds describes all kinds: those of content first, in the order in which a file carries them.
func Kinds() []KindInfo {
	return []KindInfo{
		{KindSubscribers, "subscriber", "subscribers", true},
		{KindAnnouncements, "announcement", "announcements", true},
		{KindEventCategories, "event category", "event categories", true},
		{KindEvents, "event", "events", true},
		{KindPatrons, "patron", "patrons", true},
		{KindPrayerSchedules, "prayer schedule", "prayer schedules", true},
		{KindUsers, "user", "users", false},
		{KindMessages, "message", "message", false},
		{KindDeliveries, "delivery", "deliveries", false},
		{KindConfirmations, "confirmation", "confirmations", false},
		{KindToken, "token", "token", false},
		{KindDataset, "dataset", "dataset", false},
		{KindDatabase, "database", "database", false},
		{KindAudit, "audit", "audit", false},
	}
}

// ContentKinds returns the kinds of content, in the order in which a file carries them.
func ContentKinds() []Kind {
	var kinds []Kind
	for _, info := range Kinds() {
		if info.Content {
			kinds = append(kinds, info.Kind)
		}
	}
	return kinds
}

// Info describes k. A kind that is none of [Kinds], which the audit row of another version may
// hold, is called by its name.
func (k Kind) Info() KindInfo {
	kinds := Kinds()
	if i := slices.IndexFunc(kinds, func(info KindInfo) bool { return info.Kind == k }); i >= 0 {
		return kinds[i]
	}
	name := strings.ReplaceAll(string(k), "_", " ")
	return KindInfo{Kind: k, One: name, Many: name}
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
