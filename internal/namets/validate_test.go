package namets_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"namets/internal/namets"
)

func fields(err error) (names []string) {
	var p namets.Problems
	if errors.As(err, &p) {
		for _, e := range p {
			names = append(names, e.Field)
		}
	}
	return names
}

func TestValidate_namesTheFieldsThatAreWrong(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	before := at.Add(-time.Second)
	good := namets.PrayerTimes{FajrAdhan: 1, FajrIqama: 2, DhuhrAdhan: 3, DhuhrIqama: 3, AsrAdhan: 5, AsrIqama: 6,
		MaghribAdhan: 7, MaghribIqama: 8, IshaAdhan: 9, IshaIqama: 0}
	swapped := good
	swapped.AsrAdhan, swapped.AsrIqama, swapped.IshaIqama = 2, 1, -1
	day := namets.Date{Year: 2026, Month: 3, Day: 1}
	for _, tt := range []struct {
		name string
		row  interface{ Validate() error }
		want []string
	}{
		{"a good subscriber", &namets.Subscriber{Email: "a@b.example", Phone: "+234 1"}, nil},
		{"a bad subscriber", &namets.Subscriber{Email: "a", Phone: "1\n2"}, []string{"email", "phone"}},
		{"a good announcement", &namets.Announcement{Title: "T", Content: "c\nd", Category: namets.Sale, PublishAt: at},
			nil},
		{"an empty announcement", &namets.Announcement{}, []string{"title", "content", "category", "publish_at"}},
		{"a long one that expires before it appears", &namets.Announcement{Title: strings.Repeat("é", 201), Slug: "A b",
			Content: "\x00", Category: namets.Sale, PublishAt: at, ExpireAt: &before},
			[]string{"title", "slug", "content", "expire_at"}},
		{"a good category", &namets.EventCategory{Name: "N", Slug: "n-2"}, nil},
		{"a bad category", &namets.EventCategory{Name: " ", Description: "\xff"}, []string{"name", "description"}},
		{"a good event", &namets.Event{Title: "T", Start: at, End: at}, nil},
		{"an event that ends before it starts", &namets.Event{Title: "T", Start: at, End: before},
			[]string{"end_datetime"}},
		{"an event without times", &namets.Event{Title: "T"}, []string{"start_datetime", "end_datetime"}},
		{"a good patron", &namets.Patron{Name: "P"}, nil},
		{"a bad patron", &namets.Patron{Email: "x@"}, []string{"name", "email"}},
		{"a good day", &namets.PrayerSchedule{Date: day, PrayerTimes: good}, nil},
		{"a muddled day", &namets.PrayerSchedule{PrayerTimes: swapped},
			[]string{"date", "asr_adhan", "asr_iqama", "isha_iqama"}},
		{"an empty message", &namets.Message{}, []string{"subject", "body"}},
	} {
		if diff := cmp.Diff(tt.want, fields(tt.row.Validate())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

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

func TestSubscriberPatch_changesOnlyWhatItNames(t *testing.T) {
	s := namets.Subscriber{ID: 1, Email: "a@b.c", Phone: "1", IsActive: true, Notify: namets.Preferences{Events: true}}
	no, yes, phone := false, true, ""
	namets.SubscriberPatch{Phone: &phone, Announcements: &yes, Events: &no}.Apply(&s)
	want := namets.Subscriber{ID: 1, Email: "a@b.c", IsActive: true, Notify: namets.Preferences{Announcements: true}}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
