package cli

import (
	"os"
	"strings"
	"testing"

	"namets/internal/namets"
)

func TestOperator_isNoAddressAndHoldsNothingOdd(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root is believed about SUDO_USER")
	}
	for name, want := range map[string]string{
		"amina": "amina", "amina@corp.example": "amina", `CORP\amina`: "amina", "am\x1bina\n(root)": "aminaroot",
		"\xffa":                  "a",
		strings.Repeat("é", 100): strings.Repeat("é", maxUser), "أمينة": "أمينة",
	} {
		by := commandLine(func(key string) string { return map[string]string{"SUDO_USER": name}[key] })
		if by.Kind != namets.Command || by.Name != "command line ("+want+")" {
			t.Errorf("%q acts as %q", name, by.Name)
		}
	}
}
