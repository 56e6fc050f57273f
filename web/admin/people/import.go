package people

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/internal/transfer"
	"namets/web/admin/page"
)

// tableStore is what importing and exporting tables of subscribers needs.
type tableStore interface {
	// ImportSubscriberRows calls verdict after each row, with the reason when it is refused. An
	// error of rows is its own.
	ImportSubscriberRows(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error], dryRun bool,
		verdict func(v namets.ImportVerdict, why error)) error
	// RecordDownload notes that somebody took the rows of a table along.
	RecordDownload(ctx context.Context, by namets.Actor, what namets.Kind) error
	// EachSubscriber calls yield for those that the filter chooses, in one read transaction.
	EachSubscriber(ctx context.Context, f namets.SubscriberFilter, yield func(*namets.Subscriber) error) error
}

// maxVerdicts is how many rows the page shows.
const maxVerdicts = 100

// importPage takes a table and, once one has been looked at, says what would become of its rows.
type importPage struct {
	page.Import
	More page.Count // rows that are not shown
}

func newImportPage(v *page.Visit) *importPage {
	return &importPage{Import: page.Import{Base: v.Page("Import subscribers"), Action: subscribersPath + "/import",
		Noun: "row", RowName: "Address", FileHint: "In UTF-8, with commas or semicolons, at most 32 MB."}}
}

func (a *Admin) importForm(v *page.Visit) error {
	return v.Render(http.StatusOK, "import", newImportPage(v))
}

// importTable looks at a table or, when the form says so, takes it in.
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
		return sendVerdicts(v, check.all)
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

// tableCheck is what became of a table, or would become of it. Its memory does not grow with the
// table.
type tableCheck struct {
	counts          map[namets.ImportVerdict]int
	bad, rows       int
	notable, others []page.RowVerdict // the first ones
	ignored         []string
	carried         string
	all             *page.Upload // the verdicts of all rows as a table; nil: nobody asked for them
}

// checkTable reads the table that was sent, and takes it in when that is the step. The next file
// need not wait for the answer, which may be read slowly.
func (a *Admin) checkTable(v *page.Visit, step string) (check *tableCheck, err error) {
	check = &tableCheck{counts: map[namets.ImportVerdict]int{}}
	check.carried, err = v.WorkOnTable(func(file io.ReadSeeker) error { return check.read(v, a.store, file, step) })
	if err != nil && check.all != nil {
		check.all.Drop()
	}
	return check, err
}

// read reads the file, and keeps the verdicts of all rows when that is the step.
func (l *tableCheck) read(v *page.Visit, store tableStore, file io.ReadSeeker, step string) (err error) {
	table, err := transfer.OpenSubscribersCSV(file)
	if err != nil {
		return err
	}
	l.ignored = table.Ignored
	note := func(transfer.RowVerdict) error { return nil }
	if step == "verdicts" {
		if l.all, err = v.NewUpload(); err != nil {
			return err
		}
		out := transfer.NewVerdictWriter(l.all)
		note = out.Write
		defer func() { err = errors.Join(err, out.Close()) }()
	}
	return l.run(v, store, table, step != "import", note)
}

// run hands the readable rows of the table to the store, and calls note with the verdict of each
// row, in their order.
func (l *tableCheck) run(v *page.Visit, store tableStore, table *transfer.SubscriberTable, dryRun bool,
	note func(transfer.RowVerdict) error) error {
	texts := map[namets.ImportVerdict]verdictText{}
	for _, t := range verdictTexts() {
		texts[t.verdict] = t
	}
	var row transfer.TableRow
	var recordErr error
	rows := func(yield func(namets.SubscriberRow, error) bool) {
		for recordErr == nil {
			var err error
			row, err = table.Next()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(row.SubscriberRow, err)
				return
			case row.Bad != nil && !row.Readable:
				recordErr = l.refuse(row.Bad, note)
			case !yield(row.SubscriberRow, nil):
				return
			}
		}
		yield(row.SubscriberRow, recordErr)
	}
	return store.ImportSubscriberRows(v.Request().Context(), v.Actor(), rows, dryRun,
		func(verdict namets.ImportVerdict, why error) {
			if verdict == namets.ImportRefused {
				recordErr = l.refuse(refusal(&row, why), note)
				return
			}
			if row.Bad != nil {
				table.Take(&row)
			}
			l.counts[verdict]++
			address := strings.Clone(excerpt(*row.Patch.Email))
			l.show(page.RowVerdict{Line: row.Line, Name: address, Text: texts[verdict].one,
				Bad: texts[verdict].notable})
			recordErr = note(transfer.RowVerdict{Line: row.Line, Email: *row.Patch.Email, Verdict: string(verdict)})
		})
}

// refusal says why storage refused the row: what is wrong with what it changes, or else with it.
func refusal(row *transfer.TableRow, why error) *transfer.BadRow {
	bad := transfer.BadRow{Line: row.Line, Email: strings.Clone(*row.Patch.Email), Message: "cannot be imported"}
	if row.Bad != nil {
		bad = *row.Bad
	}
	if problems, ok := errors.AsType[namets.Problems](why); ok {
		bad.Message = problems[0].Field + " " + problems[0].Message
	}
	return &bad
}

// refuse counts a bad row, and calls note with what is wrong.
func (l *tableCheck) refuse(bad *transfer.BadRow, note func(transfer.RowVerdict) error) error {
	l.bad++
	l.show(page.RowVerdict{Line: bad.Line, Name: excerpt(bad.Email), Text: page.Capital(bad.Message), Bad: true})
	return note(transfer.RowVerdict{Line: bad.Line, Email: bad.Email, Verdict: bad.Message})
}

// show keeps the verdict where the page has room for it.
func (l *tableCheck) show(r page.RowVerdict) {
	l.rows++
	switch {
	case r.Bad && len(l.notable) < maxVerdicts:
		l.notable = append(l.notable, r)
	case !r.Bad && len(l.others) < maxVerdicts:
		l.others = append(l.others, r)
	}
}

// verdictText says what becomes of rows.
type verdictText struct {
	verdict   namets.ImportVerdict
	many, one string // of all rows with the verdict, and of one
	notable   bool
}

// verdictTexts are in the order in which the page counts them.
func verdictTexts() []verdictText {
	return []verdictText{
		{namets.ImportAdded, "to be added", "Would be added", false},
		{namets.ImportChanged, "to be changed", "Would be changed", false},
		{namets.ImportUnchanged, "already stored like this", "Already stored like this", false},
		{namets.ImportLeft, "unsubscribed, not imported", "Has unsubscribed and is not imported", true},
		{namets.ImportInactive, "inactive, stay so, the rest to be changed",
			"Is inactive and stays so; the rest would be changed", true},
		{namets.ImportStays, "inactive, stay so", "Is inactive and stays so", true},
	}
}

// fill says what the table would do. What needs a look comes first, then the lines in their order.
func (l *tableCheck) fill(p *importPage) {
	p.Checked, p.Ignored, p.Carried = true, l.ignored, l.carried
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

// excerpt cuts what somebody typed to what a table has room for.
func excerpt(text string) string {
	const room = 100
	if long := []rune(text); len(long) > room {
		return string(long[:room]) + "…"
	}
	return text
}

// sendVerdicts sends the verdicts of all rows as a table.
func sendVerdicts(v *page.Visit, all *page.Upload) error {
	if _, err := all.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="verdicts.csv"`)
	h.Set(echo.HeaderContentLength, strconv.FormatInt(all.Size, 10))
	return v.Stream(http.StatusOK, "text/csv; charset=utf-8", all)
}

// exportTable sends the subscribers that the filter chooses as a table.
func (a *Admin) exportTable(v *page.Visit) error {
	f := subscriberFilter(v, v.QueryParams())
	if err := a.store.RecordDownload(v.Request().Context(), v.Actor(), namets.KindSubscribers); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="subscribers-`+v.Now().Format("2006-01-02")+`.csv"`)
	h.Set("X-Content-Type-Options", "nosniff")
	out := bufio.NewWriterSize(v.Response(), 32<<10)
	err := transfer.EncodeSubscribersCSV(out, func(yield func(*namets.Subscriber) error) error {
		return a.store.EachSubscriber(v.Request().Context(), f, yield)
	})
	return errors.Join(err, out.Flush())
}
