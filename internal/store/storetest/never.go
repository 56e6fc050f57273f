package storetest

import (
	"errors"
	"testing"
	"time"

	"namets/internal/namets"
)

func (su suite) TestRequestSubscription_asksAMailboxThreeTimesADay(t *testing.T) {
	for name, ask := range map[string]func(*Outbox, string){
		"with double opt-in": func(o *Outbox, email string) { o.Ask(email, namets.Preferences{Events: true}) },
		"without, after leaving": func(o *Outbox, email string) {
			o.askOff(email, namets.Preferences{Events: true})
		},
	} {
		o := su.outbox(t)
		if name != "with double opt-in" {
			o.askOff("zainab@xn--bcher-kva.example", namets.Preferences{})
			s := MustExport(t, o.DB).Subscribers[0]
			o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
			o.Deliver()
		}
		var last string
		for i := range 24 { // every half an hour, in each spelling
			ask(o, []string{"zainab@xn--bcher-kva.example", "Zainab@BÜCHER.example"}[i%2])
			if i < 3 {
				last = o.Secret()
			}
			o.Step(30 * time.Minute)
		}
		o.WantKinds(name + ": the fourth of the day and the others")
		if c, err := o.Confirmation(t.Context(), last); err != nil || !c.Notify.Events {
			t.Errorf("%s: the last link: %+v, %v", name, c, err)
		}
		ask(o, "other@example.org")
		if got := o.Kinds(); len(got) != 1 {
			t.Errorf("%s: another address: %v", name, got)
		}
		o.Step(12*time.Hour + time.Minute) // a day after the first
		ask(o, "zainab@xn--bcher-kva.example")
		o.WantKinds(name+": the next day", asked)
	}
}

func (su suite) TestRequestSubscription_countsEMailsOfUsedLinksToo(t *testing.T) {
	o := su.outbox(t)
	for range 3 {
		o.Ask("a@example.org", namets.Preferences{})
		s := o.ConfirmLink(o.Secret())
		o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
		o.Deliver()
		o.Step(11 * time.Minute)
	}
	o.Ask("a@example.org", namets.Preferences{})
	o.WantKinds("a fourth one, with no link left")
}

func (su suite) TestNeverWrite_stopsAllEMailToTheAddress(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("amina@example.org")
	o.Deliver()
	o.Ask("Amina@example.org", namets.Preferences{Events: true})
	secret := o.Secret()
	WantCode(t, "a guess", o.NeverWrite(t.Context(), Visitor(), "AAAAAAAAAAAAAAAAAAAAAAAAAA"), namets.NotFound, "")
	o.Must(o.NeverWrite(t.Context(), Visitor(), secret))
	if lines := o.Audit(1); lines[0] != " never_write confirmations 1 {}" {
		t.Errorf("audit: %q", lines)
	}
	o.WantKinds("its subscription ends", "subscriber_unsubscribed")
	_, _, err := o.Subscriber(t.Context(), id)
	WantCode(t, "the subscriber", err, namets.NotFound, "")
	WantCode(t, "the link afterwards", o.NeverWrite(t.Context(), Visitor(), secret), namets.NotFound, "")
	for range 10 {
		o.Ask("AMINA@example.org", namets.Preferences{})
		o.askOff("amina@example.org", namets.Preferences{})
		o.Must(o.RequestLink(t.Context(), Visitor(), "amina@example.org", links))
		o.Step(25 * time.Hour)
	}
	o.WantKinds("requested by anybody")
	for _, err := range []error{
		func() error {
			_, err := o.CreateSubscriber(t.Context(), By(), namets.NewSubscriber("amina@example.org"))
			return err
		}(),
		o.UpdateSubscriber(t.Context(), By(), o.AddSubscriber("b@example.org"), 0,
			namets.SubscriberPatch{Email: ptr("amina@example.org")}),
	} {
		if WantCode(t, "adding it by hand", err, namets.Conflict, "email"); !errors.Is(err, namets.ErrSilenced) {
			t.Errorf("the cause: %v", err)
		}
	}
	verdicts, err := o.ImportSubscribers(t.Context(), By(),
		[]namets.SubscriberRow{{Patch: namets.SubscriberPatch{Email: ptr("amina@example.org")}}}, false)
	if o.Must(err); verdicts[0] != namets.ImportLeft {
		t.Errorf("a table: %v", verdicts)
	}
	_, err = o.CreateSubscriberAnyway(t.Context(), By(), namets.NewSubscriber("amina@example.org"))
	o.Must(err)
	o.Deliver()
	o.Must(o.RequestLink(t.Context(), Visitor(), "amina@example.org", links))
	o.WantKinds("after a change of mind", "subscriber_link")
}

func (su suite) TestNeverWrite_isUndoneByAnImportThatIgnoresSuppressed(t *testing.T) {
	o := su.outbox(t)
	o.Ask("amina@example.org", namets.Preferences{})
	o.Must(o.NeverWrite(t.Context(), Visitor(), o.Secret()))
	data := &namets.Dataset{Subscribers: []namets.Subscriber{Person(1, "amina@example.org")}}
	if report := MustImport(t, o.DB, data, namets.ImportOptions{}); report.Suppressed != 1 || len(o.emails()) != 0 {
		t.Errorf("the import subscribed it: %+v", report)
	}
	MustImport(t, o.DB, data, namets.ImportOptions{IgnoreSuppressed: true})
	o.Step(25 * time.Hour)
	o.Ask("amina@example.org", namets.Preferences{})
	o.WantKinds("afterwards", asked)
}

func (su suite) TestNeverWrite_refusesAUsedLink(t *testing.T) {
	o := su.outbox(t)
	o.Ask("amina@example.org", namets.Preferences{})
	secret := o.Secret()
	o.ConfirmLink(secret)
	WantCode(t, "a used link", o.NeverWrite(t.Context(), Visitor(), secret), namets.Conflict, "")
	if got := o.emails(); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}
