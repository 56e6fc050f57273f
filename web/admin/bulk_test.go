package admin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"namets/internal/namets"
)

// lines returns the rows of the list at the path, without the times.
func (w *world) lines(role namets.Role, path string) (list []string) {
	w.Helper()
	for _, row := range w.page(w.get(role, path), http.StatusOK).All("tbody tr") {
		list = append(list, row.Text())
	}
	return list
}

// month stores n days of March 2026 in one transaction.
func (w *world) month(n int) {
	w.Helper()
	var days []namets.PrayerSchedule
	for i := range n {
		s := namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 1}.AddDays(i), IsActive: true,
			SendEmail: true}
		s.FajrAdhan, s.FajrIqama, s.DhuhrAdhan, s.DhuhrIqama, s.AsrAdhan, s.AsrIqama = 1, 1, 2, 2, 3, 3
		s.MaghribAdhan, s.MaghribIqama, s.IshaAdhan, s.IshaIqama = 4, 4, 5, 5
		days = append(days, s)
	}
	w.must(w.db.SavePrayerSchedules(w.Context(), namets.Actor{Kind: namets.SignedIn, Name: "editor"}, days, nil))
}

func TestLists_haveOneRowPerAction(t *testing.T) {
	w := newWorld(t)
	w.enrol(120)
	ids := make([]string, 120)
	for i := range ids {
		ids[i] = fmt.Sprint(i + 1)
	}
	w.post(namets.Editor, "/admin/subscribers/bulk/apply", "action", "deactivate", "ids", strings.Join(ids, ","))
	// The subscribers of prayer times
	w.post(namets.Editor, "/admin/subscribers/bulk/apply", "action", "activate", "ids", "1")
	w.month(31)
	for _, name := range []string{"Musa", "Zainab"} {
		w.post(namets.Editor, "/admin/patrons", "name", name, "hierarchy_order", "1")
	}
	w.post(namets.Editor, "/admin/patrons/2/move", "place", "0")

	activity := w.lines(namets.Editor, "/admin/activity")
	for i, want := range []string{
		"Editor Moved patron: Zainab", "Editor Added patron: Zainab", "Editor Added patron: Musa", "Editor Changed " +
			"prayer times of 31 days: 1 March 2026 to 31 March 2026",
		"Editor Changed subscriber: person1@example.org is active", "Editor Deactivated 120 subscribers",
	} {
		if i >= len(activity) || !strings.HasPrefix(activity[i], want) {
			t.Errorf("row %d of the activity is not %q:\n%s", i, want,
				strings.Join(activity[:min(len(activity), 8)], "\n"))
		}
	}
	if got := w.lines(namets.Viewer, "/admin/activity?entity=subscribers")[0]; strings.Contains(got, "person1@") {
		t.Errorf("a viewer sees an address: %s", got)
	}
	if got := w.lines(namets.Editor, "/admin/activity?entity=subscribers&id=7"); len(got) != 2 {
		t.Errorf("of one subscriber: %q", got)
	}

	deliveries := w.lines(namets.Editor, "/admin/deliveries")
	if len(deliveries) != 50 ||
		!strings.HasPrefix(deliveries[0], "31 × Prayer times changed: 1 March 2026 to 31 March 2026 31 waiting") ||
		!strings.HasPrefix(deliveries[1], "120 × Somebody left 120 waiting") ||
		!strings.HasPrefix(deliveries[2], "Somebody joined") {
		t.Errorf("%d deliveries:\n%s", len(deliveries), strings.Join(deliveries[:min(len(deliveries), 4)], "\n"))
	}
	doc := w.page(w.get(namets.Editor, "/admin/deliveries"), http.StatusOK)
	batch := doc.All("tbody th a")[0].Attr("href")
	if rows := w.lines(namets.Editor, batch); len(rows) != 31 ||
		!strings.HasPrefix(rows[0], "Prayer times changed: 31 March 2026") {
		t.Errorf("the batch has %d rows: %q", len(rows), rows[:min(len(rows), 1)])
	}
	seen := deliveries
	for next := doc.All("a[rel=next]"); len(next) > 0; {
		path := next[0].Attr("href")
		seen = append(seen, w.lines(namets.Editor, path)...)
		next = w.page(w.get(namets.Editor, path), http.StatusOK).All("a[rel=next]")
	}
	if len(seen) < 122 || slices.ContainsFunc(seen[2:], func(s string) bool { return strings.Contains(s, "×") }) {
		t.Errorf("%d rows on all pages", len(seen))
	}
}

func TestActivity_namesDeletedSubjectsWithoutIDs(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	w.post(namets.Editor, "/admin/announcements", announcementForm("title", "Friday lunch")...)
	w.post(namets.Editor, "/admin/announcements/1/delete", "revision", "1")
	w.post(namets.Editor, "/admin/subscribers/1/delete", "revision", "1")
	lines := w.lines(namets.Editor, "/admin/activity")
	for i, want := range []string{"Editor Deleted a subscriber", "Editor Deleted announcement: Friday lunch",
		"Editor Added announcement: Friday lunch"} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("row %d is %q, want %q", i, lines[i], want)
		}
	}
}

func TestSavingOneDay_isNoBulkAction(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	w.month(1)
	if got := w.lines(namets.Editor, "/admin/activity")[0]; !strings.HasPrefix(got,
		"Editor Added prayer times: 1 March 2026") {
		t.Errorf("activity: %s", got)
	}
	if got := w.lines(namets.Editor, "/admin/deliveries")[0]; !strings.HasPrefix(got,
		"Prayer times changed: 1 March 2026 waiting") {
		t.Errorf("deliveries: %s", got)
	}
}
