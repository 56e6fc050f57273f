package cli

import (
	"context"
	"fmt"
	"strings"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
)

func apitokenCreate(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("apitoken create NAME --scopes A,B [--expires TIME]",
		`It creates an API token for one workflow or program, and prints it on standard output. It is
shown only this once. A serving namets accepts it at once, under /api/v1/ only.

The scopes:
`+scopeHelp())
	names := fs.String("scopes", "", "what it may do, separated by commas: "+join(namets.AllScopes())+"; or all")
	expires := fs.String("expires", "", "when it ends by itself: a time such as 2027-03-01T09:30:00Z, or a day, at "+
		"its beginning (default: never)")
	operands, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	scopes, err := parseScopesFlag(*names)
	if err != nil {
		return err
	}
	t := namets.APIToken{Name: operands[0], Scopes: scopes}
	return withDatabase(ctx, in, func(cfg *config.Config, db *sqlite.DB) error {
		if *expires != "" {
			at, ok := parseTime(*expires, cfg.Zone)
			if !ok {
				return usagef("--expires is a time such as 2027-03-01T09:30:00Z, or a day such as 2027-03-01")
			}
			t.ExpiresAt = &at
		}
		value, err := app.CreateAPIToken(ctx, db, in.by, t)
		if err != nil {
			return err
		}
		return in.printNewToken(value)
	})
}

// parseScopesFlag returns the scopes that are named, or all.
func parseScopesFlag(names string) (namets.Scopes, error) {
	if names == "all" {
		return namets.AllScopes(), nil
	}
	scopes, err := namets.ParseScopes(strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' }))
	if err != nil {
		return nil, usageError{fmt.Errorf("--%w", err)}
	}
	return scopes, nil
}

// scopeHelp lists the scopes and what they allow.
func scopeHelp() string {
	var b strings.Builder
	for _, info := range namets.ScopeInfos() {
		fmt.Fprintf(&b, "  %-14s %s\n", info.Scope, info.Allows)
	}
	return b.String()
}

// printNewToken prints the value of a named token on standard output.
func (in *invocation) printNewToken(value secret.Value) error {
	fmt.Fprintln(in.stderr, "The token is shown only this once. n8n sends it in the header X-N8N-Token.")
	_, err := fmt.Fprintln(in.stdout, value.Reveal())
	return err
}
