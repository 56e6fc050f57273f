package namets_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"

	"namets/internal/namets"
)

func TestEmailKey_isOneForAllSpellingsOfAMailbox(t *testing.T) {
	for key, spellings := range map[string][]string{
		"x@xn--bcher-kva.example": {
			"x@bücher.example", "X@BÜCHER.example", "x@xn--bcher-kva.example", "x@XN--BCHER-KVA.EXAMPLE",
			"x@bu\u0308cher.example",
		},
		"dup@example.org":             {"Dup@example.org", "dup@example.org", "dup@EXAMPLE.org"},
		"jos\u00e9@example.org":       {"jos\u00e9@example.org", "jose\u0301@EXAMPLE.org", "JOS\u00c9@example.org"},
		"id3@xn--r8jz45g.jp":          {"id3@例え.jp", "ID3@例え。ＪＰ"},
		"a@xn--strae-oqa.example":     {"a@straße.example"},
		`"quoted local"@example.org`:  {`"Quoted Local"@example.org`},
		"no address":                  {"No Address"},
		"a@b_c.xn--bcher-kva.example": {"a@b_c.bücher.example"},
		"a@[192.0.2.1]":               {"a@[192.0.2.1]"},
	} {
		for _, s := range spellings {
			if got := namets.EmailKey(s); got != key {
				t.Errorf("%q has the key %q, want %q", s, got, key)
			}
		}
	}
	if a, b := namets.EmailKey("a@straße.example"), namets.EmailKey("a@strasse.example"); a == b {
		t.Error("two domains have one key")
	}
}

func TestEmailKey_isItsOwnKeyAndAgreesWithWhatResolversLookUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.OneOf(rapid.String(),
			rapid.StringMatching(`[A-Za-zéÉİß.]{1,6}@[A-Za-zäöüÄßéоа_.-]{1,12}\.(org|ÖRG|xn--p1ai|例え)`)).Draw(t,
			"typed")
		key := namets.EmailKey(typed)
		if again := namets.EmailKey(key); again != key {
			t.Fatalf("%q has the key %q, whose key is %q", typed, key, again)
		}
		at := strings.LastIndexByte(typed, '@')
		if ascii, err := idna.Lookup.ToASCII(typed[at+1:]); at >= 0 && err == nil && ascii != "" &&
			!strings.HasSuffix(key, "@"+ascii) {
			t.Fatalf("%q has the key %q, its domain is %q", typed, key, ascii)
		}
		if text := namets.EmailText(typed); namets.EmailKey(text) != key {
			t.Fatalf("%q is shown as %q, which is another mailbox than %q", typed, text, key)
		}
	})
}

func TestEmailKeys_holdTheFormsOfEarlierVersions(t *testing.T) {
	if got := namets.EmailKeys("Amina@Example.org"); !slices.Equal(got, []string{"amina@example.org"}) {
		t.Errorf("%q", got)
	}
	for _, spelling := range []string{"X@Bücher.example", "x@xn--bcher-kva.example"} {
		got := namets.EmailKeys(spelling)
		if got[0] != "x@xn--bcher-kva.example" || !slices.Contains(got, "x@bücher.example") ||
			!slices.Contains(got, "x@bu\u0308cher.example") {
			t.Errorf("%s: %q", spelling, got)
		}
	}
}

func TestCheckEmail(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, good := range []string{"a@b.c", "chidi+news@example.org", "u_n-d.e%r@example.co.uk",
		"o'x@xn--bcher-kva.example", long + "@b.example"} {
		if err := namets.CheckEmail(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "a", "@b.c", "a@", "a@b", "a b@c.d", "a@b..c", ".a@b.c", "a.@b.c", "a..b@c.d", "a@-b.c",
		"a@b-.c", "a@b_c.d",
		"a@b.c\r\nBcc: x@y.z", "a\x00@b.c", "a@b@c.d", "é@b.c", `"a"@b.c`, long + "a@b.c",
		"a@" + strings.Repeat("b.", 130) + "c", "a@" + long + ".c", "<a@b.c>", " a@b.c",
		"a@127.0.0.1", "a@example.123",
	} {
		if namets.CodeOf(namets.CheckEmail(bad)) != namets.Invalid {
			t.Errorf("accepted %q", bad)
		}
	}
}

func TestCheckEmail_takesDomainsOfEveryScriptAsTheyAreTyped(t *testing.T) {
	for _, good := range []string{
		"id1@bücher.example", "ID1@BÜCHER.example", "id2@xn--bcher-kva.example", "id3@例え.jp", "a@موقع.example",
		"id8+tag@example.org",
	} {
		if err := namets.CheckEmail(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"josé@example.org", "a@ｅｘａｍｐｌｅ。org", "a@bü\u00adcher.example", "a@bü\u200bcher.example", "a@bücher",
		"a@bücher.example.", "a@bü_cher.example",
		"a@-bücher.example", "a@" + strings.Repeat("ü", 64) + ".example", "a@" + strings.Repeat("ü", 1<<20),
		"a@bü cher.example", "a@b\u0131\xff.example",
	} {
		if namets.CodeOf(namets.CheckEmail(bad)) != namets.Invalid {
			t.Errorf("%.60q is taken", bad)
		}
	}
}
