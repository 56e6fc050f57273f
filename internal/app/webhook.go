package app

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"namets/internal/config"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/token"
	"namets/internal/webhook"
	"namets/static"
)

// errTwoSecrets means that the signing key is configured in two places.
var errTwoSecrets = errors.New("WEBHOOK_SECRET: it is set here and in Vault too: remove one of them")

// signingKeys are the keys that sign webhooks: those of the configuration, or those stored with the
// token.
type signingKeys struct {
	configured *token.SigningKeys
	source     *token.Source // nil: there are none but the configured ones
	inVault    bool          // source may deliver some
	log        *slog.Logger
	warnedTwo  atomic.Bool // logged that there are keys in two places
}

// newSigningKeys uses the configured key and those of source, if there is one, unless both have
// any.
func newSigningKeys(cfg *config.Config, source *token.Source, log *slog.Logger) (*signingKeys, error) {
	k := &signingKeys{
		configured: token.NewSigningKeys(cfg.TokenOverlap, time.Now), source: source, log: log,
		inVault: source != nil && cfg.TokenSource == config.TokenFromVault,
	}
	if _, err := k.take(cfg); err != nil {
		return nil, err
	}
	if source != nil && !cfg.WebhookSecret.IsZero() && len(source.SigningKeys()) > 0 {
		return nil, errTwoSecrets
	}
	return k, nil
}

// take puts the configured key into force, if there is one, and reports whether it differs from the
// previous one, which also signs during the overlap.
func (k *signingKeys) take(cfg *config.Config) (changed bool, err error) {
	secret, err := token.ParseSigning(cfg.WebhookSecret.Reveal())
	if err != nil {
		return false, errors.New("WEBHOOK_SECRET: it begins with whsec_, and what follows is not base64")
	}
	return k.configured.Put(secret, false), nil
}

// keys returns the current signing keys, newest first. The configured ones take precedence over
// others that came later, with a log message.
func (k *signingKeys) keys() []secret.Value {
	configured := k.configured.Keys()
	if k.source == nil {
		return configured
	}
	fromSource := k.source.SigningKeys()
	two := len(configured) > 0 && len(fromSource) > 0
	if k.warnedTwo.Swap(two) != two && two {
		k.log.Error("two signing keys: the configured one signs, and the next start will fail", "error", errTwoSecrets)
	}
	if len(configured) > 0 {
		return configured
	}
	return fromSource
}

// known reports whether the keys are known for certain. If Vault has not responded since the start
// and no key is configured, Vault may contain one: an unsigned webhook would be refused, or worse,
// trusted.
func (k *signingKeys) known() bool {
	return !k.inVault || len(k.configured.Keys()) > 0 || k.source.Status().Reloads.OK > 0
}

// reload reads the configured key again. An invalid one changes nothing.
func (k *signingKeys) reload(getenv func(string) string, log *slog.Logger) {
	cfg, err := config.Load(getenv, config.Options{})
	var changed bool
	if err == nil {
		changed, err = k.take(cfg)
	}
	if err != nil {
		log.Error("the signing key stays the one before", "error", err)
		return
	}
	if !changed {
		return
	}
	if keys := k.configured.Keys(); len(keys) > 0 {
		log.Info("the signing key changed", "fingerprint", keys[0].Fingerprint(), "signatures", len(keys))
	} else {
		log.Warn("the signing key is gone: webhooks are unsigned unless the token source holds another one")
	}
}

// newClient returns the client for the configured URL, or nil if there is none.
func newClient(cfg *config.Config, keys *signingKeys) (*webhook.Client, error) {
	if cfg.WebhookURL.IsZero() {
		return nil, nil
	}
	return webhook.NewClient(webhook.ClientConfig{
		URL: cfg.WebhookURL, Timeout: cfg.WebhookTimeout, Keys: keys.keys, Now: time.Now,
	})
}

// openForm returns what makes N8N_WEBHOOK_URL a hook with all types; nil in the legacy form.
func openForm(cfg *config.Config) *namets.HookSpec {
	if cfg.WebhookFormat != config.FormatV1 {
		return nil
	}
	spec := namets.HookSpec{Events: []namets.EventType{namets.AnyEvent}, Ack: namets.AckReport,
		ReportWithin: cfg.WebhookReportWithin}
	spec.Fill()
	return &spec
}

// webhooks sends webhooks in serve.
type webhooks struct {
	keys   *signingKeys
	client *webhook.Client // nil: there is no URL, and notifications wait
	worker *webhook.Worker
}

// openWebhooks prepares the worker, which begins to send with the other tasks.
func (a *App) openWebhooks(context.Context) error {
	keys, err := newSigningKeys(a.cfg, a.token.Source, a.log)
	if err != nil {
		return ConfigError{err}
	}
	client, err := newClient(a.cfg, keys)
	if err != nil {
		return configErrorf("N8N_WEBHOOK_URL: %w", err)
	}
	logo, err := a.assets.URL(static.Logo)
	if err != nil {
		return err
	}
	site := namets.Site{Name: a.cfg.SiteName, URL: a.cfg.PublicURL, Colour: static.Colour,
		Logo: a.cfg.PublicURL + logo}
	worker := webhook.New(webhook.Config{
		Store: a.db, Client: client, Ready: keys.known, Hints: a.db.Queued(), Retention: a.cfg.WebhookRetention,
		HookTimeout: a.cfg.WebhookTimeout, Site: site, Zone: a.cfg.Zone, Log: a.log, Now: time.Now,
	})
	a.webhooks = &webhooks{keys, client, worker}
	return nil
}

// host is the part of the webhook URL that may be shown.
func (w *webhooks) host() string {
	if w.client == nil {
		return "nowhere yet"
	}
	return w.client.Host()
}
