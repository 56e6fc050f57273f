package system

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// targetStore reads and changes the targets of webhooks.
type targetStore interface {
	// Hooks returns the hooks of all tokens, HooksOf those of one.
	Hooks(context.Context) ([]namets.Hook, error)
	HooksOf(ctx context.Context, tokenID int64) ([]namets.Hook, error)
	// Hook returns a hook. Errors: NotFound.
	Hook(ctx context.Context, id int64) (namets.Hook, error)
	// TargetStates returns the states of the targets that have deliveries, by the id of the hook.
	TargetStates(context.Context) (map[int64]namets.TargetState, error)
	// WakeHook ends the pause of a hook. Errors: NotFound; Conflict if its token has ended.
	WakeHook(ctx context.Context, by namets.Actor, id int64) error
	// QueueHookPing queues a webhook that only tests the hook. Errors: NotFound; Conflict if it is
	// paused.
	QueueHookPing(ctx context.Context, by namets.Actor, id int64) (int64, error)
	// DeleteHook deletes a hook. Errors: NotFound.
	DeleteHook(ctx context.Context, by namets.Actor, id int64) error
}

const n8nPath = "/admin/n8n"

// n8nPage shows everything that connects namets and n8n: the targets of webhooks, the consumers of
// changes, the paths that workflows read, and the tokens.
type n8nPage struct {
	page.Base
	Targets    []targetRow
	Consumers  []consumerRow
	Paths      []pathRow
	Tokens     []namedTokenRow
	Dead, Held page.Count
	WebhooksOn bool // there is a target of the configuration, which can be tested
}

// targetRow is a target of webhooks in a list.
type targetRow struct {
	Name, Path string // the path is empty for the target of the configuration
	Host       string
	Token      string
	Events     string
	State      tokenState
	Pending    page.Count
	Oldest     *page.When // of Pending; nil: none
	Dead       page.Count
	Last       *page.When // the last attempt; nil: none yet
	LastText   string     // its result
}

// pathRow is a path of the API that something reads again and again.
type pathRow struct {
	Path  string
	State tokenState
	Seen  page.When
}

func (a *Admin) n8n(v *page.Visit) error {
	ctx := v.Request().Context()
	hooks, err := a.store.Hooks(ctx)
	if err != nil {
		return err
	}
	states, err := a.store.TargetStates(ctx)
	if err != nil {
		return err
	}
	tokens, err := a.cfg.Tokens.Tokens(ctx)
	if err != nil {
		return err
	}
	consumers, err := a.store.Consumers(ctx)
	if err != nil {
		return err
	}
	pollers, err := a.store.Pollers(ctx)
	if err != nil {
		return err
	}
	p := &n8nPage{Base: v.Page("n8n"), WebhooksOn: a.cfg.WebhooksOn}
	p.Targets = append(p.Targets, a.legacyTarget(v, states[namets.LegacyHook]))
	for i := range hooks {
		p.Targets = append(p.Targets, targetOf(v, &hooks[i], tokens, states[hooks[i].ID]))
	}
	for i := range consumers {
		p.Consumers = append(p.Consumers, consumerOf(v, &consumers[i], tokens))
	}
	for _, poller := range pollers {
		if poller.Path != "" {
			p.Paths = append(p.Paths, pathRow{poller.Path, punctuality(poller.Usual, poller.Late),
				v.When(poller.SeenAt)})
		}
	}
	for i := range tokens {
		if !tokens[i].Ended(v.Now()) {
			p.Tokens = append(p.Tokens, tokenRow(v, &tokens[i]))
		}
	}
	for _, s := range states {
		p.Dead += page.Count(s.Dead)
		p.Held += page.Count(s.Held)
	}
	return v.Render(http.StatusOK, "n8n", p)
}

// legacyTarget is the row of the target that the configuration names.
func (a *Admin) legacyTarget(v *page.Visit, s namets.TargetState) targetRow {
	r := targetRow{Name: "N8N_WEBHOOK_URL", Host: a.cfg.TargetHost, Token: "set by the operator",
		Events: eventsText(a.cfg.TargetEvents)}
	r.fill(v, s)
	if !a.cfg.WebhooksOn {
		r.Host, r.State = "", tokenState{"", "not set", "The operator has configured no target."}
	}
	return r
}

// targetOf is the row of a hook.
func targetOf(v *page.Visit, h *namets.Hook, tokens []namets.APIToken, s namets.TargetState) targetRow {
	r := targetRow{Name: h.Key, Path: hookPath(h.ID), Host: hostOf(h.URL), Token: tokenName(tokens, h.TokenID),
		Events: eventsText(h.Events)}
	r.fill(v, s)
	if h.PausedAt != nil {
		r.State = tokenState{"warn", "paused", page.Capital(h.PausedReason) + "."}
	}
	return r
}

// fill sets what the row says of the deliveries.
func (r *targetRow) fill(v *page.Visit, s namets.TargetState) {
	r.Pending, r.Oldest, r.Dead = page.Count(s.Pending), v.WhenIf(&s.OldestPending), page.Count(s.Dead)
	r.State = tokenState{"", "nothing sent yet", ""}
	if s.LastAttempt == nil {
		return
	}
	r.State = tokenState{"good", "works", ""}
	r.Last, r.LastText = v.WhenIf(&s.LastAttempt.At), "answered "+strconv.Itoa(s.LastAttempt.Status)
	if s.LastAttempt.Error != "" {
		r.LastText = s.LastAttempt.Error
		r.State = tokenState{"bad", "fails", ""}
	}
}

// tokenName names the token with the id.
func tokenName(tokens []namets.APIToken, id int64) string {
	if id == 0 {
		return "the shared token"
	}
	for i := range tokens {
		if tokens[i].ID == id {
			return tokens[i].Name
		}
	}
	return "a token that is gone"
}

// eventsText names the types of events.
func eventsText(types []namets.EventType) string {
	names := make([]string, len(types))
	for i, t := range types {
		if names[i] = string(t); t == namets.AnyEvent {
			names[i] = "everything"
		}
	}
	return strings.Join(names, ", ")
}
