package namets_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// changed runs the validation of a change of a stored row, of any type.
func changed[R any, P interface {
	*R
	ValidateChange(*R) error
}](was R, edit func(P)) []string {
	now := was
	edit(&now)
	return fields(P(&now).ValidateChange(&was))
}

func TestValidateChange_looksAtWhatChangesAlone(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	before := at.Add(-time.Hour)
	subscriber := namets.Subscriber{Email: `"odd one"@example.org`, Phone: strings.Repeat("1", 300)}
	announcement := namets.Announcement{Title: strings.Repeat("t", 300), Slug: "Ramadan_2026", Content: "\x01",
		Category: "other", PublishAt: at, ExpireAt: &before}
	category := namets.EventCategory{Name: "\u200b", Slug: "A_b"}
	event := namets.Event{Title: "", Slug: "-x-", Location: "a\nb", Start: at, End: before}
	patron := namets.Patron{Name: "", Email: "nobody", Bio: "\x02"}
	day := namets.PrayerSchedule{PrayerTimes: namets.PrayerTimes{FajrAdhan: 9, FajrIqama: 5, DhuhrAdhan: 7,
		DhuhrIqama: 8, AsrAdhan: 10, AsrIqama: 11,
		MaghribAdhan: 12, MaghribIqama: 13, IshaAdhan: 14, IshaIqama: 15}}
	for name, test := range map[string]struct{ got, want []string }{
		"a subscriber's state": {changed(subscriber, func(s *namets.Subscriber) { s.IsActive = true }), nil},
		"a subscriber's address": {changed(subscriber, func(s *namets.Subscriber) {
			s.Email = `"odd two"@example.org`
		}), []string{"email"}},
		"a subscriber's phone": {changed(subscriber, func(s *namets.Subscriber) { s.Phone += "1" }),
			[]string{"phone"}},
		"an announcement's state": {changed(announcement, func(a *namets.Announcement) {
			a.IsPinned, a.IsActive = true, true
		}), nil},
		"an announcement's title": {changed(announcement, func(a *namets.Announcement) {
			a.Title = strings.Repeat("u", 300)
		}), []string{"title"}},
		"a better title": {changed(announcement, func(a *namets.Announcement) { a.Title = "T" }), nil},
		"an announcement's slug": {changed(announcement, func(a *namets.Announcement) { a.Slug = "Ramadan_2027" }),
			[]string{"slug"}},
		"an announcement's time": {changed(announcement, func(a *namets.Announcement) {
			a.PublishAt = at.Add(time.Minute)
		}), []string{"expire_at"}},
		"an announcement's end": {changed(announcement, func(a *namets.Announcement) {
			end := before.Add(1000)
			a.ExpireAt = &end
		}), []string{"expire_at"}},
		"the same end elsewhere": {changed(announcement, func(a *namets.Announcement) {
			end := before
			a.ExpireAt = &end
		}), nil},
		"a category's description": {changed(category, func(c *namets.EventCategory) { c.Description = "d" }), nil},
		"a category's name": {changed(category, func(c *namets.EventCategory) { c.Name = "\u2800" }),
			[]string{"name"}},
		"an event's state": {changed(event, func(e *namets.Event) { e.IsFeatured = true }), nil},
		"an event's start": {changed(event, func(e *namets.Event) { e.Start = at.Add(1000) }),
			[]string{"end_datetime"}},
		"a patron's place":        {changed(patron, func(p *namets.Patron) { p.HierarchyOrder = 7 }), nil},
		"a patron's text":         {changed(patron, func(p *namets.Patron) { p.Bio = "\x03" }), []string{"bio"}},
		"a day's state":           {changed(day, func(s *namets.PrayerSchedule) { s.IsActive = true }), nil},
		"a time of a muddled day": {changed(day, func(s *namets.PrayerSchedule) { s.IshaIqama = 16 }), nil},
		"a time that stays wrong": {changed(day, func(s *namets.PrayerSchedule) { s.FajrIqama = 6 }),
			[]string{"fajr_iqama", "dhuhr_adhan"}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestValidate_takesATextThatNobodySeesForEmpty(t *testing.T) {
	for _, r := range []rune{
		' ', '\t', '\u00a0', '\u00ad', '\u034f', '\u061c', '\u115f', '\u1160', '\u180e', '\u200b', '\u200c', '\u200d',
		'\u200e', '\u200f', '\u2028',
		'\u202a', '\u202e', '\u2060', '\u2066', '\u2069', '\u2800', '\u3000', '\u3164', '\ufe0f', '\ufeff', '\uffa0',
		'\x01', '\x7f', '\u0085', '\U000e0020', '\U000e0100',
	} {
		text := string([]rune{r, r, ' '})
		for name, got := range map[string][]string{
			"announcement": fields((&namets.Announcement{Title: text, Content: text, Category: namets.Sale,
				PublishAt: time.Unix(1, 0)}).Validate()),
			"event": fields((&namets.Event{Title: text, Start: time.Unix(1, 0),
				End: time.Unix(1, 0)}).Validate()),
			"category": fields((&namets.EventCategory{Name: text}).Validate()),
			"patron":   fields((&namets.Patron{Name: text}).Validate()),
			"message":  fields((&namets.Message{Subject: text, Body: text}).Validate()),
		} {
			want := map[string][]string{"announcement": {"title", "content"}, "category": {"name"}, "patron": {"name"},
				"event": {"title"}, "message": {"subject", "body"}}[name]
			if !slices.Equal(got, want) {
				t.Errorf("%U in an %s: %v", r, name, got)
			}
		}
	}
	for _, shown := range []string{"a", "\u200fمرحبا\u200f", "🕌", "\u0601", "\u06dd", "👨\u200d👩", "é",
		"e\u0301", "-", "١"} {
		if namets.Blank(shown) {
			t.Errorf("%q is blank", shown)
		}
	}
}
