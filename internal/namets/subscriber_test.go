package namets_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

func TestSubscriberPatch_changesOnlyWhatItNames(t *testing.T) {
	s := namets.Subscriber{ID: 1, Email: "a@b.c", Phone: "1", IsActive: true, Notify: namets.Preferences{Events: true}}
	no, yes, phone := false, true, ""
	namets.SubscriberPatch{Phone: &phone, Announcements: &yes, Events: &no}.Apply(&s)
	want := namets.Subscriber{ID: 1, Email: "a@b.c", IsActive: true, Notify: namets.Preferences{Announcements: true}}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
