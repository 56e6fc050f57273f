package namets

// Stage is the state of an announcement or an event, by the server's clock.
type Stage string

// The stages, in their order.
const (
	Draft     Stage = "draft"     // inactive
	Scheduled Stage = "scheduled" // it is published, or begins, later
	Published Stage = "published" // it is shown, or takes place
	Expired   Stage = "expired"   // its time is over
)

// Stages returns all stages in their order.
func Stages() []Stage { return []Stage{Draft, Scheduled, Published, Expired} }

// ContentFilter chooses announcements or events. Zero fields choose all.
type ContentFilter struct {
	Search   string // a part of the title or the slug
	Stage    Stage
	Category string // of announcements; of events the decimal id
}
