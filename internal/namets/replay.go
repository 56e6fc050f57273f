package namets

import "time"

// The bounds of a replay.
const (
	// MaxReplay is the maximum number of deliveries that one replay queues.
	MaxReplay = 1000
	// ReplayBack is how far back a replay reaches: then the texts of deliveries are gone.
	ReplayBack = 7 * 24 * time.Hour
)

// Replay is the effect of sending the deliveries to a hook again.
type Replay struct {
	// Queued were queued again, each under a new webhook-id. LeftOut no longer apply: their subject
	// was withdrawn, nobody is left, or their text is no longer stored.
	Queued, LeftOut int
}
