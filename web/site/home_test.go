package site_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/web/site"
	"namets/web/webtest"
)

func (w *world) store(data *namets.Dataset) {
	w.t.Helper()
	report, err := w.db.Import(w.t.Context(), namets.Actor{Kind: namets.System}, data, namets.ImportOptions{})
	if w.must(err); len(report.Conflicts) > 0 {
		w.t.Fatal(report.Conflicts)
	}
}

// someDays returns schedules of n days from the first of March on.
func someDays(n int) []namets.PrayerSchedule {
	minute := namets.TimeOfDay(time.Minute / time.Microsecond)
	list := make([]namets.PrayerSchedule, n)
	for i := range list {
		list[i] = namets.PrayerSchedule{ID: int64(i + 1), Date: namets.Date{Year: 2026, Month: 3, Day: 1}.AddDays(i),
			IsActive: true,
			PrayerTimes: namets.PrayerTimes{FajrAdhan: 320 * minute, FajrIqama: 340 * minute, DhuhrAdhan: 765 * minute,
				DhuhrIqama: 795 * minute,
				AsrAdhan:   950 * minute, AsrIqama: 970 * minute, MaghribAdhan: 1100 * minute,
				MaghribIqama: 1105 * minute,
				IshaAdhan:    1170 * minute, IshaIqama: 1190 * minute}}
	}
	return list
}

func TestHome_showsWhatTheCommunityNeedsToday(t *testing.T) {
	w := newWorld(t, setting{name: "NAMETS Jos"})
	data := &namets.Dataset{PrayerSchedules: someDays(2)}
	for i := range 5 {
		at := startOfWorld.Add(-time.Duration(i) * time.Hour)
		data.Announcements = append(data.Announcements,
			namets.Announcement{ID: int64(i + 1), Title: fmt.Sprint("News ", i), Slug: fmt.Sprint("news-", i),
				Content: "First line\nsecond line", Category: namets.Ramadan, PublishAt: at, IsActive: true,
				IsPinned: i == 4})
		start := startOfWorld.Add(time.Duration(i+1) * time.Hour)
		data.Events = append(data.Events, namets.Event{ID: int64(i + 1), Title: fmt.Sprint("Event ", i),
			Slug:  fmt.Sprint("event-", i),
			Start: start, End: start.Add(time.Hour), Location: "Hall", IsActive: true})
	}
	w.store(data)
	rec := w.get("/")
	w.want("home", rec, http.StatusOK, "")
	doc := w.page(rec)
	for selector, want := range map[string]string{
		"title": "NAMETS Jos", "h1": "NAMETS Jos", ".eyebrow time[datetime=2026-03-01]": "Sunday, 1 March 2026",
		"#api code":                          "X-N8N-Token",
		".front-prayers tr[aria-current] th": "Fajr next",
		"form button":                        "Subscribe",
	} {
		if got := doc.One(selector).Text(); got != want {
			t.Errorf("%s: got %q, want %q", selector, got, want)
		}
	}
	wantTexts(t, doc, ".front-news h3", "News 4", "News 0", "News 1", "Event 0", "Event 1", "Event 2")
	wantTexts(t, doc, ".front-news .eyebrow", "Sat 28 February 2026, 20:30 Pinned Ramadan",
		"Sun 1 March 2026, 00:30 Ramadan",
		"Sat 28 February 2026, 23:30 Ramadan", "Sun 1 March 2026, 01:30–02:30", "Sun 1 March 2026, 02:30–03:30",
		"Sun 1 March 2026, 03:30–04:30")
}

// wantTexts compares the texts of all elements that match.
func wantTexts(t testing.TB, doc webtest.Node, selector string, want ...string) {
	t.Helper()
	var got []string
	for _, n := range doc.All(selector) {
		got = append(got, n.Text())
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("%s: got %q, want %q", selector, got, want)
	}
}

func TestHome_teachesWhenThereIsNothingYet(t *testing.T) {
	w := newWorld(t, setting{})
	doc := w.page(w.get("/"))
	wantTexts(t, doc, ".front-news .soft", "There are no announcements at the moment.",
		"There are no upcoming events at the moment.")
	wantTexts(t, doc, ".front-prayers .soft", "There are no times for today yet.")
}

func TestHome_doesNotTrustTheSitesName(t *testing.T) {
	const hostile = `<script>alert(1)</script>`
	w := newWorld(t, setting{name: hostile})
	doc := w.page(w.get("/"))
	if doc.Has("script") {
		t.Error("the name is in the page as markup")
	}
	if got := doc.One("h1").Text(); got != hostile {
		t.Errorf("got %q", got)
	}
}

func TestPages_answerHeadAndAreFoundWithoutTheirSlash(t *testing.T) {
	w := newWorld(t, setting{})
	for _, path := range []string{"/", "/communications/announcements/", "/events/", "/communications/prayer-times/",
		"/communications/subscribe/",
		"/communications/subscribe/check/", "/communications/unsubscribe/", "/communications/unsubscribe/check/"} {
		rec := w.do("HEAD", path, "")
		if rec.Code != http.StatusOK || rec.Body.Len() != 0 || rec.Header().Get("Content-Length") == "" {
			t.Errorf("%s: status %d, %d bytes, length %q", path, rec.Code, rec.Body.Len(),
				rec.Header().Get("Content-Length"))
		}
		if path != "/" {
			w.want(path, w.get(path[:len(path)-1]+"?a=b"), http.StatusMovedPermanently, path+"?a=b")
		}
	}
	for _, path := range []string{"/", "/events/", "/communications/subscribe/check/"} {
		w.want("POST "+path, w.post(path), http.StatusMethodNotAllowed, "")
	}
	w.want("a foreign host", w.get("//evil.example/%2e%2e"), http.StatusNotFound, "")
}

func TestNew_refusesAnEmptyConfig(t *testing.T) {
	if _, err := site.New(site.Config{}); err == nil {
		t.Error("got no error")
	}
}
