package admin

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"namets/internal/namets"
	"namets/internal/transfer"
)

// tableStore is what importing and exporting tables of subscribers needs.
type tableStore interface {
	// ImportSubscribers returns a verdict for each row.
	ImportSubscribers(ctx context.Context, by namets.Actor, rows []namets.SubscriberRow, dryRun bool) ([]namets.ImportVerdict, error)
	// EachSubscriber calls yield for those that the filter chooses, in one read transaction.
	EachSubscriber(ctx context.Context, f namets.SubscriberFilter, yield func(*namets.Subscriber) error) error
}

const (
	importPath = subscribersPath + "/import"
	// maxTable is the largest table that can be sent, in bytes, and maxForm the rest of its form.
	// An export of as many rows as an import takes is smaller.
	maxTable = 32 << 20
	maxForm  = 64 << 10
	// maxCarried is the largest table that the page of its verdicts carries along, so that it need not be chosen again.
	maxCarried = 256 << 10
	// maxVerdicts is how many rows the page shows.
	maxVerdicts = 100
)

// BodyLimits returns the largest body of a request, in bytes, by route, where it is not the server's own.
func (a *Admin) BodyLimits() map[string]int64 {
	return map[string]int64{importPath: maxTable + maxForm, prayerImportPath: maxTable + maxForm}
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
	data, err := v.postedTable()
	var table *transfer.Table
	if err == nil {
		table, err = transfer.DecodeSubscribersCSV(data)
	}
	if one, ok := errors.AsType[*namets.Error](err); ok && one.Code == namets.Invalid {
		p := &importPage{page: v.page("Import subscribers"), FileError: "The file " + one.Message + "."}
		p.Faults = []fault{{"file", p.FileError}}
		return v.render(http.StatusUnprocessableEntity, "import", p)
	}
	if err != nil {
		return err
	}
	step := v.FormValue("step")
	dry := step != "import"
	verdicts, err := a.store.ImportSubscribers(v.Request().Context(), v.actor(), table.Rows, dry)
	if err != nil {
		return err
	}
	if step == "verdicts" {
		return v.sendVerdicts(table, verdicts)
	}
	counts := map[namets.ImportVerdict]int{}
	for _, verdict := range verdicts {
		counts[verdict]++
	}
	if !dry {
		return v.done(subscribersPath, "The table is imported: "+count(counts[namets.ImportAdded]).String()+" added, "+
			count(counts[namets.ImportChanged]+counts[namets.ImportInactive]).String()+" changed, "+count(len(table.Bad)).String()+" with mistakes left out.")
	}
	p := verdictPage(table, verdicts, counts)
	p.page = v.page("Import subscribers")
	if len(data) <= maxCarried {
		p.Carried = string(data)
	}
	return v.render(http.StatusOK, "import", p)
}

// postedTable returns the table: the file that was chosen, or what the page before has carried along.
func (v *visit) postedTable() ([]byte, error) {
	refuse := func(message string) error {
		return &namets.Error{Code: namets.Invalid, Field: "file", Message: message}
	}
	if text := v.FormValue("table"); text != "" {
		return []byte(text), nil
	}
	header, err := v.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return nil, refuse("is missing: choose one")
	case err != nil:
		return nil, badForm(err)
	case header.Size > maxTable:
		return nil, refuse("is larger than 32 MB: split it")
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(file)
	return data, errors.Join(err, file.Close())
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
		{namets.ImportInactive, "inactive, stay so, the rest to be changed", "Is inactive and stays so; the rest would be changed", true},
		{namets.ImportStays, "inactive, stay so", "Is inactive and stays so", true},
	}
}

// verdictPage says what a table would do.
func verdictPage(table *transfer.Table, verdicts []namets.ImportVerdict, counts map[namets.ImportVerdict]int) *importPage {
	p := &importPage{Checked: true, Ignored: table.Ignored}
	p.Changes = count(counts[namets.ImportAdded] + counts[namets.ImportChanged] + counts[namets.ImportInactive])
	if len(table.Bad) > 0 {
		p.Counts = append(p.Counts, verdictCount{count(len(table.Bad)), "with mistakes, left out"})
	}
	for _, t := range verdictTexts() {
		if counts[t.verdict] > 0 {
			p.Counts = append(p.Counts, verdictCount{count(counts[t.verdict]), t.many})
		}
	}
	p.Verdicts = shownVerdicts(table, verdicts)
	p.More = count(len(verdicts) + len(table.Bad) - len(p.Verdicts))
	return p
}

// shownVerdicts returns the verdicts that fit on the page: what needs a look comes first, then the lines in their order.
func shownVerdicts(table *transfer.Table, verdicts []namets.ImportVerdict) []rowVerdict {
	var notable, others []rowVerdict
	for _, bad := range table.Bad[:min(len(table.Bad), maxVerdicts)] {
		notable = append(notable, rowVerdict{bad.Line, excerpt(bad.Email), capital(bad.Message), true})
	}
	texts := map[namets.ImportVerdict]verdictText{}
	for _, t := range verdictTexts() {
		texts[t.verdict] = t
	}
	for i, verdict := range verdicts {
		row := rowVerdict{table.Lines[i], *table.Rows[i].Patch.Email, texts[verdict].one, texts[verdict].notable}
		switch {
		case row.Bad && len(notable) < 2*maxVerdicts:
			notable = append(notable, row)
		case !row.Bad && len(others) < maxVerdicts:
			others = append(others, row)
		}
	}
	slices.SortStableFunc(notable, func(a, b rowVerdict) int { return a.Line - b.Line })
	list := append(notable, others...)
	return list[:min(len(list), maxVerdicts)]
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
func (v *visit) sendVerdicts(table *transfer.Table, verdicts []namets.ImportVerdict) error {
	rows := make([]transfer.RowVerdict, 0, len(verdicts)+len(table.Bad))
	for _, bad := range table.Bad {
		rows = append(rows, transfer.RowVerdict{Line: bad.Line, Email: bad.Email, Verdict: bad.Message})
	}
	for i, verdict := range verdicts {
		rows = append(rows, transfer.RowVerdict{Line: table.Lines[i], Email: *table.Rows[i].Patch.Email, Verdict: string(verdict)})
	}
	slices.SortStableFunc(rows, func(a, b transfer.RowVerdict) int { return a.Line - b.Line })
	h := v.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="verdicts.csv"`)
	out := bufio.NewWriterSize(v.Response(), 32<<10)
	return errors.Join(transfer.EncodeVerdictsCSV(out, rows), out.Flush())
}

// exportTable sends the subscribers that the filter chooses as a table.
func (a *Admin) exportTable(v *visit) error {
	f := v.subscriberFilter(v.QueryParams())
	if err := a.store.RecordDownload(v.Request().Context(), v.actor(), string(namets.KindSubscribers)); err != nil {
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
