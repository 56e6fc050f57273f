package content

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"namets/internal/namets"
	"namets/internal/transfer"
	"namets/web/admin/page"
)

// prayerImportPage checks a table of prayer times and shows what an import would do with its days.
type prayerImportPage struct {
	page.Import
	Bad    page.Count // rows with errors: if there is one, nothing is imported
	Seen   string     // detects changes of the stored days since the table was checked
	Notify page.Check
}

func newPrayerImportPage(v *page.Visit) *prayerImportPage {
	return &prayerImportPage{Import: page.Import{Base: v.Page("Import prayer times"),
		Action: prayerTimesPath + "/import", Noun: "day", RowName: "Day",
		FileHint: "In UTF-8, UTF-16 or Windows-1252, with commas or semicolons; a month, or up to 400 days."}}
}

// prayerPlan is the result of checking a table.
type prayerPlan struct {
	verdicts           []page.RowVerdict
	changed            []namets.PrayerSchedule
	revisions          map[int64]int64
	added, same, moved int
	seen               string
}

func (a *Admin) prayerImportForm(v *page.Visit) error {
	return v.Render(http.StatusOK, "prayerimport", newPrayerImportPage(v))
}

// importPrayerTimes checks a table or, if the form says so, imports all of it.
func (a *Admin) importPrayerTimes(v *page.Visit) error {
	p := newPrayerImportPage(v)
	var table *transfer.PrayerTable
	var err error
	p.Carried, err = v.ProcessTable(func(file io.ReadSeeker) (err error) {
		table, err = transfer.ReadPrayersCSV(file)
		return err
	})
	if err != nil {
		if status := p.Blame(v, err); status != 0 {
			return v.Render(status, "prayerimport", p)
		}
		return err
	}
	plan, err := a.planPrayers(v, table)
	if err != nil {
		return err
	}
	if v.FormValue("step") != "import" || len(table.Days)+len(table.Bad) == 0 {
		return a.showPlan(v, p, http.StatusOK, table, plan)
	}
	switch {
	case len(table.Bad) > 0:
		return a.showPlan(v, p, http.StatusUnprocessableEntity, table, plan)
	case len(plan.changed) == 0: // sent twice
		return v.Done(monthOf(table.Days[0].Date), "The days of the table are stored.")
	case plan.seen == v.FormValue("seen"):
		err := a.savePlan(v, plan)
		if err == nil {
			return v.Done(monthOf(table.Days[0].Date), a.importedText(v, plan))
		}
		if namets.CodeOf(err) != namets.Conflict {
			return err
		}
	}
	p.Faults = []page.Fault{{Message: "Somebody else has changed some of these days since you checked the table. " +
		"Check the result below and import the table again."}}
	return a.showPlan(v, p, http.StatusConflict, table, plan)
}

// planPrayers validates the rows of the table and compares them with the stored days.
func (a *Admin) planPrayers(v *page.Visit, table *transfer.PrayerTable) (prayerPlan, error) {
	plan := prayerPlan{revisions: map[int64]int64{}}
	byDate := map[namets.Date]*namets.PrayerSchedule{}
	if first, last, found := table.Span(); found {
		list, revisions, err := a.store.PrayerSchedulesBetween(v.Request().Context(),
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
			text = "Already stored like this"
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
		plan.verdicts = append(plan.verdicts, page.RowVerdict{Line: table.Lines[day.Date], Name: day.Date.String(),
			Text: text})
		for _, jump := range jumps("Jump", &day, byDate[day.Date.AddDays(-1)]) {
			plan.verdicts = append(plan.verdicts, page.RowVerdict{Line: table.Lines[day.Date],
				Name: day.Date.String(), Text: jump, Bad: true})
		}
		byDate[day.Date] = &table.Days[i]
	}
	plan.seen = hex.EncodeToString(seen.Sum(nil)[:8])
	return plan, nil
}

// savePlan stores the changes of the table. Errors: Conflict.
func (a *Admin) savePlan(v *page.Visit, plan prayerPlan) error {
	for i := range plan.changed {
		plan.changed[i].SendEmail = v.Ticked("send_email")
	}
	return a.store.SavePrayerSchedules(v.Request().Context(), v.Actor(), plan.changed, plan.revisions)
}

// importedText says what the import has changed, and whether the changes are announced.
func (a *Admin) importedText(v *page.Visit, plan prayerPlan) string {
	return "The table is imported: " + page.Count(plan.added).Of("day", "days") + " added, " +
		page.Count(plan.moved).String() + " changed." +
		a.queuedText(v, v.Ticked("send_email"), "A message for each active day")
}

// showPlan shows what an import of the table would do.
func (a *Admin) showPlan(v *page.Visit, p *prayerImportPage, status int, table *transfer.PrayerTable,
	plan prayerPlan) (err error) {
	p.Checked, p.Ignored, p.Seen = true, table.Ignored, plan.seen
	p.Bad, p.Changes = page.Count(len(table.Bad)), page.Count(len(plan.changed))
	for _, c := range []page.VerdictCount{
		{Count: p.Bad, Text: "with mistakes"}, {Count: page.Count(plan.added), Text: "to be added"},
		{Count: page.Count(plan.moved), Text: "to be changed"},
		{Count: page.Count(plan.same), Text: "already stored like this"},
	} {
		if c.Count > 0 {
			p.Counts = append(p.Counts, c)
		}
	}
	for _, bad := range table.Bad {
		p.Verdicts = append(p.Verdicts, page.RowVerdict{Line: bad.Line, Name: "", Text: bad.Message, Bad: true})
	}
	p.Verdicts = append(p.Verdicts, plan.verdicts...)
	p.Notify, err = a.notifyBox(v, "One message for each of the "+page.Count(len(plan.changed)).Of("day", "days")+".")
	if err != nil {
		return err
	}
	return v.Render(status, "prayerimport", p)
}
