package testlong_test

import (
	"testing"

	"namets/internal/testlong"
)

func TestSize_isLongOnlyWhenAsked(t *testing.T) {
	t.Setenv("NAMETS_LONG", "")
	if n := testlong.Size(4, 200); n != 4 {
		t.Errorf("%d, want the quick size", n)
	}
	t.Setenv("NAMETS_LONG", "1")
	if n := testlong.Size(4, 200); n != 200 {
		t.Errorf("%d, want the long size", n)
	}
}
