package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/api"
	"namets/internal/auth"
	"namets/internal/backup"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/metrics"
	"namets/internal/n8n"
	"namets/internal/namets"
	"namets/internal/server"
	"namets/internal/store/sqlite"
	"namets/static"
	"namets/web"
	"namets/web/admin"
	"namets/web/docs"
	"namets/web/site"
)

// assembled is a server with what its metrics are read from.
type assembled struct {
	*server.Server
	sources  metrics.Sources
	accounts accounts
}

// app are what the routes work with.
type app struct {
	db     *sqlite.DB
	source tokenSource
	hooks  *webhooks
	keeper *backup.Keeper
	health *health
	dir    datadir.Dir
	again  *newStart
}

// newServer joins the routes and what they work with into a server that listens already.
func newServer(cfg *config.Config, log *slog.Logger, accessLog io.Writer, listener net.Listener,
	p app) (*assembled, error) {
	db, source := p.db, p.source
	assets, err := static.New(static.FS)
	if err != nil {
		return nil, err
	}
	texts := web.English()
	renderer, err := web.New(web.Config{SiteName: cfg.SiteName, Assets: assets, Texts: texts})
	if err != nil {
		return nil, err
	}
	pages, err := site.New(site.Config{
		Renderer: renderer, Texts: texts, Board: db, Subscriptions: db, Links: namets.Links(cfg.PublicURL),
		DoubleOptIn: cfg.DoubleOptIn, Zone: cfg.Zone, Now: time.Now, Pace: 50 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	accounts := newAccounts(cfg, db)
	six := api.New(api.Config{
		Store: db, Token: auth.NewAPIToken(source.Source), Zone: cfg.Zone, Now: time.Now,
		LinkPrefix: cfg.PublicURL + namets.UnsubscribePath,
	})
	back, err := newAdmin(cfg, renderer, p, accounts, six)
	if err != nil {
		return nil, err
	}
	workflow, err := n8n.Handler(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	version, goVersion := buildVersion()
	manual, err := docs.New(docs.Config{Renderer: renderer, Version: version, Contract: api.Contract()})
	if err != nil {
		return nil, err
	}
	mountWorkflow := func(e *echo.Echo) { e.GET(n8n.WorkflowPath, echo.WrapHandler(workflow)) }
	forwarded, edge := "", ""
	switch cfg.Platform {
	case config.Fly:
		forwarded = "Fly-Client-IP"
	// Cloudflare is in front of Render's proxies, and its many addresses come last in
	// X-Forwarded-For
	case config.Render:
		edge = "CF-Connecting-IP"
	}
	limits := pages.BodyLimits()
	maps.Copy(limits, back.BodyLimits())
	durations := metrics.NewDurations()
	srv := server.New(server.Config{
		Listener: listener,
		Mounts: []func(*echo.Echo){six.Mount, renderer.Mount, pages.Mount, manual.Mount, mountWorkflow,
			back.Mount},
		Ready:               p.health.Ready,
		RenderError:         renderer.RenderError,
		BodyLimits:          limits,
		Log:                 log,
		AccessLog:           accessLog,
		AccessLogFormat:     string(cfg.LogFormat),
		TrustedProxies:      cfg.TrustedProxies,
		ClientAddressHeader: forwarded,
		EdgeAddressHeader:   edge,
		Durations:           durations.Of,
		HSTS:                cfg.HTTPS(),
	})
	return &assembled{srv, metrics.Sources{Version: version, GoVersion: goVersion,
		Server: srv.Stats, Durations: durations, Token: source.Status, API: six.Stats, Since: six.SinceStats,
		Database: db.Size, Worker: p.hooks.worker.Stats, Outbox: db.DeliveryStats, Health: p.health,
		SignIns: accounts.accounts.Stats}, accounts}, nil
}

// refusalPause makes 200 clients that try to sign in again and again ask 400 times a second and
// not more.
const refusalPause = 500 * time.Millisecond

// newAdmin returns the pages of the committee.
func newAdmin(cfg *config.Config, renderer *web.Renderer, p app, m accounts, six *api.API) (*admin.Admin, error) {
	version, _ := buildVersion()
	return admin.New(admin.Config{
		Renderer: renderer, Store: p.db, Sessions: m.sessions, Accounts: m.accounts, Token: p.source,
		Rotator: p.source.rotator, TokenLocation: tokenLocation(cfg), TokenOverlap: cfg.TokenOverlap,
		WebhookKeys: p.hooks.keys.keys, Backups: newAdminBackups(p.keeper),
		Restorer: &adminRestorer{cfg: cfg, dir: p.dir, keeper: p.keeper, restart: p.again},
		Health:   p.health.forAdmin, Uploads: p.dir.Uploads(),
		Version: version, Settings: settings(cfg), WebhooksOn: !cfg.WebhookURL.IsZero(), DoubleOptIn: cfg.DoubleOptIn,
		Concerns: concerns(cfg), Misread: misreadSince(six),
		PublicURL: cfg.PublicURL, Zone: cfg.Zone, RefusalPause: refusalPause, Now: time.Now,
	})
}

// metrics serves the metrics, as a task, when an address is configured for them.
func (a *assembled) metrics(ctx context.Context, cfg *config.Config, work *tasks) error {
	l, err := listenMetrics(ctx, cfg)
	if err != nil || l == nil {
		return err
	}
	work.run("serving metrics", func(ctx context.Context) error { return metrics.Serve(ctx, l, a.sources) })
	return nil
}
