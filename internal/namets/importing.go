package namets

// Kind names one of the six lists of a [Dataset], as its file does (section 9).
type Kind string

// The kinds, in the order in which a file carries them.
const (
	KindSubscribers     Kind = "subscribers"
	KindAnnouncements   Kind = "announcements"
	KindEventCategories Kind = "event_categories"
	KindEvents          Kind = "events"
	KindPatrons         Kind = "patrons"
	KindPrayerSchedules Kind = "prayer_schedules"
)

// Kinds returns all kinds, in the order in which a file carries them.
func Kinds() []Kind {
	return []Kind{
		KindSubscribers, KindAnnouncements, KindEventCategories, KindEvents, KindPatrons, KindPrayerSchedules,
	}
}

// ImportOptions says how storage takes in a [Dataset].
type ImportOptions struct {
	// Replace lets a row of the data take the place of a stored row with the same id and other
	// content. Without it that is a conflict.
	Replace bool
	// DryRun looks for conflicts and counts, but writes nothing.
	DryRun bool
	// AnnounceFuture queues the announcements and events of the data that carry SendEmail, lie in
	// the future and were never announced, each for its time. Without it they count as announced,
	// as those of the past always do (section 7).
	AnnounceFuture bool
	// IgnoreSuppressed brings back the addresses of the data that have left, and forgets that they
	// have.
	IgnoreSuppressed bool
}

// ImportReport says what an import did or, with DryRun, would do.
type ImportReport struct {
	// Kinds has one entry for each of [Kinds], in that order.
	Kinds []KindCount
	// Conflicts are all rows that stored rows are in the way of. When there is one, nothing was
	// written.
	Conflicts []RowConflict
	// Queued counts the announcements and events that AnnounceFuture has queued.
	Queued int
	// Suppressed counts the subscribers that were left out because they have left, or brought back
	// all the same.
	Suppressed int
}

// KindCount counts the rows of one kind by what became of them.
type KindCount struct {
	Kind      Kind
	Added     int // the id was free
	Unchanged int // the same row was stored already
	Replaced  int // the id held another content
}

// RowConflict is a row of the data that cannot be stored in addition to, or instead of, what is
// stored.
type RowConflict struct {
	Kind  Kind
	Index int // in the slice of this kind in the [Dataset], from 0
	// Field is the field that is to blame, named as in the file (section 9): "id", "email",
	// "category_id".
	Field string
	// Message says what is wrong and what would be right, in lower case, without e-mail addresses
	// and tokens.
	Message string
}
