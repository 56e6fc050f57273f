package store

// What the tests of the outbox look at from outside.
const (
	ClaimSQL         = claimSQL
	ClaimUrgentSQL   = claimUrgentSQL
	ClaimNewestSQL   = claimNewestSQL
	WakeSQL          = wakeSQL
	WakeUrgentSQL    = wakeUrgentSQL
	AgendaSQL        = agendaSQL
	NextWakeSQL      = nextWakeSQL
	PruneSQL         = pruneSQL
	StripSQL         = stripSQL
	DeliveryStatsSQL = deliveryStatsSQL
)
