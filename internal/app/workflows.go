package app

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"namets/internal/config"
	"namets/internal/n8n"
	"namets/internal/n8n/node"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// workflows mounts what namets serves for n8n: the workflows and the community node.
func (a *App) workflows() (func(*echo.Echo), error) {
	handlers := map[string]http.Handler{}
	for _, w := range n8n.Workflows() {
		handler, err := n8n.Handler(w.Name, SiteOf(a.cfg), func(ctx context.Context) (n8n.Form, error) {
			return workflowForm(ctx, a.cfg, a.db)
		})
		if err != nil {
			return nil, err
		}
		handlers[n8n.WorkflowPath(w.Name)] = handler
	}
	return func(e *echo.Echo) {
		for path, handler := range handlers {
			e.GET(path, echo.WrapHandler(handler))
		}
		e.GET(node.Path, echo.WrapHandler(node.Handler(a.cfg.PublicURL)))
	}, nil
}

// SiteOf returns what the workflows contain of this instance.
func SiteOf(cfg *config.Config) n8n.Site {
	return n8n.Site{URL: cfg.PublicURL, Name: cfg.SiteName, Zone: cfg.Zone.String()}
}

// WorkflowForm returns the form of webhooks that this instance sends: that of N8N_WEBHOOK_URL, and
// v1 if only hooks receive webhooks. Without a database there are no hooks.
func WorkflowForm(ctx context.Context, cfg *config.Config) (form n8n.Form) {
	err := ReadDatabase(ctx, cfg, func(db *sqlite.DB) (err error) {
		form, err = workflowForm(ctx, cfg, db)
		return err
	})
	if err != nil {
		return n8n.Form(cfg.WebhookFormat)
	}
	return form
}

func workflowForm(ctx context.Context, cfg *config.Config,
	db interface {
		Hooks(context.Context) ([]namets.Hook, error)
	}) (n8n.Form, error) {
	if cfg.WebhookURL.IsZero() {
		hooks, err := db.Hooks(ctx)
		if err != nil {
			return "", err
		}
		if len(hooks) > 0 {
			return n8n.V1, nil
		}
	}
	return n8n.Form(cfg.WebhookFormat), nil
}
