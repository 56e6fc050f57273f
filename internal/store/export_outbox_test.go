package store

// OutboxStatements are what the worker and the pages ask again and again.
func (db *DB) OutboxStatements() map[string]string {
	d := db.dialect
	return map[string]string{
		"claim": claimSQL(d), "claim urgent": claimUrgentSQL(d), "claim newest": claimNewestSQL(d),
		"wake": wakeSQL(d), "wake urgent": wakeUrgentSQL(d), "agenda": agendaSQL(d), "next wake": nextWakeSQL(d),
		"prune": pruneSQL, "strip": stripSQL, "stats": deliveryStatsSQL(d),
	}
}
