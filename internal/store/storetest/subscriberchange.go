package storetest

import (
	"errors"
	"testing"
	"time"

	"namets/internal/namets"
)

func (su suite) TestChangeSubscriber_wantsAConsentForAnotherAddress(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	s, _, err := o.Subscriber(t.Context(), o.AddSubscriber("left@example.org"))
	o.Must(err)
	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	bounced := o.AddSubscriber("bounced@example.org")
	o.bounce(bounced, namets.HardBounce)
	o.Must(o.DeleteSubscriber(t.Context(), By(), bounced))
	o.Step(2 * time.Hour)
	old, fresh := &namets.ClaimedConsent{At: Now().Add(-time.Hour), Source: "form"},
		&namets.ClaimedConsent{At: Now().Add(time.Hour), Source: "form"}
	future := &namets.ClaimedConsent{At: o.At.Add(time.Hour), Source: "form"}
	for _, tt := range []struct {
		email   string
		consent *namets.ClaimedConsent
		code    namets.Code
		cause   error
	}{
		{"A@example.org", nil, "", nil}, // the same mailbox
		{"b@example.org", nil, namets.Invalid, namets.ErrNoConsent},
		{"b@example.org", old, "", nil},
		{"left@example.org", old, namets.Conflict, namets.ErrSuppressed},
		{"left@example.org", fresh, "", nil},
		{"bounced@example.org", fresh, namets.Conflict, namets.ErrSilenced},
		{"c@example.org", future, namets.Invalid, nil},
	} {
		before, revision, err := o.Subscriber(t.Context(), id)
		o.Must(err)
		done, err := o.ChangeSubscriber(t.Context(), namets.SubscriberChange{Consent: tt.consent,
			Change: namets.Change[namets.Subscriber]{By: program(), Row: namets.RowRef{ID: id},
				Accepts: namets.ExactRevision(revision), Edit: func(s *namets.Subscriber, _ int64) error {
					s.Email = tt.email
					return nil
				}}})
		if err == nil && (tt.code != "" || done.Row.Email != tt.email || done.Outcome != namets.WasUpdated) {
			t.Errorf("%s: %+v", tt.email, done)
		}
		if err != nil {
			after, _, readErr := o.Subscriber(t.Context(), id)
			o.Must(readErr)
			if code := namets.CodeOf(err); code != tt.code && !errors.As(err, &namets.Problems{}) ||
				tt.cause != nil && !errors.Is(err, tt.cause) || after.Email != before.Email {
				t.Errorf("%s: %v", tt.email, err)
			}
		}
	}
	if s, err := o.Suppression(t.Context(), "left@example.org"); s != nil || err != nil {
		t.Errorf("a lifted suppression stays: %+v, %v", s, err)
	}
}

func (su suite) TestChangeSubscriber_andRemoveSubscriberMindTheRevision(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	never := func(int64) bool { return false }
	_, err := o.ChangeSubscriber(t.Context(), namets.SubscriberChange{Change: namets.Change[namets.Subscriber]{
		By: program(), Row: namets.RowRef{ID: id}, Accepts: never}})
	if !errors.Is(err, namets.ErrOtherRevision) {
		t.Errorf("changing: %v", err)
	}
	_, err = o.RemoveSubscriber(t.Context(), namets.Removal{By: program(), Row: namets.RowRef{ID: id},
		Accepts: never}, false)
	if !errors.Is(err, namets.ErrOtherRevision) {
		t.Errorf("deleting: %v", err)
	}
	for _, want := range []namets.ChangeOutcome{namets.WasDeleted, namets.WasAbsent} {
		done, err := o.RemoveSubscriber(t.Context(), namets.Removal{By: program(), Row: namets.RowRef{ID: id}}, true)
		if o.Must(err); done.Outcome != want {
			t.Errorf("%s, want %s", done.Outcome, want)
		}
	}
	o.WantKinds("quietly")
}
