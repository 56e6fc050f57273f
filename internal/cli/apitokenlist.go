package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

func apitokenList(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("apitoken list [--ended] [--json]",
		`It lists the named API tokens with what they may do and their use, and the rights of the shared
token under /api/v1/. A serving namets writes down the use of tokens every minute.`)
	ended := fs.Bool("ended", false, "also those that were revoked or have expired")
	asJSON := fs.Bool("json", false, "print JSON")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	return readDatabase(ctx, in, func(cfg *config.Config, db *sqlite.DB) error {
		access, err := db.APIAccess(ctx)
		if err != nil {
			return err
		}
		list, err := db.APITokens(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		rows := []tokenRow{{Name: namets.SharedTokenName, Scopes: access.SharedScopes()}}
		for i := range list {
			if t := &list[i]; *ended || !t.Ended(now) {
				rows = append(rows, rowOfToken(t))
			}
		}
		if *asJSON {
			encoder := json.NewEncoder(in.stdout)
			encoder.SetIndent("", "  ")
			return encoder.Encode(rows)
		}
		return printTokens(in.stdout, rows, cfg.Zone)
	})
}

// tokenRow is a token in the output of "apitoken list --json". The shared token has a name and
// scopes only; "namets token status" says the rest.
type tokenRow struct {
	Name          string        `json:"name"`
	Scopes        namets.Scopes `json:"scopes"`
	CreatedAt     *time.Time    `json:"created_at,omitempty"`
	CreatedBy     string        `json:"created_by,omitempty"`
	ReplacedAt    *time.Time    `json:"replaced_at,omitempty"`
	ExpiresAt     *time.Time    `json:"expires_at,omitempty"`
	EndedAt       *time.Time    `json:"ended_at,omitempty"`
	Requests      int64         `json:"requests"`
	LastUsed      *time.Time    `json:"last_used,omitempty"`
	LastAddress   string        `json:"last_address,omitempty"`
	LastUserAgent string        `json:"last_user_agent,omitempty"`
}

func rowOfToken(t *namets.APIToken) tokenRow {
	return tokenRow{t.Name, t.Scopes, &t.CreatedAt, t.CreatedBy, t.ReplacedAt, t.ExpiresAt, t.EndedAt, t.Used.Count,
		t.Used.Last, t.Used.Address, t.Used.UserAgent}
}

func printTokens(w io.Writer, rows []tokenRow, zone *time.Location) error {
	when := func(t *time.Time, otherwise string) string {
		if t == nil {
			return otherwise
		}
		return app.LocalTime(*t, zone)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "NAME\tSCOPES\tCREATED\tENDS\tREQUESTS\tLAST USED\tFROM\tBY")
	for i := range rows {
		r := &rows[i]
		ends, created, requests, used := when(r.ExpiresAt, "never"), when(r.CreatedAt, "-"), fmt.Sprint(r.Requests),
			when(r.LastUsed, "never")
		if r.EndedAt != nil {
			ends = "ended " + when(r.EndedAt, "")
		}
		if r.CreatedAt == nil { // the shared token
			ends, requests, used = "-", "-", "-"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Scopes, created, ends, requests, used,
			r.LastAddress, r.LastUserAgent)
	}
	return out.Flush()
}
