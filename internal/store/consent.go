package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"namets/internal/namets"
)

const (
	// askedText stands for the version of the text next to the button, in the consent of somebody
	// whom a program has asked to confirm.
	askedText = "program"
	// consentField names a recorded consent among the changed fields of an audit row.
	consentField = "consent"
)

// storeConsent records a consent that a program claims, unless the person has consented here or a
// consent that is as new is recorded already.
const storeConsent = `
	insert into consents (subscriber_id, asked_at, asked_from, consent_text, source) values ($1, $2, $3, '', $4)
	on conflict (subscriber_id) do update set asked_at = excluded.asked_at, source = excluded.source
		where consents.source <> '' and excluded.asked_at > consents.asked_at`

// storeClaim records the consent, if there is one, and reports whether that changed anything.
func (im *rowImport) storeClaim(ctx context.Context, id int64, c *namets.ClaimedConsent) (bool, error) {
	if c == nil {
		return false, nil
	}
	result, err := im.consent.ExecContext(ctx, id, c.At.UnixMicro(), []byte{}, c.Source)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// consentGiven is the detail of an audit row about a consent that was recorded. The source stays
// out of it: it may name the person.
type consentGiven struct {
	ConsentAt string `json:"consent_at,omitempty"`
}

func consentDetail(c *namets.ClaimedConsent) string {
	if c == nil {
		return ""
	}
	return namets.FormatDateTime(c.At, time.UTC)
}

// consentChange is the detail of an audit row about changed fields, of which one is the consent if
// c is not nil.
func consentChange(changed []string, c *namets.ClaimedConsent) any {
	return struct {
		fieldChanges
		consentGiven
	}{fieldChanges{changed}, consentGiven{consentDetail(c)}}
}

// Consent returns what is known of the consent of the subscriber with the id; nil for nothing.
func (db *DB) Consent(ctx context.Context, id int64) (*namets.RecordedConsent, error) {
	var c namets.RecordedConsent
	err := db.reader.QueryRowContext(ctx, `select coalesce(confirmed_at, asked_at), confirmed_at is not null, source
		from consents where subscriber_id = $1`, id).Scan(instant{&c.At}, flag{&c.Confirmed}, &c.Source)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, db.wrap(err)
	}
	return &c, nil
}
