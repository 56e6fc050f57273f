package command_test

import (
	"strings"
	"testing"

	"namets/internal/e2e/harness"
)

func TestVersion_printsTheVersion(t *testing.T) {
	code, stdout, _ := harness.Call(t, nil, "version")
	if code != 0 || !strings.HasPrefix(stdout, "namets ") || !strings.Contains(stdout, "(go") {
		t.Errorf("code %d, stdout %q", code, stdout)
	}
}
