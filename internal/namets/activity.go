package namets

import "time"

// AuditEntry says who did what, and when. It holds no secrets, and no address of a subscriber but
// as the Subject: that is read from the subscriber, and stored nowhere else.
type AuditEntry struct {
	ID       int64
	At       time.Time
	By       Actor
	Action   string   // create, update, delete, retry, …
	Entity   string   // what it was done to: the table of the row, or empty
	EntityID int64    // 0: no single row
	Changed  []string // the fields that an update changed
	Count    int      // of rows that one act changed; 0 when that is not told
	// Subject is what people know the row by: a title, a name, a day, the address of a subscriber,
	// the kind of a delivery. It is that of now, or that of the row when it was deleted; empty
	// where nothing is known.
	Subject string
	// First and Last are the days that an act on many days is about; empty for others.
	First, Last string
	// Fingerprint is that of the API token which the act brought, Reason what led to it; both are
	// empty for other acts.
	Fingerprint, Reason string
	// Times is how often it happened, from At to LastAt; 0 and nil for what is no [Refusal].
	Times  int
	LastAt *time.Time
}

// AuditFilter chooses entries. Zero fields choose all. What one act did to many rows is one entry,
// unless EntityID asks for one of the rows.
type AuditFilter struct {
	Actor    string // the name
	Entity   string
	EntityID int64     // with Entity
	From, To time.Time // done then or later, and before that; zero: whenever
	Before   int64     // an id: only older ones, for the next page
	Limit    int       // at most this many, 0: 50
}
