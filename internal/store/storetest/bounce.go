package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// program is a workflow with an API token.
func program() namets.Actor { return namets.Actor{Kind: namets.Program, Name: "n8n"} }

// bounce records a bounce and reports whether mailing has ended.
func (o *Outbox) bounce(id int64, kind namets.BounceKind) bool {
	o.T.Helper()
	r, err := o.RecordBounce(o.T.Context(), program(), id, namets.Bounce{Kind: kind, Detail: "550 no such user"}, false)
	o.Must(err)
	return r.Ended
}

// isActive reports whether the subscriber with the id is active.
func (o *Outbox) isActive(id int64) bool {
	o.T.Helper()
	s, _, err := o.Subscriber(o.T.Context(), id)
	o.Must(err)
	return s.IsActive
}

func (su suite) TestRecordBounce_endsMailing(t *testing.T) {
	for kind, want := range map[namets.BounceKind]namets.SuppressionReason{
		namets.HardBounce: namets.SuppressedBounced, namets.Complaint: namets.SuppressedComplaint,
	} {
		o := su.outbox(t)
		id := o.AddSubscriber("amina@example.org")
		o.Ask("amina@example.org", namets.Preferences{Events: true})
		secret := o.Secret()
		o.Step(time.Hour)
		if !o.bounce(id, kind) || o.isActive(id) {
			t.Errorf("%s: mailing goes on", kind)
		}
		o.WantKinds("as when somebody deactivates them", "subscriber_unsubscribed")
		got, err := o.Suppression(t.Context(), "AMINA@example.org")
		o.Must(err)
		if diff := cmp.Diff(&namets.Suppression{Reason: want, Since: o.At}, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", kind, diff)
		}
		list, err := o.Bounces(t.Context(), id)
		o.Must(err)
		if diff := cmp.Diff([]namets.Bounce{{Kind: kind, Detail: "550 no such user", At: o.At}}, list); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", kind, diff)
		}
		_, err = o.Confirm(t.Context(), Visitor(), secret, "")
		WantCode(t, "a link from before", err, namets.NotFound, "")
		o.Step(25 * time.Hour)
		o.Ask("amina@example.org", namets.Preferences{})
		o.askOff("amina@example.org", namets.Preferences{})
		o.Must(o.RequestLink(t.Context(), Visitor(), "amina@example.org", links))
		o.WantKinds("nothing is sent to it")
		o.wantSilenced(id)
	}
}

// wantSilenced checks that nobody but an owner makes the subscriber with the id active.
func (o *Outbox) wantSilenced(id int64) {
	o.T.Helper()
	err := o.UpdateSubscriber(o.T.Context(), By(), id, 0, namets.SubscriberPatch{IsActive: ptr(true)})
	if WantCode(o.T, "activating", err, namets.Conflict, "email"); !errors.Is(err, namets.ErrSilenced) {
		o.T.Errorf("the cause: %v", err)
	}
	n, err := o.ChangeSubscribers(o.T.Context(), By(), []int64{id}, namets.BulkActivate)
	if o.Must(err); n != 0 || o.isActive(id) {
		o.T.Errorf("a bulk action activated %d", n)
	}
	o.Must(o.UpdateSubscriber(o.T.Context(), By(), id, 0, namets.SubscriberPatch{Phone: ptr("1")}))
	_, revision, err := o.Subscriber(o.T.Context(), id)
	o.Must(err)
	WantCode(o.T, "lifting an earlier revision", o.LiftSuppression(o.T.Context(), By(), id, revision-1),
		namets.Conflict, "")
	o.Must(o.LiftSuppression(o.T.Context(), By(), id, revision))
	if s, err := o.Suppression(o.T.Context(), "amina@example.org"); s != nil || err != nil || !o.isActive(id) {
		o.T.Errorf("after lifting: %+v, %v", s, err)
	}
}

func (su suite) TestRecordBounce_countsSoftOnesInARow(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	four := func() {
		t.Helper()
		for range namets.SoftBounceLimit - 1 {
			if o.bounce(id, namets.SoftBounce) {
				t.Fatal("mailing ended early")
			}
			o.Step(time.Hour)
		}
	}
	four()
	o.Ask("a@example.org", namets.Preferences{Events: true})
	o.ConfirmLink(o.Secret())
	four() // a confirmed subscription begins the row again
	_, _, err := o.SendMessage(t.Context(), By(), namets.Message{Subject: "S", Body: "B", Everyone: true})
	o.Must(err)
	for _, c := range o.Claim() {
		if _, err := o.RecordReport(t.Context(), program(), c.WebhookID,
			namets.MailReport{Sent: []string{"a@example.org"}}); err != nil {
			t.Fatal(err)
		}
	}
	four() // and so does an e-mail that was sent
	o.Must(o.UpdateSubscriber(t.Context(), By(), id, 0, namets.SubscriberPatch{Email: ptr("b@example.org")}))
	if list, err := o.Bounces(t.Context(), id); len(list) != 0 || err != nil {
		t.Errorf("the bounces of another address: %v, %v", list, err)
	}
	four() // and so does another address
	if !o.bounce(id, namets.SoftBounce) || o.isActive(id) {
		t.Error("five in a row do not end mailing")
	}
	if s, err := o.Suppression(t.Context(), "b@example.org"); err != nil || s.Reason != namets.SuppressedBounced {
		t.Errorf("%+v, %v", s, err)
	}
	if !o.bounce(id, namets.SoftBounce) {
		t.Error("a later one says that mailing goes on")
	}
}

func (su suite) TestRecordBounce_isAboutTheMailbox(t *testing.T) {
	o := su.outbox(t)
	one := o.AddSubscriber("zainab@example.org")
	patron := namets.Patron{Name: "P", Email: "Zainab@example.org", IsActive: true, ReceiveNotifications: true}
	_, err := o.CreatePatron(t.Context(), By(), patron)
	o.Must(err)
	o.bounce(one, namets.Complaint)
	o.Deliver()
	if n, err := o.AudienceSize(t.Context(), namets.AnnouncementCreated); n != 0 || err != nil {
		t.Errorf("%d recipients, %v", n, err)
	}
	o.AddSubscriber("b@example.org")
	_, reached, err := o.SendMessage(t.Context(), By(), namets.Message{Subject: "S", Body: "B", Everyone: true})
	if o.Must(err); reached != 1 {
		t.Errorf("a message reaches %d", reached)
	}
	_, err = o.RecordBounce(t.Context(), program(), 99, namets.Bounce{Kind: namets.HardBounce}, false)
	WantCode(t, "nobody", err, namets.NotFound, "")
}

func (su suite) TestRecordBounce_announcesNothingQuietly(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	_, err := o.RecordBounce(t.Context(), program(), id, namets.Bounce{Kind: namets.HardBounce}, true)
	o.Must(err)
	o.WantKinds("quietly")
	if lines := o.Audit(2); lines[0] != `n8n update subscribers 1 {"changed":["is_active"]}` ||
		lines[1] != `n8n bounce subscribers 1 {"kind":"hard"}` {
		t.Errorf("audit: %q", lines)
	}
}

func (su suite) TestRecordBounce_keepsTheNewest(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	for range namets.MaxBounces + 2 {
		o.bounce(id, namets.SoftBounce)
	}
	if list, err := o.Bounces(t.Context(), id); len(list) != namets.MaxBounces || err != nil {
		t.Errorf("%d bounces, %v", len(list), err)
	}
}
