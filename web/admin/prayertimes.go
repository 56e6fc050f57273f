package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"namets/internal/namets"
)

// prayerStore is what the page of prayer times reads and changes.
type prayerStore interface {
	// PrayerSchedulesBetween returns the schedules of the days by date, and their revisions by id.
	PrayerSchedulesBetween(ctx context.Context, first, last namets.Date) ([]namets.PrayerSchedule, map[int64]int64, error)
	// SavePrayerSchedules stores all or nothing. Errors: Conflict.
	SavePrayerSchedules(ctx context.Context, by namets.Actor, list []namets.PrayerSchedule, revisions map[int64]int64) error
}

const (
	prayerTimesPath = "/admin/prayer-times"
	monthForm       = "2006-01"
	maxJump         = namets.TimeOfDay(10 * 60 * 1_000_000)
)

// prayersPage is a month of prayer times to edit in place.
type prayersPage struct {
	page
	Month, Before, After string // the month that is shown and those beside it, as addresses write them
	Faults               []fault
	Warnings             []string
	Heads                []string
	Days                 []dayRow
	Tell                 check
}

// dayRow is one day of the month.
type dayRow struct {
	Date         namets.Date
	Text         string
	ID, Revision int64 // 0: nothing is stored
	Cells        []cell
	stored       namets.PrayerSchedule
}

type cell struct {
	Name, Label, Value string
	Bad                bool
}

// times returns the places of the ten times of p with their names.
func times(p *namets.PrayerTimes) ([]string, []*namets.TimeOfDay) {
	var names []string
	for _, prayer := range p.Prayers() {
		names = append(names, prayer.Name+"_adhan", prayer.Name+"_iqama")
	}
	return names, []*namets.TimeOfDay{&p.FajrAdhan, &p.FajrIqama, &p.DhuhrAdhan, &p.DhuhrIqama, &p.AsrAdhan, &p.AsrIqama,
		&p.MaghribAdhan, &p.MaghribIqama, &p.IshaAdhan, &p.IshaIqama}
}

// prayersPage returns the month that the request names, or the current one, as it is stored.
func (v *visit) prayersPage() (*prayersPage, error) {
	first, err := time.Parse(monthForm, v.FormValue("month"))
	if err != nil || first.Year() < 1 || first.Year() > 9998 {
		now := v.admin.now()
		first = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	p := &prayersPage{page: v.page("Prayer times, " + first.Format("January 2006")), Month: first.Format(monthForm),
		Before: first.AddDate(0, -1, 0).Format(monthForm), After: first.AddDate(0, 1, 0).Format(monthForm)}
	ctx := v.Request().Context()
	list, revisions, err := v.admin.store.PrayerSchedulesBetween(ctx, namets.DateOf(first), namets.DateOf(first.AddDate(0, 1, -1)))
	if err != nil {
		return nil, err
	}
	reach, err := v.admin.store.AudienceSize(ctx, namets.PrayerUpdated)
	p.Tell = check{Name: "send_email", Label: "Tell everyone who wants to hear of changed prayer times", Checked: v.ticked("send_email"),
		Hint: "One message for each changed day. This will reach " + count(reach).of("person", "people") + "."}
	names, _ := times(&namets.PrayerTimes{})
	for _, name := range names {
		p.Heads = append(p.Heads, capital(fieldNames([]string{name})))
	}
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		row := dayRow{Date: namets.DateOf(day), Text: day.Format("Mon 2")}
		for _, s := range list {
			if s.Date == row.Date {
				row.ID, row.Revision, row.stored = s.ID, revisions[s.ID], s
			}
		}
		_, values := times(&row.stored.PrayerTimes)
		for i, name := range names {
			c := cell{Name: name + "-" + strconv.Itoa(day.Day()), Label: p.Heads[i] + ", " + row.Text}
			if row.ID != 0 {
				c.Value = values[i].Minutes()
			}
			row.Cells = append(row.Cells, c)
		}
		p.Days = append(p.Days, row)
	}
	return p, err
}

func (a *Admin) prayerTimes(v *visit) error {
	p, err := v.prayersPage()
	if err != nil {
		return err
	}
	p.Warnings = p.doubts()
	return v.render(http.StatusOK, "prayers", p)
}

// doubts names what is allowed but looks like a mistake: missing days, and jumps against the day before.
func (p *prayersPage) doubts() (list []string) {
	missing := 0
	for i, row := range p.Days {
		if row.ID == 0 {
			missing++
			continue
		}
		if i == 0 || p.Days[i-1].ID == 0 {
			continue
		}
		_, now := times(&row.stored.PrayerTimes)
		_, before := times(&p.Days[i-1].stored.PrayerTimes)
		for n, t := range now {
			if d := *t - *before[n]; d > maxJump || d < -maxJump {
				list = append(list, fmt.Sprintf("%s: %s is %s, the day before it was %s.", row.Text, p.Heads[n], t.Minutes(), before[n].Minutes()))
			}
		}
	}
	if missing > 0 {
		list = append([]string{count(missing).of("day has", "days have") + " no times."}, list...)
	}
	return list
}

func (a *Admin) savePrayerTimes(v *visit) error {
	p, err := v.prayersPage()
	if err != nil {
		return err
	}
	var changed []namets.PrayerSchedule
	revisions := map[int64]int64{}
	for i := range p.Days {
		s, is := v.postedDay(p, &p.Days[i])
		if is {
			s.SendEmail = p.Tell.Checked
			changed = append(changed, s)
			revisions[s.ID] = p.Days[i].Revision
		}
	}
	if len(p.Faults) > 0 {
		return v.render(http.StatusUnprocessableEntity, "prayers", p)
	}
	err = a.store.SavePrayerSchedules(v.Request().Context(), v.actor(), changed, revisions)
	if namets.CodeOf(err) == namets.Conflict {
		fresh, readErr := v.prayersPage()
		if readErr != nil {
			return readErr
		}
		for i := range p.Days {
			p.Days[i].ID, p.Days[i].Revision = fresh.Days[i].ID, fresh.Days[i].Revision
		}
		p.Faults = []fault{{Message: "Somebody else has changed this month meanwhile: nothing was overwritten. What you typed stands below; saving it again replaces the other times."}}
		return v.render(http.StatusConflict, "prayers", p)
	}
	if err != nil {
		return err
	}
	return v.done(prayerTimesPath+"?month="+p.Month, count(len(changed)).of("day was", "days were")+" changed.")
}

// postedDay puts what was typed into the row, with faults for what is wrong, and reports whether it changes the day. A day
// whose cells are all empty stays as it is.
func (v *visit) postedDay(p *prayersPage, row *dayRow) (s namets.PrayerSchedule, changed bool) {
	s = row.stored
	if s.ID == 0 {
		s = namets.PrayerSchedule{Date: row.Date, IsActive: true}
	}
	if revision, err := strconv.ParseInt(v.FormValue(fmt.Sprintf("revision-%d", row.Date.Day)), 10, 64); row.ID != 0 && (err != nil || revision <= 0) {
		row.Revision = -1
	} else if row.ID != 0 {
		row.Revision = revision
	}
	names, values := times(&s.PrayerTimes)
	empty := true
	for i := range names {
		c := &row.Cells[i]
		was := c.Value
		c.Value = v.text(c.Name)
		empty = empty && c.Value == ""
		if c.Value == was && row.ID != 0 {
			continue // its seconds stay, too
		}
		t, err := namets.ParseTimeOfDay(c.Value)
		if *values[i] = t; err != nil {
			*values[i] = -1
		}
	}
	if empty {
		return s, false
	}
	problems, _ := errors.AsType[namets.Problems](s.Validate())
	for i, name := range names {
		if message := problems.Field(name); message != "" {
			row.Cells[i].Bad = true
			p.Faults = append(p.Faults, fault{row.Cells[i].Name, row.Cells[i].Label + " " + message + "."})
		}
	}
	return s, s.PrayerTimes != row.stored.PrayerTimes || row.ID == 0
}
