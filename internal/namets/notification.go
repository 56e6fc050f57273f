package namets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// NotificationKind is the kind of a [Notification]: the value of "event" in a webhook's body
// (section 7).
type NotificationKind string

// The kinds of a [Notification].
const (
	AnnouncementCreated    NotificationKind = "announcement_created"
	EventCreated           NotificationKind = "event_created"
	PrayerUpdated          NotificationKind = "prayer_updated"
	SubscriberJoined       NotificationKind = "subscriber_joined"
	SubscriberUpdated      NotificationKind = "subscriber_updated"
	SubscriberUnsubscribed NotificationKind = "subscriber_unsubscribed"
	AdminMessage           NotificationKind = "admin_message"
	SubscriberConfirmation NotificationKind = "subscriber_confirmation"
	SubscriberLink         NotificationKind = "subscriber_link"
	Ping                   NotificationKind = "ping"

	// The contract does not know these; see [NotificationInfo.HooksOnly].
	EventUpdated   NotificationKind = "event_updated"
	EventCancelled NotificationKind = "event_cancelled"
	EventUpcoming  NotificationKind = "event_upcoming"
	N8NSilent      NotificationKind = "n8n_silent"
	BackupFailed   NotificationKind = "backup_failed"
	SecurityAlert  NotificationKind = "security_alert"
)

// Audience says who receives the notifications of a kind. It is checked again before each attempt:
// a person who has left it meanwhile does not receive the notification.
type Audience int

// The audiences.
const (
	Nobody             Audience = iota // the body has no recipients
	WantsAnnouncements                 // active subscribers who want announcements
	WantsEvents                        // active subscribers who want events
	WantsPrayerChanges                 // active subscribers who want changed prayer times
	ActiveSubscribers                  // all of them, or those that are chosen
	AllSubscribers                     // inactive ones, too
	FormerSubscriber                   // a person who has just left
	Requester                          // a person who has asked to subscribe and has not confirmed yet
)

// NotificationInfo describes a [NotificationKind].
type NotificationInfo struct {
	Kind NotificationKind
	// Type is its name in the form of the open API.
	Type EventType
	// HooksOnly means that the contract does not know it: no target gets it in the legacy form. It
	// informs programs of what happened, so it is sent even if nobody receives an e-mail.
	HooksOnly bool
	// Name is what people call it.
	Name string
	// Subject is the kind of row that it is about; empty for none.
	Subject  Kind
	Audience Audience
	// Patrons reports whether patrons who receive notifications belong to the audience.
	Patrons bool
	// Once reports whether it is sent once in the life of its subject.
	Once bool
	// Changes names the fields of the subject whose new values it announces, if it announces a
	// change. A restore that sets other values makes it pointless.
	Changes []string
	// Personal reports whether it contains a link that opens a person's page. Its body is deleted
	// as soon as it is delivered.
	Personal bool
	// Urgent is its priority: a person is waiting for its effect.
	Urgent bool
}

// Notifications describes all kinds of a [Notification]: those of section 7 in its order, then
// those for hooks only.
func Notifications() []NotificationInfo {
	preferences := []string{"notify_announcements", "notify_events", "notify_prayer_changes"}
	times := []string{"fajr_adhan", "fajr_iqama", "dhuhr_adhan", "dhuhr_iqama", "asr_adhan", "asr_iqama",
		"maghrib_adhan", "maghrib_iqama", "isha_adhan", "isha_iqama"}
	return []NotificationInfo{
		{Kind: AnnouncementCreated, Type: TypeAnnouncementPublished, Name: "Announcement", Subject: KindAnnouncements,
			Audience: WantsAnnouncements, Patrons: true, Once: true},
		{Kind: EventCreated, Type: TypeEventPublished, Name: "Event", Subject: KindEvents, Audience: WantsEvents,
			Patrons: true, Once: true},
		{Kind: PrayerUpdated, Type: TypePrayerUpdated, Name: "Prayer times changed", Subject: KindPrayerSchedules,
			Audience: WantsPrayerChanges, Patrons: true, Changes: times},
		{Kind: SubscriberJoined, Type: TypeSubscriberJoined, Name: "Somebody joined", Subject: KindSubscribers,
			Audience: ActiveSubscribers},
		{Kind: SubscriberUpdated, Type: TypeSubscriberUpdated, Name: "Somebody changed a subscription",
			Subject: KindSubscribers, Audience: ActiveSubscribers, Changes: preferences},
		{Kind: SubscriberUnsubscribed, Type: TypeSubscriberLeft, Name: "Somebody left", Subject: KindSubscribers,
			Audience: FormerSubscriber},
		{Kind: AdminMessage, Type: TypeMessageSent, Name: "Message", Audience: ActiveSubscribers, Patrons: true},
		{Kind: SubscriberConfirmation, Type: TypeSubscriberConfirmation, Name: "Asked to confirm", Audience: Requester,
			Personal: true, Urgent: true},
		{Kind: SubscriberLink, Type: TypeSubscriberLink, Name: "Personal link", Subject: KindSubscribers,
			Audience: AllSubscribers, Personal: true, Urgent: true},
		{Kind: Ping, Type: TypePing, Name: "Test", Audience: Nobody},
		{Kind: EventUpdated, Type: TypeEventUpdated, HooksOnly: true, Name: "Event changed", Subject: KindEvents,
			Audience: WantsEvents, Patrons: true, Changes: []string{"start_datetime", "end_datetime", "location"}},
		{Kind: EventCancelled, Type: TypeEventCancelled, HooksOnly: true, Name: "Event cancelled", Subject: KindEvents,
			Audience: WantsEvents, Patrons: true},
		{Kind: EventUpcoming, Type: TypeEventUpcoming, HooksOnly: true, Name: "Event coming up", Subject: KindEvents,
			Audience: WantsEvents, Patrons: true, Changes: []string{"start_datetime"}},
		{Kind: N8NSilent, Type: TypeN8NSilent, HooksOnly: true, Name: "n8n is silent", Audience: Nobody},
		{Kind: BackupFailed, Type: TypeBackupFailed, HooksOnly: true, Name: "Backup failed", Audience: Nobody},
		{Kind: SecurityAlert, Type: TypeSecurityAlert, HooksOnly: true, Name: "Security alert", Audience: Nobody},
	}
}

// OfPeople reports whether it is about one person, so that its content is personal data.
func (i *NotificationInfo) OfPeople() bool {
	return i.Subject == KindSubscribers || i.Audience == Requester
}

// OfPeople reports whether what t tells is about one person.
func (t EventType) OfPeople() bool {
	return slices.ContainsFunc(Notifications(), func(i NotificationInfo) bool { return i.Type == t && i.OfPeople() })
}

// NotificationKinds returns all kinds of a [Notification], in the order of [Notifications].
func NotificationKinds() []NotificationKind {
	var kinds []NotificationKind
	for _, info := range Notifications() {
		kinds = append(kinds, info.Kind)
	}
	return kinds
}

// ContractKinds returns the kinds of section 7, in its order.
func ContractKinds() []NotificationKind {
	return slices.DeleteFunc(NotificationKinds(), func(k NotificationKind) bool { return k.Info().HooksOnly })
}

// ContractTypes returns the types of [ContractKinds]: what a target in the legacy form gets.
func ContractTypes() (types []EventType) {
	for _, kind := range ContractKinds() {
		types = append(types, kind.Info().Type)
	}
	return types
}

// Info describes k. A kind that is none of [Notifications] is called by its name.
func (k NotificationKind) Info() NotificationInfo {
	all := Notifications()
	if i := slices.IndexFunc(all, func(info NotificationInfo) bool { return info.Kind == k }); i >= 0 {
		return all[i]
	}
	return NotificationInfo{Kind: k, Name: string(k), Audience: ActiveSubscribers}
}

// Notification is the content of a webhook without its recipients (section 7).
type Notification struct {
	Kind NotificationKind
	// Data is the JSON object "data" without the key recipients.
	Data []byte
}

// NewAnnouncementNotification announces a; its times are in the given zone.
func NewAnnouncementNotification(a *Announcement, zone *time.Location) Notification {
	return newNotification(AnnouncementCreated, struct {
		Title     string `json:"title"`
		Content   string `json:"content"`
		PublishAt string `json:"publish_at"`
	}{a.Title, a.Content, FormatDateTime(a.PublishAt, zone)})
}

// NewEventNotification announces e; its times are in the given zone.
func NewEventNotification(e *Event, zone *time.Location) Notification {
	return NewNotificationAboutEvent(EventCreated, e, zone)
}

// NewNotificationAboutEvent is about e: [EventCreated], [EventUpdated], [EventCancelled] or
// [EventUpcoming]. Its times are in the given zone.
func NewNotificationAboutEvent(kind NotificationKind, e *Event, zone *time.Location) Notification {
	return newNotification(kind, struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Start       string `json:"start_datetime"`
		End         string `json:"end_datetime"`
		Location    string `json:"location"`
	}{e.Title, e.Description, FormatDateTime(e.Start, zone), FormatDateTime(e.End, zone), e.Location})
}

// prayerData are the members of [PrayerUpdated].
type prayerData struct {
	Date         string `json:"date"`
	FajrAdhan    string `json:"fajr_adhan"`
	FajrIqama    string `json:"fajr_iqama"`
	DhuhrAdhan   string `json:"dhuhr_adhan"`
	DhuhrIqama   string `json:"dhuhr_iqama"`
	AsrAdhan     string `json:"asr_adhan"`
	AsrIqama     string `json:"asr_iqama"`
	MaghribAdhan string `json:"maghrib_adhan"`
	MaghribIqama string `json:"maghrib_iqama"`
	IshaAdhan    string `json:"isha_adhan"`
	IshaIqama    string `json:"isha_iqama"`
}

// NewPrayerNotification contains the times of p.
func NewPrayerNotification(p *PrayerSchedule) Notification {
	return newNotification(PrayerUpdated, prayerData{
		p.Date.String(), p.FajrAdhan.String(), p.FajrIqama.String(), p.DhuhrAdhan.String(), p.DhuhrIqama.String(),
		p.AsrAdhan.String(), p.AsrIqama.String(), p.MaghribAdhan.String(), p.MaghribIqama.String(),
		p.IshaAdhan.String(), p.IshaIqama.String(),
	})
}

// preferences is the form of [Preferences] in a notification.
type preferences struct {
	Announcements bool `json:"announcements"`
	Events        bool `json:"events"`
	PrayerChanges bool `json:"prayer"`
}

// NewSubscriberNotification says that s has joined or changed its preferences; kind is
// [SubscriberJoined] or [SubscriberUpdated].
func NewSubscriberNotification(kind NotificationKind, s *Subscriber) Notification {
	return newNotification(kind, struct {
		Email       string      `json:"email"`
		Preferences preferences `json:"preferences"`
	}{s.Email, preferences(s.Notify)})
}

// NewUnsubscribedNotification says that email is no longer subscribed.
func NewUnsubscribedNotification(email string) Notification {
	return newNotification(SubscriberUnsubscribed, struct {
		Email string `json:"email"`
	}{email})
}

// NewMessageNotification contains a message from an admin.
func NewMessageNotification(subject, body string) Notification {
	return newNotification(AdminMessage, struct {
		Subject string `json:"subject"`
		Body    string `json:"body"`
	}{subject, body})
}

// NewConfirmationNotification contains the link with which email confirms its subscription to p.
func NewConfirmationNotification(email, confirmURL string, p Preferences) Notification {
	return newNotification(SubscriberConfirmation, struct {
		Email       string      `json:"email"`
		ConfirmURL  string      `json:"confirm_url"`
		Preferences preferences `json:"preferences"`
	}{email, confirmURL, preferences(p)})
}

// NewLinkNotification contains the personal link of email.
func NewLinkNotification(email, manageURL string) Notification {
	return newNotification(SubscriberLink, struct {
		Email     string `json:"email"`
		ManageURL string `json:"manage_url"`
	}{email, manageURL})
}

// NewPing has no content: it tests the connection.
func NewPing() Notification { return Notification{Kind: Ping, Data: []byte("{}")} }

// NewAlert says in one plain sentence, for operators, what is wrong: [N8NSilent], [BackupFailed] or
// [SecurityAlert]. about names what it is about, such as a consumer; it may be empty.
func NewAlert(kind NotificationKind, about, message string) Notification {
	return newNotification(kind, struct {
		About   string `json:"about"`
		Message string `json:"message"`
	}{about, message})
}

func newNotification(kind NotificationKind, data any) Notification {
	return Notification{Kind: kind, Data: appendJSON(nil, data)}
}

// Body returns the webhook's body for the recipients, compact and with the keys in the order of
// section 7.
func (n Notification) Body(recipients []string) []byte {
	b := fmt.Appendf(nil, `{"event":%q,"data":{`, n.Kind)
	if n.Kind.Info().Audience != Nobody {
		b = append(b, `"recipients":`...)
		b = EncodeAddresses(b, recipients)
		if len(n.Data) > len("{}") {
			b = append(b, ',')
		}
	}
	b = append(b, n.Data[1:]...)
	return append(b, '}')
}

// EncodeAddresses appends the addresses as a JSON array.
func EncodeAddresses(b []byte, addresses []string) []byte {
	if len(addresses) == 0 {
		return append(b, "[]"...)
	}
	return appendJSON(b, addresses)
}

// appendJSON appends v as JSON in the form of section 4: compact, with <, > and & unchanged. v
// consists of strings and booleans.
func appendJSON(b []byte, v any) []byte {
	text, err := encodeJSON(v)
	if err != nil {
		panic(err) // strings and booleans always encode
	}
	return append(b, text...)
}

// encodeJSON returns v as JSON in the form of section 4. It fails only for JSON inside v that is
// none.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// Message is a text that an admin sends to selected people.
type Message struct {
	Subject string
	Body    string
	// Everyone selects all active subscribers, whatever their preferences, and all patrons who
	// receive notifications.
	Everyone bool
	// Wants selects who receives the notifications of a kind; empty selects nobody.
	Wants NotificationKind
	// Event selects the people to whom the event with the id was announced; 0 selects nobody.
	Event       int64
	Subscribers []int64 // ids, unless one of the above selects people
	Patrons     []int64 // ids, unless one of the above selects people
}

// Chosen reports whether m names its recipients one by one.
func (m *Message) Chosen() bool { return !m.Everyone && m.Wants == "" && m.Event == 0 }

func messageRules() []rule[Message] {
	return []rule[Message]{
		line("subject", func(m *Message) string { return m.Subject }, required),
		text("body", func(m *Message) string { return m.Body }, required),
	}
}

// Validate returns [Problems] if a form must not send m. It does not know whether anybody receives
// it.
func (m *Message) Validate() error { return problems(messageRules(), nil, m) }
