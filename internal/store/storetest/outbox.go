package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

func (su suite) TestAnnouncement_isSentWithItsTextWhenItIsDue(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("early@example.org")
	gone := o.AddSubscriber("gone@example.org")
	a := o.AddAnnouncement(namets.Announcement{Title: "old", Content: "<b>&", PublishAt: Now().Add(time.Hour),
		IsActive: true, SendEmail: true})
	a.Title = "new"
	o.Save(a)
	o.Must(o.DeleteSubscriber(t.Context(), By(), gone))
	o.AddSubscriber("Late@example.org")
	o.Step(2 * time.Hour)
	want := []string{`{"event":"announcement_created","data":{"recipients":["early@example.org","Late@example.org"],` +
		`"title":"new","content":"<b>&","publish_at":"2026-03-01T11:30:00+01:00"}}`}
	if diff := cmp.Diff(want, o.Deliver()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (su suite) TestQueueDue_queuesTheOldestFirstAfterASleep(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	const n = 120 // more than one batch
	for i := range n {
		o.AddAnnouncement(namets.Announcement{Title: fmt.Sprint(n - i),
			PublishAt: Now().Add(time.Duration(n-i) * time.Second), IsActive: true, SendEmail: true})
	}
	o.Step(time.Hour)
	var titles []string
	for _, body := range o.Deliver() {
		_, rest, _ := strings.Cut(body, `"title":"`)
		title, _, _ := strings.Cut(rest, `"`)
		titles = append(titles, title)
	}
	for i := range n {
		if len(titles) != n || titles[i] != fmt.Sprint(i+1) {
			t.Fatalf("%d titles: %v", len(titles), titles)
		}
	}
}

func (su suite) TestEvent_isSentOnceAsSoonAsItIsActive(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	e := namets.Event{Title: "E & F", Description: "d", Start: Now().Add(time.Hour), End: Now().Add(2 * time.Hour),
		Location: "L", SendEmail: true}
	id, err := o.CreateEvent(t.Context(), By(), e)
	o.Must(err)
	o.WantKinds("inactive")
	e.ID, e.IsActive = id, true
	o.Must(o.UpdateEvent(t.Context(), By(), 0, e))
	want := []string{`{"event":"event_created","data":{"recipients":["a@example.org"],"title":"E & ` +
		`F","description":"d",` +
		`"start_datetime":"2026-03-01T11:30:00+01:00","end_datetime":"2026-03-01T12:30:00+01:00","location":"L"}}`}
	if diff := cmp.Diff(want, o.Deliver()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e.Title = "changed"
	o.Must(o.UpdateEvent(t.Context(), By(), 0, e))
	o.WantKinds("changed")
	_, err = o.CreateEvent(t.Context(), By(), namets.Event{Title: "past", Start: Now(), End: Now(), IsActive: true,
		SendEmail: true})
	o.Must(err)
	o.WantKinds("over already")
}

func (su suite) TestPrayerSchedule_isSentIfItsTimesChanged(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	const updated = "prayer_updated"
	s := namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 2}, IsActive: true, SendEmail: true}
	id, err := o.CreatePrayerSchedule(t.Context(), By(), s)
	o.Must(err)
	o.WantKinds("new", updated)
	s.ID = id
	for i, tt := range []struct {
		name string
		edit func()
		want []string
	}{
		{"saved unchanged", func() {}, nil},
		{"a time changed", func() { s.AsrIqama = 60_000_000 }, []string{updated}},
		{"changed silently", func() { s.AsrIqama, s.SendEmail = 120_000_000, false }, nil},
		{"send_email switched on without a change", func() { s.SendEmail = true }, nil},
		{"changed while inactive", func() { s.AsrIqama, s.IsActive = 180_000_000, false }, nil},
		{"active again", func() { s.IsActive = true }, []string{updated}},
		{"inactive", func() { s.IsActive = false }, nil},
		{"active without a change", func() { s.IsActive = true }, nil},
	} {
		tt.edit()
		o.Must(o.UpdatePrayerSchedule(t.Context(), By(), 0, s))
		o.WantKinds(fmt.Sprint(i, " ", tt.name), tt.want...)
	}
}

func (su suite) TestSubscriber_notificationsFollowTheContract(t *testing.T) {
	o := su.outbox(t)
	id, err := o.CreateSubscriber(t.Context(), By(),
		namets.Subscriber{Email: "A@example.org", Notify: namets.Preferences{Events: true}})
	o.Must(err)
	for _, tt := range []struct {
		name  string
		patch namets.SubscriberPatch
		want  []string
	}{
		{"preferences before joining", namets.SubscriberPatch{PrayerChanges: ptr(true)}, nil},
		{"active for the first time", namets.SubscriberPatch{IsActive: ptr(true)},
			[]string{`{"event":"subscriber_joined","data":` +
				`{"recipients":["A@example.org"],"email":"A@example.org",` +
				`"preferences":{"announcements":false,"events":true,"prayer":true}}}`}},
		{"nothing changed", namets.SubscriberPatch{IsActive: ptr(true), Events: ptr(true)}, nil},
		{"a phone number", namets.SubscriberPatch{Phone: ptr("+234")}, nil},
		{"preferences", namets.SubscriberPatch{Events: ptr(false)}, []string{`{"event":"subscriber_updated","data":` +
			`{"recipients":["A@example.org"],"email":"A@example.org",` +
			`"preferences":{"announcements":false,"events":false,"prayer":true}}}`}},
		{"inactive", namets.SubscriberPatch{IsActive: ptr(false)},
			[]string{`{"event":"subscriber_unsubscribed","data":` +
				`{"recipients":["A@example.org"],"email":"A@example.org"}}`}},
		{"preferences while inactive", namets.SubscriberPatch{Events: ptr(true)}, nil},
		{"active again", namets.SubscriberPatch{IsActive: ptr(true)}, nil},
	} {
		o.Must(o.UpdateSubscriber(t.Context(), By(), id, 0, tt.patch))
		if diff := cmp.Diff(tt.want, o.Deliver()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	o.Must(o.DeleteSubscriber(t.Context(), By(), id))
	o.WantKinds("deleted", "subscriber_unsubscribed")
	id, err = o.CreateSubscriber(t.Context(), By(), namets.Subscriber{Email: "never@example.org"})
	o.Must(err)
	o.Must(o.DeleteSubscriber(t.Context(), By(), id))
	o.WantKinds("one who never joined was deleted")
}

func (su suite) TestAudience_isOrderedAndContainsEachAddressOnce(t *testing.T) {
	o := su.outbox(t)
	MustImport(t, o.DB, &namets.Dataset{
		Subscribers: []namets.Subscriber{
			{ID: 9, Email: "z@example.org", IsActive: true, Notify: namets.Preferences{Announcements: true},
				Token: namets.UUID{9}, SubscribedAt: Now()},
			{ID: 2, Email: "É.x@example.org", IsActive: true, Notify: namets.Preferences{Announcements: true},
				Token: namets.UUID{2}, SubscribedAt: Now()},
			{ID: 3, Email: "inactive@example.org", Notify: namets.Preferences{Announcements: true},
				Token: namets.UUID{3}, SubscribedAt: Now()},
			{ID: 4, Email: "events@example.org", IsActive: true, Notify: namets.Preferences{Events: true},
				Token: namets.UUID{4}, SubscribedAt: Now()},
		},
		Patrons: []namets.Patron{
			{ID: 1, Name: "B", Email: "b@example.edu", HierarchyOrder: 1, IsActive: true, ReceiveNotifications: true},
			{ID: 2, Name: "A", Email: "a@example.edu", HierarchyOrder: 1, IsActive: true, ReceiveNotifications: true},
			{ID: 3, Name: "Z", Email: "first@example.edu", HierarchyOrder: -1, IsActive: true,
				ReceiveNotifications: true},
			{ID: 4, Name: "C", Email: "é.X@EXAMPLE.org", HierarchyOrder: 1, IsActive: true, ReceiveNotifications: true},
			{ID: 5, Name: "D", Email: "B@example.EDU", HierarchyOrder: 1, IsActive: true, ReceiveNotifications: true},
			{ID: 6, Name: "E", Email: "", HierarchyOrder: 1, IsActive: true, ReceiveNotifications: true},
			{ID: 7, Name: "F", Email: "f@example.edu", HierarchyOrder: 1, ReceiveNotifications: true},
			{ID: 8, Name: "G", Email: "g@example.edu", HierarchyOrder: 1, IsActive: true},
		},
	}, namets.ImportOptions{})
	if n, err := o.AudienceSize(t.Context(), namets.AnnouncementCreated); n != 5 || err != nil {
		t.Errorf("audience size %d, %v, want 5", n, err)
	}
	o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	got := o.Deliver()
	want := `"recipients":["É.x@example.org","z@example.org","first@example.edu","a@example.edu","b@example.edu"],`
	if len(got) != 1 || !strings.Contains(got[0], want) {
		t.Errorf("got %v, want %s", got, want)
	}
}

func (su suite) TestQueue_needsRecipientsExceptForAPing(t *testing.T) {
	o := su.outbox(t)
	o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	o.WantKinds("nobody")
	o.AddSubscriber("a@example.org")
	o.WantKinds("somebody who came too late")
	_, err := o.QueuePing(t.Context(), By())
	o.Must(err)
	if diff := cmp.Diff([]string{`{"event":"ping","data":{}}`}, o.Deliver()); diff != "" {
		t.Error(diff)
	}
}

func (su suite) TestSendMessage_reachesSelectedActiveSubscribers(t *testing.T) {
	o := su.outbox(t)
	a, b := o.AddSubscriber("a@example.org"), o.AddSubscriber("b@example.org")
	c := o.AddSubscriber("c@example.org")
	o.Must(o.UpdateSubscriber(t.Context(), By(), b, 0, namets.SubscriberPatch{IsActive: ptr(false)}))
	p, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: "P", Email: "A@EXAMPLE.org", IsActive: true,
		ReceiveNotifications: true})
	o.Must(err)
	q, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: "Q", Email: "q@example.org", IsActive: true,
		ReceiveNotifications: true})
	o.Must(err)
	o.Deliver()
	for _, tt := range []struct {
		m    namets.Message
		want string
	}{
		{namets.Message{Subscribers: []int64{c, b, a}, Patrons: []int64{p}}, `["a@example.org","c@example.org"]`},
		{namets.Message{Patrons: []int64{q, p}}, `["A@EXAMPLE.org","q@example.org"]`},
		{namets.Message{Everyone: true}, `["a@example.org","c@example.org","q@example.org"]`},
	} {
		tt.m.Subject, tt.m.Body = "S", "B"
		_, n, err := o.SendMessage(t.Context(), By(), tt.m)
		o.Must(err)
		want := []string{`{"event":"admin_message","data":{"recipients":` + tt.want + `,"subject":"S","body":"B"}}`}
		if diff := cmp.Diff(want, o.Deliver()); diff != "" || n != strings.Count(tt.want, "@") {
			t.Errorf("%d (-want +got):\n%s", n, diff)
		}
	}
	_, _, err = o.SendMessage(t.Context(), By(), namets.Message{Subscribers: []int64{b}})
	if namets.CodeOf(err) != namets.Invalid {
		t.Errorf("err = %v, want Invalid", err)
	}
}

func (su suite) TestImport_firesNothingThenOrLater(t *testing.T) {
	past, future := Now().Add(-time.Hour), Now().Add(time.Hour)
	data := &namets.Dataset{
		Subscribers: []namets.Subscriber{{ID: 1, Email: "a@example.org", IsActive: true, Token: namets.UUID{1},
			SubscribedAt: Now(),
			Notify:       namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}}},
		Announcements: []namets.Announcement{
			{ID: 1, Slug: "a", Category: namets.General, PublishAt: past, IsActive: true, SendEmail: true},
			{ID: 2, Slug: "b", Category: namets.General, PublishAt: future, IsActive: true, SendEmail: true},
			{ID: 3, Slug: "c", Category: namets.General, PublishAt: past, IsActive: true},
		},
		Events: []namets.Event{
			{ID: 1, Slug: "a", Start: future, End: future, IsActive: true, SendEmail: true},
			{ID: 2, Slug: "b", Start: past, End: future, IsActive: true, SendEmail: true},
		},
		PrayerSchedules: []namets.PrayerSchedule{{ID: 1, Date: namets.Date{Year: 2026, Month: 3, Day: 1},
			IsActive: true, SendEmail: true}},
	}
	for _, announce := range []bool{false, true} {
		o := su.outbox(t)
		report := MustImport(t, o.DB, data, namets.ImportOptions{AnnounceFuture: announce})
		var want []string
		if announce != (report.Queued == 2) {
			t.Errorf("%d are queued", report.Queued)
		}
		if announce {
			want = []string{"event_created"}
		}
		o.WantKinds("imported", want...)
		o.Step(2 * time.Hour)
		if announce {
			want = []string{"announcement_created"}
		}
		o.WantKinds("later", want...)
		MustImport(t, o.DB, data, namets.ImportOptions{Replace: true, AnnounceFuture: announce})
		a := data.Announcements[0]
		a.Title = "changed"
		o.Save(a)
		o.Must(o.UpdateSubscriber(t.Context(), By(), 1, 0,
			namets.SubscriberPatch{Phone: ptr("1"), IsVerified: ptr(true)}))
		o.WantKinds("changed")
		c := data.Announcements[2]
		c.SendEmail = true
		o.Save(c)
		o.WantKinds("send_email switched on after the import", "announcement_created")
		MustImport(t, o.DB, data, namets.ImportOptions{Replace: true})
		o.Save(c)
		o.WantKinds("switched on again after another import")
	}
}

func (su suite) TestImport_queuesRowsOfAnEarlierImport(t *testing.T) {
	future := Now().Add(time.Hour)
	data := &namets.Dataset{
		Subscribers: []namets.Subscriber{{ID: 1, Email: "a@example.org", IsActive: true, Token: namets.UUID{1},
			SubscribedAt: Now(),
			Notify:       namets.Preferences{Announcements: true, Events: true}}},
		Announcements: []namets.Announcement{
			{ID: 1, Slug: "a", Category: namets.General, PublishAt: future, IsActive: true, SendEmail: true},
			{ID: 2, Slug: "b", Category: namets.General, PublishAt: future, IsActive: true, SendEmail: true},
			{ID: 3, Slug: "c", Category: namets.General, PublishAt: future, IsActive: true},
			{ID: 4, Slug: "d", Category: namets.General, PublishAt: Now(), IsActive: true, SendEmail: true},
		},
		Events: []namets.Event{{ID: 1, Slug: "a", Start: future, End: future, IsActive: true, SendEmail: true}},
	}
	o := su.outbox(t)
	queue := func(options namets.ImportOptions, want int) {
		t.Helper()
		if report := MustImport(t, o.DB, data, options); report.Queued != want {
			t.Errorf("%d are queued, want %d", report.Queued, want)
		}
	}
	queue(namets.ImportOptions{}, 0)
	o.WantKinds("an import announces nothing")
	data.Announcements[1].Title = "changed"
	queue(namets.ImportOptions{AnnounceFuture: true, Replace: true, DryRun: true}, 3)
	o.WantKinds("a dry run queues nothing")
	queue(namets.ImportOptions{AnnounceFuture: true, Replace: true}, 3)
	queue(namets.ImportOptions{AnnounceFuture: true}, 0) // queued already
	o.WantKinds("an event is announced at once", "event_created")
	queue(namets.ImportOptions{AnnounceFuture: true}, 0) // announced already
	o.Step(2 * time.Hour)
	o.WantKinds("announcements are announced at their time", "announcement_created", "announcement_created")
}

func (su suite) TestImport_announcesNothingLater(t *testing.T) {
	o := su.outbox(t)
	MustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{
		{ID: 1, Email: "a@example.org", IsActive: true, Token: namets.UUID{1}, SubscribedAt: Now(),
			Notify: namets.Preferences{PrayerChanges: true}},
		{ID: 2, Email: "b@example.org", IsActive: true, Token: namets.UUID{2}, SubscribedAt: Now(),
			Notify: namets.Preferences{PrayerChanges: true}},
	}}, namets.ImportOptions{})
	for _, active := range []bool{false, true} {
		o.Must(o.UpdateSubscriber(t.Context(), By(), 1, 0, namets.SubscriberPatch{IsActive: &active}))
	}
	o.WantKinds("an imported subscriber had joined before", "subscriber_unsubscribed")

	draft := namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 2}, SendEmail: true}
	id, err := o.CreatePrayerSchedule(t.Context(), By(), draft)
	o.Must(err)
	draft.ID, draft.AsrIqama = id, 60_000_000
	MustImport(t, o.DB, &namets.Dataset{PrayerSchedules: []namets.PrayerSchedule{draft}},
		namets.ImportOptions{Replace: true})
	draft.IsActive = true
	o.Must(o.UpdatePrayerSchedule(t.Context(), By(), 0, draft))
	o.WantKinds("times that an import brought")
}

func (su suite) TestActivity_namesTheDelivery(t *testing.T) {
	o := su.outbox(t)
	o.crowd(1)
	_, err := o.CreateAnnouncement(t.Context(), By(), namets.Announcement{Title: "A", Content: "c", IsActive: true,
		SendEmail: true, PublishAt: o.At, Category: namets.General})
	o.Must(err) // its delivery and its row both have the number 1
	_, err = o.QueuePing(t.Context(), By())
	o.Must(err)
	list, err := o.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindDeliveries})
	o.Must(err)
	if len(list) != 1 || list[0].Subject != string(namets.Ping) {
		t.Errorf("got %+v, want an act on a ping", list)
	}
}
