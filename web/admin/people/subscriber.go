package people

import (
	"errors"
	"net/http"
	"strings"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// subscriberPage is one subscriber, with a form and the history.
type subscriberPage struct {
	page.Base
	ID, Revision  int64 // 0 for a new subscriber
	Number        string
	Stored        []page.Fact // set if somebody else has changed it in the meantime
	Of            subscriberRow
	LastNotified  *page.When
	Consent       *consentFact
	Suppressed    string // why the address gets no e-mail; empty: it may get some
	Lift          bool   // the user may lift that
	Bounces       []bounceRow
	Mails         []mailRow
	Faults        []page.Fault
	Email, Phone  page.Field
	States, Wants []page.Check
	History       []historyRow
	Deliveries    []deliveryRow
	Consequence   string
	Same          []sameMailbox // others with the same mailbox
	Anyway        *page.Check   // adds an address whose person wants no e-mail; nil: does not apply
}

// historyRow is an audit entry of a subscriber.
type historyRow struct {
	When    page.When
	Who     string
	What    string
	Changed string
}

// deliveryRow is a webhook about a subscriber.
type deliveryRow struct {
	ID    int64
	Kind  string
	State namets.DeliveryState
	When  page.When
}

func (a *Admin) subscriberPage(v *page.Visit, title string, s namets.Subscriber, revision int64) *subscriberPage {
	return &subscriberPage{
		Base: v.Page(title), ID: s.ID, Revision: revision, Number: v.Number(),
		Of:           subscriberRow{s, v.Email(s.Email), v.When(s.SubscribedAt), subscriptions(s.Notify)},
		LastNotified: v.WhenIf(s.LastNotified),
		Email:        page.EmailField(s.Email, true),
		Phone:        page.Field{Name: "phone", Label: "Phone", Value: s.Phone, Type: "tel", Max: 200},
		States: []page.Check{
			{Name: "is_active", Label: "Active", Hint: "Receives e-mail.", Checked: s.IsActive},
			{Name: "is_verified", Label: "Verified", Hint: "The address belongs to this person.",
				Checked: s.IsVerified},
		},
		Wants: []page.Check{
			{Name: "notify_announcements", Label: "Announcements", Checked: s.Notify.Announcements},
			{Name: "notify_events", Label: "Events", Checked: s.Notify.Events},
			{Name: "notify_prayer_changes", Label: "Prayer times", Checked: s.Notify.PrayerChanges},
		},
	}
}

func (a *Admin) newSubscriber(v *page.Visit) error {
	p := a.subscriberPage(v, "Add a subscriber", namets.NewSubscriber(""), 0)
	p.Consequence = "Adding an active subscriber sends 1 webhook (subscriber_joined)."
	return v.Render(http.StatusOK, "subscriber", p)
}

// subscriber shows a subscriber. Viewers see the address masked, and no form.
func (a *Admin) subscriber(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	s, revision, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	p := a.subscriberPage(v, v.Email(s.Email), s, revision)
	p.Phone.Value = v.Phone(s.Phone)
	if err := errors.Join(a.addHistory(v, p, id), a.addSameMailbox(v, p, id), a.addMails(v, p, s)); err != nil {
		return err
	}
	return v.Render(http.StatusOK, "subscriber", p)
}

// historyLength is the number of entries that the page shows.
const historyLength = 25

func (a *Admin) addHistory(v *page.Visit, p *subscriberPage, id int64) error {
	ctx := v.Request().Context()
	p.Consequence = "Deactivating, or changing what an active person is subscribed to, sends 1 webhook."
	history, err := a.store.History(ctx, namets.KindSubscribers, id, historyLength)
	if err != nil {
		return err
	}
	for _, e := range history {
		p.History = append(p.History, historyRow{v.When(e.At), who(e.By), page.ActName(e.Action),
			page.FieldNames(e.Changed)})
	}
	deliveries, err := a.store.Deliveries(ctx, namets.DeliveryFilter{Entity: namets.KindSubscribers, EntityID: id,
		Limit: historyLength})
	for _, d := range deliveries {
		p.Deliveries = append(p.Deliveries, deliveryRow{d.ID, d.Kind.Info().Name, d.State,
			v.When(d.CreatedAt)})
	}
	return err
}

// who names the actor.
func who(by namets.Actor) string {
	switch by.Kind {
	case namets.SignedIn:
		return by.Name
	case namets.Visitor:
		return "on the public page"
	case namets.Program:
		return "through " + page.ActorName(by)
	case namets.Command:
		if strings.HasPrefix(by.Name, "command line") {
			return "at the " + by.Name
		}
		return "at the command line"
	}
	return "by itself"
}

// postedSubscriber applies the form to old, which is stored or, without an id, new. Errors:
// Problems.
func postedSubscriber(v *page.Visit, old namets.Subscriber) (namets.Subscriber, error) {
	s := namets.Subscriber{
		ID: old.ID, Email: v.EmailOf("email", old.Email), Phone: v.LineOf("phone", old.Phone),
		IsActive: v.Ticked("is_active"), IsVerified: v.Ticked("is_verified"),
		Notify: namets.Preferences{Announcements: v.Ticked("notify_announcements"), Events: v.Ticked("notify_events"),
			PrayerChanges: v.Ticked("notify_prayer_changes")},
	}
	return s, s.ValidateChange(page.StoredOf(&old, old.ID))
}

func (a *Admin) addSubscriber(v *page.Visit) error {
	s, err := postedSubscriber(v, namets.Subscriber{})
	var id int64
	if err == nil {
		create := a.store.CreateSubscriber
		if v.Ticked(anywayField) && v.May(namets.Owner) {
			create = a.store.CreateSubscriberAnyway
		}
		id, err = v.Once(v.Text("number"), func() (int64, error) {
			return create(v.Request().Context(), v.Actor(), s)
		})
	}
	if err != nil {
		return a.badSubscriber(v, err, "Add a subscriber", s, 0)
	}
	message := "The subscriber is added."
	if s.IsActive {
		message += " 1 webhook is on its way."
	}
	return v.Done(subscriberPath(id), message)
}

func (a *Admin) saveSubscriber(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	old, _, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	s, err := postedSubscriber(v, old)
	revision := v.Revision()
	if err == nil {
		err = a.store.UpdateSubscriber(v.Request().Context(), v.Actor(), id, revision, namets.SubscriberPatch{
			Email: &s.Email, Phone: &s.Phone, IsVerified: &s.IsVerified, IsActive: &s.IsActive,
			Announcements: &s.Notify.Announcements, Events: &s.Notify.Events, PrayerChanges: &s.Notify.PrayerChanges,
		})
	}
	if err != nil {
		return a.badSubscriber(v, err, s.Email, s, revision)
	}
	return v.Done(subscriberPath(id), "The subscriber is saved.")
}

// anywayField is the check box with which an owner adds an address whose person has asked for no
// more e-mail.
const anywayField = "anyway"

// askAnyway returns that check box for users who may use it; nil if it does not apply.
func askAnyway(v *page.Visit, err error) *page.Check {
	if !errors.Is(err, namets.ErrSilenced) || !v.May(namets.Owner) {
		return nil
	}
	return &page.Check{Name: anywayField, Label: "Add it anyway",
		Hint: "The owner of this address has asked for no e-mails. Select this only if you know that they have " +
			"changed their mind."}
}

// facts are the values for comparison.
func (p *subscriberPage) facts() []page.Fact {
	controls := page.Fields(&p.Email, &p.Phone)
	for i := range p.Wants {
		controls = append(controls, page.Control{Check: &p.Wants[i]})
	}
	for i := range p.States {
		controls = append(controls, page.Control{Check: &p.States[i]})
	}
	return page.FactsOf(controls)
}

// badSubscriber shows the input again with the problems.
func (a *Admin) badSubscriber(v *page.Visit, err error, title string, s namets.Subscriber, revision int64) error {
	if title == "" {
		title = "Subscriber"
	}
	p := a.subscriberPage(v, title, s, revision)
	if p.Faults = page.Blame(err, &p.Email, &p.Phone); p.Faults == nil {
		return err
	}
	if s.ID == 0 {
		p.Anyway = askAnyway(v, err)
	}
	if s.ID != 0 {
		stored, revision, readErr := a.store.Subscriber(v.Request().Context(), s.ID)
		if readErr != nil {
			return readErr
		}
		if page.Stale(err) {
			p.Stored, p.Revision = a.subscriberPage(v, "", stored, revision).facts(), revision
		}
		p.Of.Since, p.LastNotified = v.When(stored.SubscribedAt), v.WhenIf(stored.LastNotified)
		if err := errors.Join(a.addHistory(v, p, s.ID), a.addMails(v, p, stored)); err != nil {
			return err
		}
	}
	return v.Render(page.StatusOf(err), "subscriber", p)
}

func (a *Admin) confirmDeleteSubscriber(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	s, revision, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	fires := "No webhook is sent: this person is inactive already."
	if s.IsActive {
		fires = "This sends 1 webhook (subscriber_unsubscribed)."
	}
	return v.Confirm("Delete "+s.Email, page.Confirmation{
		Lead: "The address and all its data are deleted. This cannot be undone.",
		Facts: []string{fires, "Personal links in earlier e-mails stop working.",
			"To stop the e-mails but keep the subscriber, deactivate instead."},
		Action: subscriberPath(id) + "/delete", Hidden: page.Seen(revision), Button: "Delete this subscriber",
		Danger: true, Back: subscriberPath(id),
	})
}

func (a *Admin) deleteSubscriber(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Subscriber(v.Request().Context(), id); err == nil && v.OtherRevision(stored) {
		return v.ChangedMeanwhile(subscriberPath(id), "deleted")
	}
	err = a.store.DeleteSubscriber(v.Request().Context(), v.Actor(), id)
	if err != nil && namets.CodeOf(err) != namets.NotFound { // not found if the form was sent twice
		return err
	}
	return v.Done(subscribersPath, "The subscriber is deleted.")
}
