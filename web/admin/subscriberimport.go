package admin

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
)

// tableStore is what importing and exporting tables of subscribers needs.
type tableStore interface {
	// ImportSubscriberRows calls verdict after each row, with the reason when it is refused. An
	// error of rows is its own.
	ImportSubscriberRows(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error], dryRun bool,
		verdict func(v namets.ImportVerdict, why error)) error
	// EachSubscriber calls yield for those that the filter chooses, in one read transaction.
	EachSubscriber(ctx context.Context, f namets.SubscriberFilter, yield func(*namets.Subscriber) error) error
}

const (
	importPath = subscribersPath + "/import"
	// maxTable is the largest table that can be sent, in bytes, and maxForm the rest of its form.
	// An export of as many rows as an import takes is smaller.
	maxTable = 32 << 20
	maxForm  = 64 << 10
	// maxCarried is the largest table that the page of its verdicts carries along, so that it need
	// not be chosen again.
	maxCarried = 256 << 10
	// maxVerdicts is how many rows the page shows.
	maxVerdicts = 100
)

// BodyLimits returns the largest body of a request, in bytes, by route, where it is not the
// server's own.
func (a *Admin) BodyLimits() map[string]int64 {
	return map[string]int64{importPath: maxTable + maxForm, prayerImportPath: maxTable + maxForm,
		restorePath: maxBackup + maxForm}
}

// importPage takes a table and, once one has been looked at, says what would become of its rows.
type importPage struct {
	page
	FileError string
	Faults    []fault
	Checked   bool
	Counts    []verdictCount
	Verdicts  []rowVerdict
	More      count // rows that are not shown
	Ignored   []string
	Carried   string // the table; empty when it has to be chosen again
	Changes   count  // rows that would change something
}

// RowName says what the address of a verdict is.
func (*importPage) RowName() string { return "Address" }

type verdictCount struct {
	Count count
	Text  string
}

// rowVerdict is a row of which something is to be said.
type rowVerdict struct {
	Line    int
	Address string // or the day
	Text    string
	Bad     bool
}

func (a *Admin) importForm(v *visit) error {
	return v.render(http.StatusOK, "import", &importPage{page: v.page("Import subscribers")})
}

// importTable looks at a table or, when the form says so, takes it in.
func (a *Admin) importTable(v *visit) error {
	check, err := v.checkTable(v.FormValue("step"))
	if err != nil {
		return v.badTable(err)
	}
	switch v.FormValue("step") {
	case "verdicts":
		defer check.all.drop()
		return v.sendVerdicts(check.all)
	case "import":
		return v.done(subscribersPath, "The table is imported: "+count(check.counts[namets.ImportAdded]).String()+
			" added, "+
			count(check.counts[namets.ImportChanged]+check.counts[namets.ImportInactive]).String()+" changed, "+
			count(check.bad).String()+" with mistakes left out.")
	}
	p := check.page()
	p.page = v.page("Import subscribers")
	return v.render(http.StatusOK, "import", p)
}

// badTable shows the form again with what is wrong with the table, or why it was not looked at.
func (v *visit) badTable(err error) error {
	p, status := &importPage{page: v.page("Import subscribers")}, 0
	if status, p.FileError = v.tableFault(err); status == 0 {
		return err
	}
	p.Faults = []fault{{"file", p.FileError}}
	return v.render(status, "import", p)
}

// tableFault returns what the page of an import says about the error, and its status; 0: the error
// says all.
func (v *visit) tableFault(err error) (status int, message string) {
	one, ok := errors.AsType[*namets.Error](err)
	switch {
	case errors.Is(err, errUploadsBusy):
		v.Response().Header().Set("Retry-After", "60")
		return http.StatusServiceUnavailable, "The file was not checked, because another one is being " +
			"processed. Nothing " +
			"was changed: send it again in a minute."
	case ok && one.Code == namets.Invalid:
		return http.StatusUnprocessableEntity, "The file " + one.Message + "."
	}
	return 0, ""
}

// tableCheck is what became of a table, or would become of it. Its memory does not grow with the
// table.
type tableCheck struct {
	counts          map[namets.ImportVerdict]int
	bad, rows       int
	notable, others []rowVerdict // the first ones
	ignored         []string
	carried         string
	all             *upload // the verdicts of all rows as a table; nil: nobody asked for them
}

// checkTable reads the table that was sent, once no other file is worked on, and takes it in when
// that is the step. The next file need not wait for the answer, which may be read slowly.
func (v *visit) checkTable(step string) (check *tableCheck, err error) {
	done, err := v.admin.uploads.work(v.Request().Context())
	if err != nil {
		return nil, err
	}
	defer done()
	file, size, err := v.postedTable()
	if err != nil {
		return nil, err
	}
	table, err := transfer.OpenSubscribersCSV(file)
	if err != nil {
		return nil, err
	}
	check = &tableCheck{counts: map[namets.ImportVerdict]int{}, ignored: table.Ignored}
	note := func(transfer.RowVerdict) error { return nil }
	if step == "verdicts" {
		if check.all, err = v.admin.uploads.create(); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				check.all.drop()
			}
		}()
		out := transfer.NewVerdictWriter(check.all)
		note = out.Write
		defer func() { err = errors.Join(err, out.Close()) }()
	}
	if err := check.run(v, table, step != "import", note); err != nil {
		return nil, err
	}
	if step == "" {
		check.carried, err = carried(file, size)
	}
	return check, err
}

// run hands the readable rows of the table to the store, and calls note with the verdict of each
// row, in their order.
func (l *tableCheck) run(v *visit, table *transfer.SubscriberTable, dryRun bool,
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
	return v.admin.store.ImportSubscriberRows(v.Request().Context(), v.actor(), rows, dryRun,
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
			l.show(rowVerdict{row.Line, address, texts[verdict].one, texts[verdict].notable})
			recordErr = note(transfer.RowVerdict{Line: row.Line, Email: *row.Patch.Email, Verdict: string(verdict)})
		})
}

// refusal says why storage refused the row: what is wrong with what it changes, or else with it.
func refusal(row *transfer.TableRow, why error) *transfer.BadRow {
	bad := transfer.BadRow{Line: row.Line, Email: strings.Clone(*row.Patch.Email), Message: "cannot be taken in"}
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
	l.show(rowVerdict{bad.Line, excerpt(bad.Email), capital(bad.Message), true})
	return note(transfer.RowVerdict{Line: bad.Line, Email: bad.Email, Verdict: bad.Message})
}

// show keeps the verdict where the page has room for it.
func (l *tableCheck) show(r rowVerdict) {
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
		{namets.ImportUnchanged, "stored like this already", "Is stored like this already", false},
		{namets.ImportLeft, "unsubscribed, not brought back", "Has unsubscribed and is not brought back", true},
		{namets.ImportInactive, "inactive, stay so, the rest to be changed",
			"Is inactive and stays so; the rest would be changed", true},
		{namets.ImportStays, "inactive, stay so", "Is inactive and stays so", true},
	}
}

// page says what the table would do. What needs a look comes first, then the lines in their order.
func (l *tableCheck) page() *importPage {
	p := &importPage{Checked: true, Ignored: l.ignored, Carried: l.carried}
	p.Changes = count(l.counts[namets.ImportAdded] + l.counts[namets.ImportChanged] + l.counts[namets.ImportInactive])
	if l.bad > 0 {
		p.Counts = append(p.Counts, verdictCount{count(l.bad), "with mistakes, left out"})
	}
	for _, t := range verdictTexts() {
		if l.counts[t.verdict] > 0 {
			p.Counts = append(p.Counts, verdictCount{count(l.counts[t.verdict]), t.many})
		}
	}
	list := append(l.notable, l.others...)
	p.Verdicts = list[:min(len(list), maxVerdicts)]
	p.More = count(l.rows - len(p.Verdicts))
	return p
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
func (v *visit) sendVerdicts(all *upload) error {
	if _, err := all.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="verdicts.csv"`)
	h.Set(echo.HeaderContentLength, strconv.FormatInt(all.size, 10))
	return v.Stream(http.StatusOK, "text/csv; charset=utf-8", all)
}

// exportTable sends the subscribers that the filter chooses as a table.
func (a *Admin) exportTable(v *visit) error {
	f := v.subscriberFilter(v.QueryParams())
	if err := a.store.RecordDownload(v.Request().Context(), v.actor(), namets.KindSubscribers); err != nil {
		return err
	}
	h := v.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="subscribers-`+a.now().Format("2006-01-02")+`.csv"`)
	h.Set("X-Content-Type-Options", "nosniff")
	out := bufio.NewWriterSize(v.Response(), 32<<10)
	err := transfer.EncodeSubscribersCSV(out, func(yield func(*namets.Subscriber) error) error {
		return a.store.EachSubscriber(v.Request().Context(), f, yield)
	})
	return errors.Join(err, out.Flush())
}
