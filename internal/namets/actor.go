package namets

// Actor is who does something. Every method that changes data takes one and writes it into the
// audit row.
type Actor struct {
	Kind ActorKind
	// Name is the signed-in user's name, the command's name, or empty. Never an e-mail address.
	Name string
	// Address is the client's network address, or empty.
	Address string
}

// ActorKind says through which door an [Actor] came.
type ActorKind string

// The kinds of an [Actor].
const (
	System   ActorKind = "system"  // the service itself: timers, the token source
	Command  ActorKind = "command" // a person at the command line
	SignedIn ActorKind = "user"    // a signed-in member of the committee
	Visitor  ActorKind = "visitor" // somebody on the public pages
)

// Table names a group of rows that change together, for asking how often it has changed.
type Table int

// The tables whose changes are counted.
const (
	Subscribers Table = iota
	Announcements
	Events // with their categories
	Patrons
	PrayerSchedules
	NumTables // the number of the above
)
