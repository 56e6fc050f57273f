package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
)

// outbox is a database whose clock the test steps.
type outbox struct {
	*sqlite.DB
	t    *testing.T
	at   time.Time
	path string
}

func newOutbox(t *testing.T) *outbox {
	t.Helper()
	o := &outbox{t: t, at: now, path: filepath.Join(t.TempDir(), "namets.db")}
	o.open()
	return o
}

func (o *outbox) open() {
	o.t.Helper()
	o.DB = sqlitetest.Open(o.t, sqlite.Config{
		Path: o.path, Now: func() time.Time { return o.at }, Zone: time.FixedZone("", 3600),
	})
}

func (o *outbox) step(d time.Duration) { o.at = o.at.Add(d) }

func (o *outbox) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// subscriber stores an active subscriber who wants everything, and delivers what that fires.
func (o *outbox) subscriber(email string) int64 {
	o.t.Helper()
	id, err := o.CreateSubscriber(o.t.Context(), by, namets.Subscriber{Email: email, IsActive: true,
		Notify: namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}})
	o.must(err)
	o.deliver()
	return id
}

func (o *outbox) announcement(a namets.Announcement) namets.Announcement {
	o.t.Helper()
	if a.Category == "" {
		a.Category = namets.General
	}
	if a.Title == "" {
		a.Title = "T"
	}
	id, err := o.CreateAnnouncement(o.t.Context(), by, a)
	o.must(err)
	a, _, err = o.Announcement(o.t.Context(), id)
	o.must(err)
	return a
}

func (o *outbox) save(a namets.Announcement) {
	o.t.Helper()
	o.must(o.UpdateAnnouncement(o.t.Context(), by, 0, a))
}

// claim does what the worker does before it sends.
func (o *outbox) claim() []namets.Claim {
	o.t.Helper()
	for more := true; more; {
		var err error
		more, err = o.QueueDue(o.t.Context())
		o.must(err)
	}
	claims, err := o.ClaimDeliveries(o.t.Context(), 1000, time.Minute)
	o.must(err)
	return claims
}

// deliver lets the receiver take everything that may go now, and returns the bodies; what was
// skipped reads "skip: why".
func (o *outbox) deliver() (bodies []string) {
	o.t.Helper()
	for claims := o.claim(); len(claims) > 0; claims = o.claim() {
		var outcomes []namets.Outcome
		for _, c := range claims {
			if c.Skip != "" {
				bodies = append(bodies, "skip: "+c.Skip)
				outcomes = append(outcomes, namets.Outcome{ID: c.ID, State: namets.Skipped, Reason: c.Skip,
					Withdrawn: c.Withdrawn})
				continue
			}
			bodies = append(bodies, string(c.Body))
			outcomes = append(outcomes, namets.Outcome{ID: c.ID, State: namets.Delivered, Recipients: c.Recipients,
				Attempt: &namets.Attempt{At: o.at, Duration: time.Millisecond, Status: 200, Answer: "ok"}})
		}
		o.must(o.RecordOutcomes(o.t.Context(), outcomes))
	}
	return bodies
}

// fail lets the attempt fail and the next one come after wait.
func (o *outbox) fail(c namets.Claim, wait time.Duration) {
	o.t.Helper()
	o.must(o.RecordOutcomes(o.t.Context(), []namets.Outcome{{ID: c.ID, State: namets.Pending, Next: o.at.Add(wait),
		Recipients: c.Recipients, Attempt: &namets.Attempt{At: o.at, Status: 500, Error: "answered 500"}}}))
}

func (o *outbox) kinds() (kinds []string) {
	o.t.Helper()
	for _, b := range o.deliver() {
		kind := b
		if rest, ok := strings.CutPrefix(b, `{"event":"`); ok {
			kind, _, _ = strings.Cut(rest, `"`)
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

func (o *outbox) wantKinds(when string, want ...string) {
	o.t.Helper()
	if diff := cmp.Diff(want, o.kinds()); diff != "" {
		o.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

func TestAnnouncement_saysWhatIsTrueWhenItIsDue(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("early@example.org")
	gone := o.subscriber("gone@example.org")
	a := o.announcement(namets.Announcement{Title: "old", Content: "<b>&", PublishAt: now.Add(time.Hour),
		IsActive: true, SendEmail: true})
	a.Title = "new"
	o.save(a)
	o.must(o.DeleteSubscriber(t.Context(), by, gone))
	o.subscriber("Late@example.org")
	o.step(2 * time.Hour)
	want := []string{`{"event":"announcement_created","data":{"recipients":["early@example.org","Late@example.org"],` +
		`"title":"new","content":"<b>&","publish_at":"2026-03-01T11:30:00+01:00"}}`}
	if diff := cmp.Diff(want, o.deliver()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestQueueDue_takesTheOldestFirstAfterASleep(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	const n = 120 // more than one batch
	for i := range n {
		o.announcement(namets.Announcement{Title: fmt.Sprint(n - i),
			PublishAt: now.Add(time.Duration(n-i) * time.Second), IsActive: true, SendEmail: true})
	}
	o.step(time.Hour)
	var titles []string
	for _, body := range o.deliver() {
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

func TestEvent_goesOutOnceAsSoonAsItIsActive(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	e := namets.Event{Title: "E & F", Description: "d", Start: now.Add(time.Hour), End: now.Add(2 * time.Hour),
		Location: "L", SendEmail: true}
	id, err := o.CreateEvent(t.Context(), by, e)
	o.must(err)
	o.wantKinds("inactive")
	e.ID, e.IsActive = id, true
	o.must(o.UpdateEvent(t.Context(), by, 0, e))
	want := []string{`{"event":"event_created","data":{"recipients":["a@example.org"],"title":"E & ` +
		`F","description":"d",` +
		`"start_datetime":"2026-03-01T11:30:00+01:00","end_datetime":"2026-03-01T12:30:00+01:00","location":"L"}}`}
	if diff := cmp.Diff(want, o.deliver()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e.Title = "changed"
	o.must(o.UpdateEvent(t.Context(), by, 0, e))
	o.wantKinds("changed")
	_, err = o.CreateEvent(t.Context(), by, namets.Event{Title: "past", Start: now, End: now, IsActive: true,
		SendEmail: true})
	o.must(err)
	o.wantKinds("over already")
}

func TestPrayerSchedule_isToldWhenItsTimesReallyChanged(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	const updated = "prayer_updated"
	s := namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 2}, IsActive: true, SendEmail: true}
	id, err := o.CreatePrayerSchedule(t.Context(), by, s)
	o.must(err)
	o.wantKinds("new", updated)
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
		o.must(o.UpdatePrayerSchedule(t.Context(), by, 0, s))
		o.wantKinds(fmt.Sprint(i, " ", tt.name), tt.want...)
	}
}

func TestSubscriber_isToldWhatTheContractSays(t *testing.T) {
	o := newOutbox(t)
	id, err := o.CreateSubscriber(t.Context(), by,
		namets.Subscriber{Email: "A@example.org", Notify: namets.Preferences{Events: true}})
	o.must(err)
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
		o.must(o.UpdateSubscriber(t.Context(), by, id, 0, tt.patch))
		if diff := cmp.Diff(tt.want, o.deliver()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	o.must(o.DeleteSubscriber(t.Context(), by, id))
	o.wantKinds("deleted", "subscriber_unsubscribed")
	id, err = o.CreateSubscriber(t.Context(), by, namets.Subscriber{Email: "never@example.org"})
	o.must(err)
	o.must(o.DeleteSubscriber(t.Context(), by, id))
	o.wantKinds("one who never joined was deleted")
}

func TestAudience_isOrderedAndHasEachAddressOnce(t *testing.T) {
	o := newOutbox(t)
	mustImport(t, o.DB, &namets.Dataset{
		Subscribers: []namets.Subscriber{
			{ID: 9, Email: "z@example.org", IsActive: true, Notify: namets.Preferences{Announcements: true},
				Token: namets.UUID{9}, SubscribedAt: now},
			{ID: 2, Email: "É.x@example.org", IsActive: true, Notify: namets.Preferences{Announcements: true},
				Token: namets.UUID{2}, SubscribedAt: now},
			{ID: 3, Email: "inactive@example.org", Notify: namets.Preferences{Announcements: true},
				Token: namets.UUID{3}, SubscribedAt: now},
			{ID: 4, Email: "events@example.org", IsActive: true, Notify: namets.Preferences{Events: true},
				Token: namets.UUID{4}, SubscribedAt: now},
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
	o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	got := o.deliver()
	want := `"recipients":["É.x@example.org","z@example.org","first@example.edu","a@example.edu","b@example.edu"],`
	if len(got) != 1 || !strings.Contains(got[0], want) {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestQueue_writesNothingForNobodyExceptAPing(t *testing.T) {
	o := newOutbox(t)
	o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	o.wantKinds("nobody")
	o.subscriber("a@example.org")
	o.wantKinds("somebody who came too late")
	_, err := o.QueuePing(t.Context(), by)
	o.must(err)
	if diff := cmp.Diff([]string{`{"event":"ping","data":{}}`}, o.deliver()); diff != "" {
		t.Error(diff)
	}
}

func TestSendMessage_reachesThoseChosenWhoAreActive(t *testing.T) {
	o := newOutbox(t)
	a, b := o.subscriber("a@example.org"), o.subscriber("b@example.org")
	c := o.subscriber("c@example.org")
	o.must(o.UpdateSubscriber(t.Context(), by, b, 0, namets.SubscriberPatch{IsActive: ptr(false)}))
	p, err := o.CreatePatron(t.Context(), by, namets.Patron{Name: "P", Email: "A@EXAMPLE.org", IsActive: true,
		ReceiveNotifications: true})
	o.must(err)
	q, err := o.CreatePatron(t.Context(), by, namets.Patron{Name: "Q", Email: "q@example.org", IsActive: true,
		ReceiveNotifications: true})
	o.must(err)
	o.deliver()
	for _, tt := range []struct {
		m    namets.Message
		want string
	}{
		{namets.Message{Subscribers: []int64{c, b, a}, Patrons: []int64{p}}, `["a@example.org","c@example.org"]`},
		{namets.Message{Patrons: []int64{q, p}}, `["A@EXAMPLE.org","q@example.org"]`},
		{namets.Message{Everyone: true}, `["a@example.org","c@example.org","q@example.org"]`},
	} {
		tt.m.Subject, tt.m.Body = "S", "B"
		_, n, err := o.SendMessage(t.Context(), by, tt.m)
		o.must(err)
		want := []string{`{"event":"admin_message","data":{"recipients":` + tt.want + `,"subject":"S","body":"B"}}`}
		if diff := cmp.Diff(want, o.deliver()); diff != "" || n != strings.Count(tt.want, "@") {
			t.Errorf("%d (-want +got):\n%s", n, diff)
		}
	}
	_, _, err = o.SendMessage(t.Context(), by, namets.Message{Subscribers: []int64{b}})
	if namets.CodeOf(err) != namets.Invalid {
		t.Errorf("err = %v, want Invalid", err)
	}
}

func TestImport_firesNothingThenOrLater(t *testing.T) {
	past, future := now.Add(-time.Hour), now.Add(time.Hour)
	data := &namets.Dataset{
		Subscribers: []namets.Subscriber{{ID: 1, Email: "a@example.org", IsActive: true, Token: namets.UUID{1},
			SubscribedAt: now,
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
		o := newOutbox(t)
		report := mustImport(t, o.DB, data, namets.ImportOptions{AnnounceFuture: announce})
		var want []string
		if announce != (report.Queued == 2) {
			t.Errorf("%d are queued", report.Queued)
		}
		if announce {
			want = []string{"event_created"}
		}
		o.wantKinds("imported", want...)
		o.step(2 * time.Hour)
		if announce {
			want = []string{"announcement_created"}
		}
		o.wantKinds("later", want...)
		mustImport(t, o.DB, data, namets.ImportOptions{Replace: true, AnnounceFuture: announce})
		a := data.Announcements[0]
		a.Title = "changed"
		o.save(a)
		o.must(o.UpdateSubscriber(t.Context(), by, 1, 0,
			namets.SubscriberPatch{Phone: ptr("1"), IsVerified: ptr(true)}))
		o.wantKinds("changed")
		c := data.Announcements[2]
		c.SendEmail = true
		o.save(c)
		o.wantKinds("send_email switched on after the import", "announcement_created")
		mustImport(t, o.DB, data, namets.ImportOptions{Replace: true})
		o.save(c)
		o.wantKinds("switched on again after another import")
	}
}

func TestImport_queuesWhatAnEarlierImportDidNot(t *testing.T) {
	future := now.Add(time.Hour)
	data := &namets.Dataset{
		Subscribers: []namets.Subscriber{{ID: 1, Email: "a@example.org", IsActive: true, Token: namets.UUID{1},
			SubscribedAt: now,
			Notify:       namets.Preferences{Announcements: true, Events: true}}},
		Announcements: []namets.Announcement{
			{ID: 1, Slug: "a", Category: namets.General, PublishAt: future, IsActive: true, SendEmail: true},
			{ID: 2, Slug: "b", Category: namets.General, PublishAt: future, IsActive: true, SendEmail: true},
			{ID: 3, Slug: "c", Category: namets.General, PublishAt: future, IsActive: true},
			{ID: 4, Slug: "d", Category: namets.General, PublishAt: now, IsActive: true, SendEmail: true},
		},
		Events: []namets.Event{{ID: 1, Slug: "a", Start: future, End: future, IsActive: true, SendEmail: true}},
	}
	o := newOutbox(t)
	queue := func(options namets.ImportOptions, want int) {
		t.Helper()
		if report := mustImport(t, o.DB, data, options); report.Queued != want {
			t.Errorf("%d are queued, want %d", report.Queued, want)
		}
	}
	queue(namets.ImportOptions{}, 0)
	o.wantKinds("an import announces nothing")
	data.Announcements[1].Title = "changed"
	queue(namets.ImportOptions{AnnounceFuture: true, Replace: true, DryRun: true}, 3)
	o.wantKinds("a dry run queues nothing")
	queue(namets.ImportOptions{AnnounceFuture: true, Replace: true}, 3)
	queue(namets.ImportOptions{AnnounceFuture: true}, 0) // they are queued already
	o.wantKinds("an event is announced at once", "event_created")
	queue(namets.ImportOptions{AnnounceFuture: true}, 0) // it has been announced
	o.step(2 * time.Hour)
	o.wantKinds("announcements are announced at their time", "announcement_created", "announcement_created")
}

func TestImport_leavesNothingToAnnounceLater(t *testing.T) {
	o := newOutbox(t)
	mustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{
		{ID: 1, Email: "a@example.org", IsActive: true, Token: namets.UUID{1}, SubscribedAt: now,
			Notify: namets.Preferences{PrayerChanges: true}},
		{ID: 2, Email: "b@example.org", IsActive: true, Token: namets.UUID{2}, SubscribedAt: now,
			Notify: namets.Preferences{PrayerChanges: true}},
	}}, namets.ImportOptions{})
	for _, active := range []bool{false, true} {
		o.must(o.UpdateSubscriber(t.Context(), by, 1, 0, namets.SubscriberPatch{IsActive: &active}))
	}
	o.wantKinds("an imported subscriber had joined before", "subscriber_unsubscribed")

	draft := namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 2}, SendEmail: true}
	id, err := o.CreatePrayerSchedule(t.Context(), by, draft)
	o.must(err)
	draft.ID, draft.AsrIqama = id, 60_000_000
	mustImport(t, o.DB, &namets.Dataset{PrayerSchedules: []namets.PrayerSchedule{draft}},
		namets.ImportOptions{Replace: true})
	draft.IsActive = true
	o.must(o.UpdatePrayerSchedule(t.Context(), by, 0, draft))
	o.wantKinds("times that an import brought")
}
