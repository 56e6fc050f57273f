package namets_test

import (
	"encoding/json"
	"testing"
	"time"

	"namets/internal/namets"
)

func rowForm(t *testing.T) *namets.RowForm {
	t.Helper()
	zone, err := time.LoadLocation("Africa/Lagos")
	if err != nil {
		t.Fatal(err)
	}
	return &namets.RowForm{Zone: zone, Site: "https://mosque.example", Now: at(12)}
}

// at is an hour of the first of March.
func at(hour int) time.Time { return time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC) }

// wantRow fails the test unless the row is the wanted JSON.
func wantRow(t *testing.T, got []byte, want string) {
	t.Helper()
	if !json.Valid(got) || string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRowForm_writesAllMembers(t *testing.T) {
	f := rowForm(t)
	meta := namets.Meta{Created: at(7), Updated: at(8).Add(time.Microsecond)}
	keyed := meta
	keyed.Key = "a~1"
	const head = `"created_at":"2026-03-01T08:00:00+01:00","updated_at":"2026-03-01T09:00:00.000001+01:00",`
	wantRow(t, f.AppendAnnouncement([]byte("["), &namets.Announcement{ID: 3, Title: `"A" <b>`, Slug: "عيد-2",
		Content: "x\n", Category: namets.Ramadan, IsPinned: true, PublishAt: at(13), IsActive: true, SendEmail: true,
		Meta: keyed}, 7)[1:],
		`{"id":3,"key":"a~1","revision":7,`+head+`"status":"scheduled",`+
			`"url":"https://mosque.example/communications/announcements/%D8%B9%D9%8A%D8%AF-2/","title":"\"A\" <b>",`+
			`"slug":"عيد-2","content":"x\n","category":"ramadan","is_pinned":true,`+
			`"publish_at":"2026-03-01T14:00:00+01:00","expire_at":null,"send_email":true}`)
	wantRow(t, f.AppendEvent(nil, &namets.Event{ID: 4, Title: "T", Slug: "t", CategoryID: new(int64(9)), Start: at(13),
		End: at(14), IsActive: true, CancelledAt: new(at(9)), Meta: meta}, 1),
		`{"id":4,"key":null,"revision":1,`+head+`"status":"cancelled","url":"https://mosque.example/events/t/",`+
			`"title":"T","slug":"t","description":"","category_id":9,"start_datetime":"2026-03-01T14:00:00+01:00",`+
			`"end_datetime":"2026-03-01T15:00:00+01:00","location":"","is_featured":false,"send_email":false,`+
			`"cancelled_at":"2026-03-01T10:00:00+01:00"}`)
	wantRow(t, f.AppendCategory(nil, &namets.EventCategory{ID: 5, Name: "N", Slug: "n", Description: "D",
		Meta: meta}, 2),
		`{"id":5,"key":null,"revision":2,`+head+`"name":"N","slug":"n","description":"D"}`)
	wantRow(t, f.AppendPatron(nil, &namets.Patron{ID: 6, Name: "P", HierarchyOrder: 2, IsActive: true, Meta: meta}, 2,
		false),
		`{"id":6,"key":null,"revision":2,`+head+`"name":"P","designation":"","bio":"","email":null,`+
			`"hierarchy_order":2,"is_active":true,"receive_notifications":false}`)
	amina := &namets.Subscriber{ID: 7, Email: "amina@example.org", IsActive: true,
		Notify: namets.Preferences{Events: true}, Token: namets.UUID{1}, SubscribedAt: at(7), Meta: meta}
	const person = `{"id":7,"key":null,"revision":1,` + head + `"email":"amina@example.org","phone":null,` +
		`"is_verified":false,"is_active":true,"notify_announcements":false,"notify_events":true,` +
		`"notify_prayer_changes":false,"subscribed_at":"2026-03-01T08:00:00+01:00","last_notified":null`
	wantRow(t, f.AppendSubscriber(nil, amina, 1, false), person+`}`)
	wantRow(t, f.AppendSubscriber(nil, amina, 1, true),
		person+`,"manage_url":"`+f.Site.Preferences(amina.Token)+`","unsubscribe_url":"`+
			f.Site.Unsubscribe(amina.Token)+`"}`)
}

func TestRowForm_writesPrayerDays(t *testing.T) {
	day := &namets.PrayerSchedule{ID: 8, Date: namets.Date{Year: 2026, Month: 3, Day: 1}, IsActive: true,
		PrayerTimes: namets.PrayerTimes{FajrAdhan: 5 * 3600e6, FajrIqama: 5*3600e6 + 1800e6},
		Meta:        namets.Meta{Created: at(7), Updated: at(7)}}
	var got map[string]any
	if err := json.Unmarshal(rowForm(t).AppendPrayerDay(nil, day, 1), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"date": "2026-03-01", "fajr_adhan": "05:00:00", "fajr_iqama": "05:30:00",
		"isha_iqama": "00:00:00", "status": "published", "timezone": "Africa/Lagos", "hijri_date": "1447-09-12",
		"hijri_month": "Ramadan", "jumuah": nil, "computed": false,
		"url": "https://mosque.example/communications/prayer-times/"} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s: %v, want %v", name, value, want)
		}
	}
}

func TestStatus(t *testing.T) {
	now := at(12)
	event := func(change func(*namets.Event)) namets.Stage {
		e := namets.Event{Start: at(13), End: at(14), IsActive: true}
		change(&e)
		return e.Status(now)
	}
	for want, got := range map[namets.Stage]namets.Stage{
		namets.Published: event(func(*namets.Event) {}),
		namets.Draft:     event(func(e *namets.Event) { e.IsActive = false }),
		namets.Expired:   event(func(e *namets.Event) { e.End = now }),
		namets.Cancelled: event(func(e *namets.Event) { e.CancelledAt = &now }),
	} {
		if got != want {
			t.Errorf("status %s, want %s", got, want)
		}
	}
}

// The days come from the calendar islamic-umalqura of ICU.
func TestHijri(t *testing.T) {
	for day, want := range map[string]string{
		"2000-01-01": "1420-09-24", "2015-07-17": "1436-10-01", "2029-08-11": "1451-03-30",
		"2026-02-17": "1447-08-29", "2026-02-18": "1447-09-01", "2026-03-20": "1447-10-01", "2027-06-06": "1449-01-01",
	} {
		d, err := namets.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := d.Hijri(); !ok || got.String() != want {
			t.Errorf("%s: %s %t, want %s", day, got, ok, want)
		}
	}
	for _, year := range []int{1, 1881, 2175, 9999} {
		if h, ok := (namets.Date{Year: year, Month: 6, Day: 1}).Hijri(); ok {
			t.Errorf("year %d: %s", year, h)
		}
	}
}
