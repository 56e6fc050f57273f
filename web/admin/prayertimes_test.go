package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
)

// dayForm is a day of March 2026 that is in order.
func dayForm(day int, fajr string) []string {
	form := []string{"month", "2026-03"}
	for i, name := range []string{"fajr_adhan", "fajr_iqama", "dhuhr_adhan", "dhuhr_iqama", "asr_adhan", "asr_iqama", "maghrib_adhan", "maghrib_iqama", "isha_adhan", "isha_iqama"} {
		value := fmt.Sprintf("%02d:00", 7+i)
		if i == 0 {
			value = fajr
		}
		form = append(form, fmt.Sprintf("%s-%d", name, day), value)
	}
	return form
}

func TestPrayerTimes_saveAMonthAtOnce(t *testing.T) {
	w := newWorld(t)
	const march = "/admin/prayer-times?month=2026-03"
	w.page(w.post(namets.Viewer, "/admin/prayer-times", dayForm(1, "05:30")...), http.StatusForbidden)
	doc := w.follow(namets.Editor, w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, "05:50")...)...), march)
	if got := doc.One("details.warn").Text(); !strings.Contains(got, "29 days have no times") || !strings.Contains(got, "Mon 2: Fajr adhan is 05:50, the day before it was 05:30") {
		t.Errorf("got remarks %q", got)
	}
	doc = w.page(w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:31"), "revision-1", "7")...), http.StatusConflict)
	if got := doc.One("#f-fajr_adhan-1").Attr("value"); got != "05:31" {
		t.Errorf("the form holds %q", got)
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:32"), "revision-1", "1")...), march)
	if s, _, err := w.db.PrayerSchedule(t.Context(), 1); err != nil || s.FajrAdhan.Minutes() != "05:32" {
		t.Errorf("got %v, %v", s.FajrAdhan, err)
	}
}

func TestPrayerTimes_saveNothingWhenOneIsWrong(t *testing.T) {
	w := newWorld(t)
	for _, wrong := range []string{"25:00", "<b>", "", "23:00"} {
		doc := w.page(w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, wrong)...)...), http.StatusUnprocessableEntity)
		if !doc.Has("#faults a") || doc.Has("b") {
			t.Errorf("%q: no complaint", wrong)
		}
	}
	if _, _, err := w.db.PrayerSchedule(t.Context(), 1); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("a day was stored: %v", err)
	}
}

func TestPrayerTimes_tellOfChangedDaysOnlyWhenAsked(t *testing.T) {
	w := newWorld(t)
	_, err := w.db.CreatePatron(t.Context(), system, namets.Patron{Name: "Musa", Email: "musa@example.org", IsActive: true, ReceiveNotifications: true})
	w.must(err)
	told := func() int {
		list, err := w.db.Deliveries(t.Context(), namets.DeliveryFilter{Kind: namets.PrayerUpdated})
		w.must(err)
		return len(list)
	}
	w.post(namets.Editor, "/admin/prayer-times", append(dayForm(1, "05:30"), dayForm(2, "05:30")...)...)
	if got := told(); got != 0 {
		t.Errorf("told of %d days without being asked to", got)
	}
	w.post(namets.Editor, "/admin/prayer-times", append(append(dayForm(1, "05:30"), dayForm(2, "05:31")...), "revision-1", "1", "revision-2", "1", "send_email", "on")...)
	if got := told(); got != 1 {
		t.Errorf("told of %d days, want the one that changed", got)
	}
}
