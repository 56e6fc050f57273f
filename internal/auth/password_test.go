package auth_test

import (
	"errors"
	"strings"
	"testing"

	"namets/internal/auth"
	"namets/internal/namets"
)

func TestCheckNewPassword_refusesWhatIsTriedFirst(t *testing.T) {
	for _, password := range []string{
		"", "short", "elevenchars", strings.Repeat("é", 11), strings.Repeat("x", 1025), "\xff\xfeabcdefghijklm",
		"password1234", "Password12345!", "P@ssw0rd2026", "123456789012", "aaaaaaaaaaaa",
		"abcabcabcabc", "qwertyuiop12",
		"2026-11-23-12", "Bismillah2026", "ALHAMDULILLAH!", "administrator", "hauwa1234567", "............",
		"changeme1234", "letmein12345", "ramadanmubarak", "xyxyxyxyxyxy1",
	} {
		err := auth.CheckNewPassword(password, "Hauwa")
		if e, ok := errors.AsType[*namets.Error](err); !ok || e.Code != namets.Invalid || e.Field != "password" {
			t.Errorf("%.30q: got %v", password, err)
		}
	}
}

func TestCheckNewPassword_takesWhatNobodyGuesses(t *testing.T) {
	for _, password := range []string{
		"lantern otter gravel moss", "k7#Qz!pW2x9L", strings.Repeat("é", 5) + "lantern", "مفتاح الباب القديم",
		"password of my old goat", strings.Repeat("otter ", 170),
	} {
		if err := auth.CheckNewPassword(password, "Hauwa"); err != nil {
			t.Errorf("%.30q: %v", password, err)
		}
	}
}
