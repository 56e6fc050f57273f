package cli

import (
	"context"
	"fmt"
	"time"

	"namets/internal/app"
	"namets/internal/config"
)

// tokenReload is for places where nobody can send a signal, such as an image without a shell.
func tokenReload(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("token reload", `It makes the namets that serves DATA_DIR read the token's source now, as SIGHUP `+
		`does, and waits until the token there is in force.`)
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{Token: true})
	if err != nil {
		return err
	}
	return again(in.reload(ctx, cfg), "namets token reload")
}

// reload makes the serving namets read the token's source.
func (in *invocation) reload(ctx context.Context, cfg *config.Config) error {
	serving, err := findInstance(cfg)
	if err != nil {
		return err
	}
	if serving == nil {
		in.say("No namets serves DATA_DIR here: there is nothing to reload.")
		return nil
	}
	set, err := app.FetchToken(ctx, cfg)
	if err != nil { // also a deletion has to be detected
		if hangUpErr := serving.Reload(ctx); hangUpErr != nil {
			return hangUpErr
		}
		return fmt.Errorf("%w\nthe namets that serves DATA_DIR (process %d) reads it now too: %s", err, serving.PID,
			consequence(err))
	}
	status, err := serving.reload(ctx, set.Token.Fingerprint(), set.RevokePrevious)
	if err != nil {
		return err
	}
	in.say("The token %s is in force at process %d since %s.", status.Fingerprint, serving.PID,
		status.Since.Format(time.RFC3339))
	return nil
}
