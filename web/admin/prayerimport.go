package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	"namets/internal/namets"
	"namets/internal/transfer"
)

const prayerImportPath = prayerTimesPath + "/import"

// prayerImportPage takes a table of prayer times and, once one has been looked at, says what would
// become of its days.
type prayerImportPage struct {
	page
	FileError string
	Faults    []fault
	Checked   bool
	Counts    []verdictCount
	Verdicts  []rowVerdict
	Ignored   []string
	Bad       count  // rows with mistakes: with one, nothing is taken in
	Changes   count  // days that would change
	Carried   string // the table; empty when it has to be chosen again
	Seen      string // says whether the days are still stored as they were when the table was looked at
	Notify    check
}

// RowName says what the address of a verdict is.
func (*prayerImportPage) RowName() string { return "Day" }

// prayerPlan is what becomes of a table.
type prayerPlan struct {
	verdicts           []rowVerdict
	changed            []namets.PrayerSchedule
	revisions          map[int64]int64
	added, same, moved int
	seen               string
}

func (a *Admin) prayerImportForm(v *visit) error {
	return v.render(http.StatusOK, "prayerimport", &prayerImportPage{page: v.page("Import prayer times")})
}

// importPrayerTimes looks at a table or, when the form says so, takes all of it in.
func (a *Admin) importPrayerTimes(v *visit) error {
	p := &prayerImportPage{page: v.page("Import prayer times")}
	table, err := p.read(v)
	if err != nil {
		var status int
		if status, p.FileError = v.tableFault(err); status == 0 {
			return err
		}
		p.Faults = []fault{{"file", p.FileError}}
		return v.render(status, "prayerimport", p)
	}
	plan, err := v.planPrayers(table)
	if err != nil {
		return err
	}
	wanted := v.FormValue("step") == "import" && len(table.Days)+len(table.Bad) > 0
	if wanted && len(table.Bad)+len(plan.changed) == 0 { // sent twice
		return v.done(monthOf(table.Days[0].Date), "The days of the table are stored.")
	}
	if wanted && len(table.Bad) == 0 && plan.seen == v.FormValue("seen") {
		for i := range plan.changed {
			plan.changed[i].SendEmail = v.ticked("send_email")
		}
		err = a.store.SavePrayerSchedules(v.Request().Context(), v.actor(), plan.changed, plan.revisions)
		if err == nil {
			return v.done(monthOf(table.Days[0].Date), "The table is imported: "+count(plan.added).of("day", "days")+
				" added, "+count(plan.moved).String()+" changed."+
				v.queuedNote(v.ticked("send_email"), "A message for each active day"))
		}
		if namets.CodeOf(err) != namets.Conflict {
			return err
		}
	}
	status := http.StatusOK
	switch {
	case wanted && len(table.Bad) > 0:
		status = http.StatusUnprocessableEntity
	case wanted:
		status = http.StatusConflict
		p.Faults = []fault{{Message: "Somebody else has changed some of these days since you checked the table. " +
			"Look at what would become of them now, and import it again."}}
	}
	if err := p.fill(v, table, plan); err != nil {
		return err
	}
	return v.render(status, "prayerimport", p)
}

// read returns the table that was sent, once no other file is worked on.
func (p *prayerImportPage) read(v *visit) (*transfer.PrayerTable, error) {
	done, err := v.admin.uploads.work(v.Request().Context())
	if err != nil {
		return nil, err
	}
	defer done()
	file, size, err := v.postedTable()
	if err != nil {
		return nil, err
	}
	table, err := transfer.ReadPrayersCSV(file)
	if err != nil {
		return nil, err
	}
	p.Carried, err = carried(file, size)
	return table, err
}

// planPrayers compares the table with what is stored, which decides which of its rows are bad.
func (v *visit) planPrayers(table *transfer.PrayerTable) (prayerPlan, error) {
	plan := prayerPlan{revisions: map[int64]int64{}}
	byDate := map[namets.Date]*namets.PrayerSchedule{}
	if first, last, found := table.Span(); found {
		list, revisions, err := v.admin.store.PrayerSchedulesBetween(v.Request().Context(),
			first.AddDays(-1), last)
		if err != nil {
			return plan, err
		}
		plan.revisions = revisions
		for i := range list {
			byDate[list[i].Date] = &list[i]
		}
	}
	table.Check(byDate)
	seen := sha256.New()
	for i := range table.Days {
		day := table.Days[i]
		stored := byDate[day.Date]
		text := "Would be added"
		switch {
		case stored == nil:
			plan.added++
			day.IsActive = true
			plan.changed = append(plan.changed, day)
		case stored.PrayerTimes == day.PrayerTimes:
			plan.same++
			text = "Is stored like this already"
		default:
			plan.moved++
			text = "Would be changed, from " + displayTimes(&stored.PrayerTimes)
			changed := *stored
			changed.PrayerTimes = day.PrayerTimes
			plan.changed = append(plan.changed, changed)
		}
		if stored != nil {
			fmt.Fprintln(seen, stored.ID, plan.revisions[stored.ID])
		}
		plan.verdicts = append(plan.verdicts, rowVerdict{Line: table.Lines[day.Date], Address: day.Date.String(),
			Text: text})
		for _, jump := range jumps("Jump", &day, byDate[day.Date.AddDays(-1)]) {
			plan.verdicts = append(plan.verdicts, rowVerdict{table.Lines[day.Date], day.Date.String(), jump, true})
		}
		byDate[day.Date] = &table.Days[i]
	}
	plan.seen = hex.EncodeToString(seen.Sum(nil)[:8])
	return plan, nil
}

// fill says what the table would do.
func (p *prayerImportPage) fill(v *visit, table *transfer.PrayerTable, plan prayerPlan) (err error) {
	p.Checked, p.Ignored, p.Seen = true, table.Ignored, plan.seen
	p.Bad, p.Changes = count(len(table.Bad)), count(len(plan.changed))
	for _, c := range []verdictCount{
		{p.Bad, "with mistakes"}, {count(plan.added), "to be added"}, {count(plan.moved), "to be changed"},
		{count(plan.same), "stored like this already"},
	} {
		if c.Count > 0 {
			p.Counts = append(p.Counts, c)
		}
	}
	for _, bad := range table.Bad {
		p.Verdicts = append(p.Verdicts, rowVerdict{bad.Line, "", bad.Message, true})
	}
	p.Verdicts = append(p.Verdicts, plan.verdicts...)
	p.Notify, err = v.notifyBox("One message for each of the " + count(len(plan.changed)).of("day", "days") + ".")
	return err
}
