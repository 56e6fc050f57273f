package transfer_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"namets/internal/namets"
	"namets/internal/transfer"
)

func export(t testing.TB, data *namets.Dataset) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := transfer.Export(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(t testing.TB, text []byte) *transfer.File {
	t.Helper()
	f, err := transfer.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestExport_writesTheFixtureWithoutItsHelpers(t *testing.T) {
	fixture := readFile(t, "fixture.json")
	helpers := regexp.MustCompile(`(?m)^ "(about|now|time_zone|api_token)": .*\n|^   "\w+_rel_us": .*\n`)
	want := helpers.ReplaceAll(fixture, nil)
	if bytes.Equal(want, fixture) {
		t.Fatal("there are no helper lines in the fixture")
	}
	got := export(t, &decode(t, fixture).Data)
	if !bytes.Equal(got, want) {
		t.Errorf("export (-want +got):\n%s",
			cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
	}
}

func TestExport_ofNoRowsIsSixEmptyLists(t *testing.T) {
	got := export(t, &namets.Dataset{})
	want := `{
 "subscribers": [],
 "announcements": [],
 "event_categories": [],
 "events": [],
 "patrons": [],
 "prayer_schedules": []
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("export (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(namets.Dataset{}, decode(t, got).Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func TestExport_hasAListForEachKindOfContent(t *testing.T) {
	var b bytes.Buffer
	if err := transfer.Export(&b, &namets.Dataset{}); err != nil {
		t.Fatal(err)
	}
	var got []namets.Kind
	for line := range strings.Lines(b.String()) {
		if name, _, ok := strings.Cut(line, ": ["); ok {
			got = append(got, namets.Kind(strings.Trim(name, ` "`)))
		}
	}
	if diff := cmp.Diff(namets.ContentKinds(), got); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}

func TestExport_writesPhoneOnlyWhenThereIsOne(t *testing.T) {
	data := decode(t, []byte(sound)).Data
	got := string(export(t, &data))
	if n := strings.Count(got, `"phone"`); n != 1 {
		t.Errorf("phone is there %d times, want once", n)
	}
	if want := "\"email\": \"a@example.org\",\n   \"phone\": \"+234 1\",\n   " +
		"\"is_verified\""; !strings.Contains(got, want) {
		t.Errorf("phone does not follow the address: %s", got)
	}
}

func TestExport_refusesWhatNoFileCanHold(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		data       namets.Dataset
	}{
		{"NUL", "export: event_categories row 2: name: holds a NUL character (U+0000), which cannot be " +
			"stored; take it out",
			namets.Dataset{EventCategories: []namets.EventCategory{{ID: 1}, {ID: 2, Name: "\x00"}}}},
		{"invalid UTF-8", "export: patrons row 1: bio: holds bytes that are not UTF-8; save the file as UTF-8",
			namets.Dataset{Patrons: []namets.Patron{{ID: 1, Bio: "\xff"}}}},
		{"year 10000", "export: events row 1: end_datetime: lies outside the years 1 to 9999",
			namets.Dataset{Events: []namets.Event{{ID: 1, Start: time.Unix(0, 0),
				End: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := transfer.Export(&bytes.Buffer{}, &tt.data)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error is %v, want %s", err, tt.want)
			}
		})
	}
}

type fullDisk struct{ err error }

func (w fullDisk) Write([]byte) (int, error) { return 0, w.err }

func TestExport_passesOnErrorsOfTheWriter(t *testing.T) {
	full := errors.New("disk full")
	if err := transfer.Export(fullDisk{full}, &namets.Dataset{}); !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
}

func TestExport_isReadBackUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := datasets().Draw(t, "data")
		var b bytes.Buffer
		if err := transfer.Export(&b, &want); err != nil {
			t.Fatal(err)
		}
		f, err := transfer.Decode(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if diff := cmp.Diff(want, f.Data); diff != "" {
			t.Fatalf("data (-want +got):\n%s", diff)
		}
	})
}

// datasets draws datasets that keep the rules of uniqueness, by numbering what has to differ.
func datasets() *rapid.Generator[namets.Dataset] {
	return rapid.Custom(func(t *rapid.T) namets.Dataset {
		var d namets.Dataset
		id := func() int64 { return rapid.Int64Range(1, 1<<32).Draw(t, "id") << 20 }
		text := rapid.Custom(func(t *rapid.T) string {
			return strings.ReplaceAll(rapid.OneOf(rapid.String(),
				rapid.StringOf(rapid.RuneFrom([]rune("\b\f\n\r\t\v\x01\x1f\"\\/\x7f\u2028\ufeff🙏<&")))).Draw(t, "text"),
				"\x00", "")
		})
		flag := func() bool { return rapid.Bool().Draw(t, "flag") }
		instant := rapid.Custom(func(t *rapid.T) time.Time {
			return time.UnixMicro(rapid.Int64Range(-62135596800_000_000, 253402300799_999_999).Draw(t, "instant")).UTC()
		})
		count := func() int { return rapid.IntRange(0, 3).Draw(t, "count") }
		for i := range count() {
			d.Subscribers = append(d.Subscribers, namets.Subscriber{
				ID: id() + int64(i), Email: fmt.Sprintf("%d.X@Example.org", i), Phone: text.Draw(t, "phone"),
				IsVerified: flag(), IsActive: flag(), Notify: namets.Preferences{Announcements: flag(), Events: flag(),
					PrayerChanges: flag()},
				Token: namets.NewUUID(), SubscribedAt: instant.Draw(t, "at"), LastNotified: rapid.Ptr(instant,
					true).Draw(t, "last"),
			})
		}
		for i := range count() {
			d.Announcements = append(d.Announcements, namets.Announcement{
				ID: id() + int64(i), Title: text.Draw(t, "title"), Slug: text.Draw(t, "slug") +
					fmt.Sprint("-", i), Content: text.Draw(t, "content"),
				Category: rapid.SampledFrom(namets.Categories()).Draw(t, "category"), IsPinned: flag(),
				PublishAt: instant.Draw(t, "at"),
				ExpireAt:  rapid.Ptr(instant, true).Draw(t, "expire"), IsActive: flag(), SendEmail: flag(),
			})
		}
		for i := range count() {
			d.EventCategories = append(d.EventCategories, namets.EventCategory{
				ID: id() + int64(i), Name: text.Draw(t, "name"), Slug: fmt.Sprint(i), Description: text.Draw(t,
					"description"),
				Meta: namets.Meta{Key: rapid.SampledFrom([]string{"", fmt.Sprint("k:", i)}).Draw(t, "key")},
			})
		}
		for i := range count() {
			d.Events = append(d.Events, namets.Event{
				ID: id() + int64(i), Title: text.Draw(t, "title"), Slug: fmt.Sprint(i), Description: text.Draw(t,
					"description"),
				CategoryID: rapid.Ptr(rapid.Int64Range(1, 1<<53-1), true).Draw(t, "category"), Start: instant.Draw(t,
					"start"), End: instant.Draw(t, "end"),
				Location: text.Draw(t, "location"), IsFeatured: flag(), IsActive: flag(), SendEmail: flag(),
				CancelledAt: rapid.Ptr(instant, true).Draw(t, "cancelled"),
			})
		}
		for i := range count() {
			d.Patrons = append(d.Patrons, namets.Patron{
				ID: id() + int64(i), Name: text.Draw(t, "name"), Designation: text.Draw(t, "designation"),
				Bio:            text.Draw(t, "bio"),
				Email:          rapid.SampledFrom([]string{"", "p@example.org"}).Draw(t, "email"),
				HierarchyOrder: rapid.Int64().Draw(t, "order"),
				IsActive:       flag(), ReceiveNotifications: flag(),
			})
		}
		clock := func() namets.TimeOfDay {
			return namets.TimeOfDay(rapid.Int64Range(0, 24*60*60*1_000_000-1).Draw(t, "clock"))
		}
		// To 9999-12-28
		day := namets.Date{Year: 1, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 3_652_055).Draw(t, "day"))
		for i := range count() {
			d.PrayerSchedules = append(d.PrayerSchedules, namets.PrayerSchedule{
				ID: id() + int64(i), Date: day.AddDays(i),
				PrayerTimes: namets.PrayerTimes{
					FajrAdhan: clock(), FajrIqama: clock(), DhuhrAdhan: clock(), DhuhrIqama: clock(), AsrAdhan: clock(),
					AsrIqama: clock(), MaghribAdhan: clock(), MaghribIqama: clock(), IshaAdhan: clock(),
					IshaIqama: clock(),
				},
				IsActive: flag(), SendEmail: flag(),
			})
		}
		return d
	})
}

func BenchmarkExport(b *testing.B) {
	data := decode(b, []byte(manyRows(40_000))).Data
	b.SetBytes(int64(len(export(b, &data))))
	b.ReportAllocs()
	for b.Loop() {
		export(b, &data)
	}
}
