package storetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"namets/internal/namets"
)

// Spellings of one mailbox, which an earlier version stored as different mailboxes.
const (
	InUnicode  = "Zainab@Bücher.example"
	InPunycode = "zainab@xn--bcher-kva.example"
	Decomposed = "zainab@bu\u0308cher.example"
)

// Person is a new subscriber as in an imported file.
func Person(id int64, email string) namets.Subscriber {
	s := namets.NewSubscriber(email)
	s.ID, s.Token, s.SubscribedAt = id, namets.UUID{byte(id)}, Now().Add(time.Duration(id)*time.Minute)
	return s
}

func (su suite) TestMailbox_isTheSameInEverySpelling(t *testing.T) {
	for _, stored := range []string{InUnicode, InPunycode, Decomposed} {
		for _, typed := range []string{InUnicode, InPunycode, Decomposed} {
			o := su.outbox(t)
			id := o.AddSubscriber(stored)
			s, _, err := o.Subscriber(t.Context(), id)
			if o.Must(err); s.Email != stored {
				t.Errorf("stored %q as %q", stored, s.Email)
			}
			_, err = o.CreateSubscriber(t.Context(), By(), namets.Subscriber{Email: typed, IsActive: true})
			WantCode(t, "another one of "+typed, err, namets.Conflict, "email")
			ids, unknown, err := o.SubscribersByEmail(t.Context(), []string{typed})
			if o.Must(err); !slices.Equal(ids, []int64{id}) || len(unknown) != 0 {
				t.Errorf("%q is stored, %q returns %v, %v", stored, typed, ids, unknown)
			}
			verdicts, err := o.ImportSubscribers(t.Context(), By(),
				[]namets.SubscriberRow{{Patch: namets.SubscriberPatch{Email: &typed}}}, false)
			if o.Must(err); !slices.Equal(verdicts, []namets.ImportVerdict{namets.ImportUnchanged}) {
				t.Errorf("%q is stored, a table has %q: %v", stored, typed, verdicts)
			}
			report, err := o.Import(t.Context(), By(),
				&namets.Dataset{Subscribers: []namets.Subscriber{Person(id+1, typed)}}, namets.ImportOptions{})
			if o.Must(err); len(report.Conflicts) != 1 || report.Conflicts[0].Field != "email" {
				t.Errorf("%q is stored, a file has %q: %+v", stored, typed, report)
			}
			for _, part := range []string{typed, "bücher", "XN--BCHER", "büch", "zainab"} {
				list, err := o.SubscriberList(t.Context(), namets.SubscriberFilter{Search: part},
					namets.SubscriberSort{}, 0, 10)
				if o.Must(err); list.Total != 1 || len(list.Rows) != 1 {
					t.Errorf("%q is stored, a search for %q finds %d", stored, part, list.Total)
				}
			}
			o.Must(o.Unsubscribe(t.Context(), By(), s.Token))
			report, err = o.Import(t.Context(), By(),
				&namets.Dataset{Subscribers: []namets.Subscriber{Person(id+1, typed)}}, namets.ImportOptions{})
			if o.Must(err); report.Suppressed != 1 || len(MustExport(t, o.DB).Subscribers) != 0 {
				t.Errorf("%q has left, and was subscribed again as %q: %+v", stored, typed, report)
			}
		}
	}
}

func (su suite) TestSuppression_ofAnEarlierVersionStillWorks(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org") // the first who leaves
	s := MustExport(t, o.DB).Subscribers[0]
	o.Must(o.Unsubscribe(t.Context(), Visitor(), s.Token))
	var key []byte
	o.Must(o.SQL().QueryRowContext(t.Context(), `select key from instance`).Scan(&key))
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte("address\x00zainab@bücher.example")) // the hash that an earlier version stored
	_, err := o.SQL().ExecContext(t.Context(), `insert into suppressed (address_hash, since) values ($1, 1)`,
		hash.Sum(nil))
	o.Must(err)
	for _, typed := range []string{InUnicode, InPunycode, Decomposed} {
		report := MustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{Person(1, typed)}},
			namets.ImportOptions{})
		if report.Suppressed != 1 {
			t.Errorf("%q was subscribed again", typed)
		}
	}
	MustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{Person(1, InPunycode)}},
		namets.ImportOptions{IgnoreSuppressed: true})
	o.Must(o.DeleteSubscriber(t.Context(), By(), 1))
	if report := MustImport(t, o.DB, &namets.Dataset{Subscribers: []namets.Subscriber{Person(1, InUnicode)}},
		namets.ImportOptions{}); report.Suppressed != 0 {
		t.Error("a suppression that was undone in one spelling still works in another")
	}
}
