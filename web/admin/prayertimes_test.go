package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
)

// dayForm is a valid day of March 2026.
func dayForm(day int, fajr string) []string {
	form := []string{"month", "2026-03"}
	for i, name := range []string{"fajr_adhan", "fajr_iqama", "dhuhr_adhan", "dhuhr_iqama", "asr_adhan", "asr_iqama",
		"maghrib_adhan", "maghrib_iqama", "isha_adhan", "isha_iqama"} {
		value := fmt.Sprintf("%02d:00", 7+i)
		if i == 0 {
			value = fajr
		}
		form = append(form, fmt.Sprintf("%c%c%d", name[0], name[len(name)-5], day), value)
	}
	return form
}

func TestPrayerTimes_saveAMonthAtOnce(t *testing.T) {
	w := newWorld(t)
	const march = "/admin/prayer-times?month=2026-03"
	w.page(w.post(namets.Viewer, "/admin/prayer-times", dayForm(1, "05:30")...), http.StatusForbidden)
	doc := w.follow(namets.Editor,
		w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, "05:50")...)...), march)
	if got := doc.One("details.warn").Text(); !strings.Contains(got, "29 days have no times") ||
		!strings.Contains(got, "Mon 2: Fajr adhan is 05:50, the day before it was 05:30") {
		t.Errorf("got remarks %q", got)
	}
	doc = w.page(w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:31"), "revision-1", "7")...),
		http.StatusConflict)
	if got := doc.One("[name=fa1]").Attr("value"); got != "05:31" {
		t.Errorf("the form contains %q", got)
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/prayer-times",
		append(dayForm(1, "05:32"), "revision-1", "1")...), march)
	if s, _, err := w.db.PrayerSchedule(t.Context(), 1); err != nil || s.FajrAdhan.Minutes() != "05:32" {
		t.Errorf("got %v, %v", s.FajrAdhan, err)
	}
}

func TestPrayerTimes_saveNothingIfOneIsInvalid(t *testing.T) {
	w := newWorld(t)
	for _, wrong := range []string{"25:00", "<b>", "", "23:00"} {
		doc := w.page(w.post(namets.Editor, "/admin/prayer-times",
			append(dayForm(1, "05:30"), dayForm(2, wrong)...)...), http.StatusUnprocessableEntity)
		if !doc.Has("#faults a") || doc.Has("b") {
			t.Errorf("%q: no error", wrong)
		}
	}
	if _, _, err := w.db.PrayerSchedule(t.Context(), 1); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("a day was stored: %v", err)
	}
}

func TestPrayerTimes_announceChangedDaysOnlyIfAsked(t *testing.T) {
	w := newWorld(t)
	_, err := w.db.CreatePatron(t.Context(), theService, namets.Patron{Name: "Musa", Email: "musa@example.org",
		IsActive: true, ReceiveNotifications: true})
	w.must(err)
	queued := func() int {
		list, err := w.db.Deliveries(t.Context(), namets.DeliveryFilter{Kind: namets.PrayerUpdated})
		w.must(err)
		return len(list)
	}
	w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, "05:30")...)...)
	if got := queued(); got != 0 {
		t.Errorf("announced %d days without being asked to", got)
	}
	w.post(namets.Editor, "/admin/prayer-times", append(append(dayForm(1, "05:30"), dayForm(2, "05:31")...),
		"revision-1", "1", "revision-2", "1", "send_email", "on")...)
	if got := queued(); got != 1 {
		t.Errorf("announced %d days, want the one that changed", got)
	}
}

func TestPrayerTimes_overwriteNoUnchangedDay(t *testing.T) {
	w := newWorld(t)
	w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, "05:30")...)...)
	was := w.page(w.get(namets.Editor, "/admin/prayer-times?month=2026-03"),
		http.StatusOK).One("[name=was-1]").Attr("value")
	mine := func(first, second string) []string {
		form := append(dayForm(1, first), dayForm(2, second)...)
		return append(form, "was-1", was, "was-2", was, "revision-1", "1", "revision-2", "1")
	}
	const march = "/admin/prayer-times?month=2026-03"
	w.follow(namets.Owner, w.post(namets.Owner, "/admin/prayer-times", mine("05:30", "05:32")...), march)
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/prayer-times", mine("05:31", "05:30")...), march)
	for id, want := range map[int64]string{1: "05:31", 2: "05:32"} {
		if s, _, err := w.db.PrayerSchedule(t.Context(), id); err != nil || s.FajrAdhan.Minutes() != want {
			t.Errorf("day %d: got %v, want %s; %v", id, s.FajrAdhan, want, err)
		}
	}
	doc := w.page(w.post(namets.Editor, "/admin/prayer-times", mine("05:40", "05:30")...), http.StatusConflict)
	if got := doc.One("#faults").Text(); !strings.Contains(got, "Sun 1 was changed by somebody else meanwhile, "+
		"to 05:31") || strings.Contains(got, "Mon 2") {
		t.Errorf("got %q", got)
	}
	if got := doc.One("[name=fa1]").Attr("value") + doc.One("[name=fa2]").Attr("value"); got != "05:4005:32" {
		t.Errorf("the form contains %q", got)
	}
	doc = w.page(w.post(namets.Editor, "/admin/prayer-times", "month", "2026-03", "was-1", was),
		http.StatusUnprocessableEntity)
	if got := doc.One("#faults").Text(); !strings.Contains(got, "cannot be emptied here") {
		t.Errorf("an emptied day: got %q", got)
	}
	w.page(w.post(namets.Editor, "/admin/prayer-times", "month", "2026-13"), http.StatusUnprocessableEntity)
}

func TestPrayerTimes_changeDeactivateAndDeleteADay(t *testing.T) {
	w := newWorld(t)
	w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, "05:30")...)...)
	const path = "/admin/prayer-times/1"
	if doc := w.page(w.get(namets.Viewer, path), http.StatusOK); doc.Has("main form") ||
		!strings.Contains(doc.One("main").Text(), "05:30") {
		t.Error("a viewer sees a form, or no times")
	}
	form := []string{"revision", "1"} // without a tick at Active
	for _, f := range w.page(w.get(namets.Editor, path), http.StatusOK).All("input[type=time]") {
		form = append(form, f.Attr("name"), f.Attr("value"))
	}
	w.page(w.post(namets.Editor, path, append([]string{"fajr_adhan", "5 o'clock"}, form...)...),
		http.StatusUnprocessableEntity)
	doc := w.follow(namets.Editor, w.post(namets.Editor, path, form...), path)
	if got := doc.One("main").Text(); !strings.Contains(got, "Not active") ||
		!strings.Contains(got, "Changed by editor") {
		t.Errorf("got %q", got)
	}
	if got := w.page(w.get(namets.Editor, "/admin/prayer-times?month=2026-03"),
		http.StatusOK).One("details.warn").Text(); !strings.Contains(got, "1 day is not active") {
		t.Errorf("got remarks %q", got)
	}
	w.page(w.post(namets.Editor, path, append(form, "fajr_adhan", "05:31")...), http.StatusConflict)
	w.follow(namets.Editor, w.post(namets.Editor, path+"/delete", "revision", "1"), path)
	w.follow(namets.Editor, w.post(namets.Editor, path+"/delete", "revision", "2"), "/admin/prayer-times?month=2026-03")
	w.page(w.get(namets.Editor, path), http.StatusNotFound)
}

func TestPrayerTimes_importAMonthAsAWhole(t *testing.T) {
	w := newWorld(t)
	w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, "05:30")...)...)
	table := w.get(namets.Viewer, "/admin/prayer-times/export?month=2026-03").Body.String()
	if !strings.HasPrefix(table, "date,fajr_adhan,") || strings.Count(table, "\n") != 3 {
		t.Fatalf("the export is %q", table)
	}
	send := func(text string, fields ...string) (seen string, status int, page string) {
		rec := w.uploadTo("/admin/prayer-times/import", []byte(text), fields...)
		if rec.Code == http.StatusSeeOther {
			return "", rec.Code, rec.Header().Get("Location")
		}
		doc := w.page(rec, rec.Code)
		if doc.Has("[name=seen]") {
			seen = doc.One("[name=seen]").Attr("value")
		}
		return seen, rec.Code, doc.One("main").Text()
	}
	if _, status, text := send(table); status != http.StatusOK || !strings.Contains(text, "nothing to import") {
		t.Errorf("the export again: %d %q", status, text)
	}
	row := "2026-03-03,05:45,08:00,09:00,10:00,11:00,12:00,13:00,14:00,15:00,16:00\n"
	seen, _, text := send(table + row)
	if !strings.Contains(text, "1to be added") ||
		!strings.Contains(text, "Jump: Fajr adhan is 05:45, the day before it was 05:30") {
		t.Errorf("the result of the check is %q", text)
	}
	bad := strings.ReplaceAll(row, "03-03,05:45", "03-04,09:45")
	if _, status, text := send(table+row+bad, "step", "import",
		"seen", seen); status != http.StatusUnprocessableEntity || !strings.Contains(text, "1with mistakes") {
		t.Errorf("with an error: %d %q", status, text)
	}
	w.post(namets.Owner, "/admin/prayer-times", append(dayForm(1, "05:33"), "revision-1", "1")...)
	fresh, status, _ := send(table+row, "step", "import", "seen", seen)
	if status != http.StatusConflict || fresh == seen {
		t.Errorf("after a change by somebody else: %d", status)
	}
	if _, _, err := w.db.PrayerSchedule(t.Context(), 3); namets.CodeOf(err) != namets.NotFound {
		t.Fatal("something was stored before the import")
	}
	if _, status, where := send(table+row, "step", "import", "seen", fresh); status != http.StatusSeeOther ||
		where != "/admin/prayer-times?month=2026-03" {
		t.Errorf("got %d %q", status, where)
	}
	if _, status, _ := send(table+row, "step", "import", "seen", fresh); status != http.StatusSeeOther {
		t.Errorf("sent twice: %d", status)
	}
	head, _, _ := strings.Cut(table, "\n")
	if _, status, text := send(head, "step", "import"); status != http.StatusOK ||
		!strings.Contains(text, "nothing to import") {
		t.Errorf("an empty table: %d %q", status, text)
	}
	if s, _, err := w.db.PrayerSchedule(t.Context(), 3); err != nil || !s.IsActive {
		t.Errorf("the new day: %+v, %v", s, err)
	}
}
