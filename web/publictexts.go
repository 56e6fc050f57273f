package web

import (
	"crypto/sha256"
	"encoding/hex"

	"namets/internal/namets"
)

// NavTexts are the entries of the public pages' navigation.
type NavTexts struct {
	Announcements, Events, Prayers, Subscribe string
}

// HomeTexts are on the home page.
type HomeTexts struct {
	Lead        string
	AuthorTitle string
	AuthorToken string // is before the name of the header that carries the token
	AuthorGuide string
}

// ListTexts are on pages with a list.
type ListTexts struct {
	Title string
	Lead  string
	// None says that the list is empty.
	None string
	// All is the link from the home page to the full list.
	All string
	// More is the link from an entry to its page; for screen readers, the entry's title follows.
	More string
	// Back is the link from an entry to the list.
	Back string
}

// PagerTexts are the links of a list with several pages.
type PagerTexts struct {
	Label       string // names the links to those who cannot see them
	Newer, Next string // towards the beginning, and towards the end
}

// AnnouncementTexts are with announcements.
type AnnouncementTexts struct {
	ListTexts
	Pinned     string
	Categories map[namets.Category]string
}

// EventTexts are with events.
type EventTexts struct {
	ListTexts
	Where     string // is before the place
	Cancelled string // marks an event that does not take place
}

// PrayerTexts are with prayer times.
type PrayerTexts struct {
	Title       string
	Lead        string
	Today       string
	Days        string // the table of the coming days
	Day         string // the column of the dates
	Prayer      string // the column of the prayers
	Adhan       string
	Iqama       string
	Next        string            // marks the next prayer
	Tomorrow    string            // is before the first prayer of tomorrow, when today's are over
	None        string            // there are no times for today
	NoneAhead   string            // there are no times for the coming days
	All         string            // the link from the home page
	Names       map[string]string // the prayers
	ColumnsHint string            // explains the two times in a cell
}

// WishTexts are the topics of a subscription.
type WishTexts struct {
	Legend                               string
	Announcements, Events, PrayerChanges string
	Nothing                              string // none of them is chosen
}

// SubscribeTexts are on the subscribe form.
type SubscribeTexts struct {
	Title string
	Lead  string
	Email string
	Trap  string // the field that people leave empty
	// Consent is what people agree to with the button. [SubscribeTexts.ConsentVersion] is stored
	// with each click.
	Consent string
	Button  string
	Leave   string // the link for those who want to leave
	// The errors of the form.
	Wrong    string // above the form
	NoEmail  string
	BadEmail string
	Trapped  string
}

// ConsentVersion identifies the wording of Consent: another wording has another version.
func (t SubscribeTexts) ConsentVersion() string {
	sum := sha256.Sum256([]byte(t.Consent))
	return hex.EncodeToString(sum[:6])
}

// ConfirmTexts are on the page behind the link in a confirmation e-mail.
type ConfirmTexts struct {
	Title  string
	Lead   string // is before the address
	Wishes string // is before what was chosen
	Button string
	Not    string // for people who did not ask for it
	// For people who want no e-mail at all, no matter who enters the address.
	NeverTitle, NeverWhat, NeverButton string
}

// PreferenceTexts are on a subscriber's personal page.
type PreferenceTexts struct {
	Title    string
	Lead     string // is before the address
	Button   string
	Saved    string
	Welcome  string
	Inactive string
	Leave    string // the link to the page for leaving
}

// LeaveTexts are on the pages to unsubscribe.
type LeaveTexts struct {
	AskTitle  string // the page that asks for the address
	AskLead   string
	AskButton string
	Title     string // the personal page
	Lead      string // is before the address
	Button    string
	Stay      string // the link to the preferences
}

// ResultTexts are pages with only a message.
type ResultTexts struct {
	CheckInbox ResultText // a confirmation was asked for
	Subscribed ResultText // without double opt-in
	LinkSent   ResultText // the personal link was asked for
	Left       ResultText
	DeadLink   ResultText // a link to confirm that does not work
	UsedLink   ResultText // a link to confirm that was used
	Never      ResultText // nothing is sent to the address any more
	NoLink     ResultText // a personal link that does not work
}

// ResultText is a page with only a message.
type ResultText struct {
	Title, What, Do string
	// Go is the link at its end.
	Go string
}
