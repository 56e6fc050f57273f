package content

import (
	"net/http"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/internal/transfer"
	"namets/web/admin/page"
)

func prayerDayPath(id int64) string { return prayerTimesPath + "/" + strconv.FormatInt(id, 10) }

// monthOf returns the address of the month in which the day lies.
func monthOf(d namets.Date) string { return prayerTimesPath + "?month=" + d.String()[:len(monthForm)] }

// dayText writes a day with its weekday and year.
func longDay(d namets.Date) string {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Format("Monday, 2 January 2006")
}

// dayItem is the form of the times of one day.
func (a *Admin) dayItem(v *page.Visit, s namets.PrayerSchedule, revision int64) (*itemPage, error) {
	p := &itemPage{Base: v.Page("Prayer times, " + longDay(s.Date)), List: prayerTimesPath, Section: "Prayer times",
		Noun: "day", ID: s.ID, Revision: revision}
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
			Hint: "Otherwise nobody sees these times: not on the site, and " +
				"not in n8n.", Checked: s.IsActive},
		&notify,
	)...)
	return p, err
}

// storedDay returns the day that the path names, and its page without its history. Errors:
// NotFound.
func (a *Admin) storedDay(v *page.Visit) (s namets.PrayerSchedule, p *itemPage, err error) {
	id, err := v.ID()
	if err != nil {
		return s, nil, err
	}
	s, revision, err := a.store.PrayerSchedule(v.Request().Context(), id)
	if err != nil {
		return s, nil, err
	}
	p, err = a.dayItem(v, s, revision)
	return s, p, err
}

func (a *Admin) prayerDay(v *page.Visit) error {
	s, p, err := a.storedDay(v)
	if err != nil {
		return err
	}
	if p.Timeline, err = a.timeline(v, namets.KindPrayerSchedules, s.ID, nil, "", nil); err != nil {
		return err
	}
	return showItem(v, p)
}

func (a *Admin) savePrayerDay(v *page.Visit) error {
	old, stored, err := a.storedDay(v)
	if err != nil {
		return err
	}
	s := old
	s.IsActive, s.SendEmail = v.Ticked("is_active"), v.Ticked("send_email")
	names, values := times(&s.PrayerTimes)
	for i, name := range names {
		typed := v.Text(name)
		if typed == values[i].Minutes() {
			continue // its seconds stay, too
		}
		t, err := namets.ParseTimeOfDay(typed)
		if *values[i] = t; err != nil {
			*values[i] = -1
		}
	}
	if err = s.ValidateChange(&old); err == nil {
		err = a.store.UpdatePrayerSchedule(v.Request().Context(), v.Actor(), v.Revision(), s)
	}
	if err == nil {
		return v.Done(prayerDayPath(s.ID), "The day is saved."+a.queuedNote(v, s.SendEmail && s.IsActive &&
			s.PrayerTimes != old.PrayerTimes, "A message"))
	}
	p, pageErr := a.dayItem(v, s, v.Revision())
	if pageErr != nil {
		return pageErr
	}
	keepTyped(v, p)
	return refill(v, err, p, stored)
}

func (a *Admin) confirmDeletePrayerDay(v *page.Visit) error {
	s, p, err := a.storedDay(v)
	if err != nil {
		return err
	}
	return confirmDelete(v, prayerTimesPath, "day", longDay(s.Date), s.ID, p.Revision,
		"Its times disappear from the site and from what n8n gets.", "No webhook is sent.",
		"To keep the times and show them to nobody, take the tick from Active instead.")
}

func (a *Admin) deletePrayerDay(v *page.Visit) error {
	s, p, err := a.storedDay(v)
	if namets.CodeOf(err) == namets.NotFound {
		return v.Deleted(err, prayerTimesPath, "day")
	}
	if err != nil {
		return err
	}
	if v.OtherRevision(p.Revision) {
		return v.ChangedMeanwhile(prayerDayPath(s.ID))
	}
	return v.Deleted(a.store.DeletePrayerSchedule(v.Request().Context(), v.Actor(), s.ID), monthOf(s.Date), "day")
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
