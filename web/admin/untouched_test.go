package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/storetest"
	"namets/web/webtest"
)

// odd is one row of each kind that an import can store and a form would reject.
func odd() *namets.Dataset {
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	before, category := at.Add(-time.Hour), int64(1)
	long := strings.Repeat("Ramadan ", 40)
	return &namets.Dataset{
		Subscribers: []namets.Subscriber{
			{ID: 1, Email: `"quoted local"@example.org`, Phone: " 0803\n0000001\r\n", Token: namets.UUID{1},
				SubscribedAt: at},
			{ID: 2, Email: "josé@BÜCHER.example", Phone: strings.Repeat("1", 300), Token: namets.UUID{2},
				SubscribedAt: at},
		},
		Announcements: []namets.Announcement{
			{ID: 1, Title: long + "\n", Slug: "Ramadan_2026", Content: "\n one\r\ntwo\rthree\x0b \n",
				Category: namets.Ramadan, PublishAt: at, ExpireAt: &before},
			{ID: 2, Slug: "-no_title-", Content: strings.Repeat("é", 20_001), Category: namets.General, PublishAt: at},
		},
		EventCategories: []namets.EventCategory{{ID: 1, Name: "\u200b", Slug: "Éd", Description: "a\rb"}},
		Events: []namets.Event{{ID: 1, Title: " t\x01", Slug: "x--y", Description: "\r\n",
			CategoryID: &category, Start: at, End: before, Location: "a\r\nb"}},
		Patrons: []namets.Patron{{ID: 1, Email: "nobody@here", Bio: "\x02\r", HierarchyOrder: 5_000_000_000}},
		PrayerSchedules: []namets.PrayerSchedule{{ID: 1, Date: namets.Date{Year: 2026, Month: 3, Day: 1},
			PrayerTimes: namets.PrayerTimes{
				FajrAdhan: 9_000_001, FajrIqama: 5, DhuhrAdhan: 7, DhuhrIqama: 8, AsrAdhan: 60_000_000, AsrIqama: 1,
				MaghribAdhan: 1, MaghribIqama: 1, IshaAdhan: 1, IshaIqama: 1}}},
	}
}

// formAt returns the form of the page that posts to its own path.
func (w *world) formAt(path string) url.Values {
	w.Helper()
	for _, f := range w.page(w.get(namets.Editor, path), http.StatusOK).All("form[method=post]") {
		if f.Attr("action") == path {
			return browserChecks(w, f)
		}
	}
	w.Fatalf("no form at %s", path)
	return nil
}

// browserChecks returns the form's values that pass the browser's validation.
func browserChecks(w *world, form webtest.Node) url.Values {
	w.Helper()
	values := form.Values()
	for _, n := range append(form.All("input[required]"), form.All("textarea[required]")...) {
		if strings.Trim(values.Get(n.Attr("name")), "\r\n") == "" {
			w.Errorf("a browser does not send the form: %s is demanded and stored without a value", n.Attr("name"))
		}
	}
	for _, n := range form.All("input[type=email]") {
		if value := values.Get(n.Attr("name")); strings.ContainsAny(value, `" é`) {
			w.Errorf("a browser does not send the form: %q is no address to it", value)
		}
	}
	return values
}

// pairs returns the values in the form that post takes.
func pairs(values url.Values) (fields []string) {
	for name, list := range values {
		for _, value := range list {
			fields = append(fields, name, value)
		}
	}
	return fields
}

func TestForms_saveAStoredRowThatFormsWouldReject(t *testing.T) {
	w := newWorld(t)
	data := odd()
	_, err := w.db.Import(t.Context(), namets.Actor{Kind: namets.System}, data, namets.ImportOptions{})
	w.must(err)
	for _, test := range []struct{ path, tick, after string }{
		{"/admin/subscribers/1", "is_active", ""}, {"/admin/subscribers/2", "is_active", ""},
		{"/admin/announcements/1", "is_pinned", ""}, {"/admin/announcements/2", "is_pinned", ""},
		{"/admin/event-categories/1", "", "/admin/event-categories"}, {"/admin/events/1", "is_featured", ""},
		{"/admin/patrons/1", "is_active", "/admin/patrons"}, {"/admin/prayer-times/1", "is_active", ""},
	} {
		form := w.formAt(test.path)
		if test.tick != "" {
			form.Set(test.tick, "on")
		}
		rec := w.post(namets.Editor, test.path, pairs(form)...)
		if want := test.after; rec.Code != http.StatusSeeOther ||
			rec.Header().Get("Location") != map[bool]string{true: test.path, false: want}[want == ""] {
			t.Errorf("%s: status %d: %s", test.path, rec.Code, webtest.Parse(t, rec.Body).One("main").Text())
		}
	}
	want := odd()
	for i := range want.Subscribers {
		want.Subscribers[i].IsActive = true
		want.Announcements[i].IsPinned = true
	}
	want.Events[0].IsFeatured, want.Patrons[0].IsActive, want.PrayerSchedules[0].IsActive = true, true, true
	got, err := w.db.Export(t.Context())
	w.must(err)
	if diff := cmp.Diff(want, got, storetest.IgnoreTimes()); diff != "" {
		t.Errorf("more than a tick has changed (-want +got):\n%s", diff)
	}
}

func TestForms_validateChangesOfAStoredRow(t *testing.T) {
	w := newWorld(t)
	_, err := w.db.Import(t.Context(), namets.Actor{Kind: namets.System}, odd(), namets.ImportOptions{})
	w.must(err)
	for _, test := range [][3]string{
		{"/admin/subscribers/1", "email", `"quoted again"@example.org`}, {"/admin/announcements/1", "title", "\u200b"},
		{"/admin/announcements/2", "content", "\u2800"},
		{"/admin/announcements/1", "slug", "Ramadan_2027"}, {"/admin/event-categories/1", "name", "\u00ad"},
		{"/admin/events/1", "location", strings.Repeat("a", 201)},
		{"/admin/patrons/1", "email", "somebody@here"}, {"/admin/patrons/1", "hierarchy_order", "6000000000"},
		{"/admin/prayer-times/1", "asr_adhan", "00:00"},
	} {
		form := w.formAt(test[0])
		form.Set(test[1], test[2])
		doc := w.page(w.post(namets.Editor, test[0], pairs(form)...), http.StatusUnprocessableEntity)
		if faults := doc.All("#faults li"); len(faults) != 1 {
			t.Errorf("%s: %s is blamed with %d others", test[0], test[1], len(faults)-1)
		}
	}
}

func TestAnnouncement_canBeEditedIfAnotherHasTheSameLongTitle(t *testing.T) {
	w := newWorld(t)
	title := strings.TrimSpace(strings.Repeat("Sallah dinner ", 10))
	for i := range 3 {
		w.post(namets.Editor, "/admin/announcements", announcementForm("title", title, "slug", "",
			"number", fmt.Sprintf("%036d", i))...)
	}
	for id := 1; id <= 3; id++ {
		path := fmt.Sprintf("/admin/announcements/%d", id)
		form := w.formAt(path)
		form.Set("is_pinned", "on")
		w.follow(namets.Editor, w.post(namets.Editor, path, pairs(form)...), path)
		if slug := form.Get("slug"); len(slug) > 60 {
			t.Errorf("slug %q", slug)
		}
	}
}
