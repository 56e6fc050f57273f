package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

func deliveriesCommand() command {
	return command{"deliveries", "[ID|retry|release|skip|test]", "list the webhooks to n8n, show one, send again, " +
		"decide about those that a restore holds, test the connection", deliveries}
}

// deliveries lists webhooks, shows one, or runs one of its subcommands.
func deliveries(ctx context.Context, in *invocation, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "retry":
			return deliveriesRetry(ctx, in, args[1:])
		case "test":
			return deliveriesTest(ctx, in, args[1:])
		case "release":
			return deliveriesHeld(ctx, in, releaseVerb(), args[1:])
		case "skip":
			return deliveriesHeld(ctx, in, skipVerb(), args[1:])
		}
	}
	fs := in.flags("deliveries [ID]",
		`It lists the webhooks to n8n, the newest first, or shows the one with the ID and its attempts.
It may run while namets serves.

  namets deliveries retry    send again; see namets deliveries retry --help
  namets deliveries release  send what a restore holds; see namets deliveries release --help
  namets deliveries skip     give up what a restore holds
  namets deliveries test     send a signed ping and explain what comes back
`)
	var f namets.DeliveryFilter
	state := fs.String("state", "", "only those in this state: "+join(namets.DeliveryStates()))
	kind := fs.String("kind", "", "only this kind: "+join(namets.NotificationKinds()))
	since := fs.String("since", "", "only those queued since then: a time such as 2026-03-01T09:30:00Z, a day, or a "+
		"duration such as 2h")
	fs.Int64Var(&f.Before, "before", 0, "only those with a smaller ID, for the next page")
	fs.IntVar(&f.Limit, "limit", 50, "at most this many")
	operands, err := parseRange(fs, args, 0, 1)
	if err != nil {
		return err
	}
	f.State, f.Kind = namets.DeliveryState(*state), namets.NotificationKind(*kind)
	if err := errors.Join(known("state", f.State, namets.DeliveryStates()),
		known("kind", f.Kind, namets.NotificationKinds())); err != nil {
		return usageError{err}
	}
	if f.Limit < 1 {
		return usagef("--limit is a number from 1")
	}
	return readDatabase(ctx, in, func(cfg *config.Config, db *sqlite.DB) (err error) {
		if f.Since, err = parseSinceFlag(*since, time.Now(), cfg.Zone); err != nil {
			return err
		}
		if len(operands) == 1 {
			return showDelivery(ctx, in.stdout, db, cfg.Zone, operands[0])
		}
		list, err := db.Deliveries(ctx, f)
		if err != nil {
			return err
		}
		return printDeliveries(in.stdout, list, cfg.Zone)
	})
}

func printDeliveries(w io.Writer, list []namets.Delivery, zone *time.Location) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "There are none.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tKIND\tSTATE\tQUEUED\tRECIPIENTS\tATTEMPTS\tLAST\t")
	for _, d := range list {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%d\t%d\t%s\t\n", d.ID, d.Kind, d.State, app.LocalTime(d.CreatedAt, zone),
			d.Recipients, d.Attempts, lastOf(d))
	}
	return t.Flush()
}

// lastOf describes the result of the last attempt.
func lastOf(d namets.Delivery) string {
	switch {
	case d.InFlight:
		return "under way"
	case d.LastError != "":
		return d.LastError
	case d.LastStatus != 0:
		return strconv.Itoa(d.LastStatus)
	}
	return "-"
}

// deliveryID returns the id of the delivery that an operand names by its number or its webhook-id.
func deliveryID(ctx context.Context, db *sqlite.DB, operand string) (int64, error) {
	if strings.HasPrefix(operand, "msg_") {
		return db.DeliveryByWebhookID(ctx, operand)
	}
	id, err := strconv.ParseInt(operand, 10, 64)
	if err != nil {
		return 0, usagef("%q is not the ID of a delivery: give a number, or a webhook-id", operand)
	}
	return id, nil
}

func showDelivery(ctx context.Context, w io.Writer, db *sqlite.DB, zone *time.Location, operand string) error {
	id, err := deliveryID(ctx, db, operand)
	if err != nil {
		return err
	}
	d, attempts, err := db.Delivery(ctx, id)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "webhook-id\t%s\nkind\t%s\nstate\t%s\nrecipients\t%d\nqueued\t%s\n",
		d.WebhookID, d.Kind, d.State, d.Recipients, app.LocalTime(d.CreatedAt, zone))
	if d.Entity != "" {
		fmt.Fprintf(t, "subject\t%s %d", d.Entity, d.EntityID)
		if d.Subject != "" {
			fmt.Fprintf(t, " %q", d.Subject)
		}
		fmt.Fprintln(t)
	}
	if d.ResendOf != 0 {
		fmt.Fprintf(t, "sent again\tthe text of delivery %d\n", d.ResendOf)
	}
	if d.NextAttempt != nil {
		fmt.Fprintf(t, "next attempt\t%s\n", app.LocalTime(*d.NextAttempt, zone))
	}
	if d.FinishedAt != nil {
		fmt.Fprintf(t, "finished\t%s\n", app.LocalTime(*d.FinishedAt, zone))
	}
	if d.State == namets.Skipped {
		fmt.Fprintf(t, "because\t%s\n", d.LastError)
	}
	for i, a := range attempts {
		fmt.Fprintf(t, "attempt %d\t%s, %s, %s\n", i+1, app.LocalTime(a.At, zone), a.Duration.Round(time.Millisecond),
			attemptResult(a))
		if a.Answer != "" {
			fmt.Fprintf(t, "\t%q\n", a.Answer) // quoted: it comes from outside and may hold what moves a terminal
		}
	}
	return t.Flush()
}

func attemptResult(a namets.Attempt) string {
	if a.Error != "" {
		return a.Error
	}
	return "delivered with status " + strconv.Itoa(a.Status)
}

// parseSinceFlag is parseTimeFlag for --since.
func parseSinceFlag(s string, now time.Time, zone *time.Location) (time.Time, error) {
	return parseTimeFlag("since", s, now, zone)
}

// parseTimeFlag parses the value of a flag: a time, in the zone unless it names another one, or a
// duration before now. Empty is the zero time.
func parseTimeFlag(flag, s string, now time.Time, zone *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(s); err == nil && ago > 0 {
		return now.Add(-ago), nil
	}
	if t, ok := parseTime(s, zone); ok {
		return t, nil
	}
	return time.Time{}, usagef("--%s: %q is neither a time such as 2026-03-01T09:30:00Z, a day such as 2026-03-01, "+
		"nor a duration such as 2h", flag, s)
}

// parseTime parses a time, in the zone unless it names another one, or a day, which is its
// beginning.
func parseTime(s string, zone *time.Location) (t time.Time, ok bool) {
	for _, layout := range []string{time.RFC3339, app.TimeLayout, "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func join[S ~string](values []S) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(v))
	}
	return b.String()
}

// known returns an error for a value that is neither empty nor one of all.
func known[S ~string](flag string, value S, all []S) error {
	for _, v := range all {
		if value == v || value == "" {
			return nil
		}
	}
	return fmt.Errorf("--%s: there is no %q; give one of %s", flag, string(value), join(all))
}
