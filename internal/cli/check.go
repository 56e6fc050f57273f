package cli

import (
	"context"
	"fmt"

	"namets/internal/app"
)

func checkCommand() command {
	return command{"check", "", "tell everything that is wrong with the configuration and its surroundings, without " +
		"serving", check}
}

func check(ctx context.Context, in *invocation, args []string) error {
	flags := in.flags("check",
		`It looks at the configuration, the data directory, the database, the port and the token source,
and prints everything that is wrong with them, without serving. Exit code 0: serve will work. It
changes nothing.`)
	if _, err := parse(flags, args, 0); err != nil {
		return err
	}
	cfg, notes, err := app.Check(ctx, in.getenv)
	if err != nil {
		return err
	}
	verdict := "Everything is in order"
	if notes != "" {
		verdict = "Nothing keeps namets from serving"
	}
	_, err = fmt.Fprintf(in.stdout, "%s%s: token source %s, data directory %s, public address %s\n", notes, verdict,
		cfg.TokenSource, cfg.DataDir, cfg.PublicURL)
	return err
}
