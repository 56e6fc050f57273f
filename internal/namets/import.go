package namets

// ImportOptions control the import of a [Dataset].
type ImportOptions struct {
	// Replace allows a row of the data to replace a stored row with the same id and different
	// content. Without it that is a conflict.
	Replace bool
	// DryRun finds conflicts and counts, but writes nothing.
	DryRun bool
	// AnnounceFuture queues the announcements and events of the data with SendEmail and a future
	// time that were never announced, each for its time. Without it they count as announced, as
	// past ones always do (section 7).
	AnnounceFuture bool
	// IgnoreSuppressed imports addresses of people who have unsubscribed, and removes the record of
	// that.
	IgnoreSuppressed bool
}

// ImportReport says what an import did or, with DryRun, would do.
type ImportReport struct {
	// Kinds has one entry for each of [ContentKinds], in that order.
	Kinds []KindCount
	// Conflicts are all rows that conflict with stored rows. If there is one, nothing was written.
	Conflicts []RowConflict
	// Queued counts the announcements and events queued by AnnounceFuture.
	Queued int
	// Suppressed counts the subscribers who have unsubscribed: left out, or imported with
	// IgnoreSuppressed.
	Suppressed int
}

// KindCount counts the imported rows of one kind by result.
type KindCount struct {
	Kind      Kind
	Added     int // the id was free
	Unchanged int // the same row was stored already
	Replaced  int // the id held another content
}

// RowConflict is a row of the data that conflicts with a stored row.
type RowConflict struct {
	Kind  Kind
	Index int // in the slice of this kind in the [Dataset], from 0
	// Field is the field in conflict, named as in the file (section 9): "id", "email",
	// "category_id".
	Field string
	// Message says what is wrong and what would be right, in lower case. It contains no e-mail
	// address and no token.
	Message string
}
