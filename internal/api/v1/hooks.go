package v1

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/namets"
	"namets/internal/network"
	"namets/internal/secret"
)

// hookStore stores hooks. *store.DB documents the methods.
type hookStore interface {
	Hooks(context.Context) ([]namets.Hook, error)
	HooksOf(ctx context.Context, tokenID int64) ([]namets.Hook, error)
	HookByKey(ctx context.Context, tokenID int64, key string) (namets.Hook, error)
	PutHook(ctx context.Context, by namets.Actor, tokenID int64, key string, spec namets.HookSpec) (namets.Hook,
		secret.Value, error)
	DeleteHook(ctx context.Context, by namets.Actor, id int64) error
	ReplaceHookSecret(ctx context.Context, by namets.Actor, id int64) (secret.Value, error)
	APITokens(context.Context) ([]namets.APIToken, error)
}

// Hook is a target of webhooks.
type Hook struct {
	ID           int64    `json:"id" doc:"0 for the target of N8N_WEBHOOK_URL"`
	Key          *string  `json:"key" nullable:"true" doc:"The caller's own key; null for the target of N8N_WEBHOOK_URL"`
	Token        string   `json:"token" doc:"The name of the API token that it belongs to, or shared" example:"shared"`
	URL          string   `json:"url" doc:"Where webhooks go. Of hooks of other tokens, and of the target of N8N_WEBHOOK_URL, only scheme and host are shown" example:"https://n8n.example.org/webhook/namets"`
	Events       []string `json:"events" doc:"The types that it receives; * is all"`
	Ack          string   `json:"ack" enum:"2xx,report" doc:"When a delivery is done"`
	ReportWithin string   `json:"report_within" doc:"How long a part waits for its reports" example:"PT30M"`
	Before       string   `json:"before" doc:"How long before its start an event is event.upcoming" example:"PT24H"`
	Status       string   `json:"status" enum:"active,paused" doc:"paused: its deliveries wait"`
	PausedAt     *string  `json:"paused_at" nullable:"true" format:"date-time" doc:"Since when it is paused"`
	PausedReason *string  `json:"paused_reason" nullable:"true" doc:"Why it is paused"`
	CreatedAt    *string  `json:"created_at" nullable:"true" format:"date-time" doc:"When it was registered; null for the target of N8N_WEBHOOK_URL"`
	UpdatedAt    *string  `json:"updated_at" nullable:"true" format:"date-time" doc:"When it last changed; null for the target of N8N_WEBHOOK_URL"`
}

// PutHook is the answer to a registration.
type PutHook struct {
	Hook
	Secret string `json:"secret,omitempty" doc:"Signs its webhooks. Shown only now: in the answer 201" example:"whsec_c2VjcmV0"`
	Note   string `json:"note,omitempty" doc:"What may be wrong, such as a host that DNS does not know yet"`
}

// HookSettings are the body of a registration.
type HookSettings struct {
	URL          string      `json:"url" minLength:"1" maxLength:"2000" doc:"Where webhooks go: http or https, without user name and fragment" example:"https://n8n.example.org/webhook/namets"`
	Events       []EventName `json:"events" minItems:"1" maxItems:"50" doc:"The types that it wants; * is all of them. Those of one person, subscriber.joined to subscriber.link, need people:read"`
	Ack          *string     `json:"ack,omitempty" enum:"2xx,report" default:"2xx" doc:"When a delivery is done: at a 2xx, or when reports have named every recipient"`
	ReportWithin *Duration   `json:"report_within,omitempty" doc:"With report: how long a part waits for its reports until it is offered again, PT30S to PT24H; PT30M if absent"`
	Before       *Duration   `json:"before,omitempty" doc:"How long before its start an event is event.upcoming, PT1M to P30D; PT24H if absent"`
}

// EventName is a type of event, or * for all of them.
type EventName string

// Schema describes the member.
func (EventName) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Enum: []any{string(namets.AnyEvent)},
		Examples: []any{string(namets.TypeAnnouncementPublished)}}
	for _, t := range namets.EventTypes() {
		s.Enum = append(s.Enum, string(t))
	}
	return s
}

// HookSecret is the answer to a new secret.
type HookSecret struct {
	Secret string `json:"secret" doc:"Signs its webhooks from now on; the one before does no longer" example:"whsec_c2VjcmV0"`
}

// HookDeleted is the answer to a deletion.
type HookDeleted struct {
	Outcome   string  `json:"outcome" enum:"deleted,absent" doc:"absent: there was none"`
	Key       string  `json:"key" doc:"The key of the request"`
	HeldUntil *string `json:"held_until" nullable:"true" format:"date-time" doc:"Until when what waits for it is held; null if there was none"`
}

// addHooks registers the operations on hooks.
func (a *API) addHooks() {
	scopes := namets.Scopes{namets.ScopeHooks}
	read(a, operation{
		id: "listHooks", path: "/hooks", tag: tagHooks, scopes: scopes, summary: "List the hooks",
		text: "The hooks of the token, by key. The shared token gets those of all tokens, and as the first row the " +
			"target of N8N_WEBHOOK_URL.",
		replies: []reply{one[[]Hook](http.StatusOK, "All of them; the list has no pages")},
	}, a.listHooks)
	read(a, operation{
		id: "getHook", path: "/hooks/{key}", tag: tagHooks, scopes: scopes, summary: "Get a hook",
		replies: []reply{one[Hook](http.StatusOK, "The hook")},
	}, a.getHook)
	body := bodyOf[Hook, HookSettings](a)
	register(a, operation{
		id: "putHook", method: http.MethodPut, path: "/hooks/{key}", tag: tagHooks, scopes: scopes,
		summary: "Register or change a hook",
		text: "Register it as often as you like, best at each start: an equal registration changes nothing, and " +
			"wakes a hook that is paused. What a GET shows may be sent back. A hook that was deleted less than 24 " +
			"hours ago comes back with what waited for it, and with a new secret. Without people:read its " +
			"webhooks contain no recipients, * leaves out the events of one person, and a hook that names one of " +
			"these is a 403.",
		replies: []reply{one[PutHook](http.StatusOK, "The hook was there"),
			one[PutHook](http.StatusCreated, "The new hook, with its secret")},
	}, describeBody(bodyTypes(http.MethodPut), body.schema),
		func(ctx context.Context, r *Request, p *ByKey) (*answer, error) {
			b, readOnly, err := readRow[HookSettings](r, &body)
			if err != nil {
				return nil, err
			}
			return a.putHook(ctx, r, p, b, readOnly)
		})
	act(a, operation{
		id: "deleteHook", method: http.MethodDelete, path: "/hooks/{key}", tag: tagHooks, scopes: scopes,
		summary: "Delete a hook", text: "What waits for it is held for 24 hours.",
		replies: []reply{one[HookDeleted](http.StatusOK, "It is deleted, or was not there")},
	}, a.deleteHook)
	act(a, operation{
		id: "replaceHookSecret", method: http.MethodPost, path: "/hooks/{key}/secret", tag: tagHooks, scopes: scopes,
		summary: "Replace the secret of a hook",
		replies: []reply{one[HookSecret](http.StatusOK, "The new secret, shown only now")},
	}, a.replaceHookSecret)
}

// legacyHook returns the target of N8N_WEBHOOK_URL as a row, and false if there is none.
func (a *API) legacyHook() (Hook, bool) {
	if a.legacy == nil {
		return Hook{}, false
	}
	h := a.hookRow(&namets.Hook{HookSpec: *a.legacy}, namets.SharedTokenName, false)
	h.Key, h.CreatedAt, h.UpdatedAt = nil, nil, nil
	return h, true
}

// hookRow returns the row of a hook. own means that the caller's token has registered it.
func (a *API) hookRow(h *namets.Hook, token string, own bool) Hook {
	row := Hook{ID: h.ID, Key: &h.Key, Token: token, URL: h.URL, Ack: string(h.Ack), Status: "active",
		ReportWithin: namets.FormatDuration(h.ReportWithin), Before: namets.FormatDuration(h.Before),
		PausedAt: a.optionalTime(h.PausedAt), CreatedAt: a.optionalTime(&h.CreatedAt),
		UpdatedAt: a.optionalTime(&h.UpdatedAt)}
	if !own {
		row.URL = originOf(h.URL)
	}
	for _, t := range h.Events {
		row.Events = append(row.Events, string(t))
	}
	if h.PausedAt != nil {
		row.Status, row.PausedReason = "paused", &h.PausedReason
	}
	return row
}

// originOf returns scheme and host of a URL.
func originOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// optionalTime returns t in the form of answers, nil for nil.
func (a *API) optionalTime(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return new(namets.FormatDateTime(*t, a.zone))
}

func (a *API) listHooks(ctx context.Context, r *Request, _ *struct{}) (*answer, error) {
	rows := []Hook{}
	if !r.Caller.Shared() {
		hooks, err := a.store.HooksOf(ctx, r.Caller.TokenID)
		if err != nil {
			return nil, err
		}
		for i := range hooks {
			rows = append(rows, a.hookRow(&hooks[i], r.Caller.Name, true))
		}
		return object(http.StatusOK, rows)
	}
	hooks, err := a.store.Hooks(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := a.store.APITokens(ctx)
	if err != nil {
		return nil, err
	}
	if row, ok := a.legacyHook(); ok {
		rows = append(rows, row)
	}
	for i := range hooks {
		h := &hooks[i]
		rows = append(rows, a.hookRow(h, tokenName(tokens, h.TokenID), h.TokenID == r.Caller.TokenID))
	}
	return object(http.StatusOK, rows)
}

// tokenName returns the name of the token with the id.
func tokenName(tokens []namets.APIToken, id int64) string {
	if id == 0 {
		return namets.SharedTokenName
	}
	for i := range tokens {
		if tokens[i].ID == id {
			return tokens[i].Name
		}
	}
	return "token " + strconv.FormatInt(id, 10)
}

// hookOf returns the caller's hook with the key.
func (a *API) hookOf(ctx context.Context, r *Request, key string) (namets.Hook, error) {
	return a.store.HookByKey(ctx, r.Caller.TokenID, key)
}

func (a *API) getHook(ctx context.Context, r *Request, p *ByKey) (*answer, error) {
	h, err := a.hookOf(ctx, r, p.Key)
	if err != nil {
		return nil, err
	}
	return object(http.StatusOK, a.hookRow(&h, r.Caller.Name, true))
}

func (a *API) putHook(ctx context.Context, r *Request, p *ByKey, b *HookSettings,
	readOnly map[string]any) (*answer, error) {
	spec := namets.HookSpec{URL: b.URL, Ack: namets.AckStatus,
		ReportWithin: b.ReportWithin.or(namets.DefaultReportWithin), Before: b.Before.or(namets.DefaultBefore)}
	if b.Ack != nil {
		spec.Ack = namets.HookAck(*b.Ack)
	}
	for _, t := range b.Events {
		spec.Events = append(spec.Events, namets.EventType(t))
	}
	var e edited
	if len(readOnly) > 0 {
		if err := a.showHook(ctx, r, p.Key, &e); err != nil {
			return nil, err
		}
		e.keepReadOnly(readOnly, setByNamets)
	}
	if err := e.result(spec.Validate()); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(spec.Events, namets.EventType.OfPeople) {
		if err := r.Need(namets.ScopePeopleRead); err != nil {
			return nil, err
		}
	}
	spec.Fill()
	note, err := a.checkTarget(ctx, spec.URL)
	if err != nil {
		return nil, err
	}
	h, created, err := a.store.PutHook(ctx, r.Actor(), r.Caller.TokenID, p.Key, spec)
	if err != nil {
		return nil, err
	}
	row := PutHook{Hook: a.hookRow(&h, r.Caller.Name, true), Secret: created.Reveal(), Note: note}
	return object(statusOf(!created.IsZero()), row)
}

// showHook sets what the caller's hook with the key shows, if there is one.
func (a *API) showHook(ctx context.Context, r *Request, key string, e *edited) error {
	h, err := a.hookOf(ctx, r, key)
	if namets.CodeOf(err) == namets.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	shown, err := object(http.StatusOK, a.hookRow(&h, r.Caller.Name, true))
	if err != nil {
		return err
	}
	return e.show(shown.body)
}

// checkTarget returns an error for a URL to whose host no webhook may go, and a note about one that
// cannot be found now: it may come up later. The connection is checked again at each attempt.
func (a *API) checkTarget(ctx context.Context, text string) (note string, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", err // its rules were checked
	}
	err = network.CheckHost(ctx, a.resolver, u.Hostname())
	failure, unknown := errors.AsType[network.Failure](err)
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, network.ErrOddHost), failure == network.Forbidden:
		return "", invalid(atMember("url", "is refused: "+err.Error()))
	case unknown:
		return "The host of the URL cannot be found now: " + failure.Error() + ". The hook is registered; webhooks " +
			"wait until it is found.", nil
	}
	return "", err
}

func (a *API) deleteHook(ctx context.Context, r *Request, p *ByKey) (*answer, error) {
	h, err := a.hookOf(ctx, r, p.Key)
	if err == nil {
		err = a.store.DeleteHook(ctx, r.Actor(), h.ID)
	}
	if namets.CodeOf(err) == namets.NotFound {
		return object(http.StatusOK, HookDeleted{Outcome: "absent", Key: p.Key})
	}
	if err != nil {
		return nil, err
	}
	until := a.now().Add(namets.HookHeld)
	return object(http.StatusOK, HookDeleted{Outcome: "deleted", Key: p.Key, HeldUntil: a.optionalTime(&until)})
}

func (a *API) replaceHookSecret(ctx context.Context, r *Request, p *ByKey) (*answer, error) {
	h, err := a.hookOf(ctx, r, p.Key)
	if err != nil {
		return nil, err
	}
	created, err := a.store.ReplaceHookSecret(ctx, r.Actor(), h.ID)
	if err != nil {
		return nil, err
	}
	return object(http.StatusOK, HookSecret{Secret: created.Reveal()})
}
