package store

import (
	"database/sql"
)

// PageStatements are the queries behind the six API paths and the public pages.
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

// ReportStatements are the queries about what people were sent.
func (db *DB) ReportStatements() map[string]string {
	return map[string]string{"mail counts": mailCountsSQL, "mails to": mailsToSQL(db.dialect)}
}

// ChangeStatements are the queries of a consumer that asks, and of what removes old changes.
func (db *DB) ChangeStatements() map[string]string {
	return map[string]string{"ask": askSQL(db.dialect), "deletions": "select topic " + prunable + " order by at"}
}

// Writer returns the writer pool.
func (db *DB) Writer() *sql.DB { return db.writer }

// Reader returns the reader pool.
func (db *DB) Reader() *sql.DB { return db.reader.DB }

// OutboxStatements are the queries that the worker and the pages run frequently.
func (db *DB) OutboxStatements() map[string]string {
	d := db.dialect
	return map[string]string{
		"claim": claimSQL(d), "claim urgent": claimUrgentSQL(d), "claim newest": claimNewestSQL(d),
		"wake": wakeSQL(d), "wake urgent": wakeUrgentSQL(d), "agenda": agendaSQL(d), "next wake": nextWakeSQL(d),
		"upcoming": upcomingSQL(d), "long paused": longPausedSQL,
		"prune": pruneSQL, "strip": stripSQL, "stats": deliveryStatsSQL(d),
		"oldest of a target": oldestPendingSQL, "last attempt of a hook": lastHookAttemptSQL,
	}
}
