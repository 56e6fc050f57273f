// Package transfer turns files into rows and rows into files (contract section 9).
//
// It reads two formats, which it tells apart by itself: this service's own, a JSON object with six
// lists, and the dump that the Django site writes with manage.py dumpdata, a JSON array. It writes
// the former.
//
// A file is taken as a whole or not at all. Reading is strict about form: an unknown, missing or
// repeated key, a value of the wrong type, a time that is none, are complaints, and so are two
// rows with the same id, slug, token, date or e-mail address (of one mailbox, see
// [namets.EmailKey]). It is not strict about sense: what the original stored passes byte for byte.
// Every complaint carries its position, and all of them come at once. None contains a value from
// the file that could be personal or secret.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"namets/internal/namets"
)

// Options says how [Import] takes in a file.
type Options struct {
	// Replace lets a row of the file take the place of a stored row with the same id and other
	// content.
	Replace bool
	// DryRun looks for every complaint and counts, but writes nothing.
	DryRun bool
	// AnnounceFuture queues the rows that carry send_email, lie in the future and were never
	// announced, each for its time. Without it they count as announced (contract section 7).
	AnnounceFuture bool
	// IgnoreSuppressed brings back the addresses of the file that have left.
	IgnoreSuppressed bool
	// Now is the instant after which a row counts as lying in the future.
	Now time.Time
}

// Summary says what an import did or, with DryRun, would do.
type Summary struct {
	Format Format
	// Kinds has one entry for each of [namets.ContentKinds], in that order.
	Kinds []namets.KindCount
	// Foreign counts the objects of a Django dump that this service does not keep, by model in
	// alphabetical order.
	Foreign []ModelCount
	// FutureAnnouncements and FutureEvents count the rows of the file that carry send_email and
	// lie in the future.
	FutureAnnouncements, FutureEvents int
	// Queued counts those among them that AnnounceFuture has queued, by storage's clock.
	Queued int
	// Suppressed counts the subscribers of the file that have left: they were left out, or brought
	// back with IgnoreSuppressed.
	Suppressed int
}

// ModelCount counts the objects of one Django model.
type ModelCount struct {
	Model string
	Count int
}

type store interface {
	// Import stores data in one transaction, or nothing when a row is in conflict with what is
	// stored.
	Import(ctx context.Context, by namets.Actor, data *namets.Dataset,
		opts namets.ImportOptions) (namets.ImportReport, error)
}

// Import reads a file to its end and stores its rows in one transaction. It blocks for as long as
// r and the storage do.
//
// When something is wrong with the file, or when stored rows are in the way, nothing is stored
// and the error is, or wraps, [*Complaints]. They include the conflicts of the sound rows with
// storage, unless the JSON itself breaks off. Any other error comes from r or from storage.
func Import(ctx context.Context, st store, by namets.Actor, r io.Reader, o Options) (Summary, error) {
	f, err := Decode(r)
	bad, malformed := errors.AsType[*Complaints](err)
	if err != nil && (!malformed || f.broken) {
		return Summary{}, err
	}
	opts := namets.ImportOptions{
		Replace: o.Replace, DryRun: o.DryRun || malformed, AnnounceFuture: o.AnnounceFuture,
		IgnoreSuppressed: o.IgnoreSuppressed,
	}
	report, err := st.Import(ctx, by, &f.Data, opts)
	switch {
	case err != nil && malformed:
		return Summary{}, errors.Join(bad, fmt.Errorf("look for conflicts with stored rows: %w", err))
	case err != nil:
		return Summary{}, fmt.Errorf("store the rows of the file: %w", err)
	}
	if bad = bad.with(f.locate(report.Conflicts)); bad != nil {
		return Summary{}, bad
	}
	s := Summary{Format: f.Format, Kinds: report.Kinds, Foreign: f.Foreign, Queued: report.Queued,
		Suppressed: report.Suppressed}
	s.FutureAnnouncements, s.FutureEvents = future(&f.Data, o.Now)
	return s, nil
}

// future counts the announcements and events that carry send_email and lie after now.
func future(data *namets.Dataset, now time.Time) (announcements, events int) {
	for _, a := range data.Announcements {
		if a.SendEmail && a.PublishAt.After(now) {
			announcements++
		}
	}
	for _, e := range data.Events {
		if e.SendEmail && e.Start.After(now) {
			events++
		}
	}
	return announcements, events
}
