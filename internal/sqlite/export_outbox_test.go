package sqlite

// What the tests of the outbox look at from outside.
const (
	ClaimSQL         = claimSQL
	AgendaSQL        = agendaSQL
	PruneSQL         = pruneSQL
	StripSQL         = stripSQL
	DeliveryStatsSQL = deliveryStatsSQL
)
