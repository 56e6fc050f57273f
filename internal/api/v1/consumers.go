package v1

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/namets"
)

// consumerStore stores consumers and hands changes out to them. *store.DB documents the methods.
type consumerStore interface {
	Consumers(context.Context) ([]namets.Consumer, error)
	ConsumersOf(ctx context.Context, tokenID int64) ([]namets.Consumer, error)
	PutConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string,
		spec namets.ConsumerSpec) (namets.Consumer, bool, error)
	DeleteConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string) error
	NextChanges(ctx context.Context, tokenID int64, name string, limit int,
		admit func([]namets.Topic) error) (namets.Handout, error)
	AckChanges(ctx context.Context, tokenID int64, name, lease string) (int64, error)
	ReleaseChanges(ctx context.Context, tokenID int64, name, lease string) (int64, error)
	RewindConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string,
		to namets.Rewinding) (int64, error)
}

// ByName is the name of a consumer in a path.
type ByName struct {
	Name string `path:"name" minLength:"1" maxLength:"128" pattern:"^([.]*[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*|[.][.][.]+)$" doc:"The caller's own name for the consumer" example:"sync-people"`
}

// TopicName is a topic.
type TopicName string

// Schema describes the member.
func (TopicName) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Examples: []any{string(namets.TopicSubscribers)}}
	for _, info := range namets.Topics() {
		s.Enum = append(s.Enum, string(info.Topic))
	}
	return s
}

// ItemChangeName says what has happened to a row.
type ItemChangeName string

// Schema describes the member.
func (ItemChangeName) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: "What has happened. created: new since the last " +
		"acknowledgement. resync: all rows of the table follow; a copy drops those that do not come again"}
	for _, change := range namets.ItemChanges() {
		s.Enum = append(s.Enum, string(change))
	}
	return s
}

// Consumer is a reader of changes.
type Consumer struct {
	Name        string      `json:"name" doc:"The caller's own name" example:"sync-people"`
	Token       string      `json:"token" doc:"The name of the API token that it belongs to, or shared" example:"shared"`
	Topics      []TopicName `json:"topics" doc:"What it reads"`
	Start       string      `json:"start" enum:"now,beginning" doc:"Where a new topic begins"`
	Before      string      `json:"before" doc:"How long before its start an event is upcoming" example:"PT24H"`
	Lease       string      `json:"lease" doc:"How long nobody else gets what was handed out" example:"PT5M"`
	CreatedAt   string      `json:"created_at" doc:"When it was registered"`
	SeenAt      *string     `json:"seen_at" nullable:"true" doc:"When it last asked; after a crash up to a minute old"`
	AckedAt     *string     `json:"acked_at" nullable:"true" doc:"When it last acknowledged"`
	LeasedUntil *string     `json:"leased_until" nullable:"true" doc:"When what it works on is handed out again; null if nothing is"`
	Lag         int64       `json:"lag" doc:"How many items it has not acknowledged"`
	Expected    *string     `json:"expected_interval" nullable:"true" doc:"How often it usually asks, learned from its last requests; null until that is known" example:"PT5M"`
	Late        bool        `json:"late" doc:"Whether more than three of these intervals have passed since it asked"`
}

// ConsumerSettings are the body of a registration.
type ConsumerSettings struct {
	Topics []TopicName `json:"topics" minItems:"1" maxItems:"8" doc:"What it reads. Topics of people need people:read"`
	Start  *string     `json:"start,omitempty" enum:"now,beginning" default:"now" doc:"Where the topics begin that are new to the consumer"`
	Before *Duration   `json:"before,omitempty" doc:"How long before its start an event is upcoming, PT1M to P30D; PT24H if absent"`
	Lease  *Duration   `json:"lease,omitempty" doc:"How long nobody else gets what was handed out, PT1S to PT24H; PT5M if absent"`
}

// Item is one change.
type Item struct {
	Seq    int64          `json:"seq" doc:"The number of the change; a later change has a higher one"`
	Change ItemChangeName `json:"change"`
	Topic  TopicName      `json:"topic" doc:"The topic to which the item belongs: a row may come for several"`
	Table  string         `json:"table" enum:"subscribers,announcements,categories,events,prayer-days,patrons" doc:"The list that contains the row"`
	ID     *int64         `json:"id" nullable:"true" doc:"The row; null for resync"`
	Key    *string        `json:"key" nullable:"true" doc:"The author's own key of the row"`
	Row    any            `json:"row" doc:"The row as it is now, as in its list; null if it is deleted, and for resync"`
	Lease  string         `json:"lease" doc:"Acknowledge it when all items are done" example:"3.X5QJ"`
	First  bool           `json:"first" doc:"false: handed out before and not acknowledged"`
}

// Lease is the body of an acknowledgement.
type Lease struct {
	Lease string `json:"lease" minLength:"1" maxLength:"100" doc:"The lease of the items" example:"3.X5QJ"`
}

// Remaining is the answer to an acknowledgement.
type Remaining struct {
	Remaining int64 `json:"remaining" doc:"How many items wait"`
}

// Rewind is the body of a request to begin again.
type Rewind struct {
	To RewindTo `json:"to"`
}

// ConsumerDeleted is the answer to a deletion.
type ConsumerDeleted struct {
	Outcome string `json:"outcome" enum:"deleted,absent" doc:"absent: there was none"`
	Name    string `json:"name" doc:"The name of the request"`
}

// addConsumers registers the operations on consumers.
func (a *API) addConsumers() {
	scopes := namets.Scopes{namets.ScopeChanges}
	read(a, operation{
		id: "listConsumers", path: "/consumers", tag: tagConsumers, scopes: scopes, summary: "List the consumers",
		text:    "The consumers of the token, by name. The shared token gets those of all tokens.",
		replies: []reply{one[[]Consumer](http.StatusOK, "All of them; the list has no pages")},
	}, a.listConsumers)
	body := bodyOf[ConsumerSettings, ConsumerSettings](a)
	register(a, operation{
		id: "putConsumer", method: http.MethodPut, path: "/consumers/{name}", tag: tagConsumers, scopes: scopes,
		summary: "Register or change a consumer",
		text: "Register it as often as you like: an equal registration changes nothing. The server keeps its " +
			"position. announcements.published has an announcement once, when it is public; events.upcoming has an " +
			"event once, when it begins soon, and after that when it is moved, cancelled, revived or deleted; the " +
			"other topics have every change of a row, each row once with its newest state.",
		replies: []reply{one[Consumer](http.StatusOK, "The consumer was there"),
			one[Consumer](http.StatusCreated, "The new consumer")},
		example: `{"topics": ["subscribers", "events.upcoming"], "before": "PT24H", "start": "now", "lease": "PT5M"}`,
	}, describeBody(bodyTypes(http.MethodPut), body.schema),
		func(ctx context.Context, r *Request, p *ByName) (*answer, error) {
			b, _, err := readRow[ConsumerSettings](r, &body)
			if err != nil {
				return nil, err
			}
			return a.putConsumer(ctx, r, p, b)
		})
	act(a, operation{
		id: "deleteConsumer", method: http.MethodDelete, path: "/consumers/{name}", tag: tagConsumers, scopes: scopes,
		summary: "Delete a consumer",
		replies: []reply{one[ConsumerDeleted](http.StatusOK, "It is deleted, or was not there")},
	}, a.deleteConsumer)
	read(a, operation{
		id: "nextChanges", path: "/consumers/{name}/next", tag: tagConsumers, scopes: scopes,
		summary: "Get the next changes", noHead: true,
		text: "Hands the items out under a lease. The answer is [] if there is nothing, and while another run works " +
			"under a lease. What is not acknowledged before the lease ends is handed out again.",
		replies: []reply{one[[]Item](http.StatusOK, "The items")},
	}, a.nextChanges)
	write(a, operation{
		id: "ackChanges", method: http.MethodPost, path: "/consumers/{name}/ack", tag: tagConsumers, scopes: scopes,
		summary: "Acknowledge changes",
		text: "Late counts, and twice is no error, unless the items were handed out again: then it is a 409. In n8n " +
			"set Execute Once.",
		replies: []reply{one[Remaining](http.StatusOK, "They do not come again")},
	}, a.endsLease(consumerStore.AckChanges))
	write(a, operation{
		id: "releaseChanges", method: http.MethodPost, path: "/consumers/{name}/release", tag: tagConsumers,
		scopes: scopes, summary: "Give changes back", text: "The next call gets them at once.",
		replies: []reply{one[Remaining](http.StatusOK, "They come again")},
	}, a.endsLease(consumerStore.ReleaseChanges))
	write(a, operation{
		id: "rewindConsumer", method: http.MethodPost, path: "/consumers/{name}/rewind", tag: tagConsumers,
		scopes: scopes, summary: "Begin again at an earlier change",
		text:    "Ends the lease. Rows that come once come again.",
		replies: []reply{one[Remaining](http.StatusOK, "How many items wait now")},
		example: `{"to": "beginning"}`,
	}, a.rewindConsumer)
}

// consumerRow returns the row of a consumer.
func (a *API) consumerRow(c *namets.Consumer, token string) Consumer {
	row := Consumer{Name: c.Name, Token: token, Topics: []TopicName{}, Start: string(c.Start),
		Before: namets.FormatDuration(c.Before), Lease: namets.FormatDuration(c.Lease),
		CreatedAt: *a.optionalTime(&c.CreatedAt), SeenAt: a.optionalTime(c.SeenAt), AckedAt: a.optionalTime(c.AckedAt),
		LeasedUntil: a.optionalTime(c.LeasedUntil), Lag: c.Lag, Late: c.Late}
	if c.Usual > 0 {
		row.Expected = new(namets.FormatDuration(c.Usual))
	}
	for _, topic := range c.Topics {
		row.Topics = append(row.Topics, TopicName(topic))
	}
	return row
}

func (a *API) listConsumers(ctx context.Context, r *Request, _ *struct{}) (*answer, error) {
	var list []namets.Consumer
	var tokens []namets.APIToken
	var err error
	if r.Caller.Shared() {
		if tokens, err = a.store.APITokens(ctx); err == nil {
			list, err = a.store.Consumers(ctx)
		}
	} else {
		list, err = a.store.ConsumersOf(ctx, r.Caller.TokenID)
	}
	if err != nil {
		return nil, err
	}
	rows := []Consumer{}
	for i := range list {
		token := r.Caller.Name
		if r.Caller.Shared() {
			token = tokenName(tokens, list[i].TokenID)
		}
		rows = append(rows, a.consumerRow(&list[i], token))
	}
	return object(http.StatusOK, rows)
}

// mayRead returns a Problem if the token may not read one of the topics.
func mayRead(r *Request) func([]namets.Topic) error {
	return func(topics []namets.Topic) error {
		for _, topic := range topics {
			if info, _ := topic.Info(); info.Scope == namets.ScopePeopleRead {
				if err := r.Need(info.Scope); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func (a *API) putConsumer(ctx context.Context, r *Request, p *ByName, b *ConsumerSettings) (*answer, error) {
	spec := namets.ConsumerSpec{Start: namets.StartNow,
		Before: b.Before.or(namets.DefaultBefore), Lease: b.Lease.or(namets.DefaultLease)}
	if b.Start != nil {
		spec.Start = namets.ConsumerStart(*b.Start)
	}
	for _, topic := range b.Topics {
		spec.Topics = append(spec.Topics, namets.Topic(topic))
	}
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	if err := mayRead(r)(spec.Topics); err != nil {
		return nil, err
	}
	c, created, err := a.store.PutConsumer(ctx, r.Actor(), r.Caller.TokenID, p.Name, spec)
	if err != nil {
		return nil, err
	}
	return object(statusOf(created), a.consumerRow(&c, r.Caller.Name))
}

func (a *API) deleteConsumer(ctx context.Context, r *Request, p *ByName) (*answer, error) {
	outcome := "deleted"
	err := a.store.DeleteConsumer(ctx, r.Actor(), r.Caller.TokenID, p.Name)
	if namets.CodeOf(err) == namets.NotFound {
		outcome, err = "absent", nil
	}
	if err != nil {
		return nil, err
	}
	return object(http.StatusOK, ConsumerDeleted{Outcome: outcome, Name: p.Name})
}

// nextParameters are the parameters of nextChanges.
type nextParameters struct {
	ByName
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"How many items at most"`
}

func (a *API) nextChanges(ctx context.Context, r *Request, p *nextParameters) (*answer, error) {
	out, err := a.store.NextChanges(ctx, r.Caller.TokenID, p.Name, p.Limit, mayRead(r))
	if err != nil {
		return nil, err
	}
	items, form := make([]Item, len(out.Items)), a.form()
	for i := range out.Items {
		change := &out.Items[i]
		info, _ := change.Topic.Info()
		items[i] = Item{ID: optional(change.ID), Key: optional(change.Key), Seq: change.Seq,
			Change: ItemChangeName(change.Change), Topic: TopicName(change.Topic), Table: info.Table,
			Lease: out.Lease, First: change.First, Row: rowOf(form, change)}
	}
	return object(http.StatusOK, items)
}

// endsLease returns the handler of an operation that ends a lease.
func (a *API) endsLease(end func(consumerStore, context.Context, int64, string, string) (int64, error)) func(
	context.Context, *Request, *ByName, *Lease) (*answer, error) {
	return func(ctx context.Context, r *Request, p *ByName, b *Lease) (*answer, error) {
		n, err := end(a.store, ctx, r.Caller.TokenID, p.Name, b.Lease)
		if err != nil {
			return nil, err
		}
		return object(http.StatusOK, Remaining{n})
	}
}

func (a *API) rewindConsumer(ctx context.Context, r *Request, p *ByName, b *Rewind) (*answer, error) {
	n, err := a.store.RewindConsumer(ctx, r.Actor(), r.Caller.TokenID, p.Name, namets.Rewinding(b.To))
	if err != nil {
		return nil, err
	}
	return object(http.StatusOK, Remaining{n})
}
