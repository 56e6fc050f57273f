package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// request returns a request of the shared token.
func request(key string, digest byte) namets.RequestKey {
	return namets.RequestKey{Operation: "createPatron", Key: key, Digest: [32]byte{digest}}
}

// addPatron returns a write for [store.DB.Once] that stores a patron with the name.
func addPatron(o *Outbox, name string) func(context.Context) (namets.Answer, error) {
	return func(ctx context.Context) (namets.Answer, error) {
		id, err := o.CreatePatron(ctx, By(), namets.Patron{Name: name})
		return namets.Answer{Status: 201, ETag: `"1"`, Body: []byte{byte('0' + id)}}, err
	}
}

func (su suite) TestOnce_carriesOutARequestOnce(t *testing.T) {
	o := su.outbox(t)
	first, replayed, err := o.Once(t.Context(), request("k", 1), addPatron(o, "A"))
	if err != nil || replayed {
		t.Fatal(replayed, err)
	}
	o.Step(namets.AnswerKept - time.Second)
	again, replayed, err := o.Once(t.Context(), request("k", 1), addPatron(o, "A"))
	if diff := cmp.Diff(first, again); err != nil || !replayed || diff != "" {
		t.Errorf("%v, %v (-want +got):\n%s", replayed, err, diff)
	}
	_, _, err = o.Once(t.Context(), request("k", 2), addPatron(o, "B"))
	if !errors.Is(err, namets.ErrOtherRequest) || namets.CodeOf(err) != namets.Invalid {
		t.Errorf("another request with the key: %v", err)
	}
	other := request("k", 2)
	other.TokenID = 7
	if _, replayed, err := o.Once(t.Context(), other, addPatron(o, "C")); err != nil || replayed {
		t.Errorf("the key of another token: %v, %v", replayed, err)
	}
	other.Operation = "createEvent"
	if _, replayed, err := o.Once(t.Context(), other, addPatron(o, "D")); err != nil || replayed {
		t.Errorf("the key for another operation: %v, %v", replayed, err)
	}
	o.Step(time.Second)
	if _, replayed, err := o.Once(t.Context(), request("k", 2), addPatron(o, "E")); err != nil || replayed {
		t.Errorf("after a day: %v, %v", replayed, err)
	}
	wantPatrons(o, "A", "C", "D", "E")
}

func wantPatrons(o *Outbox, want ...string) {
	o.T.Helper()
	list, err := o.Patrons(o.T.Context())
	o.Must(err)
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" {
		o.T.Errorf("patrons (-want +got):\n%s", diff)
	}
}

func (su suite) TestOnce_writesNothingOfAFailedRequest(t *testing.T) {
	o := su.outbox(t)
	generation := o.Generation(namets.KindPatrons)
	before := generation()
	failure := errors.New("later")
	for _, write := range []func(context.Context) (namets.Answer, error){
		func(ctx context.Context) (namets.Answer, error) {
			_, err := addPatron(o, "A")(ctx)
			return namets.Answer{}, errors.Join(err, failure)
		},
		func(ctx context.Context) (namets.Answer, error) { // which overlooks the error
			_ = o.UpdatePatron(ctx, By(), 0, namets.Patron{ID: 99})
			return addPatron(o, "A")(ctx)
		},
	} {
		if _, _, err := o.Once(t.Context(), request("k", 1), write); err == nil {
			t.Error("no error")
		}
	}
	wantPatrons(o)
	if generation() != before {
		t.Error("the generation has changed")
	}
	if _, replayed, err := o.Once(t.Context(), request("k", 1), addPatron(o, "A")); err != nil || replayed {
		t.Errorf("sent again: %v, %v", replayed, err)
	}
	wantPatrons(o, "A")
	if generation() == before {
		t.Error("the generation has not changed")
	}
	list, err := o.Activity(t.Context(), namets.AuditFilter{Entity: namets.KindPatrons})
	if o.Must(err); len(list) != 1 {
		t.Errorf("%d audit rows, want 1", len(list))
	}
}

func (su suite) TestOnce_letsRequestsAtTheSameTimeWait(t *testing.T) {
	o := su.outbox(t)
	var all sync.WaitGroup
	answers := make([]string, 8)
	fresh := make([]bool, len(answers))
	for i := range answers {
		all.Go(func() {
			a, replayed, err := o.Once(t.Context(), request("k", 1), addPatron(o, "A"))
			if err != nil {
				t.Error(err)
			}
			answers[i], fresh[i] = string(a.Body), !replayed
		})
	}
	all.Wait()
	wantPatrons(o, "A")
	if slices.ContainsFunc(answers, func(a string) bool { return a != "1" }) {
		t.Errorf("answers %q", answers)
	}
	if n := len(slices.DeleteFunc(fresh, func(f bool) bool { return !f })); n != 1 {
		t.Errorf("%d requests were carried out", n)
	}
}

func (su suite) TestPruneAnswers_removesOldOnes(t *testing.T) {
	o := su.outbox(t)
	for _, key := range []string{"a", "b"} {
		_, _, err := o.Once(t.Context(), request(key, 1), addPatron(o, key))
		o.Must(err)
		o.Step(time.Hour)
	}
	o.Step(namets.AnswerKept - 2*time.Hour)
	removed, err := o.PruneAnswers(t.Context())
	o.Must(err)
	left := 0
	o.Must(o.SQL().QueryRowContext(t.Context(), "select count(*) from answers where key = 'b'").Scan(&left))
	if again, err := o.PruneAnswers(t.Context()); removed != 1 || again != 0 || left != 1 || err != nil {
		t.Errorf("%d removed, then %d, %d left, %v", removed, again, left, err)
	}
}
