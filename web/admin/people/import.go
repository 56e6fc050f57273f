package people

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/internal/transfer"
	"namets/web/admin/page"
)

// tableStore imports and exports tables of subscribers.
type tableStore interface {
	transfer.SubscriberStore
	// RecordDownload records that a user has downloaded the rows of a table.
	RecordDownload(ctx context.Context, by namets.Actor, what namets.Kind) error
	// EachSubscriber calls yield for the subscribers that match the filter, in one read
	// transaction.
	EachSubscriber(ctx context.Context, f namets.SubscriberFilter, yield func(*namets.Subscriber) error) error
}

// maxVerdicts is the largest number of rows that the page shows.
const maxVerdicts = 100

// importPage checks a table and shows what an import would do with its rows.
type importPage struct {
	page.Import
	More page.Count // the number of rows that are not shown
}

func newImportPage(v *page.Visit) *importPage {
	return &importPage{Import: page.Import{Base: v.Page("Import subscribers"), Action: subscribersPath + "/import",
		Noun: "row", RowName: "Address",
		FileHint: "In UTF-8, UTF-16 or Windows-1252, with commas or semicolons, at most 32 MB."}}
}

func (a *Admin) importForm(v *page.Visit) error {
	return v.Render(http.StatusOK, "import", newImportPage(v))
}

// importTable checks a table or, if the form says so, imports it.
func (a *Admin) importTable(v *page.Visit) error {
	step := v.FormValue("step")
	check, err := a.checkTable(v, step)
	if err != nil {
		p := newImportPage(v)
		if status := p.Blame(v, err); status != 0 {
			return v.Render(status, "import", p)
		}
		return err
	}
	switch step {
	case "verdicts":
		defer check.all.Drop()
		return sendTable(v, "verdicts.csv", check.all)
	case "import":
		return v.Done(subscribersPath, "The table is imported: "+page.Count(check.counts[namets.ImportAdded]).String()+
			" added, "+
			page.Count(check.counts[namets.ImportChanged]+check.counts[namets.ImportInactive]).String()+" changed, "+
			page.Count(check.bad).String()+" with mistakes left out.")
	}
	p := newImportPage(v)
	check.fill(p)
	return v.Render(http.StatusOK, "import", p)
}

// tableCheck is the result of checking or importing a table. Its memory does not grow with the
// table.
type tableCheck struct {
	counts          map[namets.ImportVerdict]int
	bad, rows       int
	notable, others []page.RowVerdict // the first ones
	ignored         []string
	encoding        string // of the file; empty for UTF-8
	carried         string
	all             *page.Upload // the verdicts of all rows as a table; nil: not requested
}

// checkTable reads the uploaded table, and imports it if that is the step. The next file need not
// wait for the response, which may be read slowly.
func (a *Admin) checkTable(v *page.Visit, step string) (check *tableCheck, err error) {
	check = &tableCheck{counts: map[namets.ImportVerdict]int{}}
	check.carried, err = v.ProcessTable(func(file io.ReadSeeker) error { return check.read(v, a.store, file, step) })
	if err != nil && check.all != nil {
		check.all.Drop()
	}
	return check, err
}

// read reads the file, and writes the verdicts of all rows to a file if that is the step.
func (l *tableCheck) read(v *page.Visit, store tableStore, file io.ReadSeeker, step string) (err error) {
	table, err := transfer.OpenSubscribersCSV(file)
	if err != nil {
		return err
	}
	l.ignored, l.encoding = table.Ignored, table.Encoding
	report := func(transfer.RowVerdict) error { return nil }
	if step == "verdicts" {
		if l.all, err = v.NewUpload(); err != nil {
			return err
		}
		out := transfer.NewVerdictWriter(l.all)
		report = out.Write
		defer func() { err = errors.Join(err, out.Close()) }()
	}
	return l.run(v, store, table, step != "import", report)
}

// run imports the table, or only checks it, and calls report with the verdict of each row, in their
// order.
func (l *tableCheck) run(v *page.Visit, store tableStore, table *transfer.SubscriberTable, dryRun bool,
	report func(transfer.RowVerdict) error) error {
	texts := map[namets.ImportVerdict]verdictText{}
	for _, t := range verdictTexts() {
		texts[t.verdict] = t
	}
	_, err := transfer.ImportSubscribers(v.Request().Context(), store, v.Actor(), table,
		namets.SubscriberImport{DryRun: dryRun}, func(r transfer.SubscriberResult) error {
			if r.Bad != nil {
				return l.refuse(r.Bad, report)
			}
			l.counts[r.Verdict]++
			l.show(page.RowVerdict{Line: r.Line, Name: excerpt(r.Email), Text: texts[r.Verdict].one,
				Bad: texts[r.Verdict].notable})
			return report(transfer.RowVerdict{Line: r.Line, Email: r.Email, Verdict: string(r.Verdict)})
		})
	return err
}

// refuse counts an invalid row, and calls report with the reason.
func (l *tableCheck) refuse(bad *transfer.BadRow, report func(transfer.RowVerdict) error) error {
	l.bad++
	l.show(page.RowVerdict{Line: bad.Line, Name: excerpt(bad.Email), Text: page.Capital(bad.Message), Bad: true})
	return report(transfer.RowVerdict{Line: bad.Line, Email: bad.Email, Verdict: bad.Message})
}

// show adds the verdict to the page if it has room for it.
func (l *tableCheck) show(r page.RowVerdict) {
	l.rows++
	switch {
	case r.Bad && len(l.notable) < maxVerdicts:
		l.notable = append(l.notable, r)
	case !r.Bad && len(l.others) < maxVerdicts:
		l.others = append(l.others, r)
	}
}

// verdictText is the description of rows with a verdict.
type verdictText struct {
	verdict   namets.ImportVerdict
	many, one string // for several rows with the verdict, and for one row
	notable   bool
}

// verdictTexts are in the order of the counts on the page.
func verdictTexts() []verdictText {
	return []verdictText{
		{namets.ImportAdded, "to be added", "Would be added", false},
		{namets.ImportChanged, "to be changed", "Would be changed", false},
		{namets.ImportUnchanged, "already stored like this", "Already stored like this", false},
		{namets.ImportLeft, "unsubscribed, not imported", "Has unsubscribed and is not imported", true},
		{namets.ImportEnded, "get no e-mail for good, not imported",
			"Gets no e-mail for good, because of a wish, a complaint or refused e-mails, and is not imported", true},
		{namets.ImportInactive, "inactive, stay so, the rest to be changed",
			"Is inactive and stays so; the rest would be changed", true},
		{namets.ImportStays, "inactive, stay so", "Is inactive and stays so", true},
	}
}

// fill fills the page with the result. Rows that need attention come first, then the others in
// their order.
func (l *tableCheck) fill(p *importPage) {
	p.Checked, p.Ignored, p.Encoding, p.Carried = true, l.ignored, l.encoding, l.carried
	p.Changes = page.Count(l.counts[namets.ImportAdded] + l.counts[namets.ImportChanged] +
		l.counts[namets.ImportInactive])
	if l.bad > 0 {
		p.Counts = append(p.Counts, page.VerdictCount{Count: page.Count(l.bad), Text: "with mistakes, left out"})
	}
	for _, t := range verdictTexts() {
		if l.counts[t.verdict] > 0 {
			p.Counts = append(p.Counts, page.VerdictCount{Count: page.Count(l.counts[t.verdict]), Text: t.many})
		}
	}
	list := append(l.notable, l.others...)
	p.Verdicts = list[:min(len(list), maxVerdicts)]
	p.More = page.Count(l.rows - len(p.Verdicts))
}

// excerpt truncates a value to the room in a table.
func excerpt(text string) string {
	const room = 100
	if long := []rune(text); len(long) > room {
		return string(long[:room]) + "…"
	}
	return text
}

// sendTable sends a table from a file under the name. It takes as long as the client.
func sendTable(v *page.Visit, name string, table *page.Upload) error {
	if _, err := table.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set(echo.HeaderContentLength, strconv.FormatInt(table.Size, 10))
	return v.Stream(http.StatusOK, "text/csv; charset=utf-8", table)
}

// exportTable sends the subscribers that match the filter as a table. It is written to a file
// first, so that no read of the database waits for the client.
func (a *Admin) exportTable(v *page.Visit) error {
	f := subscriberFilter(v, v.QueryParams())
	if err := a.store.RecordDownload(v.Request().Context(), v.Actor(), namets.KindSubscribers); err != nil {
		return err
	}
	table, err := v.NewUpload()
	if err != nil {
		return err
	}
	defer table.Drop()
	out := bufio.NewWriterSize(table, 32<<10)
	err = transfer.EncodeSubscribersCSV(out, func(yield func(*namets.Subscriber) error) error {
		return a.store.EachSubscriber(v.Request().Context(), f, yield)
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	return sendTable(v, "subscribers-"+v.Now().Format("2006-01-02")+".csv", table)
}
