package cli

import (
	"context"

	"namets/internal/app"
)

func serveCommand() command {
	return command{"serve", "", "serve the API and the pages (what namets does without a command)", serve}
}

func serve(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("serve",
		`It serves the API and the pages until SIGTERM or SIGINT, and reads the API token again at SIGHUP.
The configuration comes from the environment: see web/docs/operator/configuration.md.`)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	cfg, err := app.ReadConfig(ctx, in.getenv, isTerminal(in.stderr))
	if err != nil {
		return err
	}
	return app.Serve(ctx, app.Config{Settings: cfg, Getenv: in.getenv, Log: in.stderr})
}
