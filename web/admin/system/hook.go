package system

import (
	"net/http"
	"strconv"

	"namets/internal/namets"
	"namets/web/admin/page"
)

const hooksPath = "/admin/hooks"

// hookPage is one hook, with its last deliveries.
type hookPage struct {
	page.Base
	Of           targetRow
	Created      page.When
	Ack, Within  string
	PausedSince  *page.When
	FailingSince *page.When // since when it has answered nothing but 404
	CanWake      bool
	Deliveries   []deliveryLine
	ID           int64
}

// hookDeliveries is the number of deliveries on the page of a hook.
const hookDeliveries = 20

func hookPath(id int64) string { return hooksPath + "/" + strconv.FormatInt(id, 10) }

// hookOf returns the hook of the path. Errors: NotFound.
func (a *Admin) hookOf(v *page.Visit) (namets.Hook, error) {
	id, err := v.ID()
	if err != nil {
		return namets.Hook{}, err
	}
	return a.store.Hook(v.Request().Context(), id)
}

func (a *Admin) hook(v *page.Visit) error {
	h, err := a.hookOf(v)
	if err != nil {
		return err
	}
	ctx := v.Request().Context()
	states, err := a.store.TargetStates(ctx)
	if err != nil {
		return err
	}
	tokens, err := a.cfg.Tokens.Tokens(ctx)
	if err != nil {
		return err
	}
	list, err := a.store.Deliveries(ctx, namets.DeliveryFilter{Hook: h.ID, Limit: hookDeliveries})
	if err != nil {
		return err
	}
	p := &hookPage{Base: v.Page(h.Key), ID: h.ID, Of: targetOf(v, &h, tokens, states[h.ID]),
		Created: v.When(h.CreatedAt), PausedSince: v.WhenIf(h.PausedAt), FailingSince: v.WhenIf(h.FailingSince),
		Ack: "when it answers 2xx"}
	if h.Ack == namets.AckReport {
		p.Ack = "when it has reported on every recipient"
		p.Within = spanText(h.ReportWithin)
	}
	p.CanWake = h.PausedAt != nil
	for i := range tokens {
		if tokens[i].ID == h.TokenID && tokens[i].Ended(v.Now()) {
			p.CanWake = false
		}
	}
	for i := range list {
		p.Deliveries = append(p.Deliveries, a.deliveryLine(v, list[i]))
	}
	return v.Render(http.StatusOK, "hook", p)
}

func (a *Admin) wakeHook(v *page.Visit) error {
	h, err := a.hookOf(v)
	if err != nil {
		return err
	}
	err = a.store.WakeHook(v.Request().Context(), v.Actor(), h.ID)
	if namets.CodeOf(err) == namets.Conflict {
		return v.Failed(hookPath(h.ID), "It stays paused: its API token has ended.")
	}
	if err != nil {
		return err
	}
	return v.Done(hookPath(h.ID), "The webhook is awake: what waits for it goes out now.")
}

// testHook sends a test to the hook and shows its delivery.
func (a *Admin) testHook(v *page.Visit) error {
	h, err := a.hookOf(v)
	if err != nil {
		return err
	}
	id, err := a.store.QueueHookPing(v.Request().Context(), v.Actor(), h.ID)
	if namets.CodeOf(err) == namets.Conflict {
		return v.Failed(hookPath(h.ID), "No test was sent: the webhook is paused.")
	}
	if err != nil {
		return err
	}
	return v.Done(deliveryPath(id), "A test was sent. Reload this page in a moment.")
}

func (a *Admin) confirmDeleteHook(v *page.Visit) error {
	h, err := a.hookOf(v)
	if err != nil {
		return err
	}
	return v.Confirm("Delete the webhook "+h.Key, page.Confirmation{
		Lead: "Nothing is sent to " + hostOf(h.URL) + " any more.",
		Facts: []string{"What waits for it is held for 24 hours, and goes out if the same token registers it again.",
			"A workflow that is still active may register it again by itself: deactivate it in n8n first."},
		Action: hookPath(h.ID) + "/delete", Hidden: []page.Hidden{{Name: "key", Value: h.Key}},
		Button: "Delete this webhook", Danger: true, Back: hookPath(h.ID),
	})
}

func (a *Admin) deleteHook(v *page.Visit) error {
	h, err := a.hookOf(v)
	if err != nil {
		return err
	}
	if v.FormValue("key") != h.Key {
		return v.Failed(hookPath(h.ID), "Nothing was changed: the form belongs to another webhook.")
	}
	if err := a.store.DeleteHook(v.Request().Context(), v.Actor(), h.ID); err != nil {
		return err
	}
	return v.Done(n8nPath, "The webhook "+h.Key+" is deleted.")
}
