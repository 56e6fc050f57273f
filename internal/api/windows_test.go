package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"namets/internal/namets"
)

// ids returns the ids of the objects in an answer, and refuses what is no array.
func ids(fatalf func(string, ...any), body []byte) []int64 {
	var list []struct{ ID int64 }
	if err := json.Unmarshal(body, &list); err != nil {
		fatalf("%v: %.200s", err, body)
	}
	out := []int64{}
	for _, row := range list {
		out = append(out, row.ID)
	}
	return out
}

// someAnnouncements returns n announcements, several at each moment.
func someAnnouncements(n int) []namets.Announcement {
	all := make([]namets.Announcement, n)
	for i := range all {
		all[i] = namets.Announcement{
			ID: int64(i + 1), Title: fmt.Sprintf("Announcement %d", i), Slug: fmt.Sprintf("a-%d", i),
			Content:  "text <&> \u2028",
			Category: namets.Categories()[i%4], IsPinned: i%7 == 3, IsActive: i%5 != 4,
			PublishAt: goldenNow().Add(time.Duration(i/3*7919%1000-700) * time.Hour / 10).Add(
				time.Duration(i%2) * time.Microsecond),
		}
	}
	return all
}

func TestAnnouncements_areThoseSinceAnyMoment(t *testing.T) {
	s := newSite(t, goldenNow)
	all := someAnnouncements(400)
	s.store(t, &namets.Dataset{Announcements: all})
	slices.SortStableFunc(all, func(a, b namets.Announcement) int {
		if a.IsPinned != b.IsPinned {
			if a.IsPinned {
				return -1
			}
			return 1
		}
		return b.PublishAt.Compare(a.PublishAt)
	})
	rapid.Check(t, func(t *rapid.T) {
		since := rapid.SampledFrom(all).Draw(t,
			"at").PublishAt.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "off")) * time.Microsecond)
		want := []int64{}
		for _, a := range all {
			if a.IsActive && !a.PublishAt.Before(since) {
				want = append(want, a.ID)
			}
		}
		for _, path := range []string{"/api/announcements/new/", "/api/communications/announcements/new/"} {
			got := s.get(path + "?since=" + since.Format(time.RFC3339Nano))
			if list := ids(t.Fatalf, got.Body.Bytes()); !slices.Equal(list, want) {
				t.Fatalf("%s since %s: got %v, want %v", path, since, list, want)
			}
			if declared := got.Header().Get("Content-Length"); declared != strconv.Itoa(got.Body.Len()) {
				t.Fatalf("Content-Length %s for %d bytes", declared, got.Body.Len())
			}
		}
	})
}

func TestAnnouncements_tellTheBoundThatWasUsed(t *testing.T) {
	now := goldenNow().Add(123456789) // the nanoseconds do not count
	s := newSite(t, func() time.Time { return now })
	for value, want := range map[string]string{
		"":                             "2026-02-28T09:30:00.123456Z",
		"garbage":                      "2026-02-28T09:30:00.123456Z",
		"2026-02-20":                   "2026-02-19T23:00:00Z",
		"2026-02-20T00:00:00 01:00":    "2026-02-19T23:00:00Z",
		"2026-02-20T00:00:00.1+00:00":  "2026-02-20T00:00:00.100000Z",
		"0001-01-01T00:00:00+23:59":    "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59.9-00:01":  "9999-12-31T23:59:59.999999Z",
		"2026-02-20T00:00:00.0000009Z": "2026-02-20T00:00:00Z",
	} {
		got := s.get("/api/communications/announcements/new/?since=" + url.QueryEscape(value))
		checkAnswer(t, got, 200, "[]")
		if since := got.Header().Get("X-Since"); since != want {
			t.Errorf("%q: X-Since %s, want %s", value, since, want)
		}
	}
	if got := s.get("/api/events/upcoming/").Header().Get("X-Since"); got != "" {
		t.Errorf("events: X-Since %s", got)
	}
}

func TestEvents_areThoseOfTheNextDays(t *testing.T) {
	s := newSite(t, func() time.Time { return goldenNow().Add(999) })
	all := make([]namets.Event, 300)
	for i := range all {
		all[i] = namets.Event{
			ID: int64(i + 1), Title: "t", Slug: fmt.Sprintf("e-%d", i), IsActive: i%5 != 4,
			Start: goldenNow().AddDate(0, 0, i/3*31%100-30).Add(time.Duration(i%3-1) * time.Microsecond),
			End:   goldenNow(),
		}
	}
	s.store(t, &namets.Dataset{Events: all})
	slices.SortStableFunc(all, func(a, b namets.Event) int { return a.Start.Compare(b.Start) })
	for days := -3; days < 80; days++ {
		want := []int64{}
		for _, e := range all {
			if e.IsActive && !e.Start.Before(goldenNow()) && !e.Start.After(goldenNow().AddDate(0, 0, days)) {
				want = append(want, e.ID)
			}
		}
		got := s.get(fmt.Sprintf("/api/events/upcoming/?days=%d", days))
		if list := ids(t.Fatalf, got.Body.Bytes()); !slices.Equal(list, want) {
			t.Errorf("%d days: got %v, want %v", days, list, want)
		}
	}
}

func TestPrayer_followsTheDateInTheSitesZone(t *testing.T) {
	now := goldenNow()
	s := newSite(t, func() time.Time { return now })
	row := namets.PrayerSchedule{ID: 1, Date: namets.Date{Year: 2026, Month: 3, Day: 2}, IsActive: true}
	row.FajrAdhan, row.DhuhrAdhan, row.AsrAdhan, row.MaghribAdhan, row.IshaAdhan = clock(5, 23, 59), clock(12, 0, 0),
		clock(16, 7, 0), clock(18, 43, 0), clock(19, 54, 0)
	hidden := row
	hidden.ID, hidden.Date.Day, hidden.IsActive = 2, 3, false
	s.store(t, &namets.Dataset{PrayerSchedules: []namets.PrayerSchedule{row, hidden}})

	checkAnswer(t, s.get("/api/prayer/today/"), 404, `{"detail":"No prayer schedule for 2026-03-01."}`)
	const want = `{"date":"2026-03-02","fajr":"05:23","dhuhr":"12:00","asr":"16:07","maghrib":"18:43","isha":"19:54"}`
	now = time.Date(2026, 3, 1, 22, 59, 59, 999999999, time.UTC)
	checkAnswer(t, s.get("/api/prayer/today/"), 404, `{"detail":"No prayer schedule for 2026-03-01."}`)
	now = time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC) // midnight in Lagos
	checkAnswer(t, s.get("/api/prayer/today/"), 200, want)
	now = time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC)
	checkAnswer(t, s.get("/api/prayer/today/"), 404, `{"detail":"No prayer schedule for 2026-03-03."}`)
}

func clock(hour, minute, second int) namets.TimeOfDay {
	return namets.TimeOfDay((time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second).Microseconds())
}
