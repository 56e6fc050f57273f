package content

import (
	"net/http"
	"time"

	"namets/internal/namets"
	"namets/internal/transfer"
	"namets/web"
	"namets/web/admin/page"
)

// monthOf returns the address of the month of the day.
func monthOf(d namets.Date) string { return prayerTimesPath + "?month=" + d.String()[:len(monthForm)] }

// longDay formats a day with its weekday and year.
func longDay(d namets.Date) string {
	return web.EnglishDay(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC))
}

// dayKind describes the page of the times of one day. Days are added on the page of the month.
func (a *Admin) dayKind() *kind[namets.PrayerSchedule] {
	return &kind[namets.PrayerSchedule]{
		admin: a, read: store.PrayerSchedule, update: store.UpdatePrayerSchedule, remove: store.DeletePrayerSchedule,
		path: prayerTimesPath, section: "Prayer times", noun: "day",
		title: func(s namets.PrayerSchedule) string { return "Prayer times, " + longDay(s.Date) },
		id:    func(s *namets.PrayerSchedule) *int64 { return &s.ID },
		fill:  a.fillDay, parse: parseDay, saved: a.savedDay,
		subject: namets.KindPrayerSchedules,
		question: func(s namets.PrayerSchedule) (name string, facts []string) {
			return quoted(longDay(s.Date)), []string{
				"Its times disappear from the site and from the API.", "No webhook is sent.",
				"To keep the times but hide them, clear Active instead."}
		},
		list: func(s namets.PrayerSchedule) string { return monthOf(s.Date) },
	}
}

// fillDay fills the page with s.
func (a *Admin) fillDay(v *page.Visit, p *itemPage, s namets.PrayerSchedule) error {
	if !s.IsActive {
		p.Lead = "Not active: nobody sees these times."
	}
	names, values := times(&s.PrayerTimes)
	for i, name := range names {
		p.Controls = append(p.Controls,
			page.Control{Field: &page.Field{Name: name, Label: page.Capital(page.FieldNames(names[i : i+1])),
				Value: values[i].Minutes(),
				Type:  "time", Required: true, Brief: true}})
	}
	notify, err := a.notifyBox(v, "When the times of an active day change.")
	p.Controls = append(p.Controls, page.Checks(
		&page.Check{Name: "is_active", Label: "Active",
			Hint: "Otherwise nobody sees these times, neither on the site nor in n8n.", Checked: s.IsActive},
		&notify,
	)...)
	return err
}

// parseDay applies the form to old. Errors: Problems.
func parseDay(v *page.Visit, old namets.PrayerSchedule) (namets.PrayerSchedule, error) {
	s := old
	s.IsActive, s.SendEmail = v.Ticked("is_active"), v.Ticked("send_email")
	names, values := times(&s.PrayerTimes)
	for i, name := range names {
		typed := v.Text(name)
		if typed == values[i].Minutes() {
			continue // keeps its seconds
		}
		t, err := namets.ParseTimeOfDay(typed)
		if *values[i] = t; err != nil {
			*values[i] = -1
		}
	}
	return s, s.ValidateChange(&old)
}

// savedDay says whether the new times are announced.
func (a *Admin) savedDay(v *page.Visit, old, s namets.PrayerSchedule) (path, message string) {
	announced := s.SendEmail && s.IsActive && s.PrayerTimes != old.PrayerTimes
	return rowPath(prayerTimesPath, s.ID), "The day is saved." + a.queuedText(v, announced, "A message")
}

// exportPrayerTimes sends the month as a table.
func (a *Admin) exportPrayerTimes(v *page.Visit) error {
	first, _ := month(v)
	days, _, err := a.store.PrayerSchedulesBetween(v.Request().Context(), namets.DateOf(first),
		namets.DateOf(first.AddDate(0, 1, -1)))
	if err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="prayer-times-`+first.Format(monthForm)+`.csv"`)
	v.Response().WriteHeader(http.StatusOK)
	return transfer.EncodePrayersCSV(v.Response(), days)
}
