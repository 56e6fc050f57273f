package admin

import (
	"errors"
	"net/http"
	"strings"

	"namets/internal/namets"
)

// subscriberPage is one person, with a form and the history.
type subscriberPage struct {
	page
	ID, Revision   int64 // 0 for a new one
	Number         string
	Stored         []fact // when somebody else has changed it meanwhile
	Of             subscriberRow
	LastNotified   *when
	Faults         []fault
	Email, Phone   field
	States, Wants  []check
	History        []historyRow
	Deliveries     []deliveryRow
	Consequence    string
	Same           []sameMailbox // others with the same mailbox
	Anyway         *check        // adds an address whose owner wants no e-mail; nil: that is not asked
	DeliveriesLink bool
}

// historyRow is what was done to a row.
type historyRow struct {
	When    when
	Who     string
	What    string
	Changed string
}

// deliveryRow is a webhook about a row.
type deliveryRow struct {
	ID    int64
	Kind  string
	State namets.DeliveryState
	When  when
}

func (v *visit) subscriberPage(title string, s namets.Subscriber, revision int64) *subscriberPage {
	return &subscriberPage{
		page: v.page(title), ID: s.ID, Revision: revision, Number: v.number(),
		Of:           subscriberRow{s, v.email(s.Email), v.when(s.SubscribedAt), wants(s.Notify)},
		LastNotified: v.whenIf(s.LastNotified),
		Email:        emailField(s.Email, true),
		Phone:        field{Name: "phone", Label: "Phone", Value: s.Phone, Type: "tel", Max: 200},
		States: []check{
			{Name: "is_active", Label: "Active", Hint: "Receives e-mail.", Checked: s.IsActive},
			{Name: "is_verified", Label: "Verified", Hint: "The address is known to belong to this person.",
				Checked: s.IsVerified},
		},
		Wants: []check{
			{Name: "notify_announcements", Label: "Announcements", Checked: s.Notify.Announcements},
			{Name: "notify_events", Label: "Events", Checked: s.Notify.Events},
			{Name: "notify_prayer_changes", Label: "Prayer times", Checked: s.Notify.PrayerChanges},
		},
	}
}

func (a *Admin) newSubscriber(v *visit) error {
	p := v.subscriberPage("Add a subscriber", namets.NewSubscriber(""), 0)
	p.Consequence = "Adding an active subscriber sends 1 webhook (subscriber_joined)."
	return v.render(http.StatusOK, "subscriber", p)
}

// subscriber shows a person. Viewers see the address masked, and no form.
func (a *Admin) subscriber(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	s, revision, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	p := v.subscriberPage(v.email(s.Email), s, revision)
	p.Phone.Value = v.phone(s.Phone)
	if err := errors.Join(p.addHistory(v, id), p.addSameMailbox(v, id)); err != nil {
		return err
	}
	return v.render(http.StatusOK, "subscriber", p)
}

// historyLength is how much of a person's history the page shows.
const historyLength = 25

func (p *subscriberPage) addHistory(v *visit, id int64) error {
	ctx := v.Request().Context()
	p.Consequence = "Deactivating, or changing what an active person is subscribed to, sends 1 webhook."
	history, err := v.admin.store.History(ctx, namets.KindSubscribers, id, historyLength)
	if err != nil {
		return err
	}
	for _, e := range history {
		p.History = append(p.History, historyRow{v.when(e.At), who(e.By), actName(e.Action), fieldNames(e.Changed)})
	}
	deliveries, err := v.admin.store.Deliveries(ctx, namets.DeliveryFilter{Entity: namets.KindSubscribers, EntityID: id,
		Limit: historyLength})
	for _, d := range deliveries {
		p.Deliveries = append(p.Deliveries, deliveryRow{d.ID, notificationName(d.Kind), d.State, v.when(d.CreatedAt)})
	}
	p.DeliveriesLink = v.admin.answers("/admin/deliveries/:id")
	return err
}

// answers reports whether there is a page with the pattern.
func (a *Admin) answers(pattern string) bool {
	for _, r := range a.routes() {
		if r.method == get && r.path == pattern {
			return true
		}
	}
	return false
}

// who says who acted.
func who(by namets.Actor) string {
	switch by.Kind {
	case namets.SignedIn:
		return by.Name
	case namets.Visitor:
		return "on the public page"
	case namets.Command:
		if strings.HasPrefix(by.Name, "command line") {
			return "at the " + by.Name
		}
		return "at the command line"
	}
	return "by itself"
}

// postedSubscriber reads the form onto old, which is stored or, without an id, new. Errors:
// Problems.
func (v *visit) postedSubscriber(old namets.Subscriber) (namets.Subscriber, error) {
	s := namets.Subscriber{
		ID: old.ID, Email: v.emailOf("email", old.Email), Phone: v.lineOf("phone", old.Phone),
		IsActive: v.ticked("is_active"), IsVerified: v.ticked("is_verified"),
		Notify: namets.Preferences{Announcements: v.ticked("notify_announcements"), Events: v.ticked("notify_events"),
			PrayerChanges: v.ticked("notify_prayer_changes")},
	}
	return s, s.ValidateChange(storedOf(&old, old.ID))
}

func (a *Admin) addSubscriber(v *visit) error {
	s, err := v.postedSubscriber(namets.Subscriber{})
	var id int64
	if err == nil {
		create := a.store.CreateSubscriber
		if v.ticked(anywayField) && v.may(namets.Owner) {
			create = a.store.CreateSubscriberAnyway
		}
		id, err = a.once.do(v.text("number"), func() (int64, error) {
			return create(v.Request().Context(), v.actor(), s)
		})
	}
	if err != nil {
		return v.badSubscriber(err, "Add a subscriber", s, 0)
	}
	message := "The subscriber is added."
	if s.IsActive {
		message += " 1 webhook is on its way."
	}
	return v.done(subscriberPath(id), message)
}

func (a *Admin) saveSubscriber(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	old, _, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	s, err := v.postedSubscriber(old)
	revision := v.revision()
	if err == nil {
		err = a.store.UpdateSubscriber(v.Request().Context(), v.actor(), id, revision, namets.SubscriberPatch{
			Email: &s.Email, Phone: &s.Phone, IsVerified: &s.IsVerified, IsActive: &s.IsActive,
			Announcements: &s.Notify.Announcements, Events: &s.Notify.Events, PrayerChanges: &s.Notify.PrayerChanges,
		})
	}
	if err != nil {
		return v.badSubscriber(err, s.Email, s, revision)
	}
	return v.done(subscriberPath(id), "The subscriber is saved.")
}

// anywayField is the box by which an owner adds an address whose owner has asked never to be
// written to again.
const anywayField = "anyway"

// askAnyway is that box, for those who may tick it; nil when there is nothing to ask.
func (v *visit) askAnyway(err error) *check {
	if !errors.Is(err, namets.ErrSilenced) || !v.may(namets.Owner) {
		return nil
	}
	return &check{Name: anywayField, Label: "Add it all the same",
		Hint: "The owner of this address has asked to get no e-mail. Tick this only when you " +
			"know that they have changed their mind."}
}

// stale reports whether somebody else has changed a row meanwhile.
func stale(err error) bool {
	one, ok := errors.AsType[*namets.Error](err)
	return ok && one.Code == namets.Conflict && one.Field == ""
}

// facts are the values for comparing.
func (p *subscriberPage) facts() []fact {
	controls := fields(&p.Email, &p.Phone)
	for i := range p.Wants {
		controls = append(controls, control{Check: &p.Wants[i]})
	}
	for i := range p.States {
		controls = append(controls, control{Check: &p.States[i]})
	}
	return factsOf(controls)
}

// badSubscriber shows what was typed again, with what is wrong with it.
func (v *visit) badSubscriber(err error, title string, s namets.Subscriber, revision int64) error {
	if title == "" {
		title = "Subscriber"
	}
	p := v.subscriberPage(title, s, revision)
	if p.Faults = blame(err, &p.Email, &p.Phone); p.Faults == nil {
		return err
	}
	if s.ID == 0 {
		p.Anyway = v.askAnyway(err)
	}
	if s.ID != 0 {
		stored, revision, readErr := v.admin.store.Subscriber(v.Request().Context(), s.ID)
		if readErr != nil {
			return readErr
		}
		if stale(err) {
			p.Stored, p.Revision = v.subscriberPage("", stored, revision).facts(), revision
		}
		p.Of.Since, p.LastNotified = v.when(stored.SubscribedAt), v.whenIf(stored.LastNotified)
		if err := p.addHistory(v, s.ID); err != nil {
			return err
		}
	}
	return v.render(statusOf(err), "subscriber", p)
}

func (a *Admin) confirmDeleteSubscriber(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	s, revision, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	fires := "No webhook is sent: this person is inactive already."
	if s.IsActive {
		fires = "This will send 1 webhook (subscriber_unsubscribed)."
	}
	return v.confirm("Delete "+s.Email, confirmation{
		Lead: "The address and all that is kept of it are removed. This cannot be undone.",
		Facts: []string{fires, "Personal links in e-mails that were sent earlier stop working.",
			"To keep the person and send nothing any more, deactivate instead."},
		Action: subscriberPath(id) + "/delete", Hidden: seen(revision), Button: "Delete this subscriber", Danger: true,
		Back: subscriberPath(id),
	})
}

func (a *Admin) deleteSubscriber(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if _, stored, err := a.store.Subscriber(v.Request().Context(), id); err == nil && v.otherRevision(stored) {
		return v.changedMeanwhile(subscriberPath(id))
	}
	err = a.store.DeleteSubscriber(v.Request().Context(), v.actor(), id)
	if err != nil && namets.CodeOf(err) != namets.NotFound { // sent twice, it is gone already
		return err
	}
	return v.done(subscribersPath, "The subscriber is deleted.")
}
