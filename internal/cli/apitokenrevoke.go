package cli

import (
	"context"
	"fmt"

	"namets/internal/config"
	"namets/internal/store/sqlite"
)

func apitokenRevoke(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("apitoken revoke NAME|--all",
		`It ends the token with the NAME, or all named tokens: they are refused at once, for good, their
webhooks are paused and their consumers closed. The shared token goes on. Prints how many have
ended.`)
	all := fs.Bool("all", false, "all named tokens, as after a leak")
	operands, err := parseRange(fs, args, 0, 1)
	if err != nil {
		return err
	}
	if (len(operands) == 1) == *all {
		return usagef("give a NAME, or --all")
	}
	return withDatabase(ctx, in, func(_ *config.Config, db *sqlite.DB) error {
		n := 1
		if *all {
			ended, err := db.RevokeAPITokens(ctx, in.by)
			if err != nil {
				return err
			}
			n = len(ended)
		} else {
			t, err := db.APITokenByName(ctx, operands[0])
			if err != nil {
				return err
			}
			if err := db.RevokeAPIToken(ctx, in.by, t.ID); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(in.stdout, "%d revoked\n", n)
		return err
	})
}
