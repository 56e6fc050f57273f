package system

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// deliveryStore reads and changes deliveries.
type deliveryStore interface {
	// Deliveries returns deliveries, newest first.
	Deliveries(context.Context, namets.DeliveryFilter) ([]namets.Delivery, error)
	// FoldedDeliveries is Deliveries with one row for all deliveries of one action.
	FoldedDeliveries(context.Context, namets.DeliveryFilter) ([]namets.Delivery, error)
	// Delivery returns a delivery and its attempts, oldest first. Errors: NotFound.
	Delivery(ctx context.Context, id int64) (namets.Delivery, []namets.Attempt, error)
	// DeliveryMailCounts counts the e-mails of a delivery by what n8n has reported of them.
	DeliveryMailCounts(ctx context.Context, delivery int64) (namets.MailCounts, error)
	// RetryDelivery: NotFound; Conflict if an attempt is in progress or the content is deleted.
	RetryDelivery(ctx context.Context, by namets.Actor, id int64) error
	// RetryDeliveries returns the number of deliveries that are retried.
	RetryDeliveries(ctx context.Context, by namets.Actor, f namets.DeliveryFilter) (int, error)
	// Hook returns the hook with the id. Errors: NotFound.
	Hook(ctx context.Context, id int64) (namets.Hook, error)
	heldStore
	resendStore
	// QueuePing queues a webhook that only tests the connection.
	QueuePing(ctx context.Context, by namets.Actor) (int64, error)
}

const deliveriesPath = "/admin/deliveries"

func deliveryPath(id int64) string { return deliveriesPath + "/" + strconv.FormatInt(id, 10) }

// deliveriesPage lists deliveries, newest first.
type deliveriesPage struct {
	page.Base
	State, Kind page.Field
	Dead, Held  page.Count
	// Moving means that the list may change at any moment.
	Moving bool
	Rows   []deliveryLine
	Empty  page.Empty
	Pager  page.Pager
}

type deliveryLine struct {
	namets.Delivery
	Path, What string
	To         string
	Created    page.When
	Folded     bool   // the row is all deliveries of one action
	States     string // their states
}

func (a *Admin) deliveryLine(v *page.Visit, d namets.Delivery) deliveryLine {
	line := deliveryLine{Delivery: d, Path: deliveryPath(d.ID), What: d.Kind.Info().Name,
		To: page.Count(d.Recipients).Of("person", "people"), Created: v.When(d.CreatedAt)}
	if d.Parts > 1 {
		line.To += ", part " + strconv.Itoa(d.Part) + " of " + strconv.Itoa(d.Parts)
	}
	if d.Entity == namets.KindPrayerSchedules {
		line.Subject = storedDay(d.Subject)
	}
	if d.Batch == nil || d.Batch.Count < 2 {
		return line
	}
	line.Folded, line.Path = true, deliveriesPath+"?batch="+strconv.FormatInt(d.Batch.ID, 10)
	line.What, line.Subject = page.Count(d.Batch.Count).String()+" × "+line.What, ""
	if d.Batch.First != "" {
		line.Subject = dayRange(d.Batch.First, d.Batch.Last)
	}
	var states []string
	for _, s := range namets.DeliveryStates() {
		if n := d.Batch.States[s]; n > 0 {
			states = append(states, page.Count(n).String()+" "+stateName(s))
		}
	}
	line.States = strings.Join(states, ", ")
	return line
}

// batch returns the batch in the query, or 0.
func batch(v *page.Visit) int64 {
	id, err := strconv.ParseInt(v.QueryParam("batch"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// pageEnd returns the id below which the next page begins, after d.
func pageEnd(d namets.Delivery) int64 {
	if d.Batch != nil && d.Batch.Count > 0 {
		return d.Batch.ID
	}
	return d.ID
}

func (a *Admin) deliveries(v *page.Visit) error {
	ctx := v.Request().Context()
	p := &deliveriesPage{Base: v.Page("Deliveries")}
	f := namets.DeliveryFilter{Limit: page.PerPage + 1, Before: before(v), Batch: batch(v)}
	states := []page.Option{{Text: "All"}}
	for _, s := range namets.DeliveryStates() {
		selected := string(s) == v.FormValue("state")
		if selected {
			f.State = s
		}
		name := page.Capital(stateName(s))
		if s == namets.Held {
			name = "Held"
		}
		states = append(states, page.Option{Value: string(s), Text: name, Selected: selected})
	}
	p.State = page.Field{Name: "state", Label: "State", Brief: true, Options: states}
	kinds := []page.Option{{Text: "All"}}
	for _, info := range namets.Notifications() {
		selected := string(info.Kind) == v.FormValue("kind")
		if selected {
			f.Kind = info.Kind
		}
		kinds = append(kinds, page.Option{Value: string(info.Kind), Text: info.Name, Selected: selected})
	}
	p.Kind = page.Field{Name: "kind", Label: "What", Brief: true, Options: kinds}
	stats, err := a.store.DeliveryStats(ctx)
	if err != nil {
		return err
	}
	p.Dead, p.Held = page.Count(stats.Dead), page.Count(stats.Held)
	read := a.store.FoldedDeliveries
	if f.Batch > 0 {
		read = a.store.Deliveries
	}
	list, err := read(ctx, f)
	if err != nil {
		return err
	}
	for _, d := range list[:min(len(list), page.PerPage)] {
		p.Rows = append(p.Rows, a.deliveryLine(v, d))
		p.Moving = p.Moving || v.Moving(d)
	}
	query := v.Request().URL.Query()
	if len(list) > page.PerPage {
		p.Pager.Older = page.With(deliveriesPath, query, "before", strconv.FormatInt(pageEnd(list[page.PerPage-1]), 10))
	}
	if f.Before > 0 {
		p.Pager.Newer = page.With(deliveriesPath, query, "before", "")
	}
	p.Empty = page.Empty{Title: "No deliveries", Text: "All webhooks to n8n are listed here, with n8n's responses."}
	if f.State != "" || f.Kind != "" || f.Before > 0 || f.Batch > 0 {
		p.Empty = page.Empty{Title: "Nothing is found", Text: "No deliveries match. Try other filters.",
			Action: "Show all", Path: deliveriesPath}
	}
	return v.Render(http.StatusOK, "deliveries", p)
}

// before returns the id below which the page of a list begins; 0: at the newest.
func before(v *page.Visit) int64 {
	id, err := strconv.ParseInt(v.FormValue("before"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// stateName is the name of a state on the page.
func stateName(s namets.DeliveryState) string {
	switch s {
	case namets.Pending:
		return "waiting"
	case namets.Dead:
		return "failed"
	case namets.Held:
		return "held after a restore"
	}
	return string(s)
}

// deliveryPage is one delivery with its attempts.
type deliveryPage struct {
	page.Base
	Of             deliveryLine
	Moving         bool // it may change at any moment
	Next, Finished *page.When
	Resendable     bool   // its content may be sent under a new webhook-id, unless it is deleted
	ResendOf       string // path of the delivery whose content it repeats; empty: none
	About          string // path of the row that it is about; empty: none that has a page
	Mails          string // what n8n has reported of the e-mails; empty: nothing
	Target         string // what people call its target
	Attempts       []attemptRow
}

type attemptRow struct {
	namets.Attempt
	At   page.When
	Took string
}

func (a *Admin) delivery(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	d, attempts, err := a.store.Delivery(v.Request().Context(), id)
	if err != nil {
		return err
	}
	p := &deliveryPage{Base: v.Page("Delivery " + strconv.FormatInt(id, 10)), Of: a.deliveryLine(v, d),
		Moving: v.Moving(d), Next: v.WhenIf(d.NextAttempt), Finished: v.WhenIf(d.FinishedAt)}
	mails, err := a.store.DeliveryMailCounts(v.Request().Context(), id)
	if err != nil {
		return err
	}
	if mails != (namets.MailCounts{}) {
		p.Mails = "sent to " + page.Count(mails.Sent).String() + ", refused " + page.Count(mails.Refused).String()
	}
	p.About = aboutPath(d)
	if p.Target, err = a.targetOf(v.Request().Context(), d.Hook); err != nil {
		return err
	}
	p.Resendable = d.State == namets.Delivered || d.State == namets.Dead
	if d.ResendOf != 0 {
		p.ResendOf = deliveryPath(d.ResendOf)
	}
	for _, t := range attempts {
		if !v.May(namets.Editor) {
			t.Answer = "" // it may contain addresses
		}
		p.Attempts = append(p.Attempts, attemptRow{t, v.When(t.At), t.Duration.Round(time.Millisecond).String()})
	}
	return v.Render(http.StatusOK, "delivery", p)
}

// targetOf returns what people call the target of a delivery.
func (a *Admin) targetOf(ctx context.Context, hook int64) (string, error) {
	if hook == namets.LegacyHook {
		return "N8N_WEBHOOK_URL", nil
	}
	h, err := a.store.Hook(ctx, hook)
	if namets.CodeOf(err) == namets.NotFound {
		return "a hook that was deleted", nil
	}
	return "hook " + h.Key, err
}

// aboutPath returns the path of the row that a delivery is about; empty if the row has no page or
// is deleted.
func aboutPath(d namets.Delivery) string {
	switch {
	case d.Entity == namets.KindSubscribers && d.Kind != namets.SubscriberUnsubscribed: // or likely deleted
		return page.RowPath(d.Entity, d.EntityID)
	case d.Subject == "":
		return ""
	case d.Entity == namets.KindAnnouncements, d.Entity == namets.KindEvents, d.Entity == namets.KindPrayerSchedules:
		return page.RowPath(d.Entity, d.EntityID)
	}
	return ""
}

func (a *Admin) retryDelivery(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	err = a.store.RetryDelivery(v.Request().Context(), v.Actor(), id)
	if namets.CodeOf(err) == namets.Conflict {
		return v.Failed(deliveryPath(id), "Nothing was changed: an attempt is in progress, or the body is no "+
			"longer kept.")
	}
	if err != nil {
		return err
	}
	return v.Done(deliveryPath(id), "It is sent again now.")
}

func (a *Admin) confirmRetryFailed(v *page.Visit) error {
	stats, err := a.store.DeliveryStats(v.Request().Context())
	if err != nil {
		return err
	}
	if stats.Dead == 0 {
		return v.Done(deliveriesPath, "No delivery has failed.")
	}
	n := page.Count(stats.Dead).Of("delivery", "deliveries")
	return v.Confirm("Send "+n+" again", page.Confirmation{
		Lead: "All failed deliveries are sent again, in order.",
		Facts: []string{"Each keeps its webhook-id, so that n8n recognizes what it has already received.",
			"Those whose body is no longer kept stay unchanged."},
		Action: deliveriesPath + "/retry", Hidden: []page.Hidden{{Name: "state", Value: string(namets.Dead)}},
		Button: "Send " + n +
			" again", Back: deliveriesPath,
	})
}

func (a *Admin) retryFailed(v *page.Visit) error {
	if v.FormValue("state") != string(namets.Dead) {
		return v.Failed(deliveriesPath, "Nothing is sent again: only failed deliveries can be sent again together.")
	}
	n, err := a.store.RetryDeliveries(v.Request().Context(), v.Actor(), namets.DeliveryFilter{State: namets.Dead})
	if err != nil {
		return err
	}
	return v.Done(deliveriesPath, page.Count(n).Of("delivery is", "deliveries are")+" sent again.")
}

func (a *Admin) pingDelivery(v *page.Visit) error {
	id, err := a.store.QueuePing(v.Request().Context(), v.Actor())
	if err != nil {
		return err
	}
	return v.Done(deliveryPath(id), "A test was sent. Reload this page in a moment.")
}
