package people

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// messageStore sends messages.
type messageStore interface {
	// Patrons returns all patrons in their order.
	Patrons(context.Context) ([]namets.Patron, error)
	// AudienceSize returns the number of addresses that a notification of the kind reaches.
	AudienceSize(ctx context.Context, kind namets.NotificationKind) (int, error)
	// SubscribersByEmail returns the ids of the subscribers with the addresses, and the unknown
	// addresses.
	SubscribersByEmail(ctx context.Context, addresses []string) (ids []int64, unknown []string, err error)
	// MessageReach returns the number of addresses that a message would reach.
	MessageReach(context.Context, namets.Message) (int, error)
	// SendMessage returns the delivery and the number of addresses that it reaches. Errors: Invalid
	// if there are none.
	SendMessage(ctx context.Context, by namets.Actor, m namets.Message) (id int64, reached int, err error)
}

const messagePath = "/admin/message"

// messageTo returns the address of the form for a message to the subscribers.
func messageTo(ids []int64) string {
	return messagePath + "?to=" + url.QueryEscape(joinIDs(ids))
}

// messagePage is the form of a message.
type messagePage struct {
	page.Base
	Faults                   []page.Fault
	Subject, Body, Addresses page.Field
	Whom                     page.Field
	Patrons                  []page.Check
}

// draft is a message as entered.
type draft struct {
	subject, body, whom, addresses string
	patrons                        map[int64]bool
}

func (a *Admin) messagePage(v *page.Visit, d draft) (*messagePage, error) {
	ctx := v.Request().Context()
	everyone, err := a.store.AudienceSize(ctx, namets.AdminMessage)
	if err != nil {
		return nil, err
	}
	patrons, err := a.store.Patrons(ctx)
	if err != nil {
		return nil, err
	}
	p := &messagePage{
		Base:    v.Page("Message"),
		Subject: page.Field{Name: "subject", Label: "Subject", Value: d.subject, Required: true, Max: 200},
		Body:    page.Field{Name: "body", Label: "Text", Value: d.body, Required: true, Rows: 10, Max: 20000},
		Addresses: page.Field{Name: "recipients", Label: "Addresses of subscribers", Value: d.addresses, Rows: 4,
			Hint: "Only for a message to selected people. One address per line."},
		Whom: page.Field{Name: "whom", Label: "To whom", Options: []page.Option{
			{Value: "everyone", Text: "Everyone: " + page.Count(everyone).Of("person", "people"),
				Selected: d.whom != "chosen"},
			{Value: "chosen", Text: "Only people whom I select below", Selected: d.whom == "chosen"},
		}},
	}
	for _, t := range patrons {
		if t.IsActive && t.ReceiveNotifications && t.Email != "" {
			p.Patrons = append(p.Patrons, page.Check{Name: "patron", Label: t.Name, Value: strconv.FormatInt(t.ID, 10),
				Checked: d.patrons[t.ID]})
		}
	}
	return p, nil
}

// messageForm shows an empty form or, if the query names subscribers, a form addressed to them.
func (a *Admin) messageForm(v *page.Visit) error {
	d := draft{whom: "everyone"}
	if ids := parseIDs(strings.Split(v.QueryParam("to"), ",")); len(ids) > 0 {
		people, err := a.store.SubscribersWith(v.Request().Context(), ids)
		if err != nil {
			return err
		}
		var lines []string
		for _, s := range people {
			lines = append(lines, s.Email)
		}
		d.whom, d.addresses = "chosen", strings.Join(lines, "\n")
	}
	p, err := a.messagePage(v, d)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "message", p)
}

// postedMessage reads the form and finds its recipients. Errors: Problems.
func (a *Admin) postedMessage(v *page.Visit) (namets.Message, draft, error) {
	d := draft{v.Text("subject"), v.Long("body"), v.FormValue("whom"), v.Long("recipients"), map[int64]bool{}}
	form, err := v.FormParams()
	if err != nil {
		return namets.Message{}, d, err
	}
	m := namets.Message{Subject: d.subject, Body: d.body, Everyone: d.whom == "everyone"}
	for _, id := range parseIDs(form["patron"]) {
		d.patrons[id] = true
	}
	err = m.Validate()
	if m.Everyone || err != nil {
		return m, d, err
	}
	for id := range d.patrons {
		m.Patrons = append(m.Patrons, id)
	}
	addresses := page.NamedAddresses(d.addresses)
	refuse := func(message string) error {
		return &namets.Error{Code: namets.Invalid, Field: "recipients", Message: message}
	}
	if len(addresses) > page.MaxNamed {
		return m, d, refuse("are more than " + page.Count(page.MaxNamed).String() +
			": write to everyone, or in several parts")
	}
	ids, unknown, err := a.store.SubscribersByEmail(v.Request().Context(), addresses)
	if err != nil {
		return m, d, err
	}
	if len(unknown) > 0 {
		return m, d, refuse("hold " + page.Count(len(unknown)).Of("address", "addresses") +
			" that no subscriber has: " +
			strings.Join(unknown[:min(len(unknown), 5)], ", "))
	}
	m.Subscribers = ids
	return m, d, nil
}

// confirmMessage shows how many people the message reaches, or the problems of the form.
func (a *Admin) confirmMessage(v *page.Visit) error {
	m, d, err := a.postedMessage(v)
	reach := 0
	if err == nil && v.FormValue("again") == "" {
		reach, err = a.store.MessageReach(v.Request().Context(), m)
	}
	if err == nil && reach == 0 && v.FormValue("again") == "" {
		err = &namets.Error{Code: namets.Invalid, Field: "recipients", Message: "reach nobody: none of the " +
			"selected people is active"}
	}
	if err != nil || v.FormValue("again") != "" {
		return a.badMessage(v, err, d)
	}
	carried := []page.Hidden{
		{Name: "subject", Value: d.subject}, {Name: "body", Value: d.body}, {Name: "whom", Value: d.whom},
		{Name: "recipients", Value: d.addresses},
		{Name: "once", Value: rand.Text()}}
	for _, id := range m.Patrons {
		carried = append(carried, page.Hidden{Name: "patron", Value: strconv.FormatInt(id, 10)})
	}
	return v.Render(http.StatusOK, "sendmessage", &sendPage{
		Base: v.Page("Send this message?"), Subject: d.subject, Body: d.body,
		Reach: page.Count(reach).Of("person", "people"), Hidden: carried,
	})
}

// sendPage shows a message before it is sent.
type sendPage struct {
	page.Base
	Subject, Body string
	Reach         string
	Hidden        []page.Hidden
}

// badMessage shows the form again with the input.
func (a *Admin) badMessage(v *page.Visit, cause error, d draft) error {
	p, err := a.messagePage(v, d)
	if err != nil {
		return err
	}
	if cause == nil {
		return v.Render(http.StatusOK, "message", p)
	}
	if p.Faults = page.Blame(cause, &p.Subject, &p.Body, &p.Addresses); p.Faults == nil {
		return cause
	}
	return v.Render(http.StatusUnprocessableEntity, "message", p)
}

// sendMessage sends the confirmed message. It is sent once even if the form is sent twice.
func (a *Admin) sendMessage(v *page.Visit) error {
	m, d, err := a.postedMessage(v)
	if err != nil {
		return a.badMessage(v, err, d)
	}
	sent, err := a.sent.Do(v.FormValue("once"), func() (sentMessage, error) {
		id, reached, err := a.store.SendMessage(v.Request().Context(), v.Actor(), m)
		return sentMessage{id, reached}, err
	})
	if err != nil {
		return a.badMessage(v, err, d)
	}
	return v.Done(page.RowPath(namets.KindDeliveries, sent.id), "The message is on its way to "+
		page.Count(sent.reached).Of("person", "people")+".")
}

// sentMessage is the result of a form.
type sentMessage struct {
	id      int64
	reached int
}
