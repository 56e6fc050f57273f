// Package transfer reads rows from files and writes rows to files (contract section 9).
//
// It detects two formats: this service's own, a JSON object with six lists, and the JSON array that
// the Django site's manage.py dumpdata writes. It writes its own format.
//
// A file is imported completely or not at all. The form is checked strictly: an unknown, missing or
// repeated key, a value of the wrong type, an invalid time, and two rows with the same id, slug,
// token, date or e-mail address (of one mailbox, see [namets.EmailKey]) are complaints. The meaning
// is not: what the original stored is accepted byte for byte. Every complaint has its position, and
// all complaints are reported together. None contains a value from the file that could be personal
// or secret.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"namets/internal/namets"
)

// Options control an [Import].
type Options struct {
	// Replace allows a row of the file to replace a stored row with the same id and different
	// content.
	Replace bool
	// DryRun reports all complaints and counts, but writes nothing.
	DryRun bool
	// AnnounceFuture queues the rows with send_email and a future time that were never announced,
	// each for its time. Without it they count as announced (contract section 7).
	AnnounceFuture bool
	// IgnoreSuppressed imports addresses of people who have unsubscribed.
	IgnoreSuppressed bool
	// Now is the time after which a row counts as future.
	Now time.Time
}

// Summary says what an import did or, with DryRun, would do.
type Summary struct {
	Format Format
	// Kinds has one entry for each of [namets.ContentKinds], in that order.
	Kinds []namets.KindCount
	// Foreign counts the objects of a Django dump whose models this service does not store, by
	// model in alphabetical order.
	Foreign []ModelCount
	// FutureAnnouncements and FutureEvents count the rows of the file with send_email and a future
	// time.
	FutureAnnouncements, FutureEvents int
	// Queued counts those that AnnounceFuture has queued, by the store's clock.
	Queued int
	// Suppressed counts the subscribers of the file who have unsubscribed: left out, or imported
	// with IgnoreSuppressed.
	Suppressed int
}

// ModelCount counts the objects of one Django model.
type ModelCount struct {
	Model string
	Count int
}

type store interface {
	// Import stores data in one transaction, or nothing if a row conflicts with a stored one.
	Import(ctx context.Context, by namets.Actor, data *namets.Dataset,
		opts namets.ImportOptions) (namets.ImportReport, error)
}

// Import reads a file to its end and stores its rows in one transaction. It blocks on r and on the
// store.
//
// If the file has errors or conflicts with stored rows, nothing is stored and the error is, or
// wraps, [*Complaints]. They include the conflicts of the valid rows with the store, unless the
// JSON itself is cut off. Any other error comes from r or from the store.
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

// future counts the announcements and events with send_email and a time after now.
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
