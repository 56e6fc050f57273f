package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/token"
	"namets/internal/webhook"
)

// Pinged is the result of a ping to n8n.
type Pinged struct {
	Delivered bool
	Unsigned  bool   // there is no key to sign with
	Text      string // explains the answer to people
}

// Ping sends a signed ping to the configured webhook URL, with or without a serving namets.
func Ping(ctx context.Context, cfg *config.Config) (Pinged, error) {
	if cfg.WebhookURL.IsZero() {
		return Pinged{}, configErrorf("N8N_WEBHOOK_URL: there is none: give the production URL of n8n's Webhook node")
	}
	keys, err := testKeys(ctx, cfg)
	if err != nil {
		return Pinged{}, err
	}
	client, err := newClient(cfg, keys)
	if err != nil {
		return Pinged{}, configErrorf("N8N_WEBHOOK_URL: %w", err)
	}
	defer client.CloseIdle()
	result := client.Send(ctx, "msg_test_"+rand.Text(), namets.NewPing().Body(nil))
	return Pinged{result.Delivered(), len(keys.keys()) == 0, webhook.Explain(cfg.WebhookURL, result)}, nil
}

// wakeFirst is how many waiting webhooks are tried after a successful test. If n8n accepts them,
// serve continues with the rest.
const wakeFirst = 4

// WakeServing makes the serving namets, if there is one, try webhooks that wait after failures,
// because n8n is back. It returns how many it tries first. A namets that starts later does so by
// itself.
func WakeServing(ctx context.Context, cfg *config.Config) (n int, err error) {
	dir, err := OpenExisting(cfg)
	if errors.Is(err, datadir.ErrNoDatabase) {
		return 0, nil // nothing can wait there
	}
	if err != nil {
		return 0, err
	}
	if _, serving, err := dir.Serving(); !serving || err != nil {
		return 0, err
	}
	err = UseDatabase(ctx, cfg, dir, func(db *sqlite.DB) (err error) {
		n, err = db.WakeSome(ctx, namets.Actor{Kind: namets.Command, Name: "deliveries test"}, wakeFirst)
		return err
	})
	return n, err
}

// testKeys returns the keys with which serve would sign. If none is configured, Vault has to
// respond.
func testKeys(ctx context.Context, cfg *config.Config) (*signingKeys, error) {
	keys, err := newSigningKeys(cfg, nil, nil)
	if err != nil {
		return nil, ConfigError{err}
	}
	if cfg.TokenSource != config.TokenFromVault {
		return keys, nil
	}
	set, err := FetchToken(ctx, cfg)
	if err == nil {
		set.SigningSecret, err = token.ParseSigning(set.SigningSecret.Reveal())
	}
	switch {
	case cfg.WebhookSecret.IsZero() && err != nil:
		return nil, fmt.Errorf("look for the signing key in the token source: %w", err)
	case cfg.WebhookSecret.IsZero():
		keys.configured.Put(set.SigningSecret, false)
	case err == nil && !set.SigningSecret.IsZero():
		return nil, ConfigError{errTwoSecrets}
	}
	return keys, nil
}
