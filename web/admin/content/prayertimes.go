package content

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
	"namets/web"
	"namets/web/admin/page"
)

// prayerStore reads and changes prayer times.
type prayerStore interface {
	// PrayerSchedulesBetween returns the schedules of the days by date, and their revisions by id.
	PrayerSchedulesBetween(ctx context.Context, first,
		last namets.Date) ([]namets.PrayerSchedule, map[int64]int64, error)
	// SavePrayerSchedules stores all schedules or none. Errors: Conflict.
	SavePrayerSchedules(ctx context.Context, by namets.Actor, list []namets.PrayerSchedule,
		revisions map[int64]int64) error
	// PrayerSchedule returns a schedule and its revision. Errors: NotFound.
	PrayerSchedule(ctx context.Context, id int64) (namets.PrayerSchedule, int64, error)
	UpdatePrayerSchedule(ctx context.Context, by namets.Actor, revision int64, s namets.PrayerSchedule) error
	DeletePrayerSchedule(ctx context.Context, by namets.Actor, id int64) error
}

const (
	prayerTimesPath = "/admin/prayer-times"
	monthForm       = "2006-01"
	maxJump         = namets.TimeOfDay(10 * 60 * 1_000_000)
)

// prayersPage is the editable table of a month of prayer times.
type prayersPage struct {
	page.Base
	Month, Before, After string // the current, previous and next month as in addresses
	Faults               []page.Fault
	Warnings             []string
	Heads                []string
	Days                 []dayRow
	Notify               page.Check
	dayBefore            *namets.PrayerSchedule // the day before the first; nil: not stored
}

// dayRow is one day of the month.
type dayRow struct {
	Date         namets.Date
	Text         string
	ID, Revision int64 // 0: not stored
	Cells        []cell
	stored       namets.PrayerSchedule
}

// Inactive reports whether the day is stored but not public.
func (r *dayRow) Inactive() bool { return r.ID != 0 && !r.stored.IsActive }

// Was summarizes the initial values of the form, which shows what days the user has changed.
func (r *dayRow) Was() string {
	list := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		list[i] = c.was
	}
	return displayState(list)
}

// displayState is a short digest of the times of a day.
func displayState(times []string) string {
	sum := sha256.Sum256([]byte(strings.Join(times, ",")))
	return hex.EncodeToString(sum[:4])
}

// cellName is the name of a time's field. It is short because a page of a month has 310 of them:
// fa12 is the adhan of Fajr on the twelfth, fi12 its iqama.
func cellName(name string, day int) string {
	_, part, _ := strings.Cut(name, "_")
	return name[:1] + part[:1] + strconv.Itoa(day)
}

// cell is one time of a day.
type cell struct {
	Name, Value string
	Bad         bool
	was         string // the stored value
}

// times returns pointers to the ten times of p with their names.
func times(p *namets.PrayerTimes) ([]string, []*namets.TimeOfDay) {
	var names []string
	for _, prayer := range p.Prayers() {
		names = append(names, prayer.Name+"_adhan", prayer.Name+"_iqama")
	}
	return names, []*namets.TimeOfDay{&p.FajrAdhan, &p.FajrIqama, &p.DhuhrAdhan, &p.DhuhrIqama, &p.AsrAdhan,
		&p.AsrIqama,
		&p.MaghribAdhan, &p.MaghribIqama, &p.IshaAdhan, &p.IshaIqama}
}

// month returns the first day of the requested month, or of the current one.
func month(v *page.Visit) (first time.Time, named bool) {
	first, err := time.Parse(monthForm, v.FormValue("month"))
	if err != nil || first.Year() < 1 || first.Year() > 9998 {
		now := v.Now()
		return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC), false
	}
	return first, true
}

// prayersPage returns the page of the stored month.
func (a *Admin) prayersPage(v *page.Visit, first time.Time) (*prayersPage, error) {
	p := &prayersPage{Base: v.Page("Prayer times, " + web.EnglishMonth(first)), Month: first.Format(monthForm),
		Before: first.AddDate(0, -1, 0).Format(monthForm), After: first.AddDate(0, 1, 0).Format(monthForm)}
	ctx, dayBefore := v.Request().Context(), namets.DateOf(first).AddDays(-1)
	list, revisions, err := a.store.PrayerSchedulesBetween(ctx, dayBefore, namets.DateOf(first.AddDate(0, 1, -1)))
	if err != nil {
		return nil, err
	}
	byDate := map[namets.Date]*namets.PrayerSchedule{}
	for i := range list {
		byDate[list[i].Date] = &list[i]
	}
	p.dayBefore = byDate[dayBefore]
	names, _ := times(&namets.PrayerTimes{})
	for _, name := range names {
		p.Heads = append(p.Heads, page.Capital(page.FieldNames([]string{name})))
	}
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		row := dayRow{Date: namets.DateOf(day), Text: web.EnglishDayOfMonth(day)}
		if s := byDate[row.Date]; s != nil {
			row.ID, row.Revision, row.stored = s.ID, revisions[s.ID], *s
		}
		_, values := times(&row.stored.PrayerTimes)
		for i, name := range names {
			c := cell{Name: cellName(name, day.Day())}
			if row.ID != 0 {
				c.Value = values[i].Minutes()
			}
			c.was = c.Value
			row.Cells = append(row.Cells, c)
		}
		p.Days = append(p.Days, row)
	}
	p.Notify, err = a.notifyBox(v, "One message for each changed day.")
	return p, err
}

// notifyBox is the check box to announce changed times, with the number of recipients.
func (a *Admin) notifyBox(v *page.Visit, hint string) (page.Check, error) {
	reach, err := a.store.AudienceSize(v.Request().Context(), namets.PrayerUpdated)
	return page.Check{Name: "send_email", Label: "Send the changes to everyone who wants prayer times",
		Checked: v.Ticked("send_email"),
		Hint:    hint + " This reaches " + page.Count(reach).Of("person", "people") + "."}, err
}

func (a *Admin) prayerTimes(v *page.Visit) error {
	first, _ := month(v)
	p, err := a.prayersPage(v, first)
	if err != nil {
		return err
	}
	p.Warnings = p.warnings()
	return v.Render(http.StatusOK, "prayers", p)
}

// queuedText says that changed times are announced, and to how many people, if they are.
func (a *Admin) queuedText(v *page.Visit, queued bool, what string) string {
	reach, err := a.store.AudienceSize(v.Request().Context(), namets.PrayerUpdated)
	switch {
	case !queued || err != nil:
		return ""
	case reach == 0:
		return " Nobody wants to know about it, so nothing is sent."
	}
	return " " + what + " is on its way to " + page.Count(reach).Of("person", "people") + "."
}

// warnings returns warnings about valid input that looks like a mistake: missing days, and large
// changes from the day before.
func (p *prayersPage) warnings() (list []string) {
	missing, inactive, before := 0, 0, p.dayBefore
	for i := range p.Days {
		row := &p.Days[i]
		if row.ID == 0 {
			missing++
			before = nil
			continue
		}
		if row.Inactive() {
			inactive++
		}
		list = append(list, jumps(row.Text, &row.stored, before)...)
		before = &row.stored
	}
	if inactive > 0 {
		list = append([]string{page.Count(inactive).Of("day is", "days are") + " not active: nobody sees their " +
			"times."},
			list...)
	}
	if missing > 0 {
		list = append([]string{page.Count(missing).Of("day has", "days have") + " no times."}, list...)
	}
	return list
}

// jumps names the times of a day that differ by more than ten minutes from the day before; nil:
// there is no day before.
func jumps(day string, s, before *namets.PrayerSchedule) (list []string) {
	if before == nil {
		return nil
	}
	names, now := times(&s.PrayerTimes)
	_, then := times(&before.PrayerTimes)
	for i, t := range now {
		if d := *t - *then[i]; d > maxJump || d < -maxJump {
			list = append(list, fmt.Sprintf("%s: %s is %s, the day before it was %s.", day,
				page.Capital(page.FieldNames(names[i:i+1])), t.Minutes(), then[i].Minutes()))
		}
	}
	return list
}

func (a *Admin) savePrayerTimes(v *page.Visit) error {
	first, named := month(v)
	p, err := a.prayersPage(v, first)
	if err != nil {
		return err
	}
	if !named {
		p.Faults = []page.Fault{{Message: "The month must be one such as 2026-03."}}
		return v.Render(http.StatusUnprocessableEntity, "prayers", p)
	}
	var changed []namets.PrayerSchedule
	revisions := map[int64]int64{}
	stale := false
	for i := range p.Days {
		row := &p.Days[i]
		s, is := postedDay(v, p, row)
		if !is {
			continue
		}
		if revision := dayRevision(v, row); row.ID != 0 && revision != row.Revision {
			stale = true
			p.Faults = append(p.Faults,
				page.Fault{Field: row.Cells[0].Name, Message: row.Text +
					" was changed by somebody else meanwhile, to " +
					displayTimes(&row.stored.PrayerTimes) + "."})
			row.Cells[0].Bad = true
		}
		s.SendEmail = p.Notify.Checked
		changed = append(changed, s)
		revisions[s.ID] = row.Revision
	}
	switch {
	case stale:
		return staleMonth(v, p)
	case len(p.Faults) > 0:
		return v.Render(http.StatusUnprocessableEntity, "prayers", p)
	}
	err = a.store.SavePrayerSchedules(v.Request().Context(), v.Actor(), changed, revisions)
	if namets.CodeOf(err) == namets.Conflict {
		return staleMonth(v, p)
	}
	if err != nil {
		return err
	}
	return v.Done(prayerTimesPath+"?month="+p.Month, page.Count(len(changed)).Of("day was", "days were")+" changed."+
		a.queuedText(v, p.Notify.Checked && len(changed) > 0, "A message for each active day"))
}

// staleMonth shows the input again. Unchanged days show the stored times; saving again replaces the
// others.
func staleMonth(v *page.Visit, p *prayersPage) error {
	p.Faults = append([]page.Fault{{Message: "Somebody else has changed this month in the meantime, so nothing " +
		"was saved. Your times are below. If you save again, they replace the other changes."}}, p.Faults...)
	return v.Render(http.StatusConflict, "prayers", p)
}

// dayRevision returns the revision of the day when the form was opened; -1 if the form has none.
func dayRevision(v *page.Visit, row *dayRow) int64 {
	revision, err := strconv.ParseInt(v.FormValue(fmt.Sprintf("revision-%d", row.Date.Day)), 10, 64)
	if err != nil || revision <= 0 {
		return -1
	}
	return revision
}

// displayTimes lists the times of a day.
func displayTimes(p *namets.PrayerTimes) string {
	_, values := times(p)
	list := make([]string, len(values))
	for i, t := range values {
		list[i] = t.Minutes()
	}
	return strings.Join(list, " ")
}

// postedDay applies the input to the row, with the problems, and reports whether it changes the
// day. A day that the user did not change keeps its stored times, even if they have changed since.
func postedDay(v *page.Visit, p *prayersPage, row *dayRow) (s namets.PrayerSchedule, changed bool) {
	s = row.stored
	if s.ID == 0 {
		s = namets.NewPrayerSchedule(row.Date)
	}
	typed := make([]string, len(row.Cells))
	for i, c := range row.Cells {
		typed[i] = v.Text(c.Name)
	}
	was := v.FormValue(fmt.Sprintf("was-%d", row.Date.Day))
	empty := strings.Join(typed, "") == ""
	if empty && row.ID == 0 || displayState(typed) == was {
		return s, false
	}
	if empty {
		if was != "" { // the user has emptied it
			p.Faults = append(p.Faults,
				page.Fault{Field: row.Cells[0].Name, Message: row.Text +
					" cannot be emptied here: open the day to delete its times."})
			row.Cells[0].Bad = true
		}
		return s, false
	}
	names, values := times(&s.PrayerTimes)
	for i := range row.Cells {
		c := &row.Cells[i]
		if c.Value = typed[i]; c.Value == c.was && row.ID != 0 {
			continue // keeps its seconds
		}
		t, err := namets.ParseTimeOfDay(c.Value)
		if *values[i] = t; err != nil {
			*values[i] = -1
		}
	}
	problems, _ := errors.AsType[namets.Problems](s.ValidateChange(page.StoredOf(&row.stored, row.stored.ID)))
	for i, name := range names {
		if message := problems.Field(name); message != "" {
			row.Cells[i].Bad = true
			p.Faults = append(p.Faults, page.Fault{Field: row.Cells[i].Name, Message: p.Heads[i] + ", " + row.Text +
				" " + message + "."})
		}
	}
	return s, s.PrayerTimes != row.stored.PrayerTimes || row.ID == 0
}
