package app

import (
	"context"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// Retry selects the deliveries to make due.
type Retry struct {
	Dead, Waiting bool // neither: both, and delivered ones
	Since         time.Time
}

// states returns the selected states. Pending comes first, because deliveries that were made due
// are pending.
func (r Retry) states() (chosen []namets.DeliveryState) {
	all := !r.Dead && !r.Waiting
	if r.Waiting || all {
		chosen = append(chosen, namets.Pending)
	}
	if r.Dead || all {
		chosen = append(chosen, namets.Dead)
	}
	if all {
		chosen = append(chosen, namets.Delivered)
	}
	return chosen
}

// Run makes them due and returns their number.
func (r Retry) Run(ctx context.Context, db *sqlite.DB, by namets.Actor) (n int, err error) {
	for _, state := range r.states() {
		more, err := db.RetryDeliveries(ctx, by, namets.DeliveryFilter{State: state, Since: r.Since})
		if err != nil {
			return n, err
		}
		n += more
	}
	return n, nil
}
