package v1

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
)

// deliveryStore reads and repeats deliveries to hooks. *store.DB documents the methods.
type deliveryStore interface {
	Deliveries(context.Context, namets.DeliveryFilter) ([]namets.Delivery, error)
	MailCountsOf(ctx context.Context, deliveries []int64) (map[int64]namets.MailCounts, error)
	ReplayHook(ctx context.Context, by namets.Actor, hook int64, since time.Time) (namets.Replay, error)
	HookSecret(ctx context.Context, id int64) (secret.Value, error)
	RecordHookTest(ctx context.Context, by namets.Actor, id int64) error
}

// HookDelivery is a webhook to a hook.
type HookDelivery struct {
	ID          int64   `json:"id" doc:"The number of the delivery"`
	WebhookID   string  `json:"webhook_id" doc:"The header webhook-id, the same at every attempt"`
	Type        string  `json:"type" doc:"The type of the event" example:"announcement.published"`
	State       string  `json:"state" enum:"pending,held,delivered,dead,skipped" doc:"What became of it"`
	Recipients  int     `json:"recipients" doc:"How many there are in it"`
	Part        int     `json:"part" doc:"Which part of the notification it is, from 1"`
	Parts       int     `json:"parts" doc:"How many parts there are"`
	Attempts    int     `json:"attempts" doc:"How often it was sent"`
	Status      *int    `json:"status" nullable:"true" doc:"The status of the last answer; null if there was none"`
	Error       *string `json:"error" nullable:"true" doc:"Why the last attempt failed, or why it was not sent"`
	Sent        int     `json:"sent" doc:"How many e-mails were reported as sent"`
	Refused     int     `json:"refused" doc:"How many e-mails were reported as refused"`
	CreatedAt   string  `json:"created_at" format:"date-time" doc:"When it was queued"`
	NextAttempt *string `json:"next_attempt" nullable:"true" format:"date-time" doc:"When it is sent next; null unless it is scheduled"`
	FinishedAt  *string `json:"finished_at" nullable:"true" format:"date-time" doc:"When it was done or given up"`
}

// HookTest is the answer to a test.
type HookTest struct {
	Accepted bool    `json:"accepted" doc:"Whether the target answered 2xx"`
	Status   *int    `json:"status" nullable:"true" doc:"The status of its answer; null if none came"`
	Error    *string `json:"error" nullable:"true" doc:"What went wrong, in words"`
	Duration string  `json:"duration" doc:"How long it took, in seconds" example:"0.042"`
}

// HookReplay is the answer to a replay.
type HookReplay struct {
	Queued  int `json:"queued" doc:"How many deliveries were queued again, each under a new webhook-id"`
	LeftOut int `json:"left_out" doc:"How many no longer apply: their subject is gone, nobody is left to receive them, or their text is no longer stored"`
}

// DeliveryPage is a page of deliveries.
type DeliveryPage struct {
	ByKey
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"How many rows at most"`
	After int64 `query:"after" minimum:"1" doc:"Older rows than this one: the id of the last row of the page before"`
}

// ReplaySince says from when on a replay repeats.
type ReplaySince struct {
	ByKey
	Since time.Time `query:"since" required:"true" doc:"What was queued then or later is sent again; within the last seven days" example:"2026-03-01T00:00:00Z"`
}

// addHookDeliveries registers the operations on what hooks are sent.
func (a *API) addHookDeliveries() {
	scopes := namets.Scopes{namets.ScopeHooks}
	act(a, operation{
		id: "testHook", method: http.MethodPost, path: "/hooks/{key}/test", tag: tagHooks, scopes: scopes,
		summary: "Send a ping to a hook",
		text:    "It is sent at once, and the answer says what came back. Nothing repeats it.",
		replies: []reply{one[HookTest](http.StatusOK, "What the target answered, whatever that was")},
	}, a.testHook)
	read(a, operation{
		id: "listHookDeliveries", path: "/hooks/{key}/deliveries", tag: tagHooks, scopes: scopes,
		summary: "List the deliveries to a hook", text: "Newest first.",
		replies: []reply{rows[HookDelivery]("The deliveries")},
	}, a.listHookDeliveries)
	act(a, operation{
		id: "replayHook", method: http.MethodPost, path: "/hooks/{key}/replay", tag: tagHooks, scopes: scopes,
		summary: "Send what was sent since a time again",
		text: "What was delivered or given up is queued once more, each under a new webhook-id and to the people who " +
			"may still receive it, so they get the e-mails again. At most 1,000 deliveries; what is waiting, and " +
			"what an earlier replay has queued and is not sent yet, is not queued twice.",
		replies: []reply{one[HookReplay](http.StatusOK, "How much was queued")},
	}, a.replayHook)
}

func (a *API) testHook(ctx context.Context, r *Request, p *ByKey) (*answer, error) {
	h, err := a.hookOf(ctx, r, p.Key)
	if err != nil {
		return nil, err
	}
	key, err := a.store.HookSecret(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	if err := a.store.RecordHookTest(ctx, r.Actor(), h.ID); err != nil {
		return nil, err
	}
	attempt := a.ping(ctx, &h, key)
	return object(http.StatusOK, HookTest{Accepted: attempt.Status/100 == 2, Status: optional(attempt.Status),
		Error: optional(attempt.Error), Duration: strconv.FormatFloat(attempt.Duration.Seconds(), 'f', 3, 64)})
}

func (a *API) listHookDeliveries(ctx context.Context, r *Request, p *DeliveryPage) (*answer, error) {
	h, err := a.hookOf(ctx, r, p.Key)
	if err != nil {
		return nil, err
	}
	list, err := a.store.Deliveries(ctx, namets.DeliveryFilter{Hook: h.ID, Before: p.After, Limit: p.Limit})
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	counts, err := a.store.MailCountsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	l, last := newList(len(list)), ""
	for i := range list {
		row, err := a.deliveryRow(&list[i], counts[list[i].ID])
		if err != nil {
			return nil, err
		}
		l.body, last = append(l.next(), row...), cursor(list[i].ID)
	}
	return r.page(l, last), nil
}

func (a *API) deliveryRow(d *namets.Delivery, counts namets.MailCounts) ([]byte, error) {
	row, err := object(http.StatusOK, HookDelivery{
		ID: d.ID, WebhookID: d.WebhookID, Type: string(d.Kind.Info().Type), State: string(d.State),
		Recipients: d.Recipients, Part: d.Part, Parts: d.Parts, Attempts: d.Attempts, Status: optional(d.LastStatus),
		Error: optional(d.LastError), Sent: counts.Sent, Refused: counts.Refused,
		CreatedAt: namets.FormatDateTime(d.CreatedAt, a.zone), NextAttempt: a.optionalTime(d.NextAttempt),
		FinishedAt: a.optionalTime(d.FinishedAt),
	})
	if err != nil {
		return nil, err
	}
	return row.body, nil
}

func (a *API) replayHook(ctx context.Context, r *Request, p *ReplaySince) (*answer, error) {
	h, err := a.hookOf(ctx, r, p.Key)
	if err != nil {
		return nil, err
	}
	replay, err := a.store.ReplayHook(ctx, r.Actor(), h.ID, p.Since)
	if refused, ok := errors.AsType[*namets.Error](err); ok && refused.Code == namets.Invalid {
		return nil, invalid(atParameter(refused.Field, refused.Message))
	}
	if err != nil {
		return nil, err
	}
	return object(http.StatusOK, HookReplay{Queued: replay.Queued, LeftOut: replay.LeftOut})
}
