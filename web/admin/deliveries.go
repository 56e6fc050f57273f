package admin

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

// deliveryStore is what the pages about deliveries read and change.
type deliveryStore interface {
	// FoldedDeliveries is Deliveries with one row for all that one act has queued.
	FoldedDeliveries(context.Context, namets.DeliveryFilter) ([]namets.Delivery, error)
	// Delivery returns one and its attempts, the oldest first. Errors: NotFound.
	Delivery(ctx context.Context, id int64) (namets.Delivery, []namets.Attempt, error)
	// RetryDelivery: NotFound; Conflict while an attempt is under way and when its text is gone.
	RetryDelivery(ctx context.Context, by namets.Actor, id int64) error
	// RetryDeliveries returns how many are tried again.
	RetryDeliveries(ctx context.Context, by namets.Actor, f namets.DeliveryFilter) (int, error)
	heldStore
	resendStore
	// QueuePing queues a webhook that only tests the way.
	QueuePing(ctx context.Context, by namets.Actor) (int64, error)
}

const deliveriesPath = "/admin/deliveries"

func deliveryPath(id int64) string { return deliveriesPath + "/" + strconv.FormatInt(id, 10) }

// deliveriesPage lists webhooks, the newest first.
type deliveriesPage struct {
	page
	State, Kind field
	Dead, Held  count
	// Moving says that the list may change at any moment.
	Moving bool
	Rows   []deliveryLine
	Empty  emptyList
	Pager  pager
}

type deliveryLine struct {
	namets.Delivery
	Path, What string
	To         string
	Created    when
	Folded     bool   // stands for all that one act has queued
	States     string // of them
}

func (v *visit) deliveryLine(d namets.Delivery) deliveryLine {
	line := deliveryLine{Delivery: d, Path: deliveryPath(d.ID), What: notificationName(d.Kind),
		To: count(d.Recipients).of("person", "people"), Created: v.when(d.CreatedAt)}
	if d.Entity == namets.KindPrayerSchedules {
		line.Subject = storedDay(d.Subject)
	}
	if d.Batch == nil || d.Batch.Count < 2 {
		return line
	}
	line.Folded, line.Path = true, deliveriesPath+"?batch="+strconv.FormatInt(d.Batch.ID, 10)
	line.What, line.Subject = count(d.Batch.Count).String()+" × "+line.What, ""
	if d.Batch.First != "" {
		line.Subject = dayRange(d.Batch.First, d.Batch.Last)
	}
	var states []string
	for _, s := range namets.DeliveryStates() {
		if n := d.Batch.States[s]; n > 0 {
			states = append(states, count(n).String()+" "+stateName(s))
		}
	}
	line.States = strings.Join(states, ", ")
	return line
}

// batch returns the batch that the query chooses, 0 for none.
func (v *visit) batch() int64 {
	id, err := strconv.ParseInt(v.QueryParam("batch"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// pageEnd is the id below which the next page begins, after d.
func pageEnd(d namets.Delivery) int64 {
	if d.Batch != nil && d.Batch.Count > 0 {
		return d.Batch.ID
	}
	return d.ID
}

// notificationName is what people call a kind of notification.
func notificationName(kind namets.NotificationKind) string {
	switch kind {
	case namets.AnnouncementCreated:
		return "Announcement"
	case namets.EventCreated:
		return "Event"
	case namets.PrayerUpdated:
		return "Prayer times changed"
	case namets.SubscriberJoined:
		return "Somebody joined"
	case namets.SubscriberUpdated:
		return "Somebody changed a subscription"
	case namets.SubscriberUnsubscribed:
		return "Somebody left"
	case namets.AdminMessage:
		return "Message"
	case namets.SubscriberConfirmation:
		return "Asked to confirm"
	case namets.SubscriberLink:
		return "Personal link"
	case namets.Ping:
		return "Test"
	}
	return string(kind)
}

func (a *Admin) deliveries(v *visit) error {
	ctx := v.Request().Context()
	p := &deliveriesPage{page: v.page("Deliveries")}
	f := namets.DeliveryFilter{Limit: perPage + 1, Before: v.before(), Batch: v.batch()}
	states := []option{{Text: "All"}}
	for _, s := range namets.DeliveryStates() {
		selected := string(s) == v.FormValue("state")
		if selected {
			f.State = s
		}
		name := capital(stateName(s))
		if s == namets.Held {
			name = "Held"
		}
		states = append(states, option{string(s), name, selected})
	}
	p.State = field{Name: "state", Label: "State", Brief: true, Options: states}
	kinds := []option{{Text: "All"}}
	for _, k := range namets.NotificationKinds() {
		selected := string(k) == v.FormValue("kind")
		if selected {
			f.Kind = k
		}
		kinds = append(kinds, option{string(k), notificationName(k), selected})
	}
	p.Kind = field{Name: "kind", Label: "What", Brief: true, Options: kinds}
	stats, err := a.store.DeliveryStats(ctx)
	if err != nil {
		return err
	}
	p.Dead, p.Held = count(stats.Dead), count(stats.Held)
	read := a.store.FoldedDeliveries
	if f.Batch > 0 {
		read = a.store.Deliveries
	}
	list, err := read(ctx, f)
	if err != nil {
		return err
	}
	for _, d := range list[:min(len(list), perPage)] {
		p.Rows = append(p.Rows, v.deliveryLine(d))
		p.Moving = p.Moving || v.moving(d)
	}
	query := v.Request().URL.Query()
	if len(list) > perPage {
		p.Pager.Older = with(deliveriesPath, query, "before", strconv.FormatInt(pageEnd(list[perPage-1]), 10))
	}
	if f.Before > 0 {
		p.Pager.Newer = with(deliveriesPath, query, "before", "")
	}
	p.Empty = emptyList{Title: "No deliveries", Text: "Every webhook to n8n is listed here, and " +
		"what n8n answered."}
	if f.State != "" || f.Kind != "" || f.Before > 0 || f.Batch > 0 {
		p.Empty = emptyList{Title: "Nothing is found", Text: "No delivery matches what you have chosen.",
			Action: "Show all", Path: deliveriesPath}
	}
	return v.render(http.StatusOK, "deliveries", p)
}

// before returns the id below which a page of a list begins; 0: at the newest.
func (v *visit) before() int64 {
	id, err := strconv.ParseInt(v.FormValue("before"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// stateName is what people call a state.
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
	page
	Of             deliveryLine
	Moving         bool // it may change at any moment
	Next, Finished *when
	Resendable     bool   // its text may go out under a new webhook-id, unless it is no longer kept
	ResendOf       string // path of the delivery whose text it repeats; empty: none
	About          string // path of the row that it is about; empty: none that has a page
	Attempts       []attemptRow
}

type attemptRow struct {
	namets.Attempt
	At   when
	Took string
}

func (a *Admin) delivery(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	d, attempts, err := a.store.Delivery(v.Request().Context(), id)
	if err != nil {
		return err
	}
	p := &deliveryPage{page: v.page("Delivery " + strconv.FormatInt(id, 10)), Of: v.deliveryLine(d),
		Moving: v.moving(d), Next: v.whenIf(d.NextAttempt), Finished: v.whenIf(d.FinishedAt)}
	p.About = aboutPath(d)
	p.Resendable = d.State == namets.Delivered || d.State == namets.Dead
	if d.ResendOf != 0 {
		p.ResendOf = deliveryPath(d.ResendOf)
	}
	for _, t := range attempts {
		if !v.may(namets.Editor) {
			t.Answer = "" // it may repeat addresses
		}
		p.Attempts = append(p.Attempts, attemptRow{t, v.when(t.At), t.Duration.Round(time.Millisecond).String()})
	}
	return v.render(http.StatusOK, "delivery", p)
}

// aboutPath returns the path of the row that a delivery is about; empty when it has no page or is
// gone.
func aboutPath(d namets.Delivery) string {
	switch {
	case d.Entity == namets.KindSubscribers && d.Kind != namets.SubscriberUnsubscribed: // who is often gone
		return subscriberPath(d.EntityID)
	case d.Subject == "":
		return ""
	case d.Entity == namets.KindAnnouncements:
		return announcementPath(d.EntityID)
	case d.Entity == namets.KindEvents:
		return eventPath(d.EntityID)
	case d.Entity == namets.KindPrayerSchedules:
		return prayerDayPath(d.EntityID)
	}
	return ""
}

func (a *Admin) retryDelivery(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	err = a.store.RetryDelivery(v.Request().Context(), v.actor(), id)
	if namets.CodeOf(err) == namets.Conflict {
		return v.failed(deliveryPath(id), "It stays as it is: an attempt is under way, or its text is no longer kept.")
	}
	if err != nil {
		return err
	}
	return v.done(deliveryPath(id), "It is sent again now.")
}

func (a *Admin) confirmRetryFailed(v *visit) error {
	stats, err := a.store.DeliveryStats(v.Request().Context())
	if err != nil {
		return err
	}
	if stats.Dead == 0 {
		return v.done(deliveriesPath, "No delivery has failed.")
	}
	n := count(stats.Dead).of("delivery", "deliveries")
	return v.confirm("Send "+n+" again", confirmation{
		Lead: "All deliveries that were given up are sent again, in their order.",
		Facts: []string{"Each keeps its webhook-id, so that n8n can tell what it has received already.",
			"Those whose text is no longer kept stay as they are."},
		Action: deliveriesPath + "/retry", Hidden: []hidden{{"state", string(namets.Dead)}}, Button: "Send " + n +
			" again", Back: deliveriesPath,
	})
}

func (a *Admin) retryFailed(v *visit) error {
	if v.FormValue("state") != string(namets.Dead) {
		return v.failed(deliveriesPath, "Nothing is sent again: only deliveries that failed can be, all at once.")
	}
	n, err := a.store.RetryDeliveries(v.Request().Context(), v.actor(), namets.DeliveryFilter{State: namets.Dead})
	if err != nil {
		return err
	}
	return v.done(deliveriesPath, count(n).of("delivery is", "deliveries are")+" sent again.")
}

func (a *Admin) pingDelivery(v *visit) error {
	id, err := a.store.QueuePing(v.Request().Context(), v.actor())
	if err != nil {
		return err
	}
	return v.done(deliveryPath(id), "A test is on its way. Look at this page again in a moment.")
}
