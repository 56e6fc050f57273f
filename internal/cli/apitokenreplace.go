package cli

import (
	"context"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/store/sqlite"
)

func apitokenReplace(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("apitoken replace NAME",
		`It gives the token with the NAME another value, and prints that on standard output. It is shown
only this once. The previous value is refused at once; the rights, webhooks and consumers of the
token stay.`)
	operands, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	return withDatabase(ctx, in, func(_ *config.Config, db *sqlite.DB) error {
		value, err := app.ReplaceAPIToken(ctx, db, in.by, operands[0])
		if err != nil {
			return err
		}
		return in.printNewToken(value)
	})
}
