package v1

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"namets/internal/namets"
)

// messageStore sends messages. The store documents the errors.
type messageStore interface {
	SubscribersByEmail(ctx context.Context, addresses []string) (ids []int64, unknown []string, err error)
	SendMessage(ctx context.Context, by namets.Actor, m namets.Message) (id int64, reached int, err error)
}

// MessageBody is a message to people, as the admin's form sends it.
type MessageBody struct {
	Subject     string   `json:"subject" minLength:"1" maxLength:"200" doc:"The subject, in one line" example:"The road is closed"`
	Body        string   `json:"body" minLength:"1" maxLength:"20000" doc:"The text, plain" example:"Please use the other gate."`
	Everyone    bool     `json:"everyone,omitempty" default:"false" doc:"To all active subscribers, whatever they are subscribed to, and all patrons who get e-mails"`
	Audience    string   `json:"audience,omitempty" enum:"announcements,events,prayer" doc:"To everybody who is subscribed to these, and all patrons who get e-mails"`
	Event       int64    `json:"event,omitempty" minimum:"1" doc:"To everybody to whom the event with this id was announced"`
	Subscribers []int64  `json:"subscribers,omitempty" maxItems:"10000" doc:"Ids of subscribers; those who are not active get nothing"`
	Patrons     []int64  `json:"patrons,omitempty" maxItems:"10000" doc:"Ids of patrons; those who get no e-mails get nothing"`
	Addresses   []string `json:"addresses,omitempty" maxItems:"1000" doc:"Addresses of subscribers, in any spelling of the same mailbox"`
}

// SentMessage is a message that is on its way.
type SentMessage struct {
	ID         int64 `json:"id" doc:"The id of its first delivery; 0 if it goes to nobody"`
	Recipients int   `json:"recipients" doc:"How many addresses it goes to"`
}

// addMessages registers the operation that sends messages.
func (a *API) addMessages() {
	write(a, operation{
		id: "sendMessage", method: http.MethodPost, path: "/messages", tag: "Messages",
		scopes: namets.Scopes{namets.ScopeSend}, summary: "Send a message",
		text: "It cannot be called back: send an Idempotency-Key, so that a repeated request sends nothing twice. " +
			"Say everyone, an audience, an event, or whom. An audience may be empty: the message then goes to nobody.",
		replies: []reply{one[SentMessage](http.StatusCreated, "The message is on its way").
			with(http.StatusCreated, "Idempotent-Replayed")},
		example: `{"subject": "The road is closed", "body": "Please use the other gate.", "everyone": true}`,
	}, a.sendMessage)
}

func (a *API) sendMessage(ctx context.Context, r *Request, p *Idempotent, b *MessageBody) (*answer, error) {
	return r.once(ctx, p.IdempotencyKey, func(ctx context.Context) (*answer, error) {
		m, err := a.message(ctx, b)
		if err != nil {
			return nil, err
		}
		id, reached, err := a.store.SendMessage(ctx, r.Actor(), m)
		if err != nil {
			return nil, wholeBody(err)
		}
		return object(http.StatusCreated, SentMessage{ID: id, Recipients: reached})
	})
}

// message returns what the body says. Errors: Problems.
func (a *API) message(ctx context.Context, b *MessageBody) (namets.Message, error) {
	m := namets.Message{Subject: b.Subject, Body: b.Body, Everyone: b.Everyone, Wants: audienceKinds()[b.Audience],
		Event: b.Event, Patrons: b.Patrons, Subscribers: slices.Clone(b.Subscribers)}
	e := edited{}
	var ways []string
	for _, way := range []struct {
		name string
		used bool
	}{
		{"everyone", b.Everyone}, {"audience", b.Audience != ""}, {"event", b.Event != 0},
		{"subscribers", len(b.Subscribers)+len(b.Patrons)+len(b.Addresses) > 0},
	} {
		if way.used {
			ways = append(ways, way.name)
		}
	}
	switch {
	case len(ways) == 0:
		e.blame("", "must say everyone, or an audience, or an event, or choose subscribers, patrons or addresses")
	case len(ways) > 1:
		e.blame(ways[0], "must be left out where recipients are selected in another way")
	}
	ids, unknown, err := a.store.SubscribersByEmail(ctx, b.Addresses)
	if err != nil {
		return m, err
	}
	m.Subscribers = append(m.Subscribers, ids...)
	for i, address := range b.Addresses {
		if slices.Contains(unknown, address) {
			e.blame(fmt.Sprintf("addresses/%d", i), "belongs to no subscriber")
		}
	}
	return m, e.result(m.Validate())
}

// wholeBody returns an error about no member of the body as one about all of it.
func wholeBody(err error) error {
	if e, ok := errors.AsType[*namets.Error](err); ok && e.Code == namets.Invalid && e.Field == "recipients" {
		return &namets.Error{Code: e.Code, Message: e.Message}
	}
	return err
}
