package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// tokenReport is the output of "token status --json".
type tokenReport struct {
	// Serving is the serving process; null if there is none, and then the rest comes from the last
	// one.
	Serving *datadir.Holder `json:"serving"`
	// Saved is when the serving process saved the rest: at each change, and every 10 s if something
	// has changed.
	Saved time.Time `json:"saved"`
	// Age is the number of seconds since the token was put into force; null if none is.
	Age *int64 `json:"age_seconds"`
	token.Status
}

func tokenStatus(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("token status [--json]",
		`It says which token is in force, since when, how its source is doing, and who uses which token.
It reads what the serving namets writes down at each change and every 10 s, and changes nothing.`)
	asJSON := fs.Bool("json", false, "print JSON")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	dir, err := app.OpenExisting(cfg)
	if err != nil {
		return err
	}
	last, err := sqlite.ReadTokenStatus(ctx, dir.Database())
	if err != nil {
		return err
	}
	if last.Saved.IsZero() {
		return errors.New("no namets has served DATA_DIR yet")
	}
	report := tokenReport{Saved: last.Saved, Status: last.Status}
	if !report.Since.IsZero() {
		age := int64(time.Since(report.Since).Seconds())
		report.Age = &age
	}
	holder, serving, err := dir.Serving()
	if err != nil {
		return err
	}
	if serving {
		report.Serving = &holder
	}
	if *asJSON {
		encoder := json.NewEncoder(in.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	return report.print(in.stdout, time.Now())
}

// print prints the report for people.
func (r tokenReport) print(w io.Writer, now time.Time) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	ago := func(t time.Time) string { return distance(t, now) }
	if r.Serving != nil {
		line("serving", "process %d on %s, as of %s", r.Serving.PID, r.Serving.Address, ago(r.Saved))
	} else {
		line("serving", "nobody; the last one knew %s:", ago(r.Saved))
	}
	line("source", "%s, %s", r.Source, stateText(r.State))
	if r.Fingerprint != "" {
		line("token", "%s%s, in force since %s", r.Fingerprint, versionText(r.Version), ago(r.Since))
	}
	if !r.Created.IsZero() {
		line("written", "%s", ago(r.Created))
	}
	line("last read", "%s", ago(r.LastSuccess))
	if r.Doubt != "" {
		line("warning", "%s", app.DoubtText(r.Doubt))
	}
	if r.LastError != "" {
		line("last error", "%s: %s", ago(r.LastAttempt), r.LastError)
	}
	if r.Serving != nil && !r.NextReload.IsZero() {
		line("next read", "%s", ago(r.NextReload))
	}
	if r.OverlapEnd.IsZero() {
		line("overlap", "none: no other token is accepted")
	} else {
		line("overlap", "the token before is accepted until %s", ago(r.OverlapEnd))
	}
	line("refused", "%d without a token, %d with a wrong one, %d with an earlier one, %d while none was "+
		"known; since the start",
		r.Refused.None, r.Refused.Wrong, r.Refused.Expired, r.Refused.Unavailable)
	if err := out.Flush(); err != nil {
		return err
	}
	return printUse(w, r.Generations, ago)
}

// printUse prints who uses which token.
func printUse(w io.Writer, generations []token.Generation, ago func(time.Time) string) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "\nTOKEN\tFINGERPRINT\tREQUESTS\tLAST USED\tBY\tIN FORCE UNTIL\tREFUSED SINCE")
	for _, g := range generations {
		by := g.LastAddress
		if g.LastUserAgent != "" {
			by += " " + g.LastUserAgent
		}
		until := ago(g.AcceptedUntil)
		switch {
		case g.Role == token.Current:
			until = "now"
		case g.AcceptedUntil.IsZero(): // it was in force when the backup was made that was restored since
			until = "unknown"
		}
		fmt.Fprintf(out, "%s\t%s\t%d\t%s\t%s\t%s\t%d\n", g.Role, g.Fingerprint, g.Requests, ago(g.LastUsed), by, until,
			g.RefusedSince)
	}
	return out.Flush()
}

func stateText(s token.State) string {
	switch s {
	case token.OK:
		return "works"
	case token.Degraded:
		return "fails: the last good token stays in force"
	case token.Revoked:
		return "the token was deleted there: every request is refused"
	}
	return "no token known yet: requests are answered 503"
}

// distance describes the time between now and t.
func distance(t, now time.Time) string {
	d := now.Sub(t).Round(time.Second)
	switch {
	case t.IsZero():
		return "never"
	case d < 0:
		return fmt.Sprintf("%s (in %s)", t.Format(time.RFC3339), -d)
	}
	return fmt.Sprintf("%s (%s ago)", t.Format(time.RFC3339), d)
}
