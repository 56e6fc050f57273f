package admin

import (
	"net/http"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/internal/transfer"
)

func prayerDayPath(id int64) string { return prayerTimesPath + "/" + strconv.FormatInt(id, 10) }

// monthOf returns the address of the month in which the day lies.
func monthOf(d namets.Date) string { return prayerTimesPath + "?month=" + d.String()[:len(monthForm)] }

// dayText writes a day with its weekday and year.
func longDay(d namets.Date) string {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format("Monday, 2 January 2006")
}

// dayItem is the form of the times of one day.
func (v *visit) dayItem(s namets.PrayerSchedule, revision int64) (*itemPage, error) {
	p := &itemPage{page: v.page("Prayer times, " + longDay(s.Date)), Base: prayerTimesPath, Section: "Prayer times",
		Noun: "day", ID: s.ID, Revision: revision}
	if !s.IsActive {
		p.Lead = "Not active: nobody sees these times."
	}
	names, values := times(&s.PrayerTimes)
	for i, name := range names {
		p.Controls = append(p.Controls,
			control{Field: &field{Name: name, Label: capital(fieldNames(names[i : i+1])), Value: values[i].Minutes(),
				Type: "time", Required: true, Brief: true}})
	}
	notify, err := v.notifyBox("When the times of an active day change.")
	p.Controls = append(p.Controls, checks(
		&check{Name: "is_active", Label: "Active", Hint: "Otherwise nobody sees these times: not on the site, and " +
			"not in n8n.", Checked: s.IsActive},
		&notify,
	)...)
	return p, err
}

// storedDay returns the day that the path names, and its page without its history. Errors:
// NotFound.
func (v *visit) storedDay() (s namets.PrayerSchedule, p *itemPage, err error) {
	id, err := v.id()
	if err != nil {
		return s, nil, err
	}
	s, revision, err := v.admin.store.PrayerSchedule(v.Request().Context(), id)
	if err != nil {
		return s, nil, err
	}
	p, err = v.dayItem(s, revision)
	return s, p, err
}

func (a *Admin) prayerDay(v *visit) error {
	s, p, err := v.storedDay()
	if err != nil {
		return err
	}
	if p.Timeline, err = v.timeline(namets.KindPrayerSchedules, s.ID, nil, "", nil); err != nil {
		return err
	}
	return v.showItem(p)
}

func (a *Admin) savePrayerDay(v *visit) error {
	old, stored, err := v.storedDay()
	if err != nil {
		return err
	}
	s := old
	s.IsActive, s.SendEmail = v.ticked("is_active"), v.ticked("send_email")
	names, values := times(&s.PrayerTimes)
	for i, name := range names {
		typed := v.text(name)
		if typed == values[i].Minutes() {
			continue // its seconds stay, too
		}
		t, err := namets.ParseTimeOfDay(typed)
		if *values[i] = t; err != nil {
			*values[i] = -1
		}
	}
	if err = s.ValidateChange(&old); err == nil {
		err = a.store.UpdatePrayerSchedule(v.Request().Context(), v.actor(), v.revision(), s)
	}
	if err == nil {
		return v.done(prayerDayPath(s.ID), "The day is saved."+v.queuedNote(s.SendEmail && s.IsActive &&
			s.PrayerTimes != old.PrayerTimes, "A message"))
	}
	p, pageErr := v.dayItem(s, v.revision())
	if pageErr != nil {
		return pageErr
	}
	v.keepTyped(p)
	return v.refill(err, p, stored)
}

func (a *Admin) confirmDeletePrayerDay(v *visit) error {
	s, p, err := v.storedDay()
	if err != nil {
		return err
	}
	return v.confirmDelete(prayerTimesPath, "day", longDay(s.Date), s.ID, p.Revision,
		"Its times disappear from the site and from what n8n gets.", "No webhook is sent.",
		"To keep the times and show them to nobody, take the tick from Active instead.")
}

func (a *Admin) deletePrayerDay(v *visit) error {
	s, p, err := v.storedDay()
	if namets.CodeOf(err) == namets.NotFound {
		return v.deleted(err, prayerTimesPath, "day")
	}
	if err != nil {
		return err
	}
	if v.otherRevision(p.Revision) {
		return v.changedMeanwhile(prayerDayPath(s.ID))
	}
	return v.deleted(a.store.DeletePrayerSchedule(v.Request().Context(), v.actor(), s.ID), monthOf(s.Date), "day")
}

// exportPrayerTimes sends the month as a table.
func (a *Admin) exportPrayerTimes(v *visit) error {
	first, _ := v.month()
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
