package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// rowImport imports rows of subscribers, or only computes the results.
type rowImport struct {
	*importer
	by      namets.Actor
	dryRun  bool
	program *namets.ProgramImport // nil for a committee's table

	all, own                       *table[namets.Subscriber] // own without columns derived from the address
	byKey, insert, update, consent *sql.Stmt
	loosely                        map[int64]bool // subscribers matched by a row with another spelling

	asked      int // addresses asked to confirm
	askedToday int // e-mails that programs had asked for in the last day
}

// newRowImport prepares the statements of an import; close closes them.
func (t *tx) newRowImport(ctx context.Context, by namets.Actor, opts namets.SubscriberImport) (*rowImport, error) {
	all := subscribers()
	own := all.own()
	im := &rowImport{importer: &importer{tx: t, report: &namets.ImportReport{}}, by: by, dryRun: opts.DryRun,
		program: opts.Program, all: all, own: own, loosely: map[int64]bool{}}
	var err error
	if im.left, err = readSuppressions(ctx, t, "true"); err != nil {
		return nil, err
	}
	if im.program != nil {
		if im.askedToday, err = t.askedByPrograms(ctx); err != nil {
			return nil, err
		}
	}
	for _, s := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&im.byKey, "select " + own.names() + " from subscribers where email_key = $1"},
		{&im.insert, "insert into subscribers (" + all.names()[len("id, "):] + ", " + all.announcedColumn +
			") values (" + placeholders(len(all.columns)) + ") returning id"},
		{&im.update, "update subscribers set " + own.assignments() + " where id = $1"},
		{&im.consent, storeConsent},
	} {
		if *s.into, err = t.PrepareContext(ctx, s.query); err != nil {
			im.close()
			return nil, err
		}
	}
	return im, nil
}

func (im *rowImport) close() {
	for _, s := range []*sql.Stmt{im.byKey, im.insert, im.update, im.consent} {
		if s != nil {
			_ = s.Close() // of a transaction that ends
		}
	}
}

// find returns the subscriber to which the row applies, and reports whether there is one. An
// earlier version may have stored two subscribers for one mailbox; one of them then has a key of
// its own.
func (im *rowImport) find(ctx context.Context, row *namets.SubscriberRow) (before namets.Subscriber,
	found bool, err error) {
	spellings := row.Spellings()
	for _, spelling := range spellings {
		for i, key := range namets.EmailKeys(spelling) {
			if !storable(key) {
				continue
			}
			var s namets.Subscriber
			err := im.byKey.QueryRowContext(ctx, key).Scan(im.own.fields(&s)...)
			switch {
			case errors.Is(err, sql.ErrNoRows):
			case err != nil:
				return s, false, err
			case s.Email == spellings[0]:
				return s, !row.Exact || !im.loosely[s.ID], nil
			case s.Email == spelling, i == 0 && !found && spelling == *row.Patch.Email:
				before, found = s, true
			}
		}
	}
	if found = found && !row.Exact; found {
		im.loosely[before.ID] = true
	}
	return before, found, nil
}

// subscriber stores one row.
func (im *rowImport) subscriber(ctx context.Context, row *namets.SubscriberRow) (namets.RowResult, error) {
	before, found, err := im.find(ctx, row)
	if err != nil {
		return namets.RowResult{}, err
	}
	why := im.badClaim(row, &before, found)
	switch {
	case why != nil:
		return namets.Refused(why), nil
	case found && im.mode() == namets.CreateOnly:
		return namets.RefusedRow(namets.ErrExists), nil
	case found: // a stored subscriber has come back, or was added by hand
		return im.changeSubscriber(ctx, row, &before)
	case row.Exact:
		return namets.RowResult{Verdict: namets.ImportRefused}, nil
	case im.mode() == namets.UpdateOnly:
		return namets.RefusedRow(namets.ErrMissing), nil
	}
	if s, is := im.left.of(*row.Patch.Email); is && !s.Lifted(row.Consent) {
		return namets.RowResult{Verdict: namets.ImportLeft}, nil
	}
	return im.addSubscriber(ctx, row)
}

func (im *rowImport) mode() namets.WriteMode {
	if im.program == nil {
		return namets.Upsert
	}
	return im.program.Mode
}

// badClaim returns what is wrong with the row, nil if nothing is wrong with its consent.
func (im *rowImport) badClaim(row *namets.SubscriberRow, before *namets.Subscriber, found bool) error {
	if row.Consent == nil {
		return nil
	}
	wrong := row.Consent.Validate(im.now)
	if wrong == nil {
		return nil
	}
	if found {
		_, why := row.Onto(before)
		return namets.JoinProblems(wrong, why)
	}
	s := namets.NewSubscriber(*row.Patch.Email)
	row.Patch.Apply(&s)
	return namets.JoinProblems(wrong, s.Validate())
}

// keyTaken returns a Conflict if s has another key than was, and it belongs to another subscriber.
func (im *rowImport) keyTaken(ctx context.Context, s *namets.Subscriber, was string) (why, err error) {
	if s.Key == "" || s.Key == was {
		return nil, nil
	}
	taken, err := im.all.taken(ctx, im.tx, "key", s.Key, s.ID)
	if taken {
		why = &namets.Error{Code: namets.Conflict, Field: "key", Message: "belongs to another subscriber already"}
	}
	return why, err
}

// changeSubscriber stores the changes of the row. Nobody becomes active again.
func (im *rowImport) changeSubscriber(ctx context.Context, row *namets.SubscriberRow,
	before *namets.Subscriber) (namets.RowResult, error) {
	if s, is := im.left.of(before.Email); is && s.Reason.Final() && !before.IsActive {
		return namets.RowResult{Verdict: namets.ImportEnded}, nil
	}
	after, why := row.Onto(before)
	if why != nil {
		return namets.Refused(why), nil
	}
	if why, err := im.keyTaken(ctx, &after, before.Key); why != nil || err != nil {
		return namets.Refused(why), err
	}
	stays := !before.IsActive && (after.IsActive || im.program != nil)
	after.IsActive = after.IsActive && before.IsActive
	keepMeta(im.own.fields(before), im.own.fields(&after))
	changed, err := im.own.changed(im.own.fields(before), im.own.fields(&after))
	if err != nil {
		return namets.RowResult{}, err
	}
	if !im.dryRun {
		if changed, err = im.storeChange(ctx, row, before, &after, changed); err != nil {
			return namets.RowResult{}, err
		}
	}
	verdict := namets.ImportChanged
	switch {
	case stays && len(changed) == 0:
		verdict = namets.ImportStays
	case stays:
		verdict = namets.ImportInactive
	case len(changed) == 0:
		verdict = namets.ImportUnchanged
	}
	return namets.RowResult{Verdict: verdict, ID: before.ID}, nil
}

// storeChange stores the changed fields of a subscriber and the consent of the row. It returns what
// has changed, with the consent.
func (im *rowImport) storeChange(ctx context.Context, row *namets.SubscriberRow, before, after *namets.Subscriber,
	changed []string) ([]string, error) {
	if len(changed) > 0 {
		after.Updated = im.now
		if _, err := im.update.ExecContext(ctx, im.own.fields(after)...); err != nil {
			return nil, err
		}
	}
	claimed, err := im.storeClaim(ctx, before.ID, row.Consent)
	if err != nil {
		return nil, err
	}
	if claimed {
		changed = append(changed, consentField)
	}
	if im.program == nil || len(changed) == 0 {
		return changed, nil
	}
	consent := row.Consent
	if !claimed {
		consent = nil
	}
	detail := consentChange(changed, consent)
	if err := im.audit(ctx, im.by, "update", namets.KindSubscribers, before.ID, detail); err != nil {
		return nil, err
	}
	return changed, im.notifyAboutSubscriber(ctx, before, after)
}

// addSubscriber stores the row of a new subscriber, or asks the address to confirm.
func (im *rowImport) addSubscriber(ctx context.Context, row *namets.SubscriberRow) (namets.RowResult, error) {
	s := namets.NewSubscriber(*row.Patch.Email)
	row.Patch.Apply(&s)
	if why := s.Validate(); why != nil {
		return namets.Refused(why), nil
	}
	if why, err := im.keyTaken(ctx, &s, ""); why != nil || err != nil {
		return namets.Refused(why), err
	}
	if im.program != nil && row.Consent == nil {
		return im.ask(ctx, &s)
	}
	if im.dryRun {
		return namets.RowResult{Verdict: namets.ImportAdded}, nil
	}
	s.Created, s.Updated = im.now, im.now
	s.Token, s.SubscribedAt, s.LastNotified = namets.NewUUID(), im.now, row.LastNotified
	if row.SubscribedAt != nil {
		s.SubscribedAt = *row.SubscribedAt
	}
	var announced any
	if im.program == nil {
		announced = im.all.announced(&s, im.importer)
	}
	err := im.insert.QueryRowContext(ctx, append(im.all.fields(&s)[1:], announced)...).Scan(&s.ID)
	if err != nil {
		return namets.RowResult{}, err
	}
	if row.Spellings()[0] != s.Email {
		im.loosely[s.ID] = true
	}
	if im.program != nil {
		err = im.settleNew(ctx, row, &s)
	}
	return namets.RowResult{Verdict: namets.ImportAdded, ID: s.ID}, err
}

// settleNew stores what belongs to a new subscriber of a program: the consent, the audit row and
// the notification.
func (im *rowImport) settleNew(ctx context.Context, row *namets.SubscriberRow, s *namets.Subscriber) error {
	if _, err := im.storeClaim(ctx, s.ID, row.Consent); err != nil {
		return err
	}
	if _, is := im.left.of(s.Email); is {
		if err := im.unsuppress(ctx, s.Email); err != nil {
			return err
		}
	}
	given := consentGiven{consentDetail(row.Consent)}
	if err := im.audit(ctx, im.by, "create", namets.KindSubscribers, s.ID, given); err != nil {
		return err
	}
	return im.notifyAboutSubscriber(ctx, &namets.Subscriber{Notify: s.Notify}, s)
}

// ask asks the address of s to confirm, within the limits.
func (im *rowImport) ask(ctx context.Context, s *namets.Subscriber) (namets.RowResult, error) {
	switch {
	case im.program.Ask == 0:
		return namets.RefusedRow(namets.ErrNoConsent), nil
	case im.asked >= im.program.Ask, im.askedToday+im.asked >= namets.AskLimit:
		return namets.RefusedRow(namets.ErrAskLimit), nil
	}
	im.asked++
	if im.dryRun {
		return namets.RowResult{Verdict: namets.ImportAsked}, nil
	}
	request := namets.SubscriptionRequest{Email: s.Email, Notify: s.Notify, DoubleOptIn: true,
		Consent: namets.Consent{From: im.by.Address, Text: askedText}}
	return namets.RowResult{Verdict: namets.ImportAsked}, im.askToConfirm(ctx, im.by, request, im.program.Links)
}
