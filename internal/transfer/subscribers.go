package transfer

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"

	"namets/internal/namets"
)

// SubscriberStore stores rows of subscribers.
type SubscriberStore interface {
	// ImportSubscriberRows calls result after each row and before it reads the next one. An error
	// of rows is returned as it is. It reports whether what it stored is committed.
	ImportSubscriberRows(ctx context.Context, by namets.Actor, rows iter.Seq2[namets.SubscriberRow, error],
		opts namets.SubscriberImport, result func(namets.RowResult)) (done bool, err error)
}

// SubscriberSource yields the rows of an import.
type SubscriberSource interface {
	// Next returns the next row, valid or bad. The error is io.EOF after the last one.
	Next() (TableRow, error)
	// Take marks a bad row as imported.
	Take(row *TableRow)
}

// SubscriberResult is the result of one row of [ImportSubscribers].
type SubscriberResult struct {
	Line  int
	Email string // as it was typed
	namets.RowResult
	// Bad is why the row is refused; nil if it is not.
	Bad *BadRow
}

// ImportSubscribers passes the readable rows of a source to the store, in one transaction, and
// calls report with the result of each row, in their order. It stops at the first error of the
// source and of report, and then stores nothing. It reports whether what it stored is committed.
func ImportSubscribers(ctx context.Context, store SubscriberStore, by namets.Actor, source SubscriberSource,
	opts namets.SubscriberImport, report func(SubscriberResult) error) (done bool, err error) {
	im := &subscriberImport{source: source, report: report}
	return store.ImportSubscriberRows(ctx, by, im.rows, opts, im.result)
}

// subscriberImport is an import in progress.
type subscriberImport struct {
	source SubscriberSource
	report func(SubscriberResult) error
	row    TableRow
	err    error // of report
}

// rows yields the rows that the store can judge.
func (im *subscriberImport) rows(yield func(namets.SubscriberRow, error) bool) {
	for im.err == nil {
		var err error
		im.row, err = im.source.Next()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			yield(im.row.SubscriberRow, err)
			return
		case im.row.Bad != nil && !im.row.Readable:
			im.err = im.refuse(im.row.Bad, im.row.Why)
		case !yield(im.row.SubscriberRow, nil):
			return
		}
	}
	yield(im.row.SubscriberRow, im.err)
}

// result reports the result of the current row.
func (im *subscriberImport) result(r namets.RowResult) {
	if r.Verdict == namets.ImportRefused {
		im.err = im.refuse(im.refusal(r.Why))
		return
	}
	if im.row.Bad != nil {
		im.source.Take(&im.row)
	}
	im.err = im.report(SubscriberResult{im.row.Line, strings.Clone(*im.row.Patch.Email), r, nil})
}

// refusal returns the reason why the store refused the row: why, or what the source has found wrong
// with it.
func (im *subscriberImport) refusal(why error) (*BadRow, error) {
	bad := BadRow{Line: im.row.Line, Email: strings.Clone(*im.row.Patch.Email), Message: "cannot be imported"}
	if im.row.Bad != nil {
		bad = *im.row.Bad
	}
	first, ok := errors.AsType[*namets.Error](why) // of several
	if !ok {
		return &bad, im.row.Why
	}
	bad.Message = first.Field + " " + first.Message
	return &bad, why
}

func (im *subscriberImport) refuse(bad *BadRow, why error) error {
	return im.report(SubscriberResult{bad.Line, bad.Email, namets.Refused(why), bad})
}
