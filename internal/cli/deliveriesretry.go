package cli

import (
	"context"
	"fmt"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/store/sqlite"
)

// deliveriesRetry makes deliveries due again; the serving namets sends them.
func deliveriesRetry(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("deliveries retry [ID]",
		`It makes the delivery with the ID due now, whatever its state, or all that a flag chooses. They
go out again under the same webhook-id, by the namets that serves, or the next one that does.
Prints how many.

n8n sends nothing twice that comes under the same webhook-id. Where it took a delivery and its
e-mails did not reach everybody, --new-id sends the text to all once more, and --to to those who
are missing. A webhook-id may be given instead of an ID.`)
	var chosen app.Retry
	var again resendChoice
	again.flags(fs)
	fs.BoolVar(&chosen.Dead, "dead", false, "all that were given up")
	fs.BoolVar(&chosen.Waiting, "waiting", false, "all that wait for their next attempt, as after n8n was out "+
		"of reach for long")
	since := fs.String("since", "", "all that were queued since then, delivered ones too unless --dead or --waiting "+
		"is there: a time such as 2026-03-01T09:30:00Z, a day, or a duration such as 2h")
	operands, err := parseRange(fs, args, 0, 1)
	if err != nil {
		return err
	}
	many := chosen.Dead || chosen.Waiting || *since != ""
	switch {
	case again.chosen() && (len(operands) == 0 || many):
		return usagef("--new-id and --to go with the ID of one delivery")
	case again.yes && !again.newID:
		return usagef("--yes goes with --new-id")
	case (len(operands) == 1) == many:
		return usagef("give an ID, or --dead, --waiting or --since")
	}
	by := in.by
	return withDatabase(ctx, in, func(cfg *config.Config, db *sqlite.DB) (err error) {
		if chosen.Since, err = parseSinceFlag(*since, time.Now(), cfg.Zone); err != nil {
			return err
		}
		n := 1
		if len(operands) == 1 {
			id, err := deliveryID(ctx, db, operands[0])
			if err != nil {
				return err
			}
			if again.chosen() {
				return again.resend(ctx, in, db, by, id)
			}
			if err := db.RetryDelivery(ctx, by, id); err != nil {
				return err
			}
		} else {
			if n, err = chosen.Run(ctx, db, by); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintf(in.stdout, "%d due now\n", n)
		return err
	})
}
