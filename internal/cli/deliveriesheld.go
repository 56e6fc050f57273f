package cli

import (
	"context"
	"fmt"
	"time"

	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// heldVerb is a decision about the deliveries that a restore holds.
type heldVerb struct {
	name, does, done string
	decide           func(*sqlite.DB, context.Context, namets.Actor, time.Time) (int, error)
}

func releaseVerb() heldVerb {
	return heldVerb{"release", "It sends the deliveries that a restore holds, under their webhook-ids. The namets " +
		"that serves sends them, or the next one that does.",
		"due now", (*sqlite.DB).ReleaseHeld}
}

func skipVerb() heldVerb {
	return heldVerb{"skip", "It gives up the deliveries that a restore holds, because n8n got them before the " +
		"restore. What they announce counts as announced.",
		"skipped", (*sqlite.DB).SkipHeld}
}

// deliveriesHeld carries out a decision about the deliveries that a restore holds.
func deliveriesHeld(ctx context.Context, in *invocation, verb heldVerb, args []string) error {
	fs := in.flags("deliveries "+verb.name+" --before TIME", verb.does+` "namets deliveries --state held" lists `+
		`them. Prints how many.`)
	before := fs.String("before", "", "those that would have gone out before then: now, a time such as "+
		"2026-03-01T09:30:00Z, a day, or how long ago, such as 2h")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	if *before == "" {
		return usagef("give --before TIME; --before now chooses all that are held")
	}
	return withDatabase(ctx, in, func(cfg *config.Config, db *sqlite.DB) error {
		now := time.Now()
		at := now.Add(time.Second) // what was held a moment ago
		if *before != "now" {
			var err error
			if at, err = parseTimeFlag("before", *before, now, cfg.Zone); err != nil {
				return err
			}
		}
		n, err := verb.decide(db, ctx, in.by, at)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.stdout, "%d %s\n", n, verb.done)
		return err
	})
}
