package namets

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Topic is what a consumer reads.
type Topic string

// The topics. Those of rows have every change of a row; the others have a row once.
const (
	TopicSubscribers   Topic = "subscribers"
	TopicAnnouncements Topic = "announcements"
	TopicPublished     Topic = "announcements.published"
	TopicCategories    Topic = "categories"
	TopicEvents        Topic = "events"
	TopicUpcoming      Topic = "events.upcoming"
	TopicPrayerDays    Topic = "prayer-days"
	TopicPatrons       Topic = "patrons"
)

// TopicInfo describes a [Topic].
type TopicInfo struct {
	Topic Topic
	// Kind is the kind of its rows, Table what the open API calls that.
	Kind  Kind
	Table string
	// Scope is what a token needs to read the rows.
	Scope Scope
	// Once means that a consumer gets a row when something happens to it, not at every change.
	Once bool
}

// Topics describes all topics.
func Topics() []TopicInfo {
	return []TopicInfo{
		{TopicSubscribers, KindSubscribers, "subscribers", ScopePeopleRead, false},
		{TopicAnnouncements, KindAnnouncements, "announcements", ScopeContentRead, false},
		{TopicPublished, KindAnnouncements, "announcements", ScopeContentRead, true},
		{TopicCategories, KindEventCategories, "categories", ScopeContentRead, false},
		{TopicEvents, KindEvents, "events", ScopeContentRead, false},
		{TopicUpcoming, KindEvents, "events", ScopeContentRead, true},
		{TopicPrayerDays, KindPrayerSchedules, "prayer-days", ScopeContentRead, false},
		{TopicPatrons, KindPatrons, "patrons", ScopePeopleRead, false},
	}
}

// Info describes t, and reports whether there is such a topic.
func (t Topic) Info() (TopicInfo, bool) {
	list := Topics()
	i := slices.IndexFunc(list, func(info TopicInfo) bool { return info.Topic == t })
	if i < 0 {
		return TopicInfo{}, false
	}
	return list[i], true
}

// ConsumerStart is where a new consumer, or a new topic of one, begins.
type ConsumerStart string

// The values of [ConsumerStart].
const (
	StartNow       ConsumerStart = "now"
	StartBeginning ConsumerStart = "beginning"
)

// DefaultLease is how long a consumer works on what it got, unless it says otherwise.
const DefaultLease = 5 * time.Minute

// ChangesKept is how long consumers get a deleted row.
const ChangesKept = 90 * 24 * time.Hour

// ConsumerSpec is what the author of a workflow decides about a consumer.
type ConsumerSpec struct {
	Topics []Topic
	Start  ConsumerStart
	// Before is how long before its start an event is upcoming.
	Before time.Duration
	// Lease is how long nobody else gets what was handed out.
	Lease time.Duration
}

// Validate returns [Problems] if s breaks a rule.
func (s *ConsumerSpec) Validate() error {
	var p Problems
	if len(s.Topics) == 0 {
		p.add("topics", "must name at least one topic")
	}
	for i, t := range s.Topics {
		if _, known := t.Info(); !known {
			p.add(fmt.Sprintf("topics/%d", i), "takes "+topicNames())
			continue
		}
		if slices.Contains(s.Topics[:i], t) {
			p.add("topics", "must name each topic once")
			break
		}
	}
	if s.Start != StartNow && s.Start != StartBeginning {
		p.add("start", "takes now or beginning")
	}
	if s.Before < time.Minute || s.Before > 30*24*time.Hour {
		p.add("before", "must be a duration from PT1M to P30D")
	}
	if s.Lease < time.Second || s.Lease > 24*time.Hour {
		p.add("lease", "must be a duration from PT1S to PT24H")
	}
	return p.err()
}

func topicNames() string {
	var names []string
	for _, info := range Topics() {
		names = append(names, string(info.Topic))
	}
	return strings.Join(names, ", ")
}

// Consumer is a reader of changes, whose position the server keeps.
type Consumer struct {
	ID      int64
	TokenID int64 // the API token that it belongs to; 0 is the shared one
	Name    string
	ConsumerSpec
	CreatedAt time.Time
	// SeenAt is when it last asked, AckedAt when it last acknowledged, LeasedUntil when what it
	// works on is handed out again. Nil means never, or nothing.
	SeenAt, AckedAt, LeasedUntil *time.Time
	// Usual and Late are those of its [Poller].
	Usual time.Duration
	Late  bool
	// Lag is the number of items that it has not acknowledged.
	Lag int64
}

// ItemChange is what has happened to the row of a [ConsumerItem].
type ItemChange string

// The values of [ItemChange].
const (
	ItemCreated   ItemChange = "created"
	ItemUpdated   ItemChange = "updated"
	ItemDeleted   ItemChange = "deleted"
	ItemPublished ItemChange = "published" // its time has come
	ItemExpired   ItemChange = "expired"
	ItemUpcoming  ItemChange = "upcoming" // an event begins soon
	ItemMoved     ItemChange = "moved"    // start, end or location of an event
	ItemCancelled ItemChange = "cancelled"
	ItemResync    ItemChange = "resync" // all rows follow: a copy drops what does not come again
)

// ItemChanges returns all values of [ItemChange].
func ItemChanges() []ItemChange {
	return []ItemChange{ItemCreated, ItemUpdated, ItemDeleted, ItemPublished, ItemExpired, ItemUpcoming, ItemMoved,
		ItemCancelled, ItemResync}
}

// ConsumerItem is one change for a consumer.
type ConsumerItem struct {
	Seq    int64
	Change ItemChange
	Topic  Topic
	ID     int64  // 0 for [ItemResync]
	Key    string // the author's key
	// Row points to the row as it is now, such as a *[Subscriber], and Revision is its revision.
	// Row is nil if the row is deleted, and for ItemResync.
	Row      any
	Revision int64
	// First means that the item was not handed out before.
	First bool
}

// Handout is what a consumer works on under a lease, until it acknowledges it. Without items there
// is no lease.
type Handout struct {
	Lease string
	Items []ConsumerItem
}

// Rewinding says where a consumer begins again: at the Seq, at the time At, or at the beginning if
// both are zero.
type Rewinding struct {
	Seq int64
	At  time.Time
}
