package namets

import (
	"net/url"
	"strconv"
	"time"
)

// RowForm writes rows of content as JSON objects in the form of the open API: in its answers, in
// the items of consumers and in webhooks. The zero value of a field is not allowed.
type RowForm struct {
	Zone *time.Location // the site's
	Site Links          // the site's address
	// Now is the time that decides about the status of content.
	Now time.Time
}

// The public pages of content; see [Announcement.Path] and [Event.Path].
const (
	AnnouncementsPath = "/communications/announcements/"
	EventsPath        = "/events/"
	PrayerTimesPath   = "/communications/prayer-times/"
)

// Path is the path of a's public page, escaped.
func (a *Announcement) Path() string { return AnnouncementsPath + url.PathEscape(a.Slug) + "/" }

// Path is the path of e's public page, escaped.
func (e *Event) Path() string { return EventsPath + url.PathEscape(e.Slug) + "/" }

// Status is the status of a in the open API, one of [AnnouncementStatuses].
func (a *Announcement) Status(now time.Time) Stage { return a.Stage(now) }

// Status is the status of e in the open API, one of [EventStatuses]. An event is published at once:
// it is not scheduled until it begins, as in the admin's list.
func (e *Event) Status(now time.Time) Stage {
	if stage := e.Stage(now); stage != Scheduled {
		return stage
	}
	return Published
}

// Status is the status of s in the open API: [Draft] or [Published].
func (s *PrayerSchedule) Status() Stage {
	if s.IsActive {
		return Published
	}
	return Draft
}

// AnnouncementStatuses returns all values of [Announcement.Status].
func AnnouncementStatuses() []Stage { return Stages() }

// EventStatuses returns all values of [Event.Status].
func EventStatuses() []Stage { return []Stage{Draft, Published, Expired, Cancelled} }

// PrayerStatuses returns all values of [PrayerSchedule.Status].
func PrayerStatuses() []Stage { return []Stage{Draft, Published} }

// AppendAnnouncement appends a, which has the revision.
func (f *RowForm) AppendAnnouncement(b []byte, a *Announcement, revision int64) []byte {
	o := f.begin(b, a.ID, revision, &a.Meta)
	o.text("status", string(a.Status(f.Now)))
	o.text("url", string(f.Site)+a.Path())
	o.text("title", a.Title)
	o.text("slug", a.Slug)
	o.text("content", a.Content)
	o.text("category", string(a.Category))
	o.flag("is_pinned", a.IsPinned)
	o.time("publish_at", a.PublishAt)
	o.optionalTime("expire_at", a.ExpireAt)
	o.flag("send_email", a.SendEmail)
	return o.end()
}

// AppendEvent appends e, which has the revision.
func (f *RowForm) AppendEvent(b []byte, e *Event, revision int64) []byte {
	o := f.begin(b, e.ID, revision, &e.Meta)
	o.text("status", string(e.Status(f.Now)))
	o.text("url", string(f.Site)+e.Path())
	o.text("title", e.Title)
	o.text("slug", e.Slug)
	o.text("description", e.Description)
	o.optionalNumber("category_id", e.CategoryID)
	o.time("start_datetime", e.Start)
	o.time("end_datetime", e.End)
	o.text("location", e.Location)
	o.flag("is_featured", e.IsFeatured)
	o.flag("send_email", e.SendEmail)
	o.optionalTime("cancelled_at", e.CancelledAt)
	return o.end()
}

// AppendCategory appends c, which has the revision.
func (f *RowForm) AppendCategory(b []byte, c *EventCategory, revision int64) []byte {
	o := f.begin(b, c.ID, revision, &c.Meta)
	o.text("name", c.Name)
	o.text("slug", c.Slug)
	o.text("description", c.Description)
	return o.end()
}

// AppendPrayerDay appends s, which has the revision.
func (f *RowForm) AppendPrayerDay(b []byte, s *PrayerSchedule, revision int64) []byte {
	o := f.begin(b, s.ID, revision, &s.Meta)
	o.text("status", string(s.Status()))
	o.text("url", string(f.Site)+PrayerTimesPath)
	o.text("date", s.Date.String())
	for _, p := range s.Prayers() {
		o.text(p.Name+"_adhan", p.Adhan.String())
		o.text(p.Name+"_iqama", p.Iqama.String())
	}
	o.flag("send_email", s.SendEmail)
	o.text("timezone", f.Zone.String())
	o.hijri(s.Date)
	o.null("jumuah") // the times of the Friday prayer are stored nowhere yet
	o.flag("computed", false)
	return o.end()
}

// AppendPatron appends p, which has the revision, with its personal links if links is set: a patron
// has none.
func (f *RowForm) AppendPatron(b []byte, p *Patron, revision int64, links bool) []byte {
	o := f.begin(b, p.ID, revision, &p.Meta)
	o.text("name", p.Name)
	o.text("designation", p.Designation)
	o.text("bio", p.Bio)
	o.optionalText("email", p.Email)
	o.number("hierarchy_order", p.HierarchyOrder)
	o.flag("is_active", p.IsActive)
	o.flag("receive_notifications", p.ReceiveNotifications)
	if links {
		o.optionalText("manage_url", "")
		o.optionalText("unsubscribe_url", "")
	}
	return o.end()
}

// AppendSubscriber appends s, which has the revision, with its personal links if links is set.
func (f *RowForm) AppendSubscriber(b []byte, s *Subscriber, revision int64, links bool) []byte {
	o := f.begin(b, s.ID, revision, &s.Meta)
	o.text("email", s.Email)
	o.optionalText("phone", s.Phone)
	o.flag("is_verified", s.IsVerified)
	o.flag("is_active", s.IsActive)
	o.flag("notify_announcements", s.Notify.Announcements)
	o.flag("notify_events", s.Notify.Events)
	o.flag("notify_prayer_changes", s.Notify.PrayerChanges)
	o.time("subscribed_at", s.SubscribedAt)
	o.optionalTime("last_notified", s.LastNotified)
	if links {
		o.text("manage_url", f.Site.Preferences(s.Token))
		o.text("unsubscribe_url", f.Site.Unsubscribe(s.Token))
	}
	return o.end()
}

// row appends the members of one row to b.
type row struct {
	b    []byte
	zone *time.Location
}

// begin appends what all rows have.
func (f *RowForm) begin(b []byte, id, revision int64, m *Meta) row {
	o := row{append(b, `{"id":`...), f.Zone}
	o.b = strconv.AppendInt(o.b, id, 10)
	o.optionalText("key", m.Key)
	o.number("revision", revision)
	o.time("created_at", m.Created)
	o.time("updated_at", m.Updated)
	return o
}

func (o *row) end() []byte { return append(o.b, '}') }

// name appends the name of a member, which needs no escapes.
func (o *row) name(name string) {
	o.b = append(append(append(o.b, ',', '"'), name...), '"', ':')
}

// null appends a member without a value.
func (o *row) null(name string) {
	o.name(name)
	o.b = append(o.b, "null"...)
}

func (o *row) text(name, value string) {
	o.name(name)
	o.b = AppendString(o.b, value)
}

// optionalText appends null for an empty text.
func (o *row) optionalText(name, value string) {
	if value == "" {
		o.null(name)
		return
	}
	o.text(name, value)
}

func (o *row) number(name string, value int64) {
	o.name(name)
	o.b = strconv.AppendInt(o.b, value, 10)
}

func (o *row) optionalNumber(name string, value *int64) {
	if value == nil {
		o.null(name)
		return
	}
	o.number(name, *value)
}

func (o *row) flag(name string, value bool) {
	o.name(name)
	o.b = strconv.AppendBool(o.b, value)
}

func (o *row) time(name string, value time.Time) {
	o.name(name)
	o.b = append(AppendDateTime(append(o.b, '"'), value, o.zone), '"')
}

func (o *row) optionalTime(name string, value *time.Time) {
	if value == nil {
		o.null(name)
		return
	}
	o.time(name, *value)
}

// hijri appends the day in the Hijri calendar, null outside its table.
func (o *row) hijri(d Date) {
	h, ok := d.Hijri()
	if !ok {
		o.null("hijri_date")
		o.null("hijri_month")
		return
	}
	o.text("hijri_date", h.String())
	o.text("hijri_month", h.Name())
}
