package namets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// NoticeKind says what a [Notice] tells of: the value of "event" in a webhook's body (section 7).
type NoticeKind string

// The kinds of a [Notice].
const (
	AnnouncementCreated    NoticeKind = "announcement_created"
	EventCreated           NoticeKind = "event_created"
	PrayerUpdated          NoticeKind = "prayer_updated"
	SubscriberJoined       NoticeKind = "subscriber_joined"
	SubscriberUpdated      NoticeKind = "subscriber_updated"
	SubscriberUnsubscribed NoticeKind = "subscriber_unsubscribed"
	AdminMessage           NoticeKind = "admin_message"
	SubscriberConfirmation NoticeKind = "subscriber_confirmation"
	SubscriberLink         NoticeKind = "subscriber_link"
	Ping                   NoticeKind = "ping"
)

// NoticeKinds returns all kinds of a [Notice], in the order of section 7.
func NoticeKinds() []NoticeKind {
	return []NoticeKind{
		AnnouncementCreated, EventCreated, PrayerUpdated, SubscriberJoined, SubscriberUpdated, SubscriberUnsubscribed,
		AdminMessage, SubscriberConfirmation, SubscriberLink, Ping,
	}
}

// Personal reports whether a notice of this kind carries a link that opens a person's page: its text is not kept longer
// than delivering it takes.
func (k NoticeKind) Personal() bool { return k == SubscriberConfirmation || k == SubscriberLink }

// Urgent reports whether somebody sits before a screen and waits for what a notice of this kind sets off.
func (k NoticeKind) Urgent() bool { return k == SubscriberConfirmation || k == SubscriberLink }

// Notice is what a webhook says, without its recipients (section 7).
type Notice struct {
	Kind NoticeKind
	// Data is the JSON object "data" without the key recipients.
	Data []byte
}

// NewAnnouncementNotice tells that a is published; times are written in the given zone.
func NewAnnouncementNotice(a *Announcement, zone *time.Location) Notice {
	return newNotice(AnnouncementCreated, struct {
		Title     string `json:"title"`
		Content   string `json:"content"`
		PublishAt string `json:"publish_at"`
	}{a.Title, a.Content, FormatDateTime(a.PublishAt, zone)})
}

// NewEventNotice tells of e; times are written in the given zone.
func NewEventNotice(e *Event, zone *time.Location) Notice {
	return newNotice(EventCreated, struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Start       string `json:"start_datetime"`
		End         string `json:"end_datetime"`
		Location    string `json:"location"`
	}{e.Title, e.Description, FormatDateTime(e.Start, zone), FormatDateTime(e.End, zone), e.Location})
}

// NewPrayerNotice tells the times of p.
func NewPrayerNotice(p *PrayerSchedule) Notice {
	return newNotice(PrayerUpdated, struct {
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
	}{
		p.Date.String(), p.FajrAdhan.String(), p.FajrIqama.String(), p.DhuhrAdhan.String(), p.DhuhrIqama.String(),
		p.AsrAdhan.String(), p.AsrIqama.String(), p.MaghribAdhan.String(), p.MaghribIqama.String(),
		p.IshaAdhan.String(), p.IshaIqama.String(),
	})
}

// preferences is the form in which a notice carries [Preferences].
type preferences struct {
	Announcements bool `json:"announcements"`
	Events        bool `json:"events"`
	PrayerChanges bool `json:"prayer"`
}

// NewSubscriberNotice tells that s has joined or changed its preferences; kind is [SubscriberJoined] or
// [SubscriberUpdated].
func NewSubscriberNotice(kind NoticeKind, s *Subscriber) Notice {
	return newNotice(kind, struct {
		Email       string      `json:"email"`
		Preferences preferences `json:"preferences"`
	}{s.Email, preferences(s.Notify)})
}

// NewUnsubscribedNotice tells that email is no longer subscribed.
func NewUnsubscribedNotice(email string) Notice {
	return newNotice(SubscriberUnsubscribed, struct {
		Email string `json:"email"`
	}{email})
}

// NewMessageNotice carries a text that an admin has written.
func NewMessageNotice(subject, body string) Notice {
	return newNotice(AdminMessage, struct {
		Subject string `json:"subject"`
		Body    string `json:"body"`
	}{subject, body})
}

// NewConfirmationNotice carries the link with which email confirms that it wants p.
func NewConfirmationNotice(email, confirmURL string, p Preferences) Notice {
	return newNotice(SubscriberConfirmation, struct {
		Email       string      `json:"email"`
		ConfirmURL  string      `json:"confirm_url"`
		Preferences preferences `json:"preferences"`
	}{email, confirmURL, preferences(p)})
}

// NewLinkNotice carries the personal link of email.
func NewLinkNotice(email, manageURL string) Notice {
	return newNotice(SubscriberLink, struct {
		Email     string `json:"email"`
		ManageURL string `json:"manage_url"`
	}{email, manageURL})
}

// NewPing says nothing: it tests the connection.
func NewPing() Notice { return Notice{Kind: Ping, Data: []byte("{}")} }

func newNotice(kind NoticeKind, data any) Notice {
	return Notice{Kind: kind, Data: appendJSON(nil, data)}
}

// Body returns the webhook's body for the recipients, compact and with the keys in the order of section 7.
func (n Notice) Body(recipients []string) []byte {
	b := fmt.Appendf(nil, `{"event":%q,"data":{`, n.Kind)
	if n.Kind != Ping {
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

// appendJSON appends v as section 4 wants it: compact, <, > and & as they are. v consists of strings and booleans.
func appendJSON(b []byte, v any) []byte {
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // strings and booleans always encode
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}
