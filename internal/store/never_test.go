package store_test

import (
	"errors"
	"testing"
	"time"

	"namets/internal/namets"
)

func TestRequestSubscription_asksAMailboxThreeTimesADay(t *testing.T) {
	for name, ask := range map[string]func(*outbox, string){
		"with double opt-in": func(o *outbox, email string) { o.ask(email, namets.Preferences{Events: true}) },
		"without, after leaving": func(o *outbox, email string) {
			o.askOff(email, namets.Preferences{Events: true})
		},
	} {
		o := newOutbox(t)
		if name != "with double opt-in" {
			o.askOff("zainab@xn--bcher-kva.example", namets.Preferences{})
			s := mustExport(t, o.DB).Subscribers[0]
			o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
			o.deliver()
		}
		var last string
		for i := range 24 { // every half an hour, in each spelling
			ask(o, []string{"zainab@xn--bcher-kva.example", "Zainab@BÜCHER.example"}[i%2])
			if i < 3 {
				last = o.secret()
			}
			o.step(30 * time.Minute)
		}
		o.wantKinds(name + ": the fourth of the day and the others")
		if c, err := o.Confirmation(t.Context(), last); err != nil || !c.Notify.Events {
			t.Errorf("%s: the last link: %+v, %v", name, c, err)
		}
		ask(o, "other@example.org")
		if got := o.kinds(); len(got) != 1 {
			t.Errorf("%s: another address: %v", name, got)
		}
		o.step(12*time.Hour + time.Minute) // a day after the first
		ask(o, "zainab@xn--bcher-kva.example")
		o.wantKinds(name+": the next day", asked)
	}
}

func TestRequestSubscription_countsMailsWhateverBecameOfTheirLinks(t *testing.T) {
	o := newOutbox(t)
	for range 3 {
		o.ask("a@example.org", namets.Preferences{})
		s := o.confirm(o.secret())
		o.must(o.Unsubscribe(t.Context(), visitor, s.Token))
		o.deliver()
		o.step(11 * time.Minute)
	}
	o.ask("a@example.org", namets.Preferences{})
	o.wantKinds("a fourth one, when no link is left")
}

func TestNeverWrite_keepsEverythingFromTheAddress(t *testing.T) {
	o := newOutbox(t)
	id := o.subscriber("amina@example.org")
	o.deliver()
	o.ask("Amina@example.org", namets.Preferences{Events: true})
	secret := o.secret()
	wantCode(t, "a guess", o.NeverWrite(t.Context(), visitor, "AAAAAAAAAAAAAAAAAAAAAAAAAA"), namets.NotFound, "")
	o.must(o.NeverWrite(t.Context(), visitor, secret))
	if lines := o.audit(1); lines[0] != " never_write confirmations 1 {}" {
		t.Errorf("audit: %q", lines)
	}
	o.wantKinds("its subscription ends", "subscriber_unsubscribed")
	_, _, err := o.Subscriber(t.Context(), id)
	wantCode(t, "who was subscribed", err, namets.NotFound, "")
	wantCode(t, "the link afterwards", o.NeverWrite(t.Context(), visitor, secret), namets.NotFound, "")
	for range 10 {
		o.ask("AMINA@example.org", namets.Preferences{})
		o.askOff("amina@example.org", namets.Preferences{})
		o.must(o.RequestLink(t.Context(), visitor, "amina@example.org", links))
		o.step(25 * time.Hour)
	}
	o.wantKinds("no matter who types it")
	for _, err := range []error{
		func() error {
			_, err := o.CreateSubscriber(t.Context(), by, namets.NewSubscriber("amina@example.org"))
			return err
		}(),
		o.UpdateSubscriber(t.Context(), by, o.subscriber("b@example.org"), 0,
			namets.SubscriberPatch{Email: ptr("amina@example.org")}),
	} {
		if wantCode(t, "adding it by hand", err, namets.Conflict, "email"); !errors.Is(err, namets.ErrSilenced) {
			t.Errorf("the cause: %v", err)
		}
	}
	verdicts, err := o.ImportSubscribers(t.Context(), by,
		[]namets.SubscriberRow{{Patch: namets.SubscriberPatch{Email: ptr("amina@example.org")}}}, false)
	if o.must(err); verdicts[0] != namets.ImportLeft {
		t.Errorf("a table: %v", verdicts)
	}
	_, err = o.CreateSubscriberAnyway(t.Context(), by, namets.NewSubscriber("amina@example.org"))
	o.must(err)
	o.deliver()
	o.must(o.RequestLink(t.Context(), visitor, "amina@example.org", links))
	o.wantKinds("after a change of mind", "subscriber_link")
}

func TestNeverWrite_isLiftedByAnImportThatIgnoresWhoHasLeft(t *testing.T) {
	o := newOutbox(t)
	o.ask("amina@example.org", namets.Preferences{})
	o.must(o.NeverWrite(t.Context(), visitor, o.secret()))
	data := &namets.Dataset{Subscribers: []namets.Subscriber{person(1, "amina@example.org")}}
	if report := mustImport(t, o.DB, data, namets.ImportOptions{}); report.Suppressed != 1 || len(o.emails()) != 0 {
		t.Errorf("an import brings it back: %+v", report)
	}
	mustImport(t, o.DB, data, namets.ImportOptions{IgnoreSuppressed: true})
	o.step(25 * time.Hour)
	o.ask("amina@example.org", namets.Preferences{})
	o.wantKinds("afterwards", asked)
}

func TestNeverWrite_isTooLateForALinkThatWasUsed(t *testing.T) {
	o := newOutbox(t)
	o.ask("amina@example.org", namets.Preferences{})
	secret := o.secret()
	o.confirm(secret)
	wantCode(t, "a used link", o.NeverWrite(t.Context(), visitor, secret), namets.Conflict, "")
	if got := o.emails(); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}
