package transfer

import "namets/internal/namets"

// field is one key of a row with the location of its value.
type field struct {
	name  string
	value value
	// optional fields may be absent, and are not written if they are empty or null.
	optional bool
}

// list is a list in a file, independent of the type of its rows.
type list interface {
	// names returns the kind and its Django model.
	names() (kind namets.Kind, model string)
	// read reads n into a row of f.Data and keeps the row if it is valid.
	read(f *File, p location, n node)
	// write appends the rows of data.
	write(e *exporter, data *namets.Dataset)
}

// listOf is the list of a kind whose rows have the type R.
type listOf[R any] struct {
	kind  namets.Kind
	model string
	rows  func(*namets.Dataset) *[]R
	// fields returns the fields of a row in the order of the file. Fields that identify a row have
	// a [keyed] value.
	fields func(*R) []field
}

func (l listOf[R]) names() (kind namets.Kind, model string) { return l.kind, l.model }

func (l listOf[R]) read(f *File, p location, n node) {
	var row R
	if f.readRow(l.kind, l.fields(&row), p, n) {
		rows := l.rows(&f.Data)
		*rows = append(*rows, row)
	}
}

func (l listOf[R]) write(e *exporter, data *namets.Dataset) {
	rows := *l.rows(data)
	e.list(l.kind, len(rows), func(i int) []field { return l.fields(&rows[i]) })
}

// lists returns one list for each of [namets.ContentKinds], in that order.
func lists() []list {
	return []list{
		listOf[namets.Subscriber]{namets.KindSubscribers, "communications.subscriber",
			func(d *namets.Dataset) *[]namets.Subscriber { return &d.Subscribers }, subscriberFields},
		listOf[namets.Announcement]{namets.KindAnnouncements, "communications.announcement",
			func(d *namets.Dataset) *[]namets.Announcement { return &d.Announcements }, announcementFields},
		listOf[namets.EventCategory]{namets.KindEventCategories, "events.eventcategory",
			func(d *namets.Dataset) *[]namets.EventCategory { return &d.EventCategories }, eventCategoryFields},
		listOf[namets.Event]{namets.KindEvents, "events.event",
			func(d *namets.Dataset) *[]namets.Event { return &d.Events }, eventFields},
		listOf[namets.Patron]{namets.KindPatrons, "community.patron",
			func(d *namets.Dataset) *[]namets.Patron { return &d.Patrons }, patronFields},
		listOf[namets.PrayerSchedule]{namets.KindPrayerSchedules, "communications.prayerschedule",
			func(d *namets.Dataset) *[]namets.PrayerSchedule { return &d.PrayerSchedules }, prayerScheduleFields},
	}
}

// listNamed returns the list with the name in this service's format, or nil.
func listNamed(name string) list {
	for _, l := range lists() {
		if kind, _ := l.names(); string(kind) == name {
			return l
		}
	}
	return nil
}

func subscriberFields(s *namets.Subscriber) []field {
	return []field{
		{name: "id", value: (*id)(&s.ID)},
		{name: "email", value: address{contact{(*text)(&s.Email)}}},
		{name: "phone", value: phone{(*text)(&s.Phone)}, optional: true},
		{name: "is_verified", value: (*flag)(&s.IsVerified)},
		{name: "is_active", value: (*flag)(&s.IsActive)},
		{name: "notify_announcements", value: (*flag)(&s.Notify.Announcements)},
		{name: "notify_events", value: (*flag)(&s.Notify.Events)},
		{name: "notify_prayer_changes", value: (*flag)(&s.Notify.PrayerChanges)},
		{name: "token", value: (*uuid)(&s.Token)},
		{name: "subscribed_at", value: (*instant)(&s.SubscribedAt)},
		{name: "last_notified", value: optionalInstant{&s.LastNotified}},
		{name: "key", value: authorKey{(*text)(&s.Key)}, optional: true},
	}
}

func announcementFields(a *namets.Announcement) []field {
	return []field{
		{name: "id", value: (*id)(&a.ID)},
		{name: "title", value: (*text)(&a.Title)},
		{name: "slug", value: slug{(*text)(&a.Slug)}},
		{name: "content", value: (*text)(&a.Content)},
		{name: "category", value: (*category)(&a.Category)},
		{name: "is_pinned", value: (*flag)(&a.IsPinned)},
		{name: "publish_at", value: (*instant)(&a.PublishAt)},
		{name: "expire_at", value: optionalInstant{&a.ExpireAt}},
		{name: "is_active", value: (*flag)(&a.IsActive)},
		{name: "send_email", value: (*flag)(&a.SendEmail)},
		{name: "key", value: authorKey{(*text)(&a.Key)}, optional: true},
	}
}

func eventCategoryFields(c *namets.EventCategory) []field {
	return []field{
		{name: "id", value: (*id)(&c.ID)},
		{name: "name", value: (*text)(&c.Name)},
		{name: "slug", value: slug{(*text)(&c.Slug)}},
		{name: "description", value: (*text)(&c.Description)},
		{name: "key", value: authorKey{(*text)(&c.Key)}, optional: true},
	}
}

func eventFields(e *namets.Event) []field {
	return []field{
		{name: "id", value: (*id)(&e.ID)},
		{name: "title", value: (*text)(&e.Title)},
		{name: "slug", value: slug{(*text)(&e.Slug)}},
		{name: "description", value: (*text)(&e.Description)},
		{name: "category_id", value: reference{&e.CategoryID}},
		{name: "start_datetime", value: (*instant)(&e.Start)},
		{name: "end_datetime", value: (*instant)(&e.End)},
		{name: "location", value: (*text)(&e.Location)},
		{name: "is_featured", value: (*flag)(&e.IsFeatured)},
		{name: "is_active", value: (*flag)(&e.IsActive)},
		{name: "send_email", value: (*flag)(&e.SendEmail)},
		{name: "cancelled_at", value: optionalInstant{&e.CancelledAt}, optional: true},
		{name: "key", value: authorKey{(*text)(&e.Key)}, optional: true},
	}
}

func patronFields(p *namets.Patron) []field {
	return []field{
		{name: "id", value: (*id)(&p.ID)},
		{name: "name", value: (*text)(&p.Name)},
		{name: "designation", value: (*text)(&p.Designation)},
		{name: "bio", value: (*text)(&p.Bio)},
		{name: "email", value: contact{(*text)(&p.Email)}},
		{name: "hierarchy_order", value: (*number)(&p.HierarchyOrder)},
		{name: "is_active", value: (*flag)(&p.IsActive)},
		{name: "receive_notifications", value: (*flag)(&p.ReceiveNotifications)},
		{name: "key", value: authorKey{(*text)(&p.Key)}, optional: true},
	}
}

func prayerScheduleFields(s *namets.PrayerSchedule) []field {
	return []field{
		{name: "id", value: (*id)(&s.ID)},
		{name: "date", value: (*date)(&s.Date)},
		{name: "fajr_adhan", value: (*clock)(&s.FajrAdhan)},
		{name: "fajr_iqama", value: (*clock)(&s.FajrIqama)},
		{name: "dhuhr_adhan", value: (*clock)(&s.DhuhrAdhan)},
		{name: "dhuhr_iqama", value: (*clock)(&s.DhuhrIqama)},
		{name: "asr_adhan", value: (*clock)(&s.AsrAdhan)},
		{name: "asr_iqama", value: (*clock)(&s.AsrIqama)},
		{name: "maghrib_adhan", value: (*clock)(&s.MaghribAdhan)},
		{name: "maghrib_iqama", value: (*clock)(&s.MaghribIqama)},
		{name: "isha_adhan", value: (*clock)(&s.IshaAdhan)},
		{name: "isha_iqama", value: (*clock)(&s.IshaIqama)},
		{name: "is_active", value: (*flag)(&s.IsActive)},
		{name: "send_email", value: (*flag)(&s.SendEmail)},
		{name: "key", value: authorKey{(*text)(&s.Key)}, optional: true},
	}
}
