package namets

import "time"

// AuditEntry says who did what, and when. It holds neither secrets nor addresses of subscribers.
type AuditEntry struct {
	ID       int64
	At       time.Time
	By       Actor
	Action   string   // create, update, delete, retry, …
	Entity   string   // what it was done to: the table of the row, or empty
	EntityID int64    // 0: no single row
	Changed  []string // the fields that an update changed
	Count    int      // of rows that one act changed; 0 when that is not told
	// Fingerprint is that of the API token which the act brought, Reason what led to it; both are empty for other acts.
	Fingerprint, Reason string
	// Times is how often it happened, from At to LastAt; 0 and nil for what is no [Refusal].
	Times  int
	LastAt *time.Time
}

// AuditFilter chooses entries. Zero fields choose all.
type AuditFilter struct {
	Actor    string // the name
	Entity   string
	EntityID int64     // with Entity
	From, To time.Time // done then or later, and before that; zero: whenever
	Before   int64     // an id: only older ones, for the next page
	Limit    int       // at most this many, 0: 50
}
