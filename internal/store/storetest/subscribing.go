package storetest

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

const (
	links  = namets.Links("https://namets.example")
	joined = "subscriber_joined"
	asked  = "subscriber_confirmation"
)

// Visitor is a visitor of the public pages.
func Visitor() namets.Actor { return namets.Actor{Kind: namets.Visitor} }

// Ask does the same as the subscribe form, with double opt-in.
func (o *Outbox) Ask(email string, p namets.Preferences) {
	o.T.Helper()
	o.Must(o.RequestSubscription(o.T.Context(), Visitor(), namets.SubscriptionRequest{Email: email, Notify: p,
		DoubleOptIn: true,
		Consent:     namets.Consent{From: "192.0.2.7", Text: "en-1"}}, links))
}

// askOff does the same as the subscribe form, without double opt-in.
func (o *Outbox) askOff(email string, p namets.Preferences) {
	o.T.Helper()
	o.Must(o.RequestSubscription(o.T.Context(), Visitor(), namets.SubscriptionRequest{Email: email, Notify: p,
		Consent: namets.Consent{From: "192.0.2.7", Text: "en-1"}}, links))
}

// Secret delivers one subscriber_confirmation and returns the secret of its link.
func (o *Outbox) Secret() string {
	o.T.Helper()
	bodies := o.Deliver()
	m := regexp.MustCompile(`"confirm_url":"https://namets\.example/communications/subscribe/confirm/([A-Z2-7]{26})/"`).
		FindStringSubmatch(strings.Join(bodies, "\n"))
	if len(bodies) != 1 || m == nil {
		o.T.Fatalf("no confirmation in %q", bodies)
	}
	return m[1]
}

// ConfirmLink clicks the link.
func (o *Outbox) ConfirmLink(secret string) namets.Subscriber {
	o.T.Helper()
	s, err := o.Confirm(o.T.Context(), Visitor(), secret, "192.0.2.8")
	o.Must(err)
	return s
}

func (o *Outbox) emails() (list []string) {
	o.T.Helper()
	for _, s := range MustExport(o.T, o.DB).Subscribers {
		list = append(list, s.Email)
	}
	return list
}

func (su suite) TestRequestSubscription_waitsForTheClickWithDoubleOptIn(t *testing.T) {
	o := su.outbox(t)
	wish := namets.Preferences{Announcements: true, PrayerChanges: true}
	o.Ask("Amina@example.org", wish)
	if n := len(o.emails()); n != 0 {
		t.Fatalf("%d subscribers before the click", n)
	}
	secret := o.Secret()
	c, err := o.Confirmation(t.Context(), secret)
	if diff := cmp.Diff(namets.Confirmation{Email: "Amina@example.org", Notify: wish}, c); diff != "" || err != nil {
		t.Errorf("confirmation: %v, (-want +got):\n%s", err, diff)
	}
	s := o.ConfirmLink(secret)
	want := namets.Subscriber{ID: 1, Email: "Amina@example.org", IsVerified: true, IsActive: true, Notify: wish,
		Token: s.Token, SubscribedAt: Now()}
	if diff := cmp.Diff(want, s, IgnoreTimes()); diff != "" || s.Token == (namets.UUID{}) {
		t.Errorf("subscriber (-want +got):\n%s", diff)
	}
	o.WantKinds("after the click", joined)
}

func (su suite) TestConfirm_worksOnceAndForSevenDays(t *testing.T) {
	o := su.outbox(t)
	o.Ask("a@example.org", namets.Preferences{Events: true})
	secret := o.Secret()
	_, err := o.Confirm(t.Context(), Visitor(), secret[:25], "")
	WantCode(t, "truncated", err, namets.NotFound, "")
	o.Step(namets.ConfirmationLifetime - time.Microsecond)
	s := o.ConfirmLink(secret)
	_, err = o.Confirm(t.Context(), Visitor(), secret, "")
	WantCode(t, "again", err, namets.Conflict, "")
	c, err := o.Confirmation(t.Context(), secret)
	if diff := cmp.Diff(namets.Confirmation{Used: true}, c); diff != "" || err != nil {
		t.Errorf("used: %v, (-want +got):\n%s", err, diff)
	}
	o.WantKinds("once", joined)

	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	_, err = o.Confirm(t.Context(), Visitor(), secret, "")
	WantCode(t, "after leaving", err, namets.Conflict, "")
	if n := len(o.emails()); n != 0 {
		t.Errorf("%d subscribers", n)
	}

	o.Ask("b@example.org", namets.Preferences{})
	o.Step(namets.ConfirmationLifetime)
	o.Deliver()
	for _, late := range []string{secret, ""} {
		_, err := o.Confirm(t.Context(), Visitor(), late, "")
		WantCode(t, "expired", err, namets.NotFound, "")
	}
}

func (su suite) TestConfirm_failsForAnExpiredLink(t *testing.T) {
	o := su.outbox(t)
	o.Ask("b@example.org", namets.Preferences{})
	secret := o.Secret()
	o.Step(namets.ConfirmationLifetime)
	_, err := o.Confirm(t.Context(), Visitor(), secret, "")
	WantCode(t, "confirm", err, namets.NotFound, "")
	_, err = o.Confirmation(t.Context(), secret)
	WantCode(t, "look", err, namets.NotFound, "")
}

func (su suite) TestRequestSubscription_asksAnAddressOnceInTenMinutes(t *testing.T) {
	o := su.outbox(t)
	o.Ask("a@example.org", namets.Preferences{})
	first := o.Secret()
	o.Step(10*time.Minute - time.Microsecond)
	o.Ask("A@example.ORG", namets.Preferences{Events: true})
	o.WantKinds("within ten minutes")
	if c, err := o.Confirmation(t.Context(), first); err != nil || c.Notify != (namets.Preferences{Events: true}) {
		t.Errorf("the newer preferences were not stored: %+v, %v", c, err)
	}
	o.Step(time.Microsecond)
	o.Ask("a@example.org", namets.Preferences{})
	second := o.Secret()
	for _, wait := range []time.Duration{10 * time.Minute, 24 * time.Hour} { // three in a day
		o.Step(wait)
		o.Ask("a@example.org", namets.Preferences{})
		o.Secret()
	}
	_, err := o.Confirmation(t.Context(), first)
	WantCode(t, "the oldest of four links", err, namets.NotFound, "")
	o.ConfirmLink(second)
	if stats, err := o.ConfirmationStats(t.Context()); err != nil || stats != (namets.ConfirmationStats{Ever: true}) {
		t.Errorf("one click did not use up all links: %+v, %v", stats, err)
	}
}

func (su suite) TestRequestSubscription_changesNoSubscriber(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	o.Ask("A@example.org", namets.Preferences{})
	s, _, err := o.Subscriber(t.Context(), id)
	if o.Must(err); !s.Notify.Announcements {
		t.Error("a request changed the preferences of a subscriber")
	}
	o.ConfirmLink(o.Secret())
	s, _, err = o.Subscriber(t.Context(), id)
	if o.Must(err); s.Notify != (namets.Preferences{}) || !s.IsVerified || s.Email != "a@example.org" {
		t.Errorf("after the click: %+v", s)
	}
	o.WantKinds("after the click", "subscriber_updated")
}

func (su suite) TestRequestSubscription_subscribesAtOnceWithoutDoubleOptIn(t *testing.T) {
	o := su.outbox(t)
	o.askOff("a@example.org", namets.Preferences{Events: true})
	o.WantKinds("unknown", joined)
	s := MustExport(t, o.DB).Subscribers[0]
	if !s.IsActive || s.IsVerified || !s.Notify.Events {
		t.Errorf("subscriber: %+v", s)
	}
	o.askOff("A@example.org", namets.Preferences{Announcements: true})
	if got := MustExport(t, o.DB).Subscribers; len(got) != 1 || got[0] != s {
		t.Errorf("an unconfirmed request changed %+v", got)
	}
	want := []string{`{"event":"subscriber_link","data":{"recipients":["a@example.org"],` +
		`"email":"a@example.org","manage_url":"` +
		links.Preferences(s.Token) + `"}}`}
	if diff := cmp.Diff(want, o.Deliver()); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}

	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	o.WantKinds("left", "subscriber_unsubscribed")
	o.askOff("a@example.org", namets.Preferences{})
	if n := len(o.emails()); n != 0 {
		t.Error("an unconfirmed request subscribed the address again")
	}
	o.ConfirmLink(o.Secret())
	o.WantKinds("confirmed", joined)

	id := o.AddSubscriber("inactive@example.org")
	o.Must(o.UpdateSubscriber(t.Context(), By(), id, 0, namets.SubscriberPatch{IsActive: ptr(false)}))
	o.Deliver()
	o.askOff("inactive@example.org", namets.Preferences{})
	o.WantKinds("deactivated", asked)
}

func (su suite) TestConsent_isStoredWithoutTheClientsAddress(t *testing.T) {
	o := su.outbox(t)
	o.Ask("a@example.org", namets.Preferences{})
	secret := o.Secret()
	o.Step(time.Hour)
	s := o.ConfirmLink(secret)
	o.askOff("b@example.org", namets.Preferences{})
	var askedAt, confirmedAt int64
	var from, confirmedFrom, atOnce []byte
	var text string
	o.Must(o.SQL().QueryRowContext(t.Context(), `
		select asked_at, confirmed_at, asked_from, confirmed_from, consent_text,
			(select asked_from from consents where subscriber_id = 2 and confirmed_at is null)
		from consents where subscriber_id = $1`, s.ID).Scan(&askedAt, &confirmedAt, &from, &confirmedFrom,
		&text, &atOnce))
	if askedAt != Now().UnixMicro() || confirmedAt != o.At.UnixMicro() || text != "en-1" {
		t.Errorf("%d %d %q", askedAt, confirmedAt, text)
	}
	if string(from) != string(atOnce) || string(from) == string(confirmedFrom) || len(from) != 32 {
		t.Errorf("%x %x %x", from, confirmedFrom, atOnce)
	}
	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	stored := string(su.engine.Stored(t, o.Folder))
	if strings.Contains(stored, "192.0.2.7") || strings.Contains(stored, "192.0.2.8") {
		t.Error("the client's address was stored")
	}
	var n int
	o.Must(o.SQL().QueryRowContext(t.Context(), `select count(*) from consents`).Scan(&n))
	if n != 1 {
		t.Errorf("%d consents of one subscriber are stored", n)
	}
}

func (su suite) TestUnsubscribe_keepsOnlyAHash(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("Amina@example.org")
	s, _, err := o.Subscriber(t.Context(), id)
	o.Must(err)
	o.Ask("amina@example.org", namets.Preferences{})
	stale := o.Secret()
	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	want := []string{`{"event":"subscriber_unsubscribed","data":{"recipients":["Amina@example.org"],` +
		`"email":"Amina@example.org"}}`}
	if diff := cmp.Diff(want, o.Deliver()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	WantCode(t, "twice", o.Unsubscribe(t.Context(), Visitor(), s.Token), namets.NotFound, "")
	_, err = o.SubscriberByToken(t.Context(), s.Token)
	WantCode(t, "look", err, namets.NotFound, "")
	_, err = o.Confirm(t.Context(), Visitor(), stale, "")
	WantCode(t, "an older link", err, namets.NotFound, "")
	for _, table := range []string{"subscribers", "confirmations", "audit"} {
		rows, err := o.SQL().QueryContext(t.Context(), "select * from "+table)
		o.Must(err)
		if text := strings.ToLower(readAll(t, rows)); strings.Contains(text, "amina") {
			t.Errorf("%s contains the address: %s", table, text)
		}
	}
	var n int
	o.Must(o.SQL().QueryRowContext(t.Context(), `select count(*) from suppressed where `+
		`length(address_hash) = 32`).Scan(&n))
	if n != 1 {
		t.Errorf("%d hashes", n)
	}
}

func (su suite) TestUnsubscribe_deletesTheTextsOfDeliveries(t *testing.T) {
	o := su.outbox(t)
	o.Ask("Amina@example.org", namets.Preferences{})
	s := o.ConfirmLink(o.Secret())
	o.Must(o.ChangePreferences(t.Context(), Visitor(), s.Token, namets.Preferences{Events: true}))
	o.WantKinds("while subscribed", joined, "subscriber_updated")
	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	o.WantKinds("leaving", "subscriber_unsubscribed")
	rows, err := o.SQL().QueryContext(t.Context(), `
		select kind from delivery_bodies join deliveries on id = delivery_id`)
	o.Must(err)
	if kinds := readAll(t, rows); strings.TrimSpace(kinds) != "subscriber_unsubscribed" {
		t.Errorf("the text of %s is still stored", kinds)
	}
	o.Step(8 * 24 * time.Hour)
	_, err = o.PruneDeliveries(t.Context(), 90*24*time.Hour)
	o.Must(err)
	o.Must(errors.Join(o.SQL().Close(), o.Close()))
	if strings.Contains(strings.ToLower(string(su.engine.Stored(t, o.Folder))), "amina") {
		t.Error("the database still contains the address after seven days")
	}
}

func (su suite) TestChangePreferences_queuesTheNewPreferences(t *testing.T) {
	o := su.outbox(t)
	s, _, err := o.Subscriber(t.Context(), o.AddSubscriber("a@example.org"))
	o.Must(err)
	wish := namets.Preferences{Events: true}
	for range 2 {
		o.Must(o.ChangePreferences(t.Context(), Visitor(), s.Token, wish))
	}
	o.WantKinds("changed once", "subscriber_updated")
	if s, err = o.SubscriberByToken(t.Context(), s.Token); err != nil || s.Notify != wish {
		t.Errorf("%+v, %v", s, err)
	}
	WantCode(t, "another token", o.ChangePreferences(t.Context(), Visitor(), namets.NewUUID(), wish), namets.NotFound,
		"")
}

func (su suite) TestRequestLink_sendsTheLinkToTheOwnerOnly(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	for range 2 {
		o.Must(o.RequestLink(t.Context(), Visitor(), "A@example.org", links))
		o.Must(o.RequestLink(t.Context(), Visitor(), "nobody@example.org", links))
	}
	o.WantKinds("once in ten minutes", "subscriber_link")
	o.Step(10 * time.Minute)
	o.Must(o.RequestLink(t.Context(), Visitor(), "a@example.org", links))
	o.Step(24 * time.Hour)
	o.WantKinds("late", "skip: its time was over before it could be delivered")
	o.Must(o.RequestLink(t.Context(), Visitor(), "a@example.org", links))
	o.WantKinds("again", "subscriber_link")
}

func (su suite) TestImport_leavesOutAddressesThatHaveLeft(t *testing.T) {
	o := su.outbox(t)
	data := &namets.Dataset{Subscribers: Fixture().Subscribers}
	MustImport(t, o.DB, data, namets.ImportOptions{})
	o.Must(o.Unsubscribe(t.Context(), Visitor(), data.Subscribers[0].Token))
	o.Deliver()
	again := *data
	again.Subscribers = append([]namets.Subscriber{}, data.Subscribers...)
	again.Subscribers[0].Email = strings.ToUpper(again.Subscribers[0].Email)
	again.Subscribers[1].Phone = "changed"
	report := MustImport(t, o.DB, &again, namets.ImportOptions{Replace: true})
	if report.Suppressed != 1 || report.Kinds[0].Added != 0 || report.Kinds[0].Replaced != 1 {
		t.Errorf("report: %+v", report)
	}
	if got := o.emails(); len(got) != len(data.Subscribers)-1 {
		t.Errorf("subscribers: %q", got)
	}
	taken := namets.Dataset{Subscribers: []namets.Subscriber{again.Subscribers[1]}}
	taken.Subscribers[0].Email = again.Subscribers[0].Email
	if report = MustImport(t, o.DB, &taken, namets.ImportOptions{Replace: true}); report.Suppressed != 1 {
		t.Errorf("an address was subscribed again in another row: %+v", report)
	}

	report = MustImport(t, o.DB, &again, namets.ImportOptions{IgnoreSuppressed: true, DryRun: true})
	if report.Suppressed != 1 || report.Kinds[0].Added != 1 {
		t.Errorf("dry run: %+v", report)
	}
	report = MustImport(t, o.DB, &again, namets.ImportOptions{IgnoreSuppressed: true})
	if report.Suppressed != 1 || report.Kinds[0].Added != 1 {
		t.Errorf("overridden: %+v", report)
	}
	if report = MustImport(t, o.DB, &again, namets.ImportOptions{}); report.Suppressed != 0 ||
		report.Kinds[0].Unchanged != len(data.Subscribers) {
		t.Errorf("afterwards: %+v", report)
	}
	o.WantKinds("an import fires nothing")
}

func (su suite) TestImport_acceptsAddressesThatConfirmedAgain(t *testing.T) {
	o := su.outbox(t)
	s, _, err := o.Subscriber(t.Context(), o.AddSubscriber("a@example.org"))
	o.Must(err)
	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	o.Deliver()
	o.Ask("a@example.org", namets.Preferences{})
	again := o.ConfirmLink(o.Secret())
	o.Must(o.DeleteSubscriber(t.Context(), By(), again.ID))
	report := MustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{s}}, namets.ImportOptions{})
	if report.Suppressed != 0 || report.Kinds[0].Added != 1 {
		t.Errorf("report: %+v", report)
	}
}

func (su suite) TestConfirmationStats_countPendingRequests(t *testing.T) {
	o := su.outbox(t)
	want := func(when string, want namets.ConfirmationStats) {
		t.Helper()
		got, err := o.ConfirmationStats(t.Context())
		if o.Must(err); got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	want("new", namets.ConfirmationStats{})
	o.Ask("a@example.org", namets.Preferences{})
	o.Ask("b@example.org", namets.Preferences{})
	want("asked", namets.ConfirmationStats{Waiting: 2})
	o.Step(namets.ConfirmationLifetime)
	want("too late", namets.ConfirmationStats{})
	o.Deliver()
	o.Ask("c@example.org", namets.Preferences{})
	o.ConfirmLink(o.Secret())
	want("confirmed", namets.ConfirmationStats{Ever: true})
}

func (su suite) TestPruneConfirmations_deletesUnconfirmedAddresses(t *testing.T) {
	o := su.outbox(t)
	count := func() (n int) {
		o.Must(o.PruneConfirmations(t.Context()))
		o.Must(o.SQL().QueryRowContext(t.Context(), `select count(*) from confirmations`).Scan(&n))
		return n
	}
	o.Ask("a@example.org", namets.Preferences{})
	o.Step(namets.ConfirmationLifetime - time.Microsecond)
	if n := count(); n != 1 {
		t.Errorf("%d requests before they expire", n)
	}
	o.Step(time.Microsecond)
	if n := count(); n != 0 {
		t.Errorf("%d requests after they expire", n)
	}
	lines := o.Audit(2)
	count()
	if diff := cmp.Diff(lines, o.Audit(2)); diff != "" || lines[0] != " prune confirmations - {}" {
		t.Errorf("audit: %q %s", lines, diff)
	}
}

func (su suite) TestSecrets_ofPersonalLinksAreNotStored(t *testing.T) {
	o := su.outbox(t)
	o.Ask("a@example.org", namets.Preferences{})
	secret := o.Secret()
	var n int
	o.Must(o.SQL().QueryRowContext(t.Context(), `select count(*) from delivery_bodies where data like '%' || $1 || '%'`,
		secret).Scan(&n))
	if n != 0 {
		t.Error("the link is in the outbox after it was delivered")
	}
	rows, err := o.SQL().QueryContext(t.Context(), "select *, secret_hash from confirmations")
	o.Must(err)
	if text := readAll(t, rows); strings.Contains(text, secret) || len(text) < 50 {
		t.Errorf("the link is in the database: %q", text)
	}
}
