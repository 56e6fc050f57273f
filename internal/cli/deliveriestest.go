package cli

import (
	"context"
	"errors"
	"fmt"

	"namets/internal/app"
	"namets/internal/config"
)

// deliveriesTest sends a signed ping itself, with or without a serving namets, and explains the
// response.
func deliveriesTest(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("deliveries test",
		`It sends a signed ping to N8N_WEBHOOK_URL, once, and explains what came back. The ping is not
listed among the deliveries. When n8n takes it, a namets that serves sends what waits after
failures, without counting an attempt. Exit code 0: n8n took it.`)
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	pinged, err := app.Ping(ctx, cfg)
	if err != nil {
		return err
	}
	if pinged.Unsigned {
		fmt.Fprintln(in.stderr, "No WEBHOOK_SECRET is set: the ping is unsigned.")
	}
	if !pinged.Delivered {
		return errors.New(pinged.Text)
	}
	if _, err = fmt.Fprintln(in.stdout, pinged.Text); err != nil {
		return err
	}
	n, err := app.WakeServing(ctx, cfg)
	if n > 0 {
		fmt.Fprintln(in.stderr, "Webhooks that wait after failures go out now.")
	}
	if err != nil {
		fmt.Fprintln(in.stderr, "What waits after failures was not tried again, and \"namets deliveries retry "+
			"--waiting\" does that:", err)
	}
	return nil
}
