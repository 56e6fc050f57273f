package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// crowd stores n subscribers who want announcements and events.
func (o *Outbox) crowd(n int) {
	o.T.Helper()
	data := &namets.Dataset{}
	for i := range n {
		data.Subscribers = append(data.Subscribers, namets.Subscriber{ID: int64(i + 1),
			Email: fmt.Sprintf("p%d@example.org", i), IsActive: true, Token: namets.NewUUID(), SubscribedAt: Now(),
			Notify: namets.Preferences{Announcements: true, Events: true}})
	}
	MustImport(o.T, o.DB, data, namets.ImportOptions{})
}

// hookClaims claims what is due for the hook.
func (o *Outbox) hookClaims(hook int64) []namets.Claim {
	o.T.Helper()
	for more := true; more; {
		var err error
		more, err = o.QueueDue(o.T.Context())
		o.Must(err)
	}
	claims, _, err := o.RecordAndClaim(o.T.Context(), nil, []namets.ClaimLimits{{Hook: hook, Urgent: 1000, Rest: 1000}},
		time.Minute)
	o.Must(err)
	return claims
}

// hookClaim is hookClaims for exactly one.
func (o *Outbox) hookClaim(hook int64) namets.Claim {
	o.T.Helper()
	claims := o.hookClaims(hook)
	if len(claims) != 1 {
		o.T.Fatalf("%d deliveries are due for hook %d, want 1: %+v", len(claims), hook, claims)
	}
	return claims[0]
}

// answer records an answer to the claim, with the next attempt in an hour after a failure.
func (o *Outbox) answer(c namets.Claim, status int) {
	o.T.Helper()
	outcome := namets.Outcome{ID: c.ID, Recipients: c.Recipients, State: namets.Pending, Next: o.At.Add(time.Hour),
		Attempt: &namets.Attempt{At: o.At, Status: status}}
	switch {
	case status/100 != 2:
		outcome.Attempt.Error = "answered"
	case c.ReportWithin > 0:
		outcome.Accepted, outcome.Next = true, o.At.Add(c.ReportWithin)
	default:
		outcome.State = namets.Delivered
	}
	o.Must(o.RecordOutcomes(o.T.Context(), []namets.Outcome{outcome}))
}

// addresses returns the addresses that the claim sends, in one text.
func addresses(c namets.Claim) string {
	var list []string
	for _, r := range c.Content.Recipients {
		list = append(list, r.Email)
	}
	return strings.Join(list, " ")
}

func (o *Outbox) wantState(id int64, state namets.DeliveryState) namets.Delivery {
	o.T.Helper()
	d, _ := o.delivery(id)
	if d.State != state {
		o.T.Errorf("delivery %d is %s, want %s: %+v", id, d.State, state, d)
	}
	return d
}

func (su suite) TestTargets_getPartsOneAfterTheOther(t *testing.T) {
	o := su.outbox(t)
	const people, parts = 1129, 23
	o.crowd(people)
	h := o.putHook("k", nil)
	other := o.putHook("other", func(s *namets.HookSpec) { s.Events = []namets.EventType{"event.published"} })
	a := o.AddAnnouncement(namets.Announcement{Title: "T", IsActive: true, SendEmail: true, PublishAt: o.At})
	if c := o.Claim(); len(c) != 1 || c[0].Recipients != people || c[0].Content != nil {
		t.Errorf("the legacy target gets %d deliveries", len(c))
	}
	if c := o.hookClaims(other.ID); len(c) != 0 {
		t.Errorf("a hook gets a type that it does not want: %+v", c)
	}
	seen := map[string]int{}
	for part := 1; part <= parts; part++ {
		c := o.hookClaim(h.ID)
		content := c.Content
		if c.Body != nil || content.Part != part || content.Parts != parts ||
			content.Type != "announcement.published" ||
			content.ID != a.ID || content.Mail.Subject != "T" || c.ReportWithin != 0 {
			t.Fatalf("part %d: %+v", part, content)
		}
		for _, r := range content.Recipients {
			if r.Token == nil {
				t.Errorf("%s has no personal link", r.Email)
			}
			seen[r.Email]++
		}
		if n := len(content.Recipients); n > namets.MaxPart {
			t.Errorf("part %d has %d recipients", part, n)
		}
		o.answer(c, 200)
	}
	if c := o.hookClaims(h.ID); len(c) != 0 || len(seen) != people {
		t.Errorf("%d of %d people, and then %+v", len(seen), people, c)
	}
	numbers, err := o.DayNumbers(t.Context(), o.At, 1)
	if err != nil || numbers[0].Webhooks != 1 {
		t.Errorf("a notification counts as %+v, %v", numbers, err)
	}
}

func (su suite) TestTargets_sendMessagesInPartsInOrder(t *testing.T) {
	o := su.outbox(t)
	o.crowd(120)
	h := o.putHook("k", nil)
	for i := range 2 {
		_, _, err := o.SendMessage(t.Context(), By(), namets.Message{Subject: fmt.Sprint(i), Body: "b", Everyone: true})
		o.Must(err)
	}
	var got []string
	for claims := o.hookClaims(h.ID); len(claims) > 0; claims = o.hookClaims(h.ID) {
		for _, c := range claims {
			got = append(got, fmt.Sprint(c.Content.Mail.Subject, " ", c.Content.Part, " ", len(c.Content.Recipients)))
			o.answer(c, 200)
		}
	}
	want := []string{"0 1 50", "1 1 50", "0 2 50", "1 2 50", "0 3 20", "1 3 20"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (su suite) TestTargets_readPeopleOnlyWithTheScope(t *testing.T) {
	o := su.outbox(t)
	token, err := o.CreateAPIToken(t.Context(), By(), namets.APIToken{Name: "blind",
		Scopes: namets.Scopes{namets.ScopeHooks, namets.ScopeContentRead}})
	o.Must(err)
	blind, _, err := o.PutHook(t.Context(), By(), token, "k", hookSpec(nil))
	o.Must(err)
	o.AddSubscriber("a@example.org")
	o.AddAnnouncement(namets.Announcement{Title: "T", IsActive: true, SendEmail: true, PublishAt: o.At})
	c := o.hookClaim(blind.ID)
	if c.Content.Type != "announcement.published" || len(c.Content.Recipients) != 0 || c.Content.ReportPath != "" {
		t.Errorf("a token that must not read people gets %+v", c.Content)
	}
}

func (su suite) TestReport_endsAnAcceptedDelivery(t *testing.T) {
	o := su.outbox(t)
	o.crowd(3)
	h := o.putHook("k", func(s *namets.HookSpec) { s.Ack = namets.AckReport })
	o.AddAnnouncement(namets.Announcement{Title: "T", IsActive: true, SendEmail: true, PublishAt: o.At})
	c := o.hookClaim(h.ID)
	if c.ReportWithin != namets.DefaultReportWithin || c.Attempt != 1 || c.Content.ReportPath == "" {
		t.Errorf("the first offer is %+v", c)
	}
	o.answer(c, 200)
	if d := o.wantState(c.ID, namets.Pending); d.Offers != 1 || d.AcceptedAt == nil || len(o.hookClaims(h.ID)) != 0 {
		t.Errorf("accepted: %+v", d)
	}
	o.wantReport(c, 1, 0, 2, "p0@example.org")
	o.Step(namets.DefaultReportWithin)
	again := o.hookClaim(h.ID)
	if again.WebhookID != c.WebhookID || again.Attempt != 2 || addresses(again) != "p1@example.org p2@example.org" {
		t.Errorf("the second offer is %+v to %s", again, addresses(again))
	}
	o.wantReport(c, 3, 0, 0, "p1@example.org", "p2@example.org") // before the answer
	o.wantState(c.ID, namets.Pending)
	o.answer(again, 200)
	o.wantState(c.ID, namets.Delivered)
	o.wantReport(c, 3, 0, 0, "p2@example.org")
	o.wantState(c.ID, namets.Delivered)
}

// TestReport_outlivesAnAttemptWithoutResult reports while the first attempt is open, whose process
// is then killed.
func (su suite) TestReport_outlivesAnAttemptWithoutResult(t *testing.T) {
	o := su.outbox(t)
	o.crowd(3)
	h := o.putHook("k", func(s *namets.HookSpec) { s.Ack = namets.AckReport })
	o.AddAnnouncement(namets.Announcement{Title: "T", IsActive: true, SendEmail: true, PublishAt: o.At})
	c := o.hookClaim(h.ID)
	o.wantReport(c, 1, 0, 2, "p1@example.org")
	o.Must(o.ReleaseLeases(t.Context()))
	again := o.hookClaim(h.ID)
	if again.WebhookID != c.WebhookID || again.Attempt != 1 || addresses(again) != "p0@example.org p2@example.org" {
		t.Errorf("offered again: %+v to %s", again, addresses(again))
	}
	o.wantReport(c, 2, 1, 0, "p0@example.org", "-p2@example.org")
	o.Must(o.ReleaseLeases(t.Context()))
	if last := o.hookClaim(h.ID); last.Settled != namets.Delivered {
		t.Errorf("everybody is reported, and it is offered to %s", addresses(last))
	}
}

func (su suite) TestReport_isAwaitedThreeTimes(t *testing.T) {
	o := su.outbox(t)
	o.crowd(2)
	h := o.putHook("k", func(s *namets.HookSpec) { s.Ack = namets.AckReport })
	o.AddAnnouncement(namets.Announcement{Title: "T", IsActive: true, SendEmail: true, PublishAt: o.At})
	var c namets.Claim
	for range 3 {
		c = o.hookClaim(h.ID)
		o.answer(c, 200)
		o.Step(namets.DefaultReportWithin)
	}
	spent := o.hookClaim(h.ID)
	if spent.Settled != namets.Dead || !strings.HasPrefix(spent.Skip, "no report") {
		t.Fatalf("the fourth claim is %+v", spent)
	}
	o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: spent.ID, State: spent.Settled, Reason: spent.Skip}}))
	o.wantState(c.ID, namets.Dead)
	if stats, err := o.DeliveryStats(t.Context()); err != nil || stats.Unreported != 1 || stats.Dead != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	o.Must(o.RetryDelivery(t.Context(), By(), c.ID))
	if c = o.hookClaim(h.ID); c.Settled != "" || c.Attempt != 4 {
		t.Errorf("retried by hand: %+v", c)
	}
	o.answer(c, 500)
	o.wantReport(c, 2, 0, 0, "p0@example.org", "p1@example.org") // late, after a failure
	o.wantState(c.ID, namets.Delivered)
}

func (su suite) TestHook_isPausedByItsAnswers(t *testing.T) {
	o := su.outbox(t)
	h := o.putHook("k", nil)
	tell := func() { o.Must(o.QueueAlert(t.Context(), namets.NewAlert(namets.BackupFailed, "", "m"))) }
	paused := func() bool {
		h, err := o.Hook(t.Context(), h.ID)
		o.Must(err)
		return h.PausedAt != nil
	}
	tell()
	o.answer(o.hookClaim(h.ID), 404)
	o.Step(2 * 24 * time.Hour)
	c := o.hookClaim(h.ID)
	o.answer(c, 500) // an answer of another kind
	o.Step(2 * 24 * time.Hour)
	for range 2 {
		o.answer(o.hookClaim(h.ID), 404)
		if paused() {
			t.Fatal("paused although it has answered something else")
		}
		o.Step(36 * time.Hour)
	}
	o.answer(o.hookClaim(h.ID), 404)
	if !paused() {
		t.Error("not paused after three days of 404")
	}
	if a, err := o.Agenda(t.Context()); err != nil || len(a.Targets) != 1 {
		t.Errorf("the agenda contains a paused hook: %+v, %v", a, err)
	}
	tell()
	o.Must(o.WakeHook(t.Context(), By(), h.ID))
	o.answer(o.hookClaims(h.ID)[0], 410)
	if !paused() {
		t.Error("not paused by 410")
	}
	o.Step(31 * 24 * time.Hour)
	for {
		n, err := o.PruneDeliveries(t.Context(), 1000*24*time.Hour)
		o.Must(err)
		if n == 0 {
			break
		}
	}
	if stats, err := o.DeliveryStats(t.Context()); err != nil || stats.Pending != 0 || stats.Dead != 2 {
		t.Errorf("after 30 days: %+v, %v", stats, err)
	}
}

func (su suite) TestTargets_hearOfEvents(t *testing.T) {
	o := su.outbox(t)
	o.crowd(1)
	h := o.putHook("k", func(s *namets.HookSpec) {
		s.Before = 2 * time.Hour
		s.Events = []namets.EventType{namets.TypeEventPublished, namets.TypeEventUpdated, namets.TypeEventUpcoming,
			namets.TypeEventCancelled}
	})
	all := o.putHook("all", func(s *namets.HookSpec) { s.Events = []namets.EventType{namets.AnyEvent} })
	e := namets.Event{Title: "E", Start: o.At.Add(5 * time.Hour), End: o.At.Add(6 * time.Hour), IsActive: true,
		SendEmail: true}
	id, err := o.CreateEvent(t.Context(), By(), e)
	o.Must(err)
	want := func(when string, types ...namets.EventType) {
		t.Helper()
		var got []namets.EventType
		for claims := o.hookClaims(h.ID); len(claims) > 0; claims = o.hookClaims(h.ID) {
			for _, c := range claims {
				if c.Skip != "" {
					t.Errorf("%s: %s", when, c.Skip)
				}
				got = append(got, c.Content.Type)
				if len(c.Content.Recipients) != 1 {
					t.Errorf("%s: %d recipients", when, len(c.Content.Recipients))
				}
				o.answer(c, 200)
			}
		}
		if diff := cmp.Diff(types, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	want("published", "event.published")
	e, _, err = o.Event(t.Context(), id)
	o.Must(err)
	e.Description = "d"
	o.Must(o.UpdateEvent(t.Context(), By(), 0, e))
	want("another text")
	e.Start = e.Start.Add(time.Minute)
	o.Must(o.UpdateEvent(t.Context(), By(), 0, e))
	want("moved", "event.updated")
	if a, err := o.Agenda(t.Context()); err != nil || !a.Due.Equal(e.Start.Add(-2*time.Hour)) {
		t.Errorf("%+v, %v", a, err)
	}
	o.Step(3*time.Hour + time.Minute)
	want("two hours before", "event.upcoming")
	o.Must(o.CancelEvent(t.Context(), By(), id, 0, true))
	want("cancelled", "event.cancelled")
	o.Must(o.CancelEvent(t.Context(), By(), id, 0, false))
	want("revived")
	o.WantKinds("the legacy target", "event_created")
	for claims := o.hookClaims(all.ID); len(claims) > 0; claims = o.hookClaims(all.ID) {
		for _, c := range claims {
			if c.Skip == "" && c.Content.Type != namets.TypeEventPublished && len(c.Content.Recipients) > 0 {
				t.Errorf("%s to a hook of everything: %d recipients", c.Content.Type, len(c.Content.Recipients))
			}
			o.answer(c, 200)
		}
	}
}

func (su suite) TestTargets_getSkippedPartsAgain(t *testing.T) {
	o := su.outbox(t)
	o.crowd(110)
	h := o.putHook("k", nil)
	a := o.AddAnnouncement(namets.Announcement{Title: "T", IsActive: true, SendEmail: true, PublishAt: o.At})
	first := o.hookClaim(h.ID)
	o.answer(first, 200)
	a.IsActive = false
	o.Save(a)
	for claims := o.hookClaims(h.ID); len(claims) > 0; claims = o.hookClaims(h.ID) {
		for _, c := range claims {
			o.Must(o.RecordOutcomes(t.Context(), []namets.Outcome{{ID: c.ID, State: namets.Skipped, Reason: c.Skip,
				Withdrawn: c.Withdrawn}}))
		}
	}
	a.IsActive, a.Title = true, "again"
	o.Save(a)
	seen := strings.Fields(addresses(first))
	for claims := o.hookClaims(h.ID); len(claims) > 0; claims = o.hookClaims(h.ID) {
		for _, c := range claims {
			if c.Content.Mail.Subject != "again" {
				t.Errorf("the old text goes out: %+v", c.Content.Mail)
			}
			seen = append(seen, strings.Fields(addresses(c))...)
			o.answer(c, 200)
		}
	}
	slices.Sort(seen)
	if n := len(slices.Compact(slices.Clone(seen))); len(seen) != 110 || n != 110 {
		t.Errorf("%d people got %d e-mails", n, len(seen))
	}
}
