package browser_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// extremes is content that must not make a page wider than the window: very long words,
// right-to-left texts that contain left-to-right ones, more than one page of rows, and empty
// optional fields.
func extremes(now time.Time) *namets.Dataset {
	const (
		arabic = "محاضرة: الإيمان والهندسة (Lecture theatre B) يوم السبت"
		emoji  = "🕌🌙 Iftār & Tarāwīḥ ✨"
	)
	endless := strings.Repeat("Wirtschaftsingenieurwesen", 8)
	text := strings.Repeat("A sentence that a committee writes when it has much to say. ", 40)
	later := now.Add(49 * time.Hour)
	d := &namets.Dataset{
		Announcements: []namets.Announcement{
			{ID: 1, Title: endless, Slug: "endless", Content: "https://example.org/" + endless,
				Category: namets.Ramadan, IsPinned: true},
			{ID: 2, Title: arabic, Slug: "محاضرة", Content: arabic + ".\n\nSee https://example.org/ for more.\n" +
				arabic + ".", Category: namets.Taaleem, IsPinned: true},
			{ID: 3, Title: emoji, Slug: "emoji", Content: text + "\n\n\n" + text, Category: namets.Sale},
		},
		Events: []namets.Event{
			{ID: 1, Title: arabic, Slug: "arabic", Description: arabic, Start: now.Add(time.Hour), End: later,
				Location: "القاعة الكبرى, Main hall"},
			{ID: 2, Title: endless, Slug: "endless", Description: text, Start: now.Add(time.Hour), End: later,
				Location: endless},
			{ID: 3, Title: emoji, Slug: "emoji", Start: now.Add(30 * 24 * time.Hour), End: now.Add(29 * 24 * time.Hour),
				Location: ""},
		},
	}
	for i := range 12 {
		d.Announcements = append(d.Announcements, namets.Announcement{ID: int64(10 + i), Title: "A", Slug: "a" +
			string(rune('a'+i)), Content: "B", Category: namets.General})
	}
	for i := range d.Announcements {
		d.Announcements[i].IsActive, d.Announcements[i].PublishAt = true, now.Add(-time.Hour)
	}
	for i := range d.Events {
		d.Events[i].IsActive = true
	}
	return d
}

// TestBrowser_fitsExtremeContent checks the pages with the most difficult data and site
// name.
func TestBrowser_fitsExtremeContent(t *testing.T) {
	e2e.Chromium(t)
	name := "Nigerian Association of Model Engineering and Technology Students, Jos"
	env := harness.NewEnvironment(t, "SITE_NAME", name)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(env["DATA_DIR"], 0o700))
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(env["DATA_DIR"], "namets.db")})
	must(err)
	data := extremes(namets.Micro(time.Now()))
	report, err := db.Import(t.Context(), namets.Actor{}, data, namets.ImportOptions{})
	must(err)
	if len(report.Conflicts) > 0 {
		t.Fatal(report.Conflicts)
	}
	must(db.Close())
	s := harness.StartServe(t, env)
	for _, viewport := range allViewports() {
		t.Run(viewport.String(), func(t *testing.T) {
			v := &visitor{e2e.OpenPage(t, viewport), t, viewport, s}
			for _, page := range []struct{ name, path, title string }{
				{"extreme-home", "/", name},
				{"extreme-announcements", "/communications/announcements/", "Announcements"},
				{"extreme-announcements-2", "/communications/announcements/?page=2", "Announcements"},
				{"extreme-announcement", "/communications/announcements/endless/", data.Announcements[0].Title},
				{"extreme-announcement-rtl", "/communications/announcements/محاضرة/", data.Announcements[1].Title},
				{"extreme-events", "/events/", "Events"},
				{"extreme-event", "/events/endless/", data.Events[1].Title},
				{"extreme-event-rtl", "/events/arabic/", data.Events[0].Title},
				{"extreme-prayers", "/communications/prayer-times/", "Prayer times"},
			} {
				v.open(page.path, http.StatusOK)
				v.see(page.name, page.title)
			}
			v.open("/communications/subscribe/", http.StatusOK)
			v.Fill("#email", strings.Repeat("long", 40)+"@example")
			v.Follow("form .button")
			v.see("extreme-wrong", "Subscribe")
		})
	}
}
