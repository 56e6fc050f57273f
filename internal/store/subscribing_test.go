package store_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

const (
	links  = namets.Links("https://namets.example")
	joined = "subscriber_joined"
	asked  = "subscriber_confirmation"
)

var visitor = namets.Actor{Kind: namets.Visitor}

// ask does what the form does, with double opt-in.
func (o *outbox) ask(email string, p namets.Preferences) {
	o.t.Helper()
	o.must(o.RequestSubscription(o.t.Context(), visitor, namets.SubscriptionRequest{Email: email, Notify: p,
		DoubleOptIn: true,
		Consent:     namets.Consent{From: "192.0.2.7", Text: "en-1"}}, links))
}

// askOff does what the form does, without double opt-in.
func (o *outbox) askOff(email string, p namets.Preferences) {
	o.t.Helper()
	o.must(o.RequestSubscription(o.t.Context(), visitor, namets.SubscriptionRequest{Email: email, Notify: p,
		Consent: namets.Consent{From: "192.0.2.7", Text: "en-1"}}, links))
}

// secret delivers one subscriber_confirmation and returns what is secret in its link.
func (o *outbox) secret() string {
	o.t.Helper()
	bodies := o.deliver()
	m := regexp.MustCompile(`"confirm_url":"https://namets\.example/communications/subscribe/confirm/([A-Z2-7]{26})/"`).
		FindStringSubmatch(strings.Join(bodies, "\n"))
	if len(bodies) != 1 || m == nil {
		o.t.Fatalf("no confirmation in %q", bodies)
	}
	return m[1]
}

// confirm clicks the link.
func (o *outbox) confirm(secret string) namets.Subscriber {
	o.t.Helper()
	s, err := o.Confirm(o.t.Context(), visitor, secret, "192.0.2.8")
	o.must(err)
	return s
}

func (o *outbox) emails() (list []string) {
	o.t.Helper()
	for _, s := range mustExport(o.t, o.DB).Subscribers {
		list = append(list, s.Email)
	}
	return list
}

func TestRequestSubscription_waitsForTheClickWithDoubleOptIn(t *testing.T) {
	o := newOutbox(t)
	wish := namets.Preferences{Announcements: true, PrayerChanges: true}
	o.ask("Amina@example.org", wish)
	if n := len(o.emails()); n != 0 {
		t.Fatalf("%d subscribers before the click", n)
	}
	secret := o.secret()
	c, err := o.Confirmation(t.Context(), secret)
	if diff := cmp.Diff(namets.Confirmation{Email: "Amina@example.org", Notify: wish}, c); diff != "" || err != nil {
		t.Errorf("confirmation: %v, (-want +got):\n%s", err, diff)
	}
	s := o.confirm(secret)
	want := namets.Subscriber{ID: 1, Email: "Amina@example.org", IsVerified: true, IsActive: true, Notify: wish,
		Token: s.Token, SubscribedAt: now}
	if diff := cmp.Diff(want, s); diff != "" || s.Token == (namets.UUID{}) {
		t.Errorf("subscriber (-want +got):\n%s", diff)
	}
	o.wantKinds("after the click", joined)
}

func TestConfirm_worksOnceAndForSevenDays(t *testing.T) {
	o := newOutbox(t)
	o.ask("a@example.org", namets.Preferences{Events: true})
	secret := o.secret()
	_, err := o.Confirm(t.Context(), visitor, secret[:25], "")
	wantCode(t, "truncated", err, namets.NotFound, "")
	o.step(namets.ConfirmationLifetime - time.Microsecond)
	s := o.confirm(secret)
	_, err = o.Confirm(t.Context(), visitor, secret, "")
	wantCode(t, "again", err, namets.Conflict, "")
	c, err := o.Confirmation(t.Context(), secret)
	if diff := cmp.Diff(namets.Confirmation{Used: true}, c); diff != "" || err != nil {
		t.Errorf("used: %v, (-want +got):\n%s", err, diff)
	}
	o.wantKinds("once", joined)

	o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
	_, err = o.Confirm(t.Context(), visitor, secret, "")
	wantCode(t, "after leaving", err, namets.Conflict, "")
	if n := len(o.emails()); n != 0 {
		t.Errorf("%d subscribers", n)
	}

	o.ask("b@example.org", namets.Preferences{})
	o.step(namets.ConfirmationLifetime)
	o.deliver()
	for _, late := range []string{secret, ""} {
		_, err := o.Confirm(t.Context(), visitor, late, "")
		wantCode(t, "expired", err, namets.NotFound, "")
	}
}

func TestConfirm_failsForAnExpiredLink(t *testing.T) {
	o := newOutbox(t)
	o.ask("b@example.org", namets.Preferences{})
	secret := o.secret()
	o.step(namets.ConfirmationLifetime)
	_, err := o.Confirm(t.Context(), visitor, secret, "")
	wantCode(t, "confirm", err, namets.NotFound, "")
	_, err = o.Confirmation(t.Context(), secret)
	wantCode(t, "look", err, namets.NotFound, "")
}

func TestRequestSubscription_asksAnAddressOnceInTenMinutes(t *testing.T) {
	o := newOutbox(t)
	o.ask("a@example.org", namets.Preferences{})
	first := o.secret()
	o.step(10*time.Minute - time.Microsecond)
	o.ask("A@example.ORG", namets.Preferences{Events: true})
	o.wantKinds("within ten minutes")
	if c, err := o.Confirmation(t.Context(), first); err != nil || c.Notify != (namets.Preferences{Events: true}) {
		t.Errorf("the newer wish was not kept: %+v, %v", c, err)
	}
	o.step(time.Microsecond)
	o.ask("a@example.org", namets.Preferences{})
	second := o.secret()
	for _, wait := range []time.Duration{10 * time.Minute, 24 * time.Hour} { // three in a day
		o.step(wait)
		o.ask("a@example.org", namets.Preferences{})
		o.secret()
	}
	_, err := o.Confirmation(t.Context(), first)
	wantCode(t, "the oldest of four links", err, namets.NotFound, "")
	o.confirm(second)
	if stats, err := o.ConfirmationStats(t.Context()); err != nil || stats != (namets.ConfirmationStats{Ever: true}) {
		t.Errorf("one click has not used up all links: %+v, %v", stats, err)
	}
}

func TestRequestSubscription_changesNobodyWhoIsOnTheListAlready(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("a@example.org")
	o.ask("A@example.org", namets.Preferences{})
	s, _, err := o.Subscriber(t.Context(), id)
	if o.must(err); !s.Notify.Announcements {
		t.Error("typing an address has changed its preferences")
	}
	o.confirm(o.secret())
	s, _, err = o.Subscriber(t.Context(), id)
	if o.must(err); s.Notify != (namets.Preferences{}) || !s.IsVerified || s.Email != "a@example.org" {
		t.Errorf("after the click: %+v", s)
	}
	o.wantKinds("after the click", "subscriber_updated")
}

func TestRequestSubscription_subscribesAtOnceWithoutDoubleOptIn(t *testing.T) {
	o := newOutbox(t)
	o.askOff("a@example.org", namets.Preferences{Events: true})
	o.wantKinds("unknown", joined)
	s := mustExport(t, o.DB).Subscribers[0]
	if !s.IsActive || s.IsVerified || !s.Notify.Events {
		t.Errorf("subscriber: %+v", s)
	}
	o.askOff("A@example.org", namets.Preferences{Announcements: true})
	if got := mustExport(t, o.DB).Subscribers; len(got) != 1 || got[0] != s {
		t.Errorf("a stranger has changed %+v", got)
	}
	want := []string{`{"event":"subscriber_link","data":{"recipients":["a@example.org"],` +
		`"email":"a@example.org","manage_url":"` +
		links.Preferences(s.Token) + `"}}`}
	if diff := cmp.Diff(want, o.deliver()); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}

	o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
	o.wantKinds("left", "subscriber_unsubscribed")
	o.askOff("a@example.org", namets.Preferences{})
	if n := len(o.emails()); n != 0 {
		t.Error("typing an address has brought it back")
	}
	o.confirm(o.secret())
	o.wantKinds("confirmed", joined)

	id := o.subscriber("inactive@example.org")
	o.must(o.UpdateSubscriber(t.Context(), by, id, 0, namets.SubscriberPatch{IsActive: ptr(false)}))
	o.deliver()
	o.askOff("inactive@example.org", namets.Preferences{})
	o.wantKinds("deactivated", asked)
}

func TestConsent_isKeptWithoutTheClientsAddress(t *testing.T) {
	o := newOutbox(t)
	o.ask("a@example.org", namets.Preferences{})
	secret := o.secret()
	o.step(time.Hour)
	s := o.confirm(secret)
	o.askOff("b@example.org", namets.Preferences{})
	var askedAt, confirmedAt int64
	var from, confirmedFrom, atOnce []byte
	var text string
	o.must(o.Reader().QueryRowContext(t.Context(), `
		select asked_at, confirmed_at, asked_from, confirmed_from, consent_text,
			(select asked_from from consents where subscriber_id = 2 and confirmed_at is null)
		from consents where subscriber_id = $1`, s.ID).Scan(&askedAt, &confirmedAt, &from, &confirmedFrom,
		&text, &atOnce))
	if askedAt != now.UnixMicro() || confirmedAt != o.at.UnixMicro() || text != "en-1" {
		t.Errorf("%d %d %q", askedAt, confirmedAt, text)
	}
	if string(from) != string(atOnce) || string(from) == string(confirmedFrom) || len(from) != 32 {
		t.Errorf("%x %x %x", from, confirmedFrom, atOnce)
	}
	o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
	content, err := os.ReadFile(o.path + "-wal")
	if o.must(err); strings.Contains(string(content), "192.0.2.7") || strings.Contains(string(content), "192.0.2.8") {
		t.Error("the client's address was stored")
	}
	var n int
	o.must(o.Reader().QueryRowContext(t.Context(), `select count(*) from consents`).Scan(&n))
	if n != 1 {
		t.Errorf("%d consents are kept of one subscriber", n)
	}
}

func TestUnsubscribe_leavesOnlyAHashBehind(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("Amina@example.org")
	s, _, err := o.Subscriber(t.Context(), id)
	o.must(err)
	o.ask("amina@example.org", namets.Preferences{})
	stale := o.secret()
	o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
	want := []string{`{"event":"subscriber_unsubscribed","data":{"recipients":["Amina@example.org"],` +
		`"email":"Amina@example.org"}}`}
	if diff := cmp.Diff(want, o.deliver()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantCode(t, "twice", o.Unsubscribe(t.Context(), visitor, s.Token), namets.NotFound, "")
	_, err = o.SubscriberByToken(t.Context(), s.Token)
	wantCode(t, "look", err, namets.NotFound, "")
	_, err = o.Confirm(t.Context(), visitor, stale, "")
	wantCode(t, "an older link", err, namets.NotFound, "")
	for _, table := range []string{"subscribers", "confirmations", "audit"} {
		rows, err := o.Reader().QueryContext(t.Context(), "select * from "+table)
		o.must(err)
		if text := strings.ToLower(readAll(t, rows)); strings.Contains(text, "amina") {
			t.Errorf("%s holds the address: %s", table, text)
		}
	}
	var n int
	o.must(o.Reader().QueryRowContext(t.Context(), `select count(*) from suppressed where `+
		`length(address_hash) = 32`).Scan(&n))
	if n != 1 {
		t.Errorf("%d hashes", n)
	}
}

func TestUnsubscribe_forgetsWhatTheSubscriberWasTold(t *testing.T) {
	o := newOutbox(t)
	o.ask("Amina@example.org", namets.Preferences{})
	s := o.confirm(o.secret())
	o.must(o.ChangePreferences(t.Context(), visitor, s.Token, namets.Preferences{Events: true}))
	o.wantKinds("while subscribed", joined, "subscriber_updated")
	o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
	o.wantKinds("leaving", "subscriber_unsubscribed")
	var kinds string
	o.must(o.Reader().QueryRowContext(t.Context(), `
		select group_concat(kind) from delivery_bodies join deliveries on id = delivery_id`).Scan(&kinds))
	if kinds != "subscriber_unsubscribed" {
		t.Errorf("the text of %s is kept", kinds)
	}
	o.step(8 * 24 * time.Hour)
	_, err := o.PruneDeliveries(t.Context(), 90*24*time.Hour)
	o.must(err)
	o.must(o.Close())
	content, err := os.ReadFile(o.path)
	if o.must(err); strings.Contains(strings.ToLower(string(content)), "amina") {
		t.Error("the file still holds the address after seven days")
	}
}

func TestChangePreferences_tellsWhatTheSubscriberWantsNow(t *testing.T) {
	o := newOutbox(t)
	s, _, err := o.Subscriber(t.Context(), o.subscriber("a@example.org"))
	o.must(err)
	wish := namets.Preferences{Events: true}
	for range 2 {
		o.must(o.ChangePreferences(t.Context(), visitor, s.Token, wish))
	}
	o.wantKinds("changed once", "subscriber_updated")
	if s, err = o.SubscriberByToken(t.Context(), s.Token); err != nil || s.Notify != wish {
		t.Errorf("%+v, %v", s, err)
	}
	wantCode(t, "another token", o.ChangePreferences(t.Context(), visitor, namets.NewUUID(), wish), namets.NotFound, "")
}

func TestRequestLink_tellsTheOwnerAndNobodyElse(t *testing.T) {
	o := newOutbox(t)
	o.subscriber("a@example.org")
	for range 2 {
		o.must(o.RequestLink(t.Context(), visitor, "A@example.org", links))
		o.must(o.RequestLink(t.Context(), visitor, "nobody@example.org", links))
	}
	o.wantKinds("once in ten minutes", "subscriber_link")
	o.step(10 * time.Minute)
	o.must(o.RequestLink(t.Context(), visitor, "a@example.org", links))
	o.step(24 * time.Hour)
	o.wantKinds("late", "skip: its time was over before it could be delivered")
	o.must(o.RequestLink(t.Context(), visitor, "a@example.org", links))
	o.wantKinds("again", "subscriber_link")
}

func TestImport_leavesOutWhoHasLeft(t *testing.T) {
	o := newOutbox(t)
	data := &namets.Dataset{Subscribers: fixture().Subscribers}
	mustImport(t, o.DB, data, namets.ImportOptions{})
	o.must(o.Unsubscribe(t.Context(), visitor, data.Subscribers[0].Token))
	o.deliver()
	again := *data
	again.Subscribers = append([]namets.Subscriber{}, data.Subscribers...)
	again.Subscribers[0].Email = strings.ToUpper(again.Subscribers[0].Email)
	again.Subscribers[1].Phone = "changed"
	report := mustImport(t, o.DB, &again, namets.ImportOptions{Replace: true})
	if report.Suppressed != 1 || report.Kinds[0].Added != 0 || report.Kinds[0].Replaced != 1 {
		t.Errorf("report: %+v", report)
	}
	if got := o.emails(); len(got) != len(data.Subscribers)-1 {
		t.Errorf("subscribers: %q", got)
	}
	taken := namets.Dataset{Subscribers: []namets.Subscriber{again.Subscribers[1]}}
	taken.Subscribers[0].Email = again.Subscribers[0].Email
	if report = mustImport(t, o.DB, &taken, namets.ImportOptions{Replace: true}); report.Suppressed != 1 {
		t.Errorf("an address came back in another row: %+v", report)
	}

	report = mustImport(t, o.DB, &again, namets.ImportOptions{IgnoreSuppressed: true, DryRun: true})
	if report.Suppressed != 1 || report.Kinds[0].Added != 1 {
		t.Errorf("dry run: %+v", report)
	}
	report = mustImport(t, o.DB, &again, namets.ImportOptions{IgnoreSuppressed: true})
	if report.Suppressed != 1 || report.Kinds[0].Added != 1 {
		t.Errorf("overridden: %+v", report)
	}
	if report = mustImport(t, o.DB, &again, namets.ImportOptions{}); report.Suppressed != 0 ||
		report.Kinds[0].Unchanged != len(data.Subscribers) {
		t.Errorf("afterwards: %+v", report)
	}
	o.wantKinds("an import fires nothing")
}

func TestImport_bringsBackWhoHasConfirmedAgain(t *testing.T) {
	o := newOutbox(t)
	s, _, err := o.Subscriber(t.Context(), o.subscriber("a@example.org"))
	o.must(err)
	o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
	o.deliver()
	o.ask("a@example.org", namets.Preferences{})
	again := o.confirm(o.secret())
	o.must(o.DeleteSubscriber(t.Context(), by, again.ID))
	report := mustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{s}}, namets.ImportOptions{})
	if report.Suppressed != 0 || report.Kinds[0].Added != 1 {
		t.Errorf("report: %+v", report)
	}
}

func TestConfirmationStats_tellWhoWaits(t *testing.T) {
	o := newOutbox(t)
	want := func(when string, want namets.ConfirmationStats) {
		t.Helper()
		got, err := o.ConfirmationStats(t.Context())
		if o.must(err); got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
		if got, err = sqlite.ReadConfirmationStats(t.Context(), o.path, o.at); err != nil || got != want {
			t.Errorf("%s, from outside: %+v, %v, want %+v", when, got, err, want)
		}
	}
	want("new", namets.ConfirmationStats{})
	o.ask("a@example.org", namets.Preferences{})
	o.ask("b@example.org", namets.Preferences{})
	want("asked", namets.ConfirmationStats{Waiting: 2})
	o.step(namets.ConfirmationLifetime)
	want("too late", namets.ConfirmationStats{})
	o.deliver()
	o.ask("c@example.org", namets.Preferences{})
	o.confirm(o.secret())
	want("confirmed", namets.ConfirmationStats{Ever: true})
}

func TestPruneConfirmations_forgetsAddressesThatNobodyConfirmed(t *testing.T) {
	o := newOutbox(t)
	count := func() (n int) {
		o.must(o.PruneConfirmations(t.Context()))
		o.must(o.Reader().QueryRowContext(t.Context(), `select count(*) from confirmations`).Scan(&n))
		return n
	}
	o.ask("a@example.org", namets.Preferences{})
	o.step(namets.ConfirmationLifetime - time.Microsecond)
	if n := count(); n != 1 {
		t.Errorf("%d requests before their time is over", n)
	}
	o.step(time.Microsecond)
	if n := count(); n != 0 {
		t.Errorf("%d requests after their time is over", n)
	}
	lines := o.audit(2)
	count()
	if diff := cmp.Diff(lines, o.audit(2)); diff != "" || lines[0] != " prune confirmations - {}" {
		t.Errorf("audit: %q %s", lines, diff)
	}
}

func TestSecrets_ofPersonalLinksAreNotStored(t *testing.T) {
	o := newOutbox(t)
	o.ask("a@example.org", namets.Preferences{})
	secret := o.secret()
	var n int
	o.must(o.Reader().QueryRowContext(t.Context(), `select count(*) from delivery_bodies where instr(data, $1)`,
		secret).Scan(&n))
	if n != 0 {
		t.Error("the link is in the outbox after it was delivered")
	}
	rows, err := o.Reader().QueryContext(t.Context(), "select *, secret_hash from confirmations")
	o.must(err)
	if text := readAll(t, rows); strings.Contains(text, secret) || len(text) < 50 {
		t.Errorf("the link is in the database: %q", text)
	}
}
