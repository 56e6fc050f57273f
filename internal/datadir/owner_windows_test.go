package datadir_test

import (
	"strings"
	"testing"

	"namets/internal/datadir"
)

// helper returns what this binary does as a helper process of that name, nil when it is none.
func helper(name string) func(path string) {
	if name == "hold" {
		return hold
	}
	return nil
}

func TestBecomeOwner_saysWhatToDo(t *testing.T) {
	if err := datadir.BecomeOwner(t.TempDir(), 65532); err == nil || !strings.Contains(err.Error(), "run namets as") {
		t.Error(err)
	}
}
