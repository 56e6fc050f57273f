package store

import (
	"context"
	"database/sql"
)

// PageStatements are the queries behind the API's six paths and the public pages.
func (db *DB) PageStatements() map[string]string {
	d := db.dialect
	return map[string]string{
		"recipients":              recipientsSQL(d),
		"refused sign-ins":        refusedSignInsSQL,
		"active announcements":    "select id from announcements " + activeAnnouncements,
		"active events":           "select id from events " + activeEvents,
		"active prayer schedules": "select id from prayer_schedules " + activePrayerSchedules,
		"public announcements":    "select * from announcements" + publicAnnouncements(d),
		"public events":           "select * from events" + publicEvents(d),
		"public prayer schedules": "select * from prayer_schedules " + publicPrayerSchedules,
	}
}

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
