package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// timelineStore is what a timeline is made from.
type timelineStore interface {
	// Activity returns what was done, the newest first.
	Activity(context.Context, namets.AuditFilter) ([]namets.AuditEntry, error)
	// Deliveries returns webhooks, the newest first.
	Deliveries(context.Context, namets.DeliveryFilter) ([]namets.Delivery, error)
	// AudienceSize counts whom a notification of the kind would reach now.
	AudienceSize(context.Context, namets.NotificationKind) (int, error)
}

// step is one line of the history of a row: saved, due, queued, answered.
type step struct {
	At     when
	Text   string
	Kind   string // good, warn, bad or empty: colours it
	Path   string // leads to the delivery; empty: nowhere
	Detail string
	time   time.Time
	moving bool // it may change at any moment
}

// timeline says what became of a row: who saved it, when its time came and what n8n answered, the
// oldest first. A nil due leaves that step out; told is when its notification was queued, or nil.
func (v *visit) timeline(entity namets.Kind, id int64, due *time.Time, dueText string,
	told *time.Time) ([]step, error) {
	ctx, store := v.Request().Context(), v.admin.store
	entries, err := store.Activity(ctx, namets.AuditFilter{Entity: entity, EntityID: id, Limit: 10})
	if err != nil {
		return nil, err
	}
	deliveries, err := store.Deliveries(ctx, namets.DeliveryFilter{Entity: entity, EntityID: id, Limit: 5})
	if err != nil {
		return nil, err
	}
	var steps []step
	add := func(at time.Time, s step) {
		s.At, s.time = v.when(at), at
		steps = append(steps, s)
	}
	slices.Reverse(entries) // of one moment, the first act comes first
	for _, e := range entries {
		add(e.At, step{Text: saved(e), Detail: fieldNames(e.Changed)})
	}
	if due != nil {
		text := dueText
		if due.After(v.admin.now()) {
			text += " then"
		}
		add(*due, step{Text: text, moving: due.Sub(v.admin.now()).Abs() < soon})
		if len(entries) > 0 && entries[0].At.After(*due) { // its time had come before it was saved
			steps[len(steps)-1].time = entries[0].At
		}
	}
	if told != nil && len(deliveries) == 0 {
		add(*told, step{Text: "Nothing was sent", Detail: "At that moment nobody would have received it, or it came " +
			"with an import."})
	}
	slices.Reverse(deliveries)
	for _, d := range deliveries {
		add(d.CreatedAt, step{Text: "Queued for " + count(d.Recipients).of("person", "people"),
			Path: deliveryPath(d.ID)})
		s := ending(d)
		if s.moving = v.moving(d); d.FinishedAt != nil {
			add(*d.FinishedAt, s)
		} else {
			add(v.admin.now(), s)
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.time.Compare(b.time) })
	return steps, nil
}

// soon is how far ahead something is on its way for somebody who looks at the page.
const soon = time.Minute

// moving reports whether an attempt to deliver d is under way or comes soon.
func (v *visit) moving(d namets.Delivery) bool {
	return d.State == namets.Pending && v.admin.cfg.WebhooksOn &&
		(d.InFlight || d.NextAttempt == nil || d.NextAttempt.Sub(v.admin.now()) < soon)
}

// saved says who did what to a row.
func saved(e namets.AuditEntry) string {
	return actName(e.Action) + " by " + actorName(e.By)
}

// actName is what people call an act.
func actName(action string) string {
	switch action {
	case "create":
		return "Added"
	case "update":
		return "Changed"
	case "delete":
		return "Deleted"
	case "merge":
		return "Merged with another spelling"
	case "import":
		return "Imported"
	case "announce":
		return "Sent on its way"
	}
	return capital(strings.ReplaceAll(action, "_", " "))
}

// actorName is what people call an actor.
func actorName(by namets.Actor) string {
	switch {
	case strings.HasPrefix(by.Name, "command line") && by.Kind == namets.Command:
		return "the " + by.Name
	case by.Name != "" && by.Kind == namets.Command: // as earlier versions wrote it
		return "the command " + by.Name
	case by.Name != "":
		return by.Name
	case by.Kind == namets.Visitor:
		return "a visitor"
	case by.Kind == namets.Command:
		return "a command"
	}
	return "the service"
}

// ending says what became of a delivery.
func ending(d namets.Delivery) step {
	s := step{Path: deliveryPath(d.ID), Detail: d.LastError}
	switch d.State {
	case namets.Delivered:
		s.Kind, s.Text, s.Detail = "good", "Sent: n8n has received it and answered "+strconv.Itoa(d.LastStatus), ""
	case namets.Dead:
		s.Kind, s.Text = "bad", "Given up after "+count(d.Attempts).of("attempt", "attempts")
	case namets.Skipped:
		s.Kind, s.Text = "warn", "Not sent"
	case namets.Held:
		s.Kind, s.Text = "warn", "Held after a restore: somebody has to say whether it goes out"
	default:
		s.Text = "Waits to be sent"
		if d.Attempts > 0 {
			s.Kind, s.Text = "warn", "Not received yet after "+count(d.Attempts).of("attempt", "attempts")+
				": it is tried again"
		}
	}
	return s
}
