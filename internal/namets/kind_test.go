package namets_test

import (
	"testing"

	"namets/internal/namets"
)

func TestKinds_haveNamesAndStandOnce(t *testing.T) {
	seen := map[namets.Kind]bool{}
	content := 0
	for _, info := range namets.Kinds() {
		if info.Kind == "" || info.One == "" || info.Many == "" || seen[info.Kind] {
			t.Errorf("%+v lacks a name, or is there twice", info)
		}
		seen[info.Kind] = true
		if info.Kind.Info() != info {
			t.Errorf("Info of %s is %+v, want %+v", info.Kind, info.Kind.Info(), info)
		}
		if info.Content {
			content++
		}
	}
	if got := namets.ContentKinds(); len(got) != content || got[0] != namets.KindSubscribers {
		t.Errorf("kinds of content: %v", got)
	}
}

func TestKind_ofAnotherVersionIsCalledByItsName(t *testing.T) {
	want := namets.KindInfo{Kind: "old_things", One: "old things", Many: "old things"}
	if got := namets.Kind("old_things").Info(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
