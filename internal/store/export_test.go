package store

import (
	"context"
	"database/sql"
)

// What the tests of this package look at from outside.
const (
	RecipientsSQL            = recipientsSQL
	ActiveAnnouncementsSQL   = activeAnnouncements
	ActiveEventsSQL          = activeEvents
	ActivePrayerSchedulesSQL = activePrayerSchedules
	PublicAnnouncementsSQL   = publicAnnouncements
	PublicEventsSQL          = publicEvents
	PublicPrayerSchedulesSQL = publicPrayerSchedules
)

// Writer returns the writer pool.
func (db *DB) Writer() *sql.DB { return db.writer }

// Reader returns the reader pool.
func (db *DB) Reader() *sql.DB { return db.reader.DB }

// SuppressAs notes that an address has left as an earlier version did, which knew it by this form.
func (db *DB) SuppressAs(ctx context.Context, form string) error {
	return db.write(ctx, func(t *tx) error {
		key, err := t.key(ctx)
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `insert into suppressed (address_hash, since) values ($1, 1)`,
			key.hash(forAddresses, form))
		return err
	})
}
