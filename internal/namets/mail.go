package namets

import (
	"encoding/json"
	"html"
	"strings"
	"time"
)

// Mail is an e-mail without its recipient: what the workflow that namets serves would write.
type Mail struct {
	Subject string `json:"subject"`
	// Text has lines of any length, and ends without a line break. HTML says the same.
	Text string `json:"text"`
	HTML string `json:"html"`
}

// mailData are the members of all notifications that their e-mails contain.
type mailData struct {
	Title       string `json:"title"`
	Content     string `json:"content"`
	Description string `json:"description"`
	Start       string `json:"start_datetime"`
	Location    string `json:"location"`

	Subject string `json:"subject"`
	Body    string `json:"body"`
	Message string `json:"message"`

	Email       string      `json:"email"`
	ConfirmURL  string      `json:"confirm_url"`
	ManageURL   string      `json:"manage_url"`
	Preferences preferences `json:"preferences"`

	prayerData
}

// Mail returns the e-mail that says what n says.
func (n Notification) Mail() (Mail, error) {
	var d mailData
	if err := json.Unmarshal(n.Data, &d); err != nil {
		return Mail{}, err
	}
	subject, text := d.words(n.Kind)
	text = strings.TrimRight(text, "\r\n")
	return Mail{Subject: subject, Text: text, HTML: plainHTML(text)}, nil
}

func (d *mailData) words(kind NotificationKind) (subject, text string) {
	switch kind {
	case AnnouncementCreated:
		return d.Title, d.Content
	case EventCreated:
		return d.Title, strings.TrimLeft(d.Description+"\n\n"+d.whenAndWhere(), "\r\n")
	case EventUpdated:
		return "Changed: " + d.Title, "The time or place of this event has changed.\n\n" + d.whenAndWhere() + "\n\n" +
			d.Description
	case EventCancelled:
		return "Cancelled: " + d.Title, "This event is cancelled: " + d.Title + "\n\n" + d.whenAndWhere()
	case EventUpcoming:
		return "Reminder: " + d.Title, d.whenAndWhere() + "\n\n" + d.Description
	case PrayerUpdated:
		title := "Prayer times of " + mailDay(d.Date)
		return title, title + "\n\n" + d.prayerTimes()
	case SubscriberJoined:
		return "You are subscribed", "Welcome! This is what we will write to you about:\n\n" + d.Preferences.lines()
	case SubscriberUpdated:
		return "What you get from us has changed", "From now on we will write to you about:\n\n" + d.Preferences.lines()
	case SubscriberUnsubscribed:
		return "You are no longer subscribed", d.Email +
			" is no longer subscribed, and gets no more e-mails from us after this one."
	case AdminMessage:
		return d.Subject, d.Body
	case SubscriberConfirmation:
		return "Please confirm your subscription", "Somebody, we hope it was you, asked us to write to " + d.Email +
			" about:\n\n" + d.Preferences.lines() + "\n\nIf you want that, confirm it here:\n" + d.ConfirmURL +
			"\n\nIf you do not, do nothing."
	case SubscriberLink:
		return "Your personal link", "Here you can change what you get from us, or unsubscribe:\n" + d.ManageURL +
			"\n\nAnyone who has this link can do so: do not pass it on. If you did not ask for it, do nothing."
	case Ping:
		return "Test", "This is a test of the connection. Nothing has happened."
	}
	return kind.Info().Name, d.Message
}

// whenAndWhere returns two lines about an event, or one if it has no location.
func (d *mailData) whenAndWhere() string {
	when := d.Start
	if at, err := time.Parse(time.RFC3339, d.Start); err == nil {
		when = at.Format("Monday, 2 January 2006, 15:04")
	}
	if d.Location == "" {
		return "When: " + when
	}
	return "When: " + when + "\nWhere: " + d.Location
}

// mailDay returns a day such as Sunday, 1 March 2026.
func mailDay(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return at.Format("Monday, 2 January 2006")
}

// prayerTimes returns one line for each prayer.
func (d *mailData) prayerTimes() string {
	minutes := func(t string) string { return t[:min(len(t), len("15:04"))] }
	var lines []string
	for _, p := range [...]struct{ name, adhan, iqama string }{
		{"Fajr", d.FajrAdhan, d.FajrIqama}, {"Dhuhr", d.DhuhrAdhan, d.DhuhrIqama}, {"Asr", d.AsrAdhan, d.AsrIqama},
		{"Maghrib", d.MaghribAdhan, d.MaghribIqama}, {"Isha", d.IshaAdhan, d.IshaIqama},
	} {
		lines = append(lines, p.name+": adhan "+minutes(p.adhan)+", iqama "+minutes(p.iqama))
	}
	return strings.Join(lines, "\n")
}

// lines returns one line for each preference.
func (p preferences) lines() string {
	yes := map[bool]string{true: "yes", false: "no"}
	return "Announcements: " + yes[p.Announcements] + "\nEvents: " + yes[p.Events] + "\nChanges of prayer times: " +
		yes[p.PrayerChanges]
}

// plainHTML returns plain text as HTML: a paragraph for each block of lines, and nothing else.
func plainHTML(text string) string {
	var b strings.Builder
	for block := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if block = strings.Trim(block, "\n"); block != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(block), "\n", "<br>\n") + "</p>\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
