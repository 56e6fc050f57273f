package namets

import "time"

// TargetState says how the deliveries to one target of webhooks are getting on.
type TargetState struct {
	// Hook is the target; 0 is the one that the configuration names.
	Hook int64
	// Pending counts the deliveries that wait, Waiting those of them that have failed, Held those
	// that wait for a person, and Dead those that were given up.
	Pending, Waiting, Held, Dead int
	// OldestPending is when the oldest pending delivery was queued; zero if none is pending.
	OldestPending time.Time
	// LastAttempt is the last attempt of the newest delivery that had one, without its duration and
	// the answer; nil if there was none.
	LastAttempt *Attempt
}
