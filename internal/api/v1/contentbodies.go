package v1

import (
	"time"

	"namets/internal/namets"
)

// The types below are the bodies of writes. Their tags document the rules, which are those of
// package namets; the defaults are those of the admin's forms.

// AnnouncementBody writes an announcement.
type AnnouncementBody struct {
	Keyed
	Status    *string          `json:"status,omitempty" enum:"draft,published,scheduled,expired" default:"published" doc:"draft keeps it back, published shows it from publish_at on; scheduled and expired only where the row shows them"`
	Title     *string          `json:"title,omitempty" minLength:"1" maxLength:"200" doc:"The title, in one line" example:"Ramadan begins"`
	Slug      *string          `json:"slug,omitempty" maxLength:"60" doc:"The name in its URL. Default: made from the title"`
	Content   *string          `json:"content,omitempty" minLength:"1" maxLength:"20000" doc:"The text, plain" example:"The first night is on Tuesday."`
	Category  *string          `json:"category,omitempty" enum:"general,ramadan,taaleem,sale" default:"general" doc:"The category"`
	IsPinned  *bool            `json:"is_pinned,omitempty" default:"false" doc:"It is shown before the others"`
	PublishAt *string          `json:"publish_at,omitempty" format:"date-time" doc:"From when on it is shown. Default: now"`
	ExpireAt  Nullable[string] `json:"expire_at,omitzero" format:"date-time" doc:"Until when it is shown. Default: null, without an end"`
	SendEmail *bool            `json:"send_email,omitempty" default:"false" doc:"Tell people who want announcements when it is published; true needs the scope send as well"`
}

func (b *AnnouncementBody) apply(a *namets.Announcement, e *edited) {
	b.Keyed.apply(e, &a.Meta)
	e.setStatus(b.Status, &a.IsActive, nil)
	set(&a.Title, b.Title)
	set(&a.Slug, b.Slug)
	set(&a.Content, b.Content)
	set((*string)(&a.Category), b.Category)
	set(&a.IsPinned, b.IsPinned)
	e.setTime("publish_at", &a.PublishAt, b.PublishAt)
	if b.ExpireAt.Set {
		at := a.PublishAt
		if a.ExpireAt != nil {
			at = *a.ExpireAt
		}
		e.setTime("expire_at", &at, b.ExpireAt.Pointer())
		if a.ExpireAt = &at; b.ExpireAt.Null {
			a.ExpireAt = nil
		}
	}
	set(&a.SendEmail, b.SendEmail)
}

// EventBody writes an event.
type EventBody struct {
	Keyed
	Status      *string         `json:"status,omitempty" enum:"draft,published,cancelled,expired" default:"published" doc:"draft keeps it back, published shows it and revives a cancelled event, cancelled says that it does not take place; expired only where the row shows it"`
	Title       *string         `json:"title,omitempty" minLength:"1" maxLength:"200" doc:"The title, in one line" example:"Evening lecture"`
	Slug        *string         `json:"slug,omitempty" maxLength:"60" doc:"The name in its URL. Default: made from the title"`
	Description *string         `json:"description,omitempty" maxLength:"20000" doc:"The text, plain. Default: empty"`
	CategoryID  Nullable[int64] `json:"category_id,omitzero" doc:"The id of its category. Default: null, none"`
	Start       *string         `json:"start_datetime,omitempty" format:"date-time" doc:"When it begins" example:"2026-03-01T18:00:00+01:00"`
	End         *string         `json:"end_datetime,omitempty" format:"date-time" doc:"When it ends. Default: an hour after start_datetime" example:"2026-03-01T20:00:00+01:00"`
	Location    *string         `json:"location,omitempty" maxLength:"200" doc:"Where it takes place, in one line. Default: empty"`
	IsFeatured  *bool           `json:"is_featured,omitempty" default:"false" doc:"It is shown more prominently"`
	SendEmail   *bool           `json:"send_email,omitempty" default:"false" doc:"Tell people who want events as soon as it is published; true needs the scope send as well"`
}

func (b *EventBody) apply(v *namets.Event, e *edited, cancel func(cancelled bool)) {
	b.Keyed.apply(e, &v.Meta)
	e.setStatus(b.Status, &v.IsActive, cancel)
	set(&v.Title, b.Title)
	set(&v.Slug, b.Slug)
	set(&v.Description, b.Description)
	if b.CategoryID.Set {
		v.CategoryID = b.CategoryID.Pointer()
	}
	e.setTime("start_datetime", &v.Start, b.Start)
	if start := v.Start; e.was == nil {
		if start.IsZero() {
			start = time.Unix(0, 0) // it is missing or wrong, and the end is not
		}
		v.End = namets.NewEvent(start).End
	}
	e.setTime("end_datetime", &v.End, b.End)
	set(&v.Location, b.Location)
	set(&v.IsFeatured, b.IsFeatured)
	set(&v.SendEmail, b.SendEmail)
}

// CategoryBody writes a category.
type CategoryBody struct {
	Keyed
	Name        *string `json:"name,omitempty" minLength:"1" maxLength:"200" doc:"What people call it, in one line" example:"Lectures"`
	Slug        *string `json:"slug,omitempty" maxLength:"60" doc:"The name in URLs. Default: made from the name"`
	Description *string `json:"description,omitempty" maxLength:"20000" doc:"More about it. Default: empty"`
}

func (b *CategoryBody) apply(c *namets.EventCategory, e *edited) {
	b.Keyed.apply(e, &c.Meta)
	set(&c.Name, b.Name)
	set(&c.Slug, b.Slug)
	set(&c.Description, b.Description)
}

// PatronBody writes a patron.
type PatronBody struct {
	Keyed
	Name                 *string          `json:"name,omitempty" minLength:"1" maxLength:"200" doc:"The name, in one line" example:"Musa"`
	Designation          *string          `json:"designation,omitempty" maxLength:"200" doc:"The role in the community. Default: empty"`
	Bio                  *string          `json:"bio,omitempty" maxLength:"20000" doc:"More about the person. Default: empty"`
	Email                Nullable[string] `json:"email,omitzero" doc:"The address. Default: null, none"`
	HierarchyOrder       *int64           `json:"hierarchy_order,omitempty" doc:"Sorts patrons, lowest first. Default: after the last one"`
	IsActive             *bool            `json:"is_active,omitempty" default:"true" doc:"The patron is one at present"`
	ReceiveNotifications *bool            `json:"receive_notifications,omitempty" default:"true" doc:"The patron gets e-mails as subscribers do"`
}

func (b *PatronBody) apply(p *namets.Patron, e *edited) {
	b.Keyed.apply(e, &p.Meta)
	set(&p.Name, b.Name)
	set(&p.Designation, b.Designation)
	set(&p.Bio, b.Bio)
	if b.Email.Set {
		if p.Email = b.Email.Value; p.Email == "" && !b.Email.Null {
			e.blame("email", "must be an e-mail address, or null for none")
		}
	}
	set(&p.HierarchyOrder, b.HierarchyOrder)
	set(&p.IsActive, b.IsActive)
	set(&p.ReceiveNotifications, b.ReceiveNotifications)
}

// PrayerDayBody writes the prayer times of a day.
type PrayerDayBody struct {
	Keyed
	Status       *string `json:"status,omitempty" enum:"draft,published" default:"published" doc:"A draft is shown to nobody"`
	Date         *string `json:"date,omitempty" format:"date" doc:"The day in the path" example:"2026-03-01"`
	FajrAdhan    *string `json:"fajr_adhan,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"The call to prayer, in the site's zone; a new day needs all ten times" example:"05:12"`
	FajrIqama    *string `json:"fajr_iqama,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"The start of the prayer, not before the call" example:"05:30"`
	DhuhrAdhan   *string `json:"dhuhr_adhan,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_adhan" example:"12:45"`
	DhuhrIqama   *string `json:"dhuhr_iqama,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_iqama" example:"13:15"`
	AsrAdhan     *string `json:"asr_adhan,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_adhan" example:"16:00"`
	AsrIqama     *string `json:"asr_iqama,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_iqama" example:"16:15"`
	MaghribAdhan *string `json:"maghrib_adhan,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_adhan" example:"18:50"`
	MaghribIqama *string `json:"maghrib_iqama,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_iqama" example:"18:55"`
	IshaAdhan    *string `json:"isha_adhan,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_adhan" example:"20:00"`
	IshaIqama    *string `json:"isha_iqama,omitempty" pattern:"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?$" doc:"As fajr_iqama; it may be after midnight" example:"20:30"`
	SendEmail    *bool   `json:"send_email,omitempty" default:"false" doc:"Tell people who want prayer times that they have changed; true needs the scope send as well"`
}

// dayTime is a time of a prayer day, as it was sent and where it belongs.
type dayTime struct {
	member string
	sent   *string
	to     *namets.TimeOfDay
}

func (b *PrayerDayBody) times(t *namets.PrayerTimes) []dayTime {
	return []dayTime{
		{"fajr_adhan", b.FajrAdhan, &t.FajrAdhan}, {"fajr_iqama", b.FajrIqama, &t.FajrIqama},
		{"dhuhr_adhan", b.DhuhrAdhan, &t.DhuhrAdhan}, {"dhuhr_iqama", b.DhuhrIqama, &t.DhuhrIqama},
		{"asr_adhan", b.AsrAdhan, &t.AsrAdhan}, {"asr_iqama", b.AsrIqama, &t.AsrIqama},
		{"maghrib_adhan", b.MaghribAdhan, &t.MaghribAdhan}, {"maghrib_iqama", b.MaghribIqama, &t.MaghribIqama},
		{"isha_adhan", b.IshaAdhan, &t.IshaAdhan}, {"isha_iqama", b.IshaIqama, &t.IshaIqama},
	}
}

func (b *PrayerDayBody) apply(s *namets.PrayerSchedule, e *edited) {
	b.Keyed.apply(e, &s.Meta)
	e.setStatus(b.Status, &s.IsActive, nil)
	if b.Date != nil && *b.Date != s.Date.String() {
		e.blame("date", "must be the day in the path")
	}
	for _, t := range b.times(&s.PrayerTimes) {
		if t.sent == nil && e.was == nil {
			e.blame(t.member, "is missing: a new day needs all ten times")
		}
		e.setClock(t.member, t.to, t.sent)
	}
	set(&s.SendEmail, b.SendEmail)
}
