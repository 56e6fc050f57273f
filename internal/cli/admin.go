package cli

import (
	"context"
	"fmt"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/store/sqlite"
)

func adminCommand() command {
	return command{"admin", "reset-password NAME", "let somebody back in who has lost the admin's password", runAdmin}
}

// runAdmin runs the commands of "namets admin", of which there is one.
func runAdmin(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("admin reset-password NAME",
		`It takes the password of a user of the admin away, signs the user out everywhere, and prints a
link by which the user chooses another one, once, within an hour. It works while
namets serves. The names are under Users in the admin.`)
	operands, err := parse(fs, args, 2)
	if err != nil {
		return err
	}
	if operands[0] != "reset-password" {
		return usagef("there is no command \"admin %s\"; usage: %s", operands[0], fs.Name())
	}
	return withDatabase(ctx, in, func(cfg *config.Config, db *sqlite.DB) error {
		user, link, expires, err := app.OfferPassword(ctx, cfg, db, in.by, operands[1])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.stdout, "Open this link to choose a new password for %s, until %s:\n  %s\n",
			user.Name, expires.Format("15:04 MST"), link)
		return err
	})
}
