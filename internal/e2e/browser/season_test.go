package browser_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/app"
	"namets/internal/namets"
	"namets/internal/store"
	"namets/internal/store/sqlite"
)

// season is the database of a community after a month of use, with content that is hard to lay out:
// very long names, lists of many pages, webhooks in every state.
type season struct {
	*testing.T
	db  *sqlite.DB
	now time.Time // moves from a month ago to the present
	ids map[string]int64
	// pause is the interval between the responses of n8n.
	pause time.Duration
}

// hauwa is an editor; all addresses in a season are invented.
func hauwa() namets.Actor {
	return namets.Actor{Kind: namets.SignedIn, Name: "Hauwa", Address: "203.0.113.7"}
}

const longWord = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

// newSeason fills the data directory of a service that has not started yet. It returns, for the
// path of each list, the id of an example row.
func newSeason(t *testing.T, dataDir string) map[string]int64 {
	t.Helper()
	s := &season{T: t, pause: time.Minute, now: time.Now().AddDate(0, 0, -30), ids: map[string]int64{
		"/admin/subscribers": 1, "/admin/patrons": 2, "/admin/event-categories": 2, "/admin/users": 1,
		"/admin/prayer-times": 5,
	}}
	var err error
	s.db, err = sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dataDir, "namets.db"),
		Now: func() time.Time { return s.now }, Zone: time.UTC})
	s.must(0, err)
	defer func() { s.must(0, s.db.Close()) }()
	_, err = s.db.Import(t.Context(), namets.Actor{Kind: namets.Command, Name: "import"}, seasonData(time.Now()),
		namets.ImportOptions{})
	s.must(0, err)
	for day := range 30 {
		s.now = time.Now().AddDate(0, 0, day-30).Truncate(time.Hour)
		s.day(day)
	}
	s.now = time.Now().Add(-25 * time.Minute)
	s.today()
	s.workflows()
	s.silence()
	return s.ids
}

func (s *season) must(_ int64, err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// seasonData is the initial data: the sample data with more of everything.
func seasonData(now time.Time) *namets.Dataset {
	data := app.SampleData(now)
	everything := namets.Preferences{Announcements: true, Events: true, PrayerChanges: true}
	for i := range 380 {
		data.Subscribers = append(data.Subscribers, namets.Subscriber{
			ID: int64(100 + i), Email: fmt.Sprintf("student.%03d@university.example", i), IsActive: i%9 > 0,
			IsVerified: i%7 > 0,
			Notify:     everything, Token: namets.NewUUID(), SubscribedAt: namets.Micro(now.AddDate(0, 0, -40-i)),
		})
	}
	data.Subscribers[0].Email = strings.Repeat("a-very-long-name-", 3) + "@" +
		strings.Repeat("department-of-engineering.", 3) + "university.example"
	for i := range 70 {
		at := namets.Micro(now.AddDate(0, 0, -3*i-1).Truncate(time.Hour))
		data.Announcements = append(data.Announcements, namets.Announcement{
			ID: int64(100 + i), Title: fmt.Sprintf("Friday circle, week %d", 70-i),
			Slug: fmt.Sprintf("friday-circle-%d", 70-i), Content: "After Asr.",
			Category: namets.Taaleem, PublishAt: at, IsActive: i%6 > 0,
		})
	}
	data.Announcements[3].Title = "An announcement whose title is as long as titles may be, because somebody has put " +
		"the whole of the text into it, with the " + longWord + " in its midst"
	data.EventCategories[1].Name = longWord
	data.Patrons = append(data.Patrons,
		namets.Patron{ID: 2, Name: "Alhaji " + longWord, Designation: "Patron", HierarchyOrder: 2, IsActive: true},
		namets.Patron{ID: 3, Name: "Dr. Maryam Sani", Email: "maryam@example.edu", HierarchyOrder: 3})
	return data
}

// day is one day of the month: people subscribe and unsubscribe, something is published, n8n
// accepts everything.
func (s *season) day(day int) {
	s.Helper()
	ctx := s.Context()
	for i := range (day*7)%4 + 1 {
		s.must(s.db.CreateSubscriber(ctx, hauwa(), namets.Subscriber{
			Email: fmt.Sprintf("fresher.%d.%d@university.example", day, i), IsActive: true, IsVerified: true,
			Notify: namets.Preferences{Announcements: true},
			Token:  namets.NewUUID(), SubscribedAt: namets.Micro(s.now),
		}))
	}
	if day%5 == 4 {
		s.must(s.db.CreateAnnouncement(ctx, hauwa(), s.announcement(fmt.Sprintf("News of day %d", day))))
		s.must(0, s.db.DeleteSubscriber(ctx, hauwa(), int64(300+day)))
	}
	s.queue()
	s.answer(namets.Delivered, 200, "", "")
}

func (s *season) announcement(title string) namets.Announcement {
	return namets.Announcement{Title: title, Content: "Peace be upon you.", Category: namets.General,
		PublishAt: namets.Micro(s.now), IsActive: true, SendEmail: true}
}

// queue queues the webhooks of everything that is due.
func (s *season) queue() {
	s.Helper()
	_, err := s.db.QueueDue(s.Context())
	s.must(0, err)
}

// answer records the response of n8n to everything that is due; then it advances the time.
func (s *season) answer(state namets.DeliveryState, status int, reason, text string) {
	s.Helper()
	claims, err := s.db.ClaimDeliveries(s.Context(), 1000, time.Minute)
	s.must(0, err)
	var outcomes []namets.Outcome
	for _, c := range claims {
		outcomes = append(outcomes, namets.Outcome{
			ID: c.ID, State: state, Next: s.now.Add(s.pause), Recipients: c.Recipients,
			Attempt: &namets.Attempt{At: s.now, Duration: 412 * time.Millisecond, Status: status, Error: reason,
				Answer: text},
		})
	}
	s.must(0, s.db.RecordOutcomes(s.Context(), outcomes))
	s.now = s.now.Add(time.Minute)
}

// today is the last day: one delivery has failed, one is pending, and one was withdrawn before it
// was sent.
func (s *season) today() {
	s.Helper()
	ctx := s.Context()
	iftar, err := s.db.CreateEvent(ctx, hauwa(), namets.Event{
		Title: "Iftar together", Start: namets.Micro(time.Now().Add(30 * time.Hour)),
		End: namets.Micro(time.Now().Add(33 * time.Hour)), Location: "Main hall",
		IsActive: true, SendEmail: true,
	})
	s.must(iftar, err)
	s.ids["/admin/events"] = iftar
	s.queue()
	const asleep = "answered 404 Not Found: no active workflow listens at this path"
	for range 11 {
		s.answer(namets.Pending, 404, asleep, `{"code":404,"message":"The requested webhook \"POST namets-events\" `+
			`is not registered."}`)
	}
	s.answer(namets.Dead, 404, asleep, "")
	dead, err := s.db.Deliveries(ctx, namets.DeliveryFilter{State: namets.Dead})
	s.must(0, err)
	s.ids["/admin/deliveries"] = dead[0].ID
	s.withdraw()
	eid, err := s.db.CreateAnnouncement(ctx, hauwa(), s.announcement("Eid prayer at 08:30 on the sports ground"))
	s.must(eid, err)
	s.ids["/admin/announcements"] = eid
	s.queue()
	s.answer(namets.Pending, 503, "answered 503 Service Unavailable", "")
	s.pause = 3 * time.Hour
	s.answer(namets.Pending, 503, "answered 503 Service Unavailable", "")
}

// workflows creates named tokens and what belongs to one of them.
func (s *season) workflows() {
	s.Helper()
	ctx := s.Context()
	create := func(name string, hash byte, scopes ...namets.Scope) int64 {
		s.Helper()
		end := s.now.AddDate(1, 0, 0)
		id, err := s.db.CreateAPIToken(ctx, hauwa(), namets.APIToken{Name: name, Hash: [32]byte{hash}, Scopes: scopes,
			ExpiresAt: &end})
		s.must(id, err)
		return id
	}
	mail := create("Mail and reminders", 1, namets.AllScopes()...)
	create(string([]rune(longWord)[:40]), 2, namets.ScopeContentRead)
	s.must(0, s.db.RevokeAPIToken(ctx, hauwa(), create("Old calendar", 3, namets.ReadScopes()...)))
	used := s.now.Add(-time.Hour)
	s.must(0, s.db.AddAPITokenUses(ctx, map[int64]namets.APITokenUse{mail: {Count: 1234, Last: &used,
		Address: "2001:db8:1234:5678:9abc:def0:1234:5678", UserAgent: "axios/1.12.0"}}))
	spec := namets.HookSpec{URL: "https://" + longWord[:40] + ".example.org/webhook/8f2b",
		Events: []namets.EventType{namets.AnyEvent}}
	spec.Fill()
	program := namets.Actor{Kind: namets.Program, Name: "Mail and reminders"}
	h, _, err := s.db.PutHook(ctx, program, mail, "mail-announcements", spec)
	s.must(h.ID, err)
	s.must(0, s.db.PauseHook(ctx, namets.Actor{Kind: namets.System}, h.ID, "it answered 410 Gone"))
	s.ids["/admin/hooks"] = h.ID
	_, _, err = s.db.PutHook(ctx, program, mail, "remind", spec)
	s.must(0, err)
	s.ids["/admin/api-tokens"] = mail
}

// silence lets a workflow ask for changes every minute, and something read a path; then nothing
// does any more.
func (s *season) silence() {
	s.Helper()
	ctx := s.Context()
	for _, name := range []string{"sync-people-" + longWord[:40], "not-used-yet"} {
		c, _, err := s.db.PutConsumer(ctx, hauwa(), 0, name, namets.ConsumerSpec{Topics: []namets.Topic{
			namets.TopicSubscribers, namets.TopicUpcoming}, Start: namets.StartBeginning, Lease: time.Minute,
			Before: namets.DefaultBefore})
		s.must(c.ID, err)
		if s.ids["/admin/consumers"] == 0 {
			s.ids["/admin/consumers"] = c.ID
		}
	}
	s.now = time.Now().Add(-20 * time.Minute)
	for minute := range 14 {
		if minute < 8 {
			_, err := s.db.NextChanges(ctx, 0, "sync-people-"+longWord[:40], 9,
				func([]namets.Topic) error { return nil })
			s.must(0, err)
			s.db.SawPath("/api/communications/announcements/new/")
		}
		s.now = s.now.Add(store.HeartbeatInterval)
		s.must(0, s.db.RecordHeartbeats(ctx, false))
	}
}

// withdraw publishes something and deletes it before it is sent.
func (s *season) withdraw() {
	s.Helper()
	ctx := s.Context()
	gone, err := s.db.CreateAnnouncement(ctx, hauwa(), s.announcement("Sent by mistake"))
	s.must(gone, err)
	s.queue()
	s.must(0, s.db.DeleteAnnouncement(ctx, hauwa(), gone))
	claims, err := s.db.ClaimDeliveries(ctx, 10, time.Minute)
	s.must(0, err)
	for _, c := range claims {
		s.must(0, s.db.RecordOutcomes(ctx,
			[]namets.Outcome{{ID: c.ID, State: namets.Skipped, Reason: c.Skip, Withdrawn: c.Withdrawn}}))
	}
}
