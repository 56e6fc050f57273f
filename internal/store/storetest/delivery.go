package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// Prefer changes one preference of the subscriber, which queues subscriber_updated.
func (o *Outbox) Prefer(id int64, events bool) {
	o.T.Helper()
	o.Must(o.UpdateSubscriber(o.T.Context(), By(), id, 0, namets.SubscriberPatch{Events: &events}))
}

func (o *Outbox) delivery(id int64) (namets.Delivery, []namets.Attempt) {
	o.T.Helper()
	d, attempts, err := o.Delivery(o.T.Context(), id)
	o.Must(err)
	return d, attempts
}

// One claims the only delivery that is due.
func (o *Outbox) One() namets.Claim {
	o.T.Helper()
	claims := o.Claim()
	if len(claims) != 1 {
		o.T.Fatalf("%d claims, want 1: %+v", len(claims), claims)
	}
	return claims[0]
}

func (su suite) TestClaim_lastsUntilItsLeaseEnds(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	o.Prefer(id, false)
	first := o.One()
	if d, _ := o.delivery(first.ID); !d.InFlight || d.NextAttempt != nil || d.State != namets.Pending {
		t.Errorf("during the attempt: %+v", d)
	}
	if again := o.Claim(); len(again) > 0 {
		t.Errorf("claimed twice: %+v", again)
	}
	o.Step(time.Minute)
	if second := o.One(); second.WebhookID != first.WebhookID || second.ID != first.ID {
		t.Errorf("after the lease: %+v, before: %+v", second, first)
	}
	o.Must(o.ReleaseDeliveries(t.Context(), first.ID))
	if third := o.One(); third.WebhookID != first.WebhookID || third.Failures != 0 {
		t.Errorf("after a release: %+v", third)
	}
}

func (su suite) TestClaim_survivesACrashUnderTheSameID(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	o.Prefer(id, false)
	first := o.One()
	o.Must(o.Close()) // between the claim and its result
	o.Open()
	if early := o.Claim(); len(early) > 0 {
		t.Errorf("claimed during another lease: %+v", early)
	}
	o.Must(o.ReleaseLeases(t.Context()))
	second := o.One()
	if second.WebhookID != first.WebhookID || string(second.Body) != string(first.Body) {
		t.Errorf("after the crash: %+v, before: %+v", second, first)
	}
}

func (su suite) TestClaim_keepsTheOrderOfEachRowAndDelaysNoOther(t *testing.T) {
	o := su.outbox(t)
	a, b := o.AddSubscriber("a@example.org"), o.AddSubscriber("b@example.org")
	for i := range 3 {
		o.Prefer(a, i%2 == 1)
	}
	o.Prefer(b, false)
	claims := o.Claim()
	if len(claims) != 2 || !strings.Contains(string(claims[0].Body), "a@") ||
		!strings.Contains(string(claims[1].Body), "b@") {
		t.Fatalf("claims: %+v", claims)
	}
	o.Fail(claims[0], time.Hour)
	o.Fail(claims[1], time.Minute)
	o.Prefer(a, true)
	o.Step(time.Minute)
	if c := o.One(); c.WebhookID != claims[1].WebhookID || c.Failures != 1 {
		t.Errorf("the retry of the other delivery: %+v", c)
	}
	o.Step(time.Hour)
	var events []string
	for _, body := range o.Deliver() {
		if strings.Contains(body, "a@") {
			events = append(events, body[strings.Index(body, `"events":`):][:len(`"events":true`)])
		}
	}
	if diff := cmp.Diff([]string{`"events":fals`, `"events":true`, `"events":fals`, `"events":true`},
		events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (su suite) TestClaim_continuesAfterADeadDelivery(t *testing.T) {
	o := su.outbox(t)
	a := o.AddSubscriber("a@example.org")
	o.Prefer(a, false)
	o.Prefer(a, true)
	first := o.One()
	o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: first.ID, State: namets.Dead,
		Attempt: &namets.Attempt{At: o.At, Error: "connection refused"}}}))
	second := o.One()
	o.Must(o.ReleaseDeliveries(t.Context(), second.ID))
	o.Must(o.RetryDelivery(t.Context(), By(), first.ID))
	if c := o.One(); c.ID != first.ID || c.Failures != 0 {
		t.Errorf("after the retry of the dead delivery, %+v was claimed before it", c)
	}
	if bodies := o.Deliver(); len(bodies) > 0 {
		t.Errorf("delivered past a pending one: %v", bodies)
	}
}

func (su suite) TestClaim_removesAddressesThatHaveLeft(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("Stays@example.org")
	leaves, switchesOff := o.AddSubscriber("leaves@example.org"), o.AddSubscriber("off@example.org")
	_, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: "P", Email: "p@example.org", IsActive: true,
		ReceiveNotifications: true})
	o.Must(err)
	o.AddAnnouncement(namets.Announcement{PublishAt: Now(), IsActive: true, SendEmail: true})
	first := o.One()
	if !strings.Contains(string(first.Body),
		`["Stays@example.org","leaves@example.org","off@example.org","p@example.org"]`) {
		t.Errorf("first attempt: %s", first.Body)
	}
	o.Fail(first, 0)
	o.Must(o.DeleteSubscriber(t.Context(), By(), leaves))
	o.Must(o.UpdateSubscriber(t.Context(), By(), switchesOff, 0, namets.SubscriberPatch{Announcements: ptr(false)}))
	_, err = o.CreateSubscriber(t.Context(), By(), namets.Subscriber{Email: "new@example.org", IsActive: true,
		Notify: namets.Preferences{Announcements: true}})
	o.Must(err)
	second := o.Deliver()[0]
	if !strings.Contains(second, `"recipients":["Stays@example.org","p@example.org"]`) {
		t.Errorf("second attempt: %s", second)
	}
	d, attempts := o.delivery(first.ID)
	if d.State != namets.Delivered || d.Recipients != 2 || len(attempts) != 2 {
		t.Errorf("%+v, %d attempts, want 2 recipients and 2 attempts", d, len(attempts))
	}
}

func (su suite) TestClaim_skipsADeliveryWithoutRemainingRecipients(t *testing.T) {
	o := su.outbox(t)
	a := o.AddSubscriber("a@example.org")
	o.Prefer(a, false)
	o.Fail(o.One(), 0)
	o.Must(o.DeleteSubscriber(t.Context(), By(), a))
	o.WantKinds("gone", "skip: nobody is left to receive it", "subscriber_unsubscribed")
}

// TestClaim_skipsAConfirmationThatIsNoLongerPending delivers e-mails whose links no longer work.
func (su suite) TestClaim_skipsAConfirmationThatIsNoLongerPending(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	o.Ask("A@example.org", namets.Preferences{Events: true})
	o.Ask("b@example.org", namets.Preferences{Events: true})
	for _, c := range o.Claim() {
		o.Fail(c, 0)
	}
	s, _, err := o.Subscriber(t.Context(), 1)
	o.Must(err)
	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	o.WantKinds("after one has left", "skip: nobody is left to receive it", asked, "subscriber_unsubscribed")
}

func (su suite) TestRecordOutcomes_doesNotCountACutOffAttemptAsFailure(t *testing.T) {
	o := su.outbox(t)
	o.Prefer(o.AddSubscriber("a@example.org"), false)
	c := o.One()
	o.Must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: c.ID, State: namets.Pending, Next: o.At, Recipients: 1, Cut: true,
			Attempt: &namets.Attempt{At: o.At, Error: "cut off"}}}))
	d, attempts := o.delivery(c.ID)
	if d.InFlight || d.Attempts != 1 || len(attempts) != 1 || d.LastError != "cut off" {
		t.Errorf("%+v, %d attempts", d, len(attempts))
	}
	if again := o.One(); again.ID != c.ID || again.Failures != 0 {
		t.Errorf("%+v", again)
	}
}

// TestRecordAndClaim_reportsRecordedOutcomesIfTheClaimFails damages the text of a delivery.
func (su suite) TestRecordAndClaim_reportsRecordedOutcomesIfTheClaimFails(t *testing.T) {
	o := su.outbox(t)
	a, b := o.AddSubscriber("a@example.org"), o.AddSubscriber("b@example.org")
	o.Prefer(a, false)
	c := o.One()
	o.Prefer(b, false)
	exec := func(query string) {
		t.Helper()
		_, err := o.SQL().ExecContext(t.Context(), query)
		o.Must(err)
	}
	exec(`update delivery_bodies set recipients = 'no JSON' where delivery_id = (select max(id) from deliveries)`)
	done := []namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: 1,
		Attempt: &namets.Attempt{At: o.At, Status: 200}}}
	claims, recorded, err := o.RecordAndClaim(t.Context(), done, []namets.ClaimLimits{{Rest: 10}}, time.Minute)
	if err == nil || !recorded || len(claims) != 0 {
		t.Errorf("%v, recorded %v, %v", claims, recorded, err)
	}
	if d, attempts := o.delivery(c.ID); d.State != namets.Delivered || len(attempts) != 1 {
		t.Errorf("%+v, %d attempts", d, len(attempts))
	}
	exec(`alter table attempts rename to moved`)
	_, recorded, err = o.RecordAndClaim(t.Context(), done, []namets.ClaimLimits{{Rest: 10}}, time.Minute)
	if err == nil || recorded {
		t.Errorf("recorded %v, %v", recorded, err)
	}
}

func (su suite) TestClaim_skipsWhatIsNoLongerTrue(t *testing.T) {
	hour := Now().Add(time.Hour)
	for _, tt := range []struct {
		name string
		over func(o *Outbox, a namets.Announcement, e namets.Event)
		want []string
	}{
		{"still true", func(*Outbox, namets.Announcement, namets.Event) {},
			[]string{"announcement_created", "event_created"}},
		{"time is over", func(o *Outbox, _ namets.Announcement, _ namets.Event) { o.Step(time.Hour) },
			[]string{"skip: the announcement has expired", "skip: the event is over"}},
		{"withdrawn", func(o *Outbox, a namets.Announcement, e namets.Event) {
			a.IsActive, e.IsActive = false, false
			o.Save(a)
			o.Must(o.UpdateEvent(o.T.Context(), By(), 0, e))
		}, []string{"skip: the announcement was withdrawn", "skip: the event was withdrawn"}},
		{"deleted", func(o *Outbox, a namets.Announcement, e namets.Event) {
			o.Must(o.DeleteAnnouncement(o.T.Context(), By(), a.ID))
			o.Must(o.DeleteEvent(o.T.Context(), By(), e.ID))
		}, []string{"skip: its subject was deleted", "skip: its subject was deleted"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := su.outbox(t)
			o.AddSubscriber("a@example.org")
			a := o.AddAnnouncement(namets.Announcement{PublishAt: Now(), ExpireAt: &hour, IsActive: true,
				SendEmail: true})
			id, err := o.CreateEvent(t.Context(), By(), namets.Event{Title: "E", Start: Now(), End: hour,
				IsActive:  true,
				SendEmail: true})
			o.Must(err)
			e, _, err := o.Event(t.Context(), id)
			o.Must(err)
			for _, c := range o.Claim() {
				o.Fail(c, 0)
			}
			tt.over(o, a, e)
			o.WantKinds(tt.name, tt.want...)
		})
	}
}

func (su suite) TestClaim_isExclusive(t *testing.T) {
	o := su.outbox(t)
	const n = 60
	for i := range n {
		_, err := o.CreateSubscriber(t.Context(), By(), namets.Subscriber{Email: fmt.Sprint(i, "@example.org"),
			IsActive: true})
		o.Must(err)
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

func (su suite) TestAgenda_returnsTheNextTimes(t *testing.T) {
	o := su.outbox(t)
	agenda := func(due, attempt time.Time) {
		t.Helper()
		got, err := o.Agenda(t.Context())
		o.Must(err)
		want := namets.Agenda{Due: due, Targets: []namets.TargetAgenda{{Changed: time.UnixMicro(0), Attempt: attempt,
			Waiting: attempt.After(o.At)}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	never := time.Time{}
	agenda(never, never)
	o.AddSubscriber("a@example.org")
	at := Now().Add(time.Hour)
	a := o.AddAnnouncement(namets.Announcement{PublishAt: at, IsActive: true, SendEmail: true})
	o.AddAnnouncement(namets.Announcement{PublishAt: at.Add(1), ExpireAt: ptr(Now().Add(-time.Hour)), IsActive: true,
		SendEmail: true})
	agenda(at, never)
	_, err := o.QueuePing(t.Context(), By())
	o.Must(err)
	agenda(at, Now())
	o.Fail(o.One(), 2*time.Hour)
	agenda(at, Now().Add(2*time.Hour))
	o.Step(90 * time.Minute)
	agenda(at, Now().Add(2*time.Hour))
	o.Must(o.DeleteAnnouncement(t.Context(), By(), a.ID))
	agenda(never, Now().Add(2*time.Hour))
	MustImport(t, o.DB, &namets.Dataset{Events: []namets.Event{{ID: 1, Slug: "e", Start: at.Add(24 * time.Hour),
		End:      at.Add(25 * time.Hour),
		IsActive: true, SendEmail: true}}}, namets.ImportOptions{AnnounceFuture: true})
	agenda(o.At, Now().Add(2*time.Hour))
}

func (su suite) TestQueued_hintsAtOwnAndForeignWrites(t *testing.T) {
	o := su.outbox(t)
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
	_, err := o.QueuePing(t.Context(), By())
	o.Must(err)
	if !hinted() || hinted() {
		t.Error("want one hint after a commit")
	}
	_, err = o.CreatePatron(t.Context(), By(), namets.Patron{Name: "P"})
	o.Must(err)
	if hinted() {
		t.Error("a new patron must not hint")
	}
}
