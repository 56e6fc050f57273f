package site_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

// news returns n announcements, the first one the newest.
func news(n int, content string) []namets.Announcement {
	list := make([]namets.Announcement, n)
	for i := range list {
		list[i] = namets.Announcement{ID: int64(i + 1), Title: fmt.Sprint("News ", i), Slug: fmt.Sprint("news-", i),
			Content:  content,
			Category: namets.General, PublishAt: startOfWorld.Add(-time.Duration(i) * time.Minute), IsActive: true}
	}
	return list
}

func TestAnnouncements_arePagedAndShownOnTheirOwn(t *testing.T) {
	w := newWorld(t, setting{})
	long := strings.Repeat("word ", 200)
	w.store(&namets.Dataset{Announcements: news(20, long)})
	const path = "/communications/announcements/"
	var titles []string
	for at := path; at != ""; {
		rec := w.get(at)
		w.want(at, rec, http.StatusOK, "")
		doc := w.page(rec)
		for _, n := range doc.All("article h3 a") {
			titles = append(titles, n.Text())
		}
		if text := doc.All("article .plain")[0].Text(); !strings.HasSuffix(text, "word…") || len(text) > 620 {
			t.Errorf("excerpt of %d bytes: %s", len(text), text)
		}
		at = ""
		if next := doc.All("a[rel=next]"); len(next) > 0 {
			at = next[0].Attr("href")
		}
	}
	if len(titles) != 20 || titles[0] != "News 0" || titles[19] != "News 19" {
		t.Errorf("titles: %q", titles)
	}
	if href := w.page(w.get(path + "?page=3")).One("a[rel=prev]").Attr("href"); href != path+"?page=2" {
		t.Errorf("back: %s", href)
	}
	for _, odd := range []string{"?page=0", "?page=-1", "?page=x", "?page=99999999999999999999", "?page=1&page=2"} {
		if got := w.page(w.get(path + odd)).All("article h3")[0].Text(); got != "News 0" {
			t.Errorf("%s begins with %s", odd, got)
		}
	}
	if doc := w.page(w.get(path + "?page=9999")); doc.Has("article") ||
		!strings.Contains(doc.One("main").Text(), "no announcements") {
		t.Error("a page behind the last")
	}
	doc := w.page(w.get(path + "news-3/"))
	if doc.One("h1").Text() != "News 3" || doc.One(".plain").Text() != strings.TrimSpace(long) {
		t.Errorf("the whole: %.200s", doc.One("main").Text())
	}
}

func TestAnnouncements_hideWhatIsNotForEverybodyYet(t *testing.T) {
	w := newWorld(t, setting{})
	list := news(3, "secret")
	list[0].IsActive = false
	list[1].PublishAt = startOfWorld.Add(time.Minute)
	at := startOfWorld
	list[2].ExpireAt = &at
	w.store(&namets.Dataset{Announcements: list})
	for _, path := range []string{"/", "/communications/announcements/"} {
		if body := w.get(path).Body.String(); strings.Contains(body, "secret") {
			t.Errorf("%s shows too much", path)
		}
	}
	for _, slug := range []string{"news-0", "news-1", "news-2", "none", "%2e%2e", "%00"} {
		w.want(slug, w.get("/communications/announcements/"+slug+"/"), http.StatusNotFound, "")
	}
	w.step(time.Minute)
	w.want("published", w.get("/communications/announcements/news-1/"), http.StatusOK, "")
}

func TestAnnouncements_areShownAsTextWhateverTheyHold(t *testing.T) {
	w := newWorld(t, setting{})
	const hostile = `<img src=x onerror=alert(1)><a href="javascript:alert(1)">"'&</a>`
	list := news(2, hostile)
	list[0].Title, list[0].Slug = hostile, `a"b/../<c> مرحبا`
	list[1].Title, list[1].Content = strings.Repeat("مرحبا ", 33), strings.Repeat("🕌", 20_000)
	w.store(&namets.Dataset{Announcements: list})
	doc := w.page(w.get("/communications/announcements/"))
	if doc.Has("main img") || doc.All("article h3")[0].Text() != hostile || doc.All(".plain")[0].Text() != hostile {
		t.Error("a text is in the page as markup")
	}
	// A slug with a slash, which no form takes, has no page of its own: that is all.
	if href := doc.All("article h3 a")[0].Attr("href"); strings.ContainsAny(href, `"<> `) {
		t.Errorf("link: %s", href)
	}
}

func TestAnnouncements_ofAnyLengthAreReadToTheirEnd(t *testing.T) {
	w := newWorld(t, setting{})
	list := news(1, strings.Repeat(`"long" `, 10_000))
	w.store(&namets.Dataset{Announcements: list})
	var read []string
	for at := "/communications/announcements/news-0/"; at != ""; {
		doc := w.page(w.get(at))
		read = append(read, doc.One(".plain").Text())
		at = ""
		if next := doc.All("a[rel=next]"); len(next) > 0 {
			at = next[0].Attr("href")
		}
	}
	if got := strings.Join(read, " "); got != strings.TrimSpace(list[0].Content) || len(read) < 5 {
		t.Errorf("%d pages with %d bytes", len(read), len(got))
	}
	if doc := w.page(w.get("/communications/announcements/news-0/?page=9999")); doc.One(
		".plain").Text() != read[len(read)-1] {
		t.Error("a page behind the last")
	}
}

func TestAnnouncements_staySmallWhateverTheyHold(t *testing.T) {
	w := newWorld(t, setting{name: strings.Repeat(`"`, 100)})
	list := news(20, strings.Repeat(`"`, 20_000))
	for i := range list {
		list[i].Title, list[i].Slug = strings.Repeat(`"`, 10_000), strings.Repeat("م", 60)+fmt.Sprint(i)
		list[i].Category, list[i].IsPinned = namets.Ramadan, true
	}
	events := make([]namets.Event, 20)
	for i := range events {
		at := startOfWorld.Add(time.Hour)
		events[i] = namets.Event{ID: int64(i + 1), Title: list[i].Title, Slug: list[i].Slug,
			Description: list[i].Content, Location: list[i].Title,
			Start: at, End: at.Add(48 * time.Hour), IsActive: true}
	}
	w.store(&namets.Dataset{Announcements: list, Events: events, PrayerSchedules: someDays(30)})
	for _, path := range []string{"/", "/communications/announcements/?page=2", "/events/?page=2",
		"/communications/prayer-times/",
		"/communications/announcements/" + list[0].Slug + "/?page=2", "/events/" + list[0].Slug + "/?page=2"} {
		w.page(w.get(path)) // checks the size
	}
}
