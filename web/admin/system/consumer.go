package system

import (
	"context"
	"net/http"
	"strings"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

const consumersPath = "/admin/consumers"

// consumerStore reads and changes the consumers of changes.
type consumerStore interface {
	// Consumers returns the consumers of all tokens, ConsumersOf those of one.
	Consumers(context.Context) ([]namets.Consumer, error)
	ConsumersOf(ctx context.Context, tokenID int64) ([]namets.Consumer, error)
	// Consumer returns a consumer. Errors: NotFound.
	Consumer(ctx context.Context, id int64) (namets.Consumer, error)
	// RewindConsumer lets a consumer begin again. Errors: NotFound.
	RewindConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string,
		to namets.Rewinding) (remaining int64, err error)
	// DeleteConsumer ends a consumer. Errors: NotFound.
	DeleteConsumer(ctx context.Context, by namets.Actor, tokenID int64, name string) error
}

// consumerRow is a consumer in a list.
type consumerRow struct {
	Name, Path, Token, Topics string
	State                     tokenState
	Lag                       page.Count
	Seen, Acked               *page.When // nil: never
}

// consumerPage is one consumer.
type consumerPage struct {
	page.Base
	Of      consumerRow
	Created page.When
	Leased  *page.When // until when it works on what it got; nil: it does not
}

// rewindPage asks where a consumer begins again.
type rewindPage struct {
	page.Base
	Of     consumerRow
	Faults []page.Fault
	To, At page.Field
}

func consumerPath(id int64) string { return page.RowPath(namets.KindConsumers, id) }

// consumerOf is the row of a consumer.
func consumerOf(v *page.Visit, c *namets.Consumer, tokens []namets.APIToken) consumerRow {
	topics := make([]string, len(c.Topics))
	for i, t := range c.Topics {
		topics[i] = string(t)
	}
	r := consumerRow{Name: c.Name, Path: consumerPath(c.ID), Token: tokenName(tokens, c.TokenID),
		State: punctuality(c.Usual, c.Late), Topics: strings.Join(topics, ", "), Lag: page.Count(c.Lag),
		Seen: v.WhenIf(c.SeenAt), Acked: v.WhenIf(c.AckedAt)}
	if r.Seen == nil {
		r.State = tokenState{"", "not used yet", ""}
	}
	return r
}

// punctuality is the state of a program with the usual interval.
func punctuality(usual time.Duration, late bool) tokenState {
	if usual == 0 {
		return tokenState{"", "new", "How often it asks is not known yet."}
	}
	s := tokenState{"good", "on time", "Usually " + namets.Every(usual) + "."}
	if late {
		s.Kind, s.Text = "warn", "late"
	}
	return s
}

// consumerOfPath returns the consumer of the path, and its row. Errors: NotFound.
func (a *Admin) consumerOfPath(v *page.Visit) (c namets.Consumer, r consumerRow, err error) {
	id, err := v.ID()
	if err != nil {
		return c, r, err
	}
	ctx := v.Request().Context()
	if c, err = a.store.Consumer(ctx, id); err != nil {
		return c, r, err
	}
	tokens, err := a.cfg.Tokens.Tokens(ctx)
	return c, consumerOf(v, &c, tokens), err
}

func (a *Admin) consumer(v *page.Visit) error {
	c, row, err := a.consumerOfPath(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "consumer", &consumerPage{Base: v.Page(c.Name), Of: row,
		Created: v.When(c.CreatedAt), Leased: v.WhenIf(c.LeasedUntil)})
}

// rewindForm shows an empty form.
func (a *Admin) rewindForm(v *page.Visit) error {
	_, row, err := a.consumerOfPath(v)
	if err != nil {
		return err
	}
	return askRewind(v, http.StatusOK, row, nil)
}

// askRewind shows the form with the input and its problems.
func askRewind(v *page.Visit, status int, row consumerRow, cause error) error {
	p := &rewindPage{Base: v.Page("Rewind the consumer " + row.Name), Of: row}
	p.To = page.Field{Name: "to", Label: "Begin again", Options: []page.Option{
		{Value: "time", Text: "With the changes since the time below", Selected: v.FormValue("to") != "beginning"},
		{Value: "beginning", Text: "From the beginning, with all rows", Selected: v.FormValue("to") == "beginning"},
	}}
	p.At = page.Field{Name: "at", Label: "Since", Value: v.FormValue("at"), Type: "datetime-local", Brief: true,
		Hint: v.ZoneHint()}
	if cause != nil {
		if p.Faults = page.Blame(cause, &p.To, &p.At); p.Faults == nil {
			return cause
		}
	}
	return v.Render(status, "rewind", p)
}

// postedRewinding reads the form. Errors: Invalid.
func postedRewinding(v *page.Visit) (to namets.Rewinding, err error) {
	refuse := func(field, message string) error {
		return &namets.Error{Code: namets.Invalid, Field: field, Message: message}
	}
	switch v.FormValue("to") {
	case "beginning":
		return to, nil
	case "time":
	default:
		return to, refuse("to", "must be chosen")
	}
	switch to.At = v.TypedTime("at", nil); {
	case to.At.IsZero():
		return to, refuse("at", "must be a day and a time")
	case to.At.After(v.Now()):
		return to, refuse("at", "must not be in the future")
	}
	return to, nil
}

func (a *Admin) rewindConsumer(v *page.Visit) error {
	c, row, err := a.consumerOfPath(v)
	if err != nil {
		return err
	}
	if v.FormValue("name") != c.Name {
		return otherConsumer(v, &c)
	}
	to, err := postedRewinding(v)
	if err != nil {
		return askRewind(v, page.StatusOf(err), row, err)
	}
	n, err := a.store.RewindConsumer(v.Request().Context(), v.Actor(), c.TokenID, c.Name, to)
	if err != nil {
		return err
	}
	return v.Done(row.Path, "The consumer begins again: "+page.Count(n).Of("item waits", "items wait")+" for it.")
}

func (a *Admin) confirmDeleteConsumer(v *page.Visit) error {
	c, row, err := a.consumerOfPath(v)
	if err != nil {
		return err
	}
	return v.Confirm("Delete the consumer "+c.Name, page.Confirmation{
		Lead: "Its workflow gets no changes any more.",
		Facts: []string{"Its position is lost: a new consumer with this name starts without it.",
			"A workflow that is still active gets an error until it registers the consumer again."},
		Action: row.Path + "/delete", Hidden: []page.Hidden{{Name: "name", Value: c.Name}},
		Button: "Delete this consumer", Danger: true, Back: row.Path,
	})
}

func (a *Admin) deleteConsumer(v *page.Visit) error {
	c, _, err := a.consumerOfPath(v)
	if err != nil {
		return err
	}
	if v.FormValue("name") != c.Name {
		return otherConsumer(v, &c)
	}
	if err := a.store.DeleteConsumer(v.Request().Context(), v.Actor(), c.TokenID, c.Name); err != nil {
		return err
	}
	return v.Done(n8nPath, "The consumer "+c.Name+" is deleted.")
}

// otherConsumer responds to a form that names another consumer than its path.
func otherConsumer(v *page.Visit, c *namets.Consumer) error {
	return v.Failed(consumerPath(c.ID), "Nothing was changed: the form belongs to another consumer.")
}
