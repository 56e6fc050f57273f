package cli

import (
	"context"
	"fmt"
	"time"

	"namets/internal/auth"
	"namets/internal/config"
	"namets/internal/store/sqlite"
	"namets/web/admin"
)

// adminCommand runs the commands of "namets admin", of which there is one.
func adminCommand(ctx context.Context, in *invocation, args []string) error {
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
		user, err := db.UserByName(ctx, operands[1])
		if err != nil {
			return err
		}
		secret, err := newAccounts(cfg, db).accounts.Reset(ctx, in.by, user.ID, auth.SetUpLife)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(in.stdout, "Open this link to choose a new password for %s, until %s:\n  %s%s%s\n",
			user.Name, time.Now().Add(auth.SetUpLife).In(cfg.Zone).Format("15:04 MST"), cfg.PublicURL,
			admin.WelcomePath, secret)
		return err
	})
}
