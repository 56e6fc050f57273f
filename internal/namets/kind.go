package namets

import (
	"slices"
	"strings"
)

// Kind is the kind of a row. It is the name of the row's table, of its list in a file (section 9),
// and of its kind in audit rows and deliveries. The empty kind means none.
type Kind string

// The kinds of content, whose rows are in files.
const (
	KindSubscribers     Kind = "subscribers"
	KindAnnouncements   Kind = "announcements"
	KindEventCategories Kind = "event_categories"
	KindEvents          Kind = "events"
	KindPatrons         Kind = "patrons"
	KindPrayerSchedules Kind = "prayer_schedules"
)

// The other kinds in audit rows.
const (
	KindUsers         Kind = "users"
	KindMessages      Kind = "message"
	KindDeliveries    Kind = "deliveries"
	KindConfirmations Kind = "confirmations"
	KindConsumers     Kind = "consumers"
	KindToken         Kind = "token"
	KindAPITokens     Kind = "api_tokens"
	KindHooks         Kind = "hooks"
	KindDataset       Kind = "dataset"  // an import of several kinds at once
	KindDatabase      Kind = "database" // a backup or a restore of everything
	KindAudit         Kind = "audit"
)

// KindInfo describes a [Kind].
type KindInfo struct {
	Kind Kind
	// One and Many are the names of one row and of several, in lower case.
	One, Many string
	// Content means that files contain the rows of this kind.
	Content bool
}

// Kinds describes all kinds: first those of content, in the order of files.
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
		{KindConsumers, "consumer", "consumers", false},
		{KindToken, "token", "token", false},
		{KindAPITokens, "API token", "API tokens", false},
		{KindHooks, "hook", "hooks", false},
		{KindDataset, "dataset", "dataset", false},
		{KindDatabase, "database", "database", false},
		{KindAudit, "audit", "audit", false},
	}
}

// ContentKinds returns the kinds of content, in the order of files.
func ContentKinds() []Kind {
	var kinds []Kind
	for _, info := range Kinds() {
		if info.Content {
			kinds = append(kinds, info.Kind)
		}
	}
	return kinds
}

// Info describes k. A kind that is not in [Kinds], which an audit row of another version may
// contain, is called by its name.
func (k Kind) Info() KindInfo {
	kinds := Kinds()
	if i := slices.IndexFunc(kinds, func(info KindInfo) bool { return info.Kind == k }); i >= 0 {
		return kinds[i]
	}
	name := strings.ReplaceAll(string(k), "_", " ")
	return KindInfo{Kind: k, One: name, Many: name}
}

// Dataset is the content of an import or export. From the store, each kind is in ascending order of
// id.
type Dataset struct {
	Subscribers     []Subscriber
	Announcements   []Announcement
	EventCategories []EventCategory
	Events          []Event
	Patrons         []Patron
	PrayerSchedules []PrayerSchedule
}
