package v1

import (
	"time"

	"namets/internal/namets"
)

// The types below describe rows in the document; rows are written by [namets.RowForm]. The tests
// compare both.

// Row are the members of every row.
type Row struct {
	ID        int64     `json:"id" readOnly:"true" doc:"The id of the row; it never changes" example:"42"`
	Key       *string   `json:"key" nullable:"true" doc:"The author's own key, unique among the rows of its kind; null if it has none" example:"newsletter-42"`
	Revision  int64     `json:"revision" readOnly:"true" doc:"A number that grows with every change of the row" example:"7"`
	CreatedAt time.Time `json:"created_at" readOnly:"true" doc:"When the row was stored first"`
	UpdatedAt time.Time `json:"updated_at" readOnly:"true" doc:"When the row last changed"`
}

// Announcement is a row of /announcements.
type Announcement struct {
	Row
	Status    string     `json:"status" enum:"draft,scheduled,published,expired" doc:"Its state now: scheduled before publish_at, expired from expire_at on"`
	URL       string     `json:"url" readOnly:"true" doc:"The address of its public page, which exists while it is published"`
	Title     string     `json:"title" doc:"The title" example:"Ramadan begins"`
	Slug      string     `json:"slug" doc:"The name in its URL"`
	Content   string     `json:"content" doc:"The text, plain"`
	Category  string     `json:"category" enum:"general,ramadan,taaleem,sale" doc:"The category"`
	IsPinned  bool       `json:"is_pinned" doc:"It is shown before the others"`
	PublishAt time.Time  `json:"publish_at" doc:"From when on it is shown"`
	ExpireAt  *time.Time `json:"expire_at" nullable:"true" doc:"Until when it is shown; null: without an end"`
	SendEmail bool       `json:"send_email" doc:"People who want announcements are told when it is published"`
}

// Event is a row of /events.
type Event struct {
	Row
	Status      string     `json:"status" enum:"draft,published,expired,cancelled" doc:"Its state now: expired from end_datetime on"`
	URL         string     `json:"url" readOnly:"true" doc:"The address of its public page, which exists unless it is a draft"`
	Title       string     `json:"title" doc:"The title" example:"Evening lecture"`
	Slug        string     `json:"slug" doc:"The name in its URL"`
	Description string     `json:"description" doc:"The text, plain"`
	CategoryID  *int64     `json:"category_id" nullable:"true" doc:"The id of its category; null: none"`
	Start       time.Time  `json:"start_datetime" doc:"When it begins"`
	End         time.Time  `json:"end_datetime" doc:"When it ends"`
	Location    string     `json:"location" doc:"Where it takes place"`
	IsFeatured  bool       `json:"is_featured" doc:"It is shown more prominently"`
	SendEmail   bool       `json:"send_email" doc:"People who want events are told when it is published"`
	CancelledAt *time.Time `json:"cancelled_at" nullable:"true" readOnly:"true" doc:"When it was cancelled; null if it was not"`
}

// Category is a row of /categories.
type Category struct {
	Row
	Name        string `json:"name" doc:"What people call it" example:"Lectures"`
	Slug        string `json:"slug" doc:"The name in URLs"`
	Description string `json:"description" doc:"More about it"`
}

// PrayerDay is a row of /prayer-days. The order of its times is that of the day.
type PrayerDay struct {
	Row
	Status       string  `json:"status" enum:"draft,published" doc:"Its state; a draft is shown to nobody"`
	URL          string  `json:"url" readOnly:"true" doc:"The address of the public page with the times"`
	Date         string  `json:"date" format:"date" doc:"The day in the site's zone" example:"2026-03-01"`
	FajrAdhan    string  `json:"fajr_adhan" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"The call to prayer, in the site's zone" example:"05:12:00"`
	FajrIqama    string  `json:"fajr_iqama" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"The start of the prayer"`
	DhuhrAdhan   string  `json:"dhuhr_adhan" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_adhan"`
	DhuhrIqama   string  `json:"dhuhr_iqama" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_iqama"`
	AsrAdhan     string  `json:"asr_adhan" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_adhan"`
	AsrIqama     string  `json:"asr_iqama" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_iqama"`
	MaghribAdhan string  `json:"maghrib_adhan" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_adhan"`
	MaghribIqama string  `json:"maghrib_iqama" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_iqama"`
	IshaAdhan    string  `json:"isha_adhan" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_adhan"`
	IshaIqama    string  `json:"isha_iqama" pattern:"^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{6})?$" doc:"As fajr_iqama; it may be after midnight"`
	SendEmail    bool    `json:"send_email" doc:"People who want prayer times are told when they change"`
	Timezone     string  `json:"timezone" readOnly:"true" doc:"The site's zone" example:"Africa/Lagos"`
	HijriDate    *string `json:"hijri_date" nullable:"true" readOnly:"true" doc:"The day in the calendar Umm al-Qura; null outside 1883 to 2173" example:"1447-09-12"`
	HijriMonth   *string `json:"hijri_month" nullable:"true" readOnly:"true" doc:"The month of hijri_date" example:"Ramadan"`
	Jumuah       *string `json:"jumuah" nullable:"true" readOnly:"true" doc:"The Friday prayer; null where its time is not known"`
	Computed     bool    `json:"computed" readOnly:"true" doc:"false: the times were entered, not calculated"`
}

// Patron is a row of /patrons.
type Patron struct {
	Row
	Name                 string  `json:"name" doc:"The name"`
	Designation          string  `json:"designation" doc:"The role in the community"`
	Bio                  string  `json:"bio" doc:"More about the person"`
	Email                *string `json:"email" nullable:"true" doc:"The address; null: none"`
	HierarchyOrder       int64   `json:"hierarchy_order" doc:"Sorts patrons, lowest first"`
	IsActive             bool    `json:"is_active" doc:"The patron is one at present"`
	ReceiveNotifications bool    `json:"receive_notifications" doc:"The patron gets e-mails as subscribers do"`
	ManageURL            *string `json:"manage_url,omitempty" nullable:"true" readOnly:"true" doc:"Always null, as in an audience; only with links=1"`
	UnsubscribeURL       *string `json:"unsubscribe_url,omitempty" nullable:"true" readOnly:"true" doc:"Always null, as in an audience; only with links=1"`
}

// Subscriber is a row of /subscribers.
type Subscriber struct {
	Row
	Email               string     `json:"email" doc:"The address, as it was typed" example:"amina@example.org"`
	Phone               *string    `json:"phone" nullable:"true" doc:"The phone number; null: none"`
	IsVerified          bool       `json:"is_verified" doc:"The address was confirmed by its owner"`
	IsActive            bool       `json:"is_active" doc:"The subscriber gets e-mails"`
	NotifyAnnouncements bool       `json:"notify_announcements" doc:"Wants announcements"`
	NotifyEvents        bool       `json:"notify_events" doc:"Wants events"`
	NotifyPrayerChanges bool       `json:"notify_prayer_changes" doc:"Wants changes of prayer times"`
	SubscribedAt        time.Time  `json:"subscribed_at" readOnly:"true" doc:"When the address was first stored"`
	LastNotified        *time.Time `json:"last_notified" nullable:"true" readOnly:"true" doc:"When the last e-mail was sent, as an import said; reports do not change it"`
	ManageURL           string     `json:"manage_url,omitempty" readOnly:"true" doc:"The personal link to the preferences, a secret; only with links=1"`
	UnsubscribeURL      string     `json:"unsubscribe_url,omitempty" readOnly:"true" doc:"The personal link to unsubscribe, a secret; only with links=1"`
}

// form returns how rows are written now.
func (a *API) form() *namets.RowForm {
	return &namets.RowForm{Zone: a.zone, Site: a.site, Now: a.now()}
}

// The methods below return a row as JSON, and its ETag.

func (a *API) announcementRow(row *namets.Announcement, revision int64) (body []byte, etag string) {
	f := a.form()
	return f.AppendAnnouncement(nil, row, revision), tag(revision, string(row.Status(f.Now)))
}

func (a *API) eventRow(row *namets.Event, revision int64) (body []byte, etag string) {
	f := a.form()
	return f.AppendEvent(nil, row, revision), tag(revision, string(row.Status(f.Now)))
}

func (a *API) categoryRow(row *namets.EventCategory, revision int64) (body []byte, etag string) {
	return a.form().AppendCategory(nil, row, revision), tag(revision, "")
}

func (a *API) prayerDayRow(row *namets.PrayerSchedule, revision int64) (body []byte, etag string) {
	return a.form().AppendPrayerDay(nil, row, revision), tag(revision, string(row.Status()))
}

func (a *API) patronRow(row *namets.Patron, revision int64) (body []byte, etag string) {
	return a.form().AppendPatron(nil, row, revision, false), tag(revision, "")
}
