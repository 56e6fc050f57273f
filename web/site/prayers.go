package site

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web"
)

// daysAhead is how many days the page of prayer times looks ahead.
const daysAhead = 14

// prayerRow is one prayer of a day.
type prayerRow struct {
	Name         string
	Adhan, Iqama string // HH:MM
	Next         bool
}

// todaysPrayers are today's prayers; empty if they are not known.
type todaysPrayers struct {
	T    *web.Texts
	Rows []prayerRow
	// Tomorrow is tomorrow's first prayer if today's are over and it is known, else nil.
	Tomorrow *prayerRow
}

// prayerDay is one of the coming days.
type prayerDay struct {
	Day  time.Time
	Rows []prayerRow
}

// schedules returns the schedules of today and the following days, at most n, some of which may be
// further ahead.
func (s *Site) schedules(ctx context.Context, now time.Time, n int) ([]namets.PrayerSchedule, error) {
	return s.cfg.Board.PrayerSchedules(ctx, namets.DateOf(now), n)
}

// todays finds today's prayers in the schedules and marks the next one: the first whose adhan is
// still to come.
func (s *Site) todays(now time.Time, schedules []namets.PrayerSchedule) todaysPrayers {
	p := todaysPrayers{T: s.t}
	today := namets.DateOf(now)
	if len(schedules) == 0 || schedules[0].Date != today {
		return p
	}
	p.Rows = s.prayerRows(&schedules[0])
	clock := namets.TimeOfDay(now.Hour()*60+now.Minute()) * namets.TimeOfDay(time.Minute/time.Microsecond)
	for i, prayer := range schedules[0].Prayers() {
		if prayer.Adhan >= clock { // within its minute it is still the next one
			p.Rows[i].Next = true
			return p
		}
	}
	if len(schedules) > 1 && schedules[1].Date == today.AddDays(1) {
		p.Tomorrow = &s.prayerRows(&schedules[1])[0]
	}
	return p
}

func (s *Site) prayerRows(schedule *namets.PrayerSchedule) []prayerRow {
	rows := make([]prayerRow, 0, 5)
	for _, p := range schedule.Prayers() {
		rows = append(rows, prayerRow{Name: s.t.Prayers.Names[p.Name], Adhan: p.Adhan.Minutes(),
			Iqama: p.Iqama.Minutes()})
	}
	return rows
}

type prayersPage struct {
	web.Page
	Today   time.Time
	Prayers todaysPrayers
	Names   []string
	Days    []prayerDay
}

func (s *Site) prayers(c echo.Context) error {
	now := s.now()
	schedules, err := s.schedules(c.Request().Context(), now, daysAhead+1)
	if err != nil {
		return err
	}
	page := prayersPage{Page: s.page(s.t.Prayers.Title, namets.PrayerTimesPath), Today: now,
		Prayers: s.todays(now, schedules)}
	today := namets.DateOf(now)
	for i := range schedules {
		d := &schedules[i]
		if d.Date.Compare(today) <= 0 || d.Date.Compare(today.AddDays(daysAhead)) > 0 {
			continue
		}
		day := time.Date(d.Date.Year, d.Date.Month, d.Date.Day, 12, 0, 0, 0, s.cfg.Zone)
		page.Days = append(page.Days, prayerDay{day, s.prayerRows(d)})
	}
	for _, p := range (namets.PrayerTimes{}).Prayers() {
		page.Names = append(page.Names, s.t.Prayers.Names[p.Name])
	}
	return s.render(c, http.StatusOK, "prayers", &page)
}
