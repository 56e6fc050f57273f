package site_test

import (
	"testing"
	"time"

	"namets/internal/namets"
)

func TestPrayers_markTheNextOneByTheClockOnTheWall(t *testing.T) {
	w := newWorld(t, setting{})
	w.store(&namets.Dataset{PrayerSchedules: someDays(2)})
	midnight := time.Date(2026, 3, 1, 0, 0, 0, 0, time.FixedZone("WAT", 3600))
	for _, tt := range []struct {
		clock    string
		next     string
		tomorrow string
	}{
		{"00:00", "Fajr next", ""},
		{"05:20", "Fajr next", ""},
		{"05:21", "Dhuhr next", ""},
		{"15:49", "Asr next", ""},
		{"19:30", "Isha next", ""},
		{"19:31", "", "Fajr 05:20"},
		{"23:59", "", "Fajr 05:20"},
	} {
		clock, err := time.Parse("15:04", tt.clock)
		w.must(err)
		w.at = midnight.Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute +
			59*time.Second)
		for _, path := range []string{"/", "/communications/prayer-times/"} {
			doc := w.page(w.get(path))
			var next, tomorrow []string
			if tt.next != "" {
				next = []string{tt.next}
			}
			if tt.tomorrow != "" {
				tomorrow = []string{tt.tomorrow}
			}
			wantTexts(t, doc, ".prayers tr[aria-current] th", next...)
			wantTexts(t, doc, ".card p strong", tomorrow...)
		}
	}
	w.at = midnight.Add(47 * time.Hour)
	if w.page(w.get("/")).Has(".card p strong") {
		t.Error("tomorrow's times are not known, and shown")
	}
	w.at = midnight.Add(48 * time.Hour)
	if w.page(w.get("/")).Has(".prayers") {
		t.Error("today's times are not known, and shown")
	}
}

func TestPrayers_lookTwoWeeksAhead(t *testing.T) {
	w := newWorld(t, setting{})
	days := someDays(30)
	days[5].IsActive = false
	w.store(&namets.Dataset{PrayerSchedules: days})
	doc := w.page(w.get("/communications/prayer-times/"))
	rows := doc.All(".scroll tbody tr")
	if len(rows) != 13 || rows[0].One("time").Attr("datetime") != "2026-03-02" ||
		rows[12].One("time").Attr("datetime") != "2026-03-15" {
		t.Errorf("%d rows", len(rows))
	}
	wantTexts(t, rows[0], "td", "05:2005:40", "12:4513:15", "15:5016:10", "18:2018:25", "19:3019:50")
	wantTexts(t, rows[0], "th", "Mon 2 Mar")

	empty := newWorld(t, setting{})
	wantTexts(t, empty.page(empty.get("/communications/prayer-times/")), ".soft",
		"There are no times for today yet.", "There are no times for the coming days yet.")
}
