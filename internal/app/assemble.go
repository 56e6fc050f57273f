package app

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/api"
	v1 "namets/internal/api/v1"
	"namets/internal/auth"
	"namets/internal/config"
	"namets/internal/metrics"
	"namets/internal/namets"
	"namets/internal/server"
	"namets/static"
	"namets/web"
	"namets/web/admin"
	"namets/web/admin/content"
	"namets/web/admin/page"
	"namets/web/admin/people"
	"namets/web/admin/system"
	"namets/web/docs"
	"namets/web/site"
)

// loadAssets reads the style sheets, scripts and icons.
func (a *App) loadAssets(context.Context) (err error) {
	a.assets, err = static.New(static.FS)
	return err
}

// assemble joins the routes and their dependencies into a server that already listens.
func (a *App) assemble(context.Context) error {
	cfg := a.cfg
	version, goVersion := Version()
	a.health = &health{a.db, a.token.Status, a.dir, a.keeper}
	texts := web.English()
	renderer, err := web.New(web.Config{SiteName: cfg.SiteName, Assets: a.assets, Texts: texts})
	if err != nil {
		return err
	}
	pages, err := site.New(site.Config{
		Renderer: renderer, Texts: texts, Board: a.db, Subscriptions: a.db, Links: namets.Links(cfg.PublicURL),
		DoubleOptIn: cfg.DoubleOptIn, Zone: cfg.Zone, Now: time.Now, Pace: 50 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	a.accounts = newAccounts(cfg, a.db)
	shared := auth.NewAPIToken(a.token.Source)
	six := api.New(api.Config{
		Store: a.db, Token: shared, Zone: cfg.Zone, Now: time.Now,
		LinkPrefix: cfg.PublicURL + namets.UnsubscribePath,
	})
	open := v1.New(v1.Config{
		Store: a.db, Callers: auth.NewCallers(shared, a.tokens, time.Now), Zone: cfg.Zone,
		PublicURL: cfg.PublicURL, Origin: server.Origin(cfg.TrustedProxies, cfg.PublicURL), Now: time.Now,
		Version: version, Resolver: net.DefaultResolver, Legacy: shownTarget(cfg),
		PingHook: a.webhooks.worker.PingHook,
	})
	back, err := a.newAdmin(renderer, six)
	if err != nil {
		return err
	}
	mountWorkflows, err := a.workflows()
	if err != nil {
		return fmt.Errorf("PUBLIC_URL: %w", err)
	}
	manual, err := docs.New(docs.Config{Renderer: renderer, Version: version, Contract: api.Contract(),
		OpenAPI: open.Document})
	if err != nil {
		return err
	}
	forwarded, edge := "", ""
	switch cfg.Platform {
	case config.Fly:
		forwarded = "Fly-Client-IP"
	// Cloudflare is in front of Render's proxies, and its many addresses come last in
	// X-Forwarded-For
	case config.Render:
		edge = "CF-Connecting-IP"
	}
	durations := metrics.NewDurations()
	limits := pages.BodyLimits()
	maps.Copy(limits, back.BodyLimits())
	maps.Copy(limits, open.BodyLimits())
	a.server = server.New(server.Config{
		Listener: a.listener,
		Mounts: []func(*echo.Echo){six.Mount, open.Mount, renderer.Mount, pages.Mount, manual.Mount, mountWorkflows,
			back.Mount},
		Ready:               a.health.Ready,
		RenderError:         renderer.RenderError,
		RenderProblem:       v1.RenderError,
		Problems:            v1.Prefix + "/",
		BodyLimits:          limits,
		Log:                 a.log,
		AccessLog:           a.accessLog,
		AccessLogFormat:     string(cfg.LogFormat),
		TrustedProxies:      cfg.TrustedProxies,
		ClientAddressHeader: forwarded,
		EdgeAddressHeader:   edge,
		HSTS:                cfg.HTTPS(),
		Durations:           durations.Of,
	})
	a.metrics = metrics.Sources{
		Version: version, GoVersion: goVersion,
		Server: a.server.Stats, Durations: durations, Token: a.token.Status, Named: a.tokens.Requests,
		API: six.Stats, Since: six.SinceStats,
		Database: a.db.Size, Worker: a.webhooks.worker.Stats, Outbox: a.db.DeliveryStats, Health: a.health,
		Pollers: a.db.Pollers, SignIns: a.accounts.accounts.Stats,
	}
	return nil
}

// refusalPause limits 200 clients that keep trying to sign in to 400 requests a second.
const refusalPause = 500 * time.Millisecond

// newAdmin returns the pages of the committee.
func (a *App) newAdmin(renderer *web.Renderer, six *api.API) (*admin.Admin, error) {
	cfg := a.cfg
	version, _ := Version()
	var target namets.HookSpec
	if shown := shownTarget(cfg); shown != nil {
		target = *shown
	}
	sessions, accounts, webhooksOn := a.accounts.sessions, a.accounts.accounts, !cfg.WebhookURL.IsZero()
	return admin.New(admin.Config{
		Page: page.Config{Renderer: renderer, Sessions: sessions, Accounts: accounts, WebhooksOn: webhooksOn,
			Uploads: a.dir.Uploads(), PublicURL: cfg.PublicURL, Zone: cfg.Zone, RefusalPause: refusalPause,
			Now: time.Now},
		Content: content.Config{Store: a.db},
		People:  people.Config{Store: a.db, Sessions: sessions, Accounts: accounts},
		System: system.Config{Store: a.db, Accounts: accounts, Token: a.token, Tokens: a.tokens,
			Rotator: a.token.rotator, TokenLocation: TokenLocation(cfg), TokenOverlap: cfg.TokenOverlap,
			TargetHost: a.webhooks.host(), TargetEvents: target.Events, WebhookKeys: a.webhooks.keys.keys,
			Backups:  newAdminBackups(a.keeper),
			Restorer: &adminRestorer{cfg: cfg, dir: a.dir, keeper: a.keeper, restart: a.restart},
			Health:   a.health.forAdmin, Version: version, Settings: settings(cfg), Concerns: concerns(cfg),
			Misread: misreadSince(six), WebhooksOn: webhooksOn, DoubleOptIn: cfg.DoubleOptIn, Now: time.Now},
	})
}

// shownTarget describes the target of N8N_WEBHOOK_URL to people and programs; nil if there is none.
// It contains only scheme and host of the URL. In the legacy form it gets the contract's types.
func shownTarget(cfg *config.Config) *namets.HookSpec {
	u, err := url.Parse(cfg.WebhookURL.Reveal())
	if cfg.WebhookURL.IsZero() || err != nil {
		return nil
	}
	spec := openForm(cfg)
	if spec == nil {
		spec = &namets.HookSpec{Events: namets.ContractTypes()}
		spec.Fill()
	}
	spec.URL = u.Scheme + "://" + u.Host
	return spec
}
