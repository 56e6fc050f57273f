package content

import (
	"context"
	"slices"
	"sort"
	"strconv"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// timelineStore reads the data of a timeline.
type timelineStore interface {
	// Activity returns audit entries, newest first.
	Activity(context.Context, namets.AuditFilter) ([]namets.AuditEntry, error)
	// Deliveries returns deliveries, newest first.
	Deliveries(context.Context, namets.DeliveryFilter) ([]namets.Delivery, error)
	// MailCounts counts the e-mails about a row by what n8n has reported of them, by kind.
	MailCounts(ctx context.Context, entity namets.Kind, id int64) (map[namets.NotificationKind]namets.MailCounts, error)
	// AudienceSize counts the people whom a notification of the kind would reach now.
	AudienceSize(context.Context, namets.NotificationKind) (int, error)
}

// step is one line of the history of a row: saved, due, queued, delivered.
type step struct {
	At     page.When
	Text   string
	Kind   string // good, warn, bad or empty, for the color
	Path   string // path of the delivery; empty: none
	Detail string
	time   time.Time
	moving bool // it may change at any moment
}

// timeline returns the history of a row: who saved it, when it was due and how n8n responded,
// oldest first. A nil due omits that step; announced is the time when its notification was queued,
// or nil.
func (a *Admin) timeline(v *page.Visit, kind namets.Kind, id int64, due, announced *time.Time) ([]step, error) {
	ctx, store := v.Request().Context(), a.store
	entries, err := store.Activity(ctx, namets.AuditFilter{Entity: kind, EntityID: id, Limit: 10})
	if err != nil {
		return nil, err
	}
	deliveries, err := store.Deliveries(ctx, namets.DeliveryFilter{Entity: kind, EntityID: id, Limit: 5})
	if err != nil {
		return nil, err
	}
	var steps []step
	add := func(at time.Time, s step) {
		s.At, s.time = v.When(at), at
		steps = append(steps, s)
	}
	slices.Reverse(entries) // keeps the order of entries with the same time
	for _, e := range entries {
		add(e.At, step{Text: saved(e), Detail: page.FieldNames(e.Changed)})
	}
	if due != nil {
		text := "Published"
		if due.After(v.Now()) {
			text += " then"
		}
		add(*due, step{Text: text, moving: due.Sub(v.Now()).Abs() < page.Soon})
		if len(entries) > 0 && entries[0].At.After(*due) { // it was due before it was saved
			steps[len(steps)-1].time = entries[0].At
		}
	}
	if announced != nil && len(deliveries) == 0 {
		add(*announced, step{Text: "Nothing was sent",
			Detail: "At that moment nobody would have received it, or it came with an import."})
	}
	slices.Reverse(deliveries)
	for _, d := range deliveries {
		add(d.CreatedAt, step{Text: "Queued for " + page.Count(d.Recipients).Of("person", "people"),
			Path: page.RowPath(namets.KindDeliveries, d.ID)})
		s := deliveryStep(d)
		if s.moving = v.Moving(d); d.FinishedAt != nil {
			add(*d.FinishedAt, s)
		} else {
			add(v.Now(), s)
		}
	}
	counts, err := store.MailCounts(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	for _, k := range namets.NotificationKinds() {
		if c, ok := counts[k]; ok {
			add(reportedAt(v, deliveries, k), step{Text: sentText(c), Kind: sentKind(c),
				Detail: "The e-mails of “" + k.Info().Name + "”, as n8n has reported them so far."})
		}
	}
	sort.SliceStable(steps, func(i, j int) bool { return steps[i].time.Before(steps[j].time) })
	return steps, nil
}

// sentText says what became of e-mails.
func sentText(c namets.MailCounts) string {
	text := "Sent to " + page.Count(c.Sent).String()
	if c.Refused > 0 {
		text += ", refused " + page.Count(c.Refused).String()
	}
	return text
}

func sentKind(c namets.MailCounts) string {
	if c.Refused > 0 {
		return "warn"
	}
	return "good"
}

// reportedAt is where the e-mails of the kind belong in the history: after their last delivery,
// which is one of the deliveries, the oldest first.
func reportedAt(v *page.Visit, deliveries []namets.Delivery, kind namets.NotificationKind) time.Time {
	for _, d := range slices.Backward(deliveries) {
		if d.Kind == kind && d.FinishedAt != nil {
			return *d.FinishedAt
		}
	}
	return v.Now()
}

// saved describes an audit entry of a row.
func saved(e namets.AuditEntry) string {
	return page.ActName(e.Action) + " by " + page.ActorName(e.By)
}

// deliveryStep describes the result of a delivery.
func deliveryStep(d namets.Delivery) step {
	s := step{Path: page.RowPath(namets.KindDeliveries, d.ID), Detail: d.LastError}
	switch d.State {
	case namets.Delivered:
		s.Kind, s.Text, s.Detail = "good", "Sent: n8n has received it and answered "+strconv.Itoa(d.LastStatus), ""
	case namets.Dead:
		s.Kind, s.Text = "bad", "Given up after "+page.Count(d.Attempts).Of("attempt", "attempts")
	case namets.Skipped:
		s.Kind, s.Text = "warn", "Not sent"
	case namets.Held:
		s.Kind, s.Text = "warn", "Held after a restore: somebody has to decide whether to send it"
	default:
		s.Text = "Waits to be sent"
		switch {
		case d.AcceptedAt != nil && d.LastError == "":
			s.Text = "Accepted: n8n has yet to report on every recipient"
		case d.Attempts > 0:
			s.Kind, s.Text = "warn", "Not received yet after "+page.Count(d.Attempts).Of("attempt", "attempts")+
				": it is tried again"
		}
	}
	return s
}
