package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"namets/internal/namets"
)

// claimWith claims within the limits, and returns the ids in the order of the claims.
func (o *Outbox) claimWith(limits namets.ClaimLimits) (ids []int64, claims []namets.Claim) {
	o.T.Helper()
	claims, _, err := o.RecordAndClaim(o.T.Context(), nil, []namets.ClaimLimits{limits}, time.Minute)
	o.Must(err)
	for _, c := range claims {
		ids = append(ids, c.ID)
	}
	return ids, claims
}

func (o *Outbox) ping() int64 {
	o.T.Helper()
	id, err := o.QueuePing(o.T.Context(), By())
	o.Must(err)
	return id
}

func wantIDs(t *testing.T, when string, got []int64, want ...int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: claimed %v, want %v", when, got, want)
	}
}

func (su suite) TestClaim_takesUrgentDeliveriesFirst(t *testing.T) {
	o := su.outbox(t)
	first := o.ping()
	for i := range 3 {
		o.Step(time.Second)
		o.Ask(fmt.Sprint(i, "@example.org"), namets.Preferences{Announcements: true})
	}
	ids, _ := o.claimWith(namets.ClaimLimits{Urgent: 1, Rest: 5})
	wantIDs(t, "one urgent one and the rest", ids, first+1, first)
	ids, _ = o.claimWith(namets.ClaimLimits{Urgent: 1, NewestFirst: true})
	wantIDs(t, "the newest", ids, first+3)
	o.ping()
	ids, _ = o.claimWith(namets.ClaimLimits{Urgent: 9, Rest: 9, Most: 1})
	wantIDs(t, "one in all", ids, first+2)
	o.Step(time.Second)
	a, err := o.Agenda(t.Context())
	if err != nil || !a.Targets[0].Urgent.After(o.At) || a.Targets[0].Attempt.After(o.At) {
		t.Errorf("%+v, %v", a, err)
	}
}

func (su suite) TestClaim_wakesOnlyWhatFailedBeforeTheAnswer(t *testing.T) {
	o := su.outbox(t)
	for range 3 {
		o.ping()
	}
	_, claims := o.claimWith(namets.ClaimLimits{Rest: 3})
	fail := func(c namets.Claim, outcome namets.Outcome, after time.Duration) {
		t.Helper()
		outcome.ID, outcome.State = c.ID, namets.Pending
		outcome.Attempt = &namets.Attempt{At: o.At, Duration: after, Error: "connection refused"}
		o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{outcome}))
	}
	next := o.At.Add(2 * time.Hour)
	fail(claims[0], namets.Outcome{Next: next}, time.Second)
	fail(claims[1], namets.Outcome{Next: next, Wake: o.At.Add(time.Hour)}, time.Second) // the receiver wants an hour
	fail(claims[2], namets.Outcome{Next: next}, 10*time.Second)
	o.Step(time.Minute)
	answered := o.At.Add(-55 * time.Second)
	urgent, rest, err := o.NextWake(t.Context(), 0, answered)
	if err != nil || !urgent.IsZero() || !rest.Equal(Now().Add(time.Second)) {
		t.Errorf("the next early claims are at %v and %v, %v", urgent, rest, err)
	}
	if a, err := o.Agenda(t.Context()); err != nil || !a.Targets[0].Waiting {
		t.Errorf("%+v, %v", a, err)
	}
	ids, none := o.claimWith(namets.ClaimLimits{Rest: 5, Answered: answered})
	if len(none) > 0 {
		t.Errorf("with limits that do not allow waking: %v", ids)
	}
	ids, woken := o.claimWith(namets.ClaimLimits{Rest: 5, WakeRest: 5, Answered: answered})
	wantIDs(t, "woken", ids, claims[0].ID)
	if !woken[0].Scheduled.Equal(next) || woken[0].Failures != 1 {
		t.Errorf("%+v", woken[0])
	}
	fail(woken[0], namets.Outcome{Next: woken[0].Scheduled, Early: true, Wake: o.At.Add(5 * time.Second)}, 0)
	d, _ := o.delivery(claims[0].ID)
	if !d.NextAttempt.Equal(next) || d.Attempts != 2 {
		t.Errorf("an early attempt changed the schedule: %+v", d)
	}
	if ids, _ = o.claimWith(namets.ClaimLimits{Rest: 1, WakeRest: 1, Answered: o.At}); len(ids) != 1 ||
		ids[0] != claims[2].ID {
		t.Errorf("then %v", ids)
	}
	o.Step(10 * time.Second)
	_, again := o.claimWith(namets.ClaimLimits{Rest: 5, WakeRest: 5, Answered: o.At})
	if len(again) != 1 || again[0].ID != claims[0].ID || again[0].Failures != 1 || again[0].Wakes != 1 {
		t.Errorf("woken again: %+v", again)
	}
}

func (su suite) TestWakeSome_makesFailedDeliveriesDue(t *testing.T) {
	o := su.outbox(t)
	for range 3 {
		o.ping()
	}
	_, claims := o.claimWith(namets.ClaimLimits{Rest: 2})
	o.Fail(claims[0], 2*time.Hour)
	o.Fail(claims[1], 3*time.Hour)
	if n, err := o.WakeSome(t.Context(), By(), 1); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	ids, woken := o.claimWith(namets.ClaimLimits{Rest: 9})
	wantIDs(t, "due", ids, claims[0].ID, claims[1].ID+1)
	if !woken[0].Scheduled.Equal(o.At.Add(2 * time.Hour)) {
		t.Errorf("%+v", woken[0])
	}
}

func (su suite) TestRedateDeliveries_correctsTimesOfAWrongClock(t *testing.T) {
	o := su.outbox(t)
	right := o.At
	for range 3 {
		o.ping()
	}
	_, claims := o.claimWith(namets.ClaimLimits{Rest: 2})
	o.Fail(claims[0], 20*time.Hour) // within the schedule
	o.At = right.Add(400 * 24 * time.Hour)
	o.Must(o.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: claims[1].ID, State: namets.Pending, Next: o.At.Add(time.Minute),
			Attempt: &namets.Attempt{At: o.At, Error: "connection refused"}}}))
	leased, _ := o.claimWith(namets.ClaimLimits{Rest: 2})
	wantIDs(t, "claimed under the wrong clock", leased, claims[0].ID, claims[1].ID+1)
	ahead := o.ping()
	o.At = right.Add(time.Second)
	if n, err := o.RedateDeliveries(t.Context(), 2*time.Minute); n != 4 || err != nil {
		t.Errorf("%d were corrected, want 4; %v", n, err)
	}
	due, _ := o.claimWith(namets.ClaimLimits{Rest: 9})
	wantIDs(t, "due", due, append(leased, ahead)...)
	if d, _ := o.delivery(claims[1].ID); d.NextAttempt == nil || !d.NextAttempt.Equal(o.At.Add(time.Minute)) {
		t.Errorf("the delivery that failed under the wrong clock: %+v", d)
	}
	if n, err := o.RedateDeliveries(t.Context(), 2*time.Minute); n != 0 || err != nil {
		t.Errorf("the second call corrected %d, %v", n, err)
	}
}

func (su suite) TestRedateDeliveries_leavesTheScheduleUnchanged(t *testing.T) {
	o := su.outbox(t)
	o.ping()
	o.ping()
	_, claims := o.claimWith(namets.ClaimLimits{Rest: 2})
	o.Fail(claims[0], 28*time.Hour)
	if n, err := o.RedateDeliveries(t.Context(), 2*time.Minute); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
