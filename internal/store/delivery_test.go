package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// prefer changes one preference of the subscriber, which queues subscriber_updated.
func (o *outbox) prefer(id int64, events bool) {
	o.t.Helper()
	o.must(o.UpdateSubscriber(o.t.Context(), by, id, 0, namets.SubscriberPatch{Events: &events}))
}

func (o *outbox) delivery(id int64) (namets.Delivery, []namets.Attempt) {
	o.t.Helper()
	d, attempts, err := o.Delivery(o.t.Context(), id)
	o.must(err)
	return d, attempts
}

func (o *outbox) one() namets.Claim {
	o.t.Helper()
	claims := o.claim()
	if len(claims) != 1 {
		o.t.Fatalf("%d claims, want 1: %+v", len(claims), claims)
	}
	return claims[0]
}

func TestClaim_isHeldUntilItsLeaseEnds(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("a@example.org")
	o.prefer(id, false)
	first := o.one()
	if d, _ := o.delivery(first.ID); !d.InFlight || d.NextAttempt != nil || d.State != namets.Pending {
		t.Errorf("while it is under way: %+v", d)
	}
	if again := o.claim(); len(again) > 0 {
		t.Errorf("claimed twice: %+v", again)
	}
	o.step(time.Minute)
	if second := o.one(); second.WebhookID != first.WebhookID || second.ID != first.ID {
		t.Errorf("after the lease: %+v, before: %+v", second, first)
	}
	o.must(o.ReleaseDeliveries(t.Context(), first.ID))
	if third := o.one(); third.WebhookID != first.WebhookID || third.Failures != 0 {
		t.Errorf("after a release: %+v", third)
	}
}

func TestClaim_survivesACrashUnderTheSameID(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("a@example.org")
	o.prefer(id, false)
	first := o.one()
	o.must(o.Close()) // between the claim and its result
	o.open()
	if early := o.claim(); len(early) > 0 {
		t.Errorf("claimed under somebody else's lease: %+v", early)
	}
	o.must(o.ReleaseLeases(t.Context()))
	second := o.one()
	if second.WebhookID != first.WebhookID || string(second.Body) != string(first.Body) {
		t.Errorf("after the crash: %+v, before: %+v", second, first)
	}
}

func TestClaim_keepsTheOrderOfEachRowAndHoldsUpNobodyElse(t *testing.T) {
	o := newOutbox(t)
	a, b := o.subscriber("a@example.org"), o.subscriber("b@example.org")
	for i := range 3 {
		o.prefer(a, i%2 == 1)
	}
	o.prefer(b, false)
	claims := o.claim()
	if len(claims) != 2 || !strings.Contains(string(claims[0].Body), "a@") ||
		!strings.Contains(string(claims[1].Body), "b@") {
		t.Fatalf("claims: %+v", claims)
	}
	o.fail(claims[0], time.Hour)
	o.fail(claims[1], time.Minute)
	o.prefer(a, true)
	o.step(time.Minute)
	if c := o.one(); c.WebhookID != claims[1].WebhookID || c.Failures != 1 {
		t.Errorf("the other one's retry: %+v", c)
	}
	o.step(time.Hour)
	var events []string
	for _, body := range o.deliver() {
		if strings.Contains(body, "a@") {
			events = append(events, body[strings.Index(body, `"events":`):][:len(`"events":true`)])
		}
	}
	if diff := cmp.Diff([]string{`"events":fals`, `"events":true`, `"events":fals`, `"events":true`},
		events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClaim_goesOnAfterADeadOne(t *testing.T) {
	o := newOutbox(t)
	a := o.subscriber("a@example.org")
	o.prefer(a, false)
	o.prefer(a, true)
	first := o.one()
	o.must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: first.ID, State: namets.Dead,
		Attempt: &namets.Attempt{At: o.at, Error: "connection refused"}}}))
	second := o.one()
	o.must(o.ReleaseDeliveries(t.Context(), second.ID))
	o.must(o.RetryDelivery(t.Context(), by, first.ID))
	if c := o.one(); c.ID != first.ID || c.Failures != 0 {
		t.Errorf("after the dead one was set back, %+v went before it", c)
	}
	if bodies := o.deliver(); len(bodies) > 0 {
		t.Errorf("delivered past a pending one: %v", bodies)
	}
}

func TestClaim_takesOutWhoHasLeft(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("Stays@example.org")
	leaves, switchesOff := o.subscriber("leaves@example.org"), o.subscriber("off@example.org")
	_, err := o.CreatePatron(t.Context(), by, namets.Patron{Name: "P", Email: "p@example.org", IsActive: true,
		ReceiveNotifications: true})
	o.must(err)
	o.announcement(namets.Announcement{PublishAt: now, IsActive: true, SendEmail: true})
	first := o.one()
	if !strings.Contains(string(first.Body),
		`["Stays@example.org","leaves@example.org","off@example.org","p@example.org"]`) {
		t.Errorf("first attempt: %s", first.Body)
	}
	o.fail(first, 0)
	o.must(o.DeleteSubscriber(t.Context(), by, leaves))
	o.must(o.UpdateSubscriber(t.Context(), by, switchesOff, 0, namets.SubscriberPatch{Announcements: ptr(false)}))
	_, err = o.CreateSubscriber(t.Context(), by, namets.Subscriber{Email: "new@example.org", IsActive: true,
		Notify: namets.Preferences{Announcements: true}})
	o.must(err)
	second := o.deliver()[0]
	if !strings.Contains(second, `"recipients":["Stays@example.org","p@example.org"]`) {
		t.Errorf("second attempt: %s", second)
	}
	d, attempts := o.delivery(first.ID)
	if d.State != namets.Delivered || d.Recipients != 2 || len(attempts) != 2 {
		t.Errorf("%+v, %d attempts, want 2 recipients and 2 attempts", d, len(attempts))
	}
}

func TestClaim_skipsWhatNobodyIsLeftFor(t *testing.T) {
	o := newOutbox(t)
	a := o.subscriber("a@example.org")
	o.prefer(a, false)
	o.fail(o.one(), 0)
	o.must(o.DeleteSubscriber(t.Context(), by, a))
	o.wantKinds("gone", "skip: nobody is left to receive it", "subscriber_unsubscribed")
}

// TestClaim_skipsAConfirmationThatIsNoLongerAskedFor lets e-mails wait whose links have come to
// lead nowhere.
func TestClaim_skipsAConfirmationThatIsNoLongerAskedFor(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	o.ask("A@example.org", namets.Preferences{Events: true})
	o.ask("b@example.org", namets.Preferences{Events: true})
	for _, c := range o.claim() {
		o.fail(c, 0)
	}
	s, _, err := o.Subscriber(t.Context(), 1)
	o.must(err)
	o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
	o.wantKinds("after one has left", "skip: nobody is left to receive it", asked, "subscriber_unsubscribed")
}

func TestRecordOutcomes_countsWhatWasCutOffAsNoFailure(t *testing.T) {
	o := newOutbox(t)
	o.prefer(o.subscriber("a@example.org"), false)
	c := o.one()
	o.must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Pending, Next: o.at, Recipients: 1, Cut: true,
			Attempt: &namets.Attempt{At: o.at, Error: "cut off"}}}))
	d, attempts := o.delivery(c.ID)
	if d.InFlight || d.Attempts != 1 || len(attempts) != 1 || d.LastError != "cut off" {
		t.Errorf("%+v, %d attempts", d, len(attempts))
	}
	if again := o.one(); again.ID != c.ID || again.Failures != 0 {
		t.Errorf("%+v", again)
	}
}

// TestRecordAndClaim_saysThatOutcomesAreWrittenThoughNothingCanBeClaimed damages the text of a
// delivery.
func TestRecordAndClaim_saysThatOutcomesAreWrittenThoughNothingCanBeClaimed(t *testing.T) {
	o := newOutbox(t)
	a, b := o.subscriber("a@example.org"), o.subscriber("b@example.org")
	o.prefer(a, false)
	c := o.one()
	o.prefer(b, false)
	exec := func(query string) {
		t.Helper()
		raw, err := sql.Open("sqlite", o.path)
		o.must(err)
		defer raw.Close()
		_, err = raw.ExecContext(t.Context(), query)
		o.must(err)
	}
	exec(`update delivery_bodies set recipients = 'no JSON' where delivery_id = (select max(id) from deliveries)`)
	done := []namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: 1,
		Attempt: &namets.Attempt{At: o.at, Status: 200}}}
	claims, recorded, err := o.RecordAndClaim(t.Context(), done, namets.ClaimLimits{Rest: 10}, time.Minute)
	if err == nil || !recorded || len(claims) != 0 {
		t.Errorf("%v, recorded %v, %v", claims, recorded, err)
	}
	if d, attempts := o.delivery(c.ID); d.State != namets.Delivered || len(attempts) != 1 {
		t.Errorf("%+v, %d attempts", d, len(attempts))
	}
	exec(`create trigger broken before insert on attempts begin select raise(abort, 'no'); end`)
	if _, recorded, err := o.RecordAndClaim(t.Context(), done, namets.ClaimLimits{Rest: 10}, time.Minute); err == nil ||
		recorded {
		t.Errorf("recorded %v, %v", recorded, err)
	}
}

func TestClaim_skipsWhatIsOver(t *testing.T) {
	hour := now.Add(time.Hour)
	for _, tt := range []struct {
		name string
		over func(o *outbox, a namets.Announcement, e namets.Event)
		want []string
	}{
		{"still true", func(*outbox, namets.Announcement, namets.Event) {},
			[]string{"announcement_created", "event_created"}},
		{"time is over", func(o *outbox, _ namets.Announcement, _ namets.Event) { o.step(time.Hour) },
			[]string{"skip: the announcement has expired", "skip: the event is over"}},
		{"withdrawn", func(o *outbox, a namets.Announcement, e namets.Event) {
			a.IsActive, e.IsActive = false, false
			o.save(a)
			o.must(o.UpdateEvent(o.t.Context(), by, 0, e))
		}, []string{"skip: the announcement was withdrawn", "skip: the event was withdrawn"}},
		{"deleted", func(o *outbox, a namets.Announcement, e namets.Event) {
			o.must(o.DeleteAnnouncement(o.t.Context(), by, a.ID))
			o.must(o.DeleteEvent(o.t.Context(), by, e.ID))
		}, []string{"skip: its subject was deleted", "skip: its subject was deleted"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOutbox(t)
			o.subscriber("a@example.org")
			a := o.announcement(namets.Announcement{PublishAt: now, ExpireAt: &hour, IsActive: true, SendEmail: true})
			id, err := o.CreateEvent(t.Context(), by, namets.Event{Title: "E", Start: now, End: hour, IsActive: true,
				SendEmail: true})
			o.must(err)
			e, _, err := o.Event(t.Context(), id)
			o.must(err)
			for _, c := range o.claim() {
				o.fail(c, 0)
			}
			tt.over(o, a, e)
			o.wantKinds(tt.name, tt.want...)
		})
	}
}

func TestClaim_neverGivesOneDeliveryToTwo(t *testing.T) {
	o := newOutbox(t)
	const n = 60
	for i := range n {
		_, err := o.CreateSubscriber(t.Context(), by, namets.Subscriber{Email: fmt.Sprint(i, "@example.org"),
			IsActive: true})
		o.must(err)
	}
	var mu sync.Mutex
	seen := map[int64]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				claims, err := o.ClaimDeliveries(t.Context(), 3, time.Minute)
				if err != nil || len(claims) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				for _, c := range claims {
					seen[c.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != n {
		t.Errorf("%d deliveries claimed, want %d", len(seen), n)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("delivery %d was claimed %d times", id, times)
		}
	}
}

func TestRetry(t *testing.T) {
	o := newOutbox(t)
	ids := map[string]int64{} // name → delivery
	for _, name := range []string{"dead", "older dead", "delivered", "skipped", "waiting", "in flight"} {
		if name == "delivered" {
			o.step(time.Hour)
		}
		_, err := o.CreateSubscriber(t.Context(), by, namets.Subscriber{Email: strings.ReplaceAll(name, " ", ".") +
			"@example.org", IsActive: true})
		o.must(err)
		c := o.one()
		ids[name] = c.ID
		out := namets.Outcome{ID: c.ID, Attempt: &namets.Attempt{At: o.at, Status: 500, Error: "answered 500"}}
		switch name {
		case "dead", "older dead":
			out.State = namets.Dead
		case "delivered":
			out.State = namets.Delivered
		case "skipped":
			out.State, out.Attempt, out.Reason = namets.Skipped, nil, "over"
		case "waiting":
			out.State, out.Next = namets.Pending, o.at.Add(time.Hour)
		default:
			continue
		}
		o.must(o.RecordOutcomes(t.Context(), []namets.Outcome{out}))
	}
	stats, err := o.DeliveryStats(t.Context())
	o.must(err)
	want := namets.DeliveryStats{Pending: 2, Waiting: 1, Dead: 2, OldestPending: o.at, LastDelivered: o.at}
	if diff := cmp.Diff(want, stats); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
	for name, code := range map[string]namets.Code{"in flight": namets.Conflict, "no such": namets.NotFound} {
		if err := o.RetryDelivery(t.Context(), by, ids[name]); namets.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", name, err, code)
		}
	}
	if _, err := o.RetryDeliveries(t.Context(), by, namets.DeliveryFilter{}); namets.CodeOf(err) != namets.Invalid {
		t.Errorf("retry without a state: %v", err)
	}
	retry := func(f namets.DeliveryFilter, want int) {
		t.Helper()
		n, err := o.RetryDeliveries(t.Context(), by, f)
		if err != nil || n != want {
			t.Errorf("%+v: retried %d, %v, want %d", f, n, err, want)
		}
	}
	retry(namets.DeliveryFilter{State: namets.Dead, Since: o.at}, 0)
	retry(namets.DeliveryFilter{State: namets.Dead, Since: now}, 2)
	retry(namets.DeliveryFilter{State: namets.Delivered}, 1)
	for _, name := range []string{"skipped", "waiting"} {
		o.must(o.RetryDelivery(t.Context(), by, ids[name]))
	}
	if got := o.deliver(); len(got) != 5 {
		t.Errorf("%d went out again, want 5: %v", len(got), got)
	}
}

func TestDeliveries_areFilteredAndPaged(t *testing.T) {
	o := newOutbox(t)
	a := o.subscriber("a@example.org")
	for range 2 {
		o.prefer(a, false)
		o.prefer(a, true)
	}
	o.deliver()
	o.step(time.Hour)
	since := o.at
	_, err := o.QueuePing(t.Context(), by)
	o.must(err)
	c := o.one()
	o.fail(c, time.Hour)
	ids := func(f namets.DeliveryFilter) (ids []int64) {
		t.Helper()
		list, err := o.Deliveries(t.Context(), f)
		o.must(err)
		for _, d := range list {
			ids = append(ids, d.ID)
		}
		return ids
	}
	for _, tt := range []struct {
		f    namets.DeliveryFilter
		want []int64
	}{
		{namets.DeliveryFilter{}, []int64{6, 5, 4, 3, 2, 1}},
		{namets.DeliveryFilter{Limit: 2}, []int64{6, 5}},
		{namets.DeliveryFilter{Limit: 2, Before: 5}, []int64{4, 3}},
		{namets.DeliveryFilter{State: namets.Pending}, []int64{6}},
		{namets.DeliveryFilter{State: namets.Delivered, Kind: namets.SubscriberJoined}, []int64{1}},
		{namets.DeliveryFilter{State: namets.Dead, Kind: namets.Ping}, nil},
		{namets.DeliveryFilter{Kind: namets.Ping}, []int64{6}},
		{namets.DeliveryFilter{Entity: namets.KindSubscribers, EntityID: a, Kind: namets.SubscriberUpdated,
			State: namets.Delivered, Limit: 2}, []int64{5, 4}},
		{namets.DeliveryFilter{Since: since}, []int64{6}},
		{namets.DeliveryFilter{Since: since.Add(1)}, []int64{6}}, // less than a microsecond later
		{namets.DeliveryFilter{Since: since.Add(time.Hour)}, nil},
	} {
		if diff := cmp.Diff(tt.want, ids(tt.f)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.f, diff)
		}
	}
	d, attempts := o.delivery(6)
	want := namets.Delivery{ID: 6, WebhookID: c.WebhookID, Kind: namets.Ping, State: namets.Pending, Attempts: 1,
		CreatedAt:   since,
		NextAttempt: ptr(since.Add(time.Hour)), LastStatus: 500, LastError: "answered 500"}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]namets.Attempt{{At: since, Status: 500, Error: "answered 500"}}, attempts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPruneDeliveries_takesTextsThenRowsAndNeverTheDead(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	_, err := o.CreateSubscriber(t.Context(), by, namets.Subscriber{Email: "dead@example.org", IsActive: true})
	o.must(err)
	c := o.one()
	o.must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Dead, Attempt: &namets.Attempt{At: o.at}}}))
	prune := func() (touched int) {
		for n := -1; n != 0; touched += n {
			n, err = o.PruneDeliveries(t.Context(), 30*24*time.Hour)
			o.must(err)
		}
		return touched
	}
	count := func(query string) (n int) {
		o.must(o.Reader().QueryRowContext(t.Context(), query).Scan(&n))
		return n
	}
	if n := prune(); n != 0 {
		t.Errorf("touched %d at once", n)
	}
	o.step(8 * 24 * time.Hour)
	if n := prune(); n != 1 || count("select count(*) from delivery_bodies") != 1 ||
		count("select count(*) from attempts where answer <> ''") != 0 {
		t.Errorf("after 8 days it touched %d, want the text of the delivered one", n)
	}
	if d, _ := o.delivery(1); d.Kind != namets.SubscriberJoined || d.Recipients != 1 || d.EntityID != 1 {
		t.Errorf("what remains: %+v", d)
	}
	if err := o.RetryDelivery(t.Context(), by, 1); namets.CodeOf(err) != namets.Conflict {
		t.Errorf("retry without a text: %v", err)
	}
	o.step(30 * 24 * time.Hour)
	if n := prune(); n != 1 || count("select count(*) from deliveries") != 1 ||
		count("select count(*) from attempts") != 1 {
		t.Errorf("after 38 days it touched %d, want the delivered one gone and the dead one there", n)
	}
	o.step(3650 * 24 * time.Hour)
	if d, _ := o.delivery(c.ID); prune() != 0 || d.State != namets.Dead {
		t.Error("a dead one is gone")
	}
}

func TestAgenda_knowsWhatComesNext(t *testing.T) {
	o := newOutbox(t)
	agenda := func(due, attempt time.Time) {
		t.Helper()
		got, err := o.Agenda(t.Context())
		o.must(err)
		if diff := cmp.Diff(namets.Agenda{Due: due, Attempt: attempt, Waiting: attempt.After(o.at)}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	never := time.Time{}
	agenda(never, never)
	o.subscriber("a@example.org")
	at := now.Add(time.Hour)
	a := o.announcement(namets.Announcement{PublishAt: at, IsActive: true, SendEmail: true})
	o.announcement(namets.Announcement{PublishAt: at.Add(1), ExpireAt: ptr(now.Add(-time.Hour)), IsActive: true,
		SendEmail: true})
	agenda(at, never)
	_, err := o.QueuePing(t.Context(), by)
	o.must(err)
	agenda(at, now)
	o.fail(o.one(), 2*time.Hour)
	agenda(at, now.Add(2*time.Hour))
	o.step(90 * time.Minute)
	agenda(at, now.Add(2*time.Hour))
	o.must(o.DeleteAnnouncement(t.Context(), by, a.ID))
	agenda(never, now.Add(2*time.Hour))
	mustImport(t, o.DB, &namets.Dataset{Events: []namets.Event{{ID: 1, Slug: "e", Start: at.Add(24 * time.Hour),
		End:      at.Add(25 * time.Hour),
		IsActive: true, SendEmail: true}}}, namets.ImportOptions{AnnounceFuture: true})
	agenda(o.at, now.Add(2*time.Hour))
}

func TestQueued_hintsAtOwnAndForeignWrites(t *testing.T) {
	o := newOutbox(t)
	hinted := func() bool {
		select {
		case <-o.Queued():
			return true
		default:
			return false
		}
	}
	if hinted() {
		t.Error("hinted before anything happened")
	}
	_, err := o.QueuePing(t.Context(), by)
	o.must(err)
	if !hinted() || hinted() {
		t.Error("want one hint after a commit")
	}
	_, err = o.CreatePatron(t.Context(), by, namets.Patron{Name: "P"})
	o.must(err)
	if hinted() {
		t.Error("a patron gives the worker nothing to do")
	}
	other := openTestDB(t, o.path)
	_, err = other.QueuePing(t.Context(), by)
	o.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- o.Watch(ctx, nil) }()
	<-o.Queued()
	cancel()
	o.must(<-done)
}
