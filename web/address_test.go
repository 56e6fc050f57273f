package web_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"namets/internal/namets"
	"namets/web"
)

func TestAddress_bringsWhatWasTypedIntoOneForm(t *testing.T) {
	for typed, want := range map[string]string{
		"amina@example.org":            "amina@example.org",
		"  Amina.B@EXAMPLE.org\r\n":    "Amina.B@example.org",
		"\u00a0amina@example.org\t":    "amina@example.org",
		"zainab@bücher.example":        "zainab@xn--bcher-kva.example",
		"zainab@BÜCHER.example":        "zainab@xn--bcher-kva.example",
		"zainab@XN--BCHER-KVA.example": "zainab@xn--bcher-kva.example",
		"a@gооgle.example":             "a@xn--ggle-55da.example", // Cyrillic o
		"a@ｅｘａｍｐｌｅ。org":                "a@example.org",
		"a+news@example.org":           "a+news@example.org",
		"موقع@example.org":             "",
		"a@موقع.example":               "a@xn--4gbrim.example",
	} {
		got, err := web.Address(typed)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v, want %q", typed, got, err, want)
		}
	}
}

func TestAddress_refusesWhatNoMailCanBeSentTo(t *testing.T) {
	for _, typed := range []string{
		"", " ", "@", "amina", "amina@", "@example.org", "amina@example", "a@b@example.org", "a b@example.org",
		"amina@example.org\r\nBcc: all@example.org", "amina@exa\r\nmple.org", "amina\n@example.org",
		"a\x00@example.org", "\xff\xfe@example.org",
		"a@\xff.example", "a@exa mple.org", "a@-example.org", "a@exa_mple.org", "a@xn--a.example", "a@[192.0.2.1]",
		`"a"@example.org`, "<a@example.org>",
		"a@example.org,b@example.org", "a@example..org", "a@example.org.", "a@xn--.example", strings.Repeat("a", 65) +
			"@example.org",
		"a@" + strings.Repeat("b", 64) + ".example", "a@" + strings.Repeat("b.", 130) + "example",
		strings.Repeat("a", 1<<20), "a@" + strings.Repeat("ü", 1<<20), strings.Repeat(" ", 1<<20) + "a@" + "b.",
		"gооgle@example.org", // Cyrillic o
	} {
		if got, err := web.Address(typed); namets.CodeOf(err) != namets.Invalid {
			t.Errorf("%.80q: got %q, %v", typed, got, err)
		}
	}
}

func TestAddress_isItsOwnForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringMatching(`\s?[a-z.!+]{1,8}@[A-Za-zäöüßéоа.-]{1,12}\.(org|ÖRG|xn--p1ai)\s?`).Draw(t,
			"typed")
		once, err := web.Address(typed)
		if err != nil {
			return
		}
		if again, err := web.Address(once); again != once || err != nil {
			t.Fatalf("%q became %q, then %q, %v", typed, once, again, err)
		}
		if strings.ContainsFunc(once, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("%q became %q", typed, once)
		}
	})
}
