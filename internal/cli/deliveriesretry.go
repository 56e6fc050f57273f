package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/token"
	"namets/internal/webhook"
)

// deliveriesRetry makes deliveries due again; the serving namets sends them.
func deliveriesRetry(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("deliveries retry [ID]",
		`It makes the delivery with the ID due now, whatever its state, or all that a flag chooses. They
go out again under the same webhook-id, by the namets that serves, or the next one that does.
Prints how many.

n8n sends nothing twice that comes under the same webhook-id. Where it took a delivery and its
e-mails did not reach everybody, --new-id sends the text to all once more, and --to to those who
are missing. A webhook-id may be given instead of an ID.`)
	var chosen retryChoice
	var again resendChoice
	again.flags(fs)
	fs.BoolVar(&chosen.dead, "dead", false, "all that were given up")
	fs.BoolVar(&chosen.waiting, "waiting", false, "all that wait for their next attempt, as after n8n was out "+
		"of reach for long")
	since := fs.String("since", "", "all that were queued since then, delivered ones too unless --dead or --waiting "+
		"is there: a time such as 2026-03-01T09:30:00Z, a day, or a duration such as 2h")
	operands, err := parseRange(fs, args, 0, 1)
	if err != nil {
		return err
	}
	many := chosen.dead || chosen.waiting || *since != ""
	switch {
	case again.chosen() && (len(operands) == 0 || many):
		return usagef("--new-id and --to go with the ID of one delivery")
	case again.yes && !again.newID:
		return usagef("--yes goes with --new-id")
	case (len(operands) == 1) == many:
		return usagef("give an ID, or --dead, --waiting or --since")
	}
	by := in.by
	return withDatabase(ctx, in, func(cfg *config.Config, db *sqlite.DB) (err error) {
		if chosen.since, err = parseSinceFlag(*since, time.Now(), cfg.Zone); err != nil {
			return err
		}
		n := 1
		if len(operands) == 1 {
			id, err := deliveryID(ctx, db, operands[0])
			if err != nil {
				return err
			}
			if again.chosen() {
				return again.resend(ctx, in, db, by, id)
			}
			if err := db.RetryDelivery(ctx, by, id); err != nil {
				return err
			}
		} else {
			if n, err = chosen.retry(ctx, db, by); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintf(in.stdout, "%d due now\n", n)
		return err
	})
}

// retryChoice says which deliveries are made due.
type retryChoice struct {
	dead, waiting bool // neither: both, and delivered ones
	since         time.Time
}

// states returns the states that are chosen. Pending comes first: what is made due is pending.
func (c retryChoice) states() (chosen []namets.DeliveryState) {
	all := !c.dead && !c.waiting
	if c.waiting || all {
		chosen = append(chosen, namets.Pending)
	}
	if c.dead || all {
		chosen = append(chosen, namets.Dead)
	}
	if all {
		chosen = append(chosen, namets.Delivered)
	}
	return chosen
}

// retry makes them due and returns how many they are.
func (c retryChoice) retry(ctx context.Context, db *sqlite.DB, by namets.Actor) (n int, err error) {
	for _, state := range c.states() {
		more, err := db.RetryDeliveries(ctx, by, namets.DeliveryFilter{State: state, Since: c.since})
		if err != nil {
			return n, err
		}
		n += more
	}
	return n, nil
}

// deliveriesTest sends a signed ping by itself, with or without a serving namets, and explains the
// answer.
func deliveriesTest(ctx context.Context, in *invocation, args []string) error {
	fs := in.flags("deliveries test",
		`It sends a signed ping to N8N_WEBHOOK_URL, once, and explains what came back. The ping is not
listed among the deliveries. When n8n takes it, a namets that serves sends what waits after
failures, without counting an attempt. Exit code 0: n8n took it.`)
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	cfg, err := config.Load(in.getenv, config.Options{})
	if err != nil {
		return err
	}
	if cfg.WebhookURL.IsZero() {
		return usagef("N8N_WEBHOOK_URL: there is none: give the production URL of n8n's Webhook node")
	}
	keys, err := testKeys(ctx, cfg)
	if err != nil {
		return err
	}
	client, err := newClient(cfg, keys)
	if err != nil {
		return usageError{fmt.Errorf("N8N_WEBHOOK_URL: %w", err)}
	}
	defer client.CloseIdle()
	if len(keys.keys()) == 0 {
		fmt.Fprintln(in.stderr, "No WEBHOOK_SECRET is set: the ping is unsigned.")
	}
	result := client.Send(ctx, "msg_test_"+rand.Text(), namets.NewPing().Body(nil))
	text := webhook.Explain(cfg.WebhookURL, result)
	if !result.Delivered() {
		return errors.New(text)
	}
	if _, err = fmt.Fprintln(in.stdout, text); err != nil {
		return err
	}
	if err := wakeServing(ctx, in, cfg); err != nil {
		fmt.Fprintln(in.stderr, "What waits after failures was not tried again, and \"namets deliveries retry "+
			"--waiting\" does that:", err)
	}
	return nil
}

// wakeFirst is how many of the webhooks that wait are tried when a test shows that n8n takes them.
// When it does, serve goes on with the rest.
const wakeFirst = 4

// wakeServing has the namets that serves, if there is one, try what waits after failures, for n8n
// is back. One that starts later tries it by itself.
func wakeServing(ctx context.Context, in *invocation, cfg *config.Config) error {
	dir, err := openExistingData(cfg)
	if errors.Is(err, datadir.ErrNoDatabase) {
		return nil // nothing can wait there
	}
	if err != nil {
		return err
	}
	if _, serving, err := dir.Serving(); !serving || err != nil {
		return err
	}
	return useDatabase(ctx, cfg, dir, func(db *sqlite.DB) error {
		n, err := db.WakeSome(ctx, namets.Actor{Kind: namets.Command, Name: "deliveries test"}, wakeFirst)
		if n > 0 {
			fmt.Fprintln(in.stderr, "Webhooks that wait after failures go out now.")
		}
		return err
	})
}

// testKeys returns the keys with which serve would sign. Unless one is configured, Vault has to
// answer.
func testKeys(ctx context.Context, cfg *config.Config) (*signingKeys, error) {
	keys, err := newSigningKeys(cfg, nil, nil)
	if err != nil {
		return nil, usageError{err}
	}
	if cfg.TokenSource != config.TokenFromVault {
		return keys, nil
	}
	set, err := fetchToken(ctx, cfg)
	if err == nil {
		set.SigningSecret, err = token.ParseSigning(set.SigningSecret.Reveal())
	}
	switch {
	case cfg.WebhookSecret.IsZero() && err != nil:
		return nil, fmt.Errorf("look for the signing key in the token source: %w", err)
	case cfg.WebhookSecret.IsZero():
		keys.configured.Put(set.SigningSecret, false)
	case err == nil && !set.SigningSecret.IsZero():
		return nil, usageError{errTwoSecrets}
	}
	return keys, nil
}
