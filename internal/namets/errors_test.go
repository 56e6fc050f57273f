package namets_test

import (
	"errors"
	"testing"

	"namets/internal/namets"
)

func TestProblems_areErrorsWithACodeAndAMessageForEachField(t *testing.T) {
	err := (&namets.Message{}).Validate()
	if namets.CodeOf(err) != namets.Invalid || err.Error() != "subject: must not be empty; body: must not be empty" {
		t.Errorf("%s: %v", namets.CodeOf(err), err)
	}
	var p namets.Problems
	if !errors.As(err, &p) || p.Field("body") != "must not be empty" || p.Field("other") != "" {
		t.Errorf("problems: %v", p)
	}
}
