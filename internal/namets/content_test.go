package namets_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"namets/internal/namets"
)

func TestSlugify(t *testing.T) {
	for title, want := range map[string]string{
		"Eid Prayer — 2026!":      "eid-prayer-2026",
		"  Ta’aleem & \"tea\" 🕌":  "taaleem-tea",
		"مرحبا بكم":               "مرحبا-بكم",
		"🕌":                       "untitled",
		strings.Repeat("ab ", 40): strings.TrimSuffix(strings.Repeat("ab-", 20), "-"),
	} {
		if got := namets.Slugify(title); got != want {
			t.Errorf("%q: got %q, want %q", title, got, want)
		}
	}
}

func TestSlugify_ofASlugIsTheSlug(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slug := namets.Slugify(rapid.String().Draw(t, "title"))
		if again := namets.Slugify(slug); again != slug || slug == "" {
			t.Fatalf("%q became %q", slug, again)
		}
	})
}

func TestUniqueSlug_countsUp(t *testing.T) {
	taken := map[string]bool{"a": true, "a-2": true}
	got, err := namets.UniqueSlug("a", func(s string) (bool, error) { return taken[s], nil })
	if err != nil || got != "a-3" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := namets.UniqueSlug("a", func(string) (bool, error) { return false, errors.New("x") }); err == nil {
		t.Error("swallowed the error")
	}
}

func TestUniqueSlug_isASlugWhateverIsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z -]{50,80}`)).Draw(t, "title")
		free := rapid.IntRange(1, 1200).Draw(t, "free")
		n := 0
		got, err := namets.UniqueSlug(namets.Slugify(title), func(string) (bool, error) { n++; return n < free, nil })
		if err != nil || utf8.RuneCountInString(got) > 60 {
			t.Fatalf("%q: %v", got, err)
		}
		c := namets.EventCategory{Name: "N", Slug: got}
		var p namets.Problems
		if errors.As(c.Validate(), &p) {
			t.Fatalf("the form refuses %q, which it made of %q: %v", got, title, p)
		}
	})
}
