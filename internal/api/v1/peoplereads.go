package v1

import (
	"context"
	"net/http"

	"namets/internal/namets"
)

// Activity selects people by whether they are active.
type Activity struct {
	Active string `query:"active" enum:"1,all" default:"1" doc:"1: those who are active; all: the others too"`
}

// only returns what the store filters by.
func (a Activity) only() *bool { return optional(a.Active != "all") }

// The parameters of the reads of people.
type (
	listSubscribers struct {
		Page
		Changed
		Found
		Activity
		Linked
		Wants Wishes `query:"wants" doc:"Those who want all of these: announcements, events, prayer, joined by commas"`
	}
	listPatrons struct {
		Page
		Changed
		Found
		Activity
		Linked
	}
	onePerson struct {
		ByID
		Conditional
		Linked
	}
	onePersonByKey struct {
		ByKey
		Conditional
		Linked
	}
	oneSubscriberByEmail struct {
		Email string `path:"email" maxLength:"254" doc:"The address, in any spelling of the same mailbox" example:"amina@example.org"`
		Conditional
		Linked
	}
)

// addPeopleReads registers the reads of subscribers and patrons.
func (a *API) addPeopleReads() {
	one := func(id, path, summary string) operation {
		return operation{id: id, path: path, tag: tagSubscribers, scopes: readPeople(), summary: summary,
			replies: []reply{oneRow[Subscriber](http.StatusOK, "The subscriber")}}
	}
	read(a, operation{id: "listSubscribers", path: "/subscribers", tag: tagSubscribers, scopes: readPeople(),
		summary: "List the subscribers", replies: []reply{rows[Subscriber]("Subscribers by id")},
	}, a.subscribers)
	read(a, one("getSubscriber", "/subscribers/{id}", "Get one subscriber"),
		func(ctx context.Context, _ *Request, p *onePerson) (*answer, error) {
			s, revision, err := a.store.SubscriberRow(ctx, namets.RowRef{ID: p.ID})
			return a.subscriber(&s, revision, err, p.Conditional, p.Linked)
		})
	read(a, one("getSubscriberByKey", "/subscribers/by-key/{key}", "Get one subscriber by its key"),
		func(ctx context.Context, _ *Request, p *onePersonByKey) (*answer, error) {
			s, revision, err := a.store.SubscriberRow(ctx, namets.RowRef{Key: p.Key})
			return a.subscriber(&s, revision, err, p.Conditional, p.Linked)
		})
	read(a, one("getSubscriberByEmail", "/subscribers/by-email/{email}", "Get one subscriber by the address"),
		func(ctx context.Context, _ *Request, p *oneSubscriberByEmail) (*answer, error) {
			s, revision, err := a.store.SubscriberAt(ctx, p.Email)
			return a.subscriber(&s, revision, err, p.Conditional, p.Linked)
		})
	read(a, operation{id: "listPatrons", path: "/patrons", tag: tagPatrons, scopes: readPeople(),
		summary: "List the patrons", replies: []reply{rows[Patron]("Patrons by id")},
	}, a.patrons)
	read(a, onePatron("getPatron", "/patrons/{id}", "Get one patron"),
		func(ctx context.Context, _ *Request, p *onePerson) (*answer, error) {
			return a.patron(ctx, namets.RowRef{ID: p.ID}, p.Conditional, p.Linked)
		})
	read(a, onePatron("getPatronByKey", "/patrons/by-key/{key}", "Get one patron by its key"),
		func(ctx context.Context, _ *Request, p *onePersonByKey) (*answer, error) {
			return a.patron(ctx, namets.RowRef{Key: p.Key}, p.Conditional, p.Linked)
		})
}

// onePatron describes a read of one patron.
func onePatron(id, path, summary string) operation {
	return operation{id: id, path: path, tag: tagPatrons, scopes: readPeople(), summary: summary,
		replies: []reply{oneRow[Patron](http.StatusOK, "The patron")}}
}

// patron answers with the patron that ref names.
func (a *API) patron(ctx context.Context, ref namets.RowRef, c Conditional, l Linked) (*answer, error) {
	row, revision, err := a.store.PatronRow(ctx, ref)
	if err != nil {
		return nil, err
	}
	return c.row(a.form().AppendPatron(nil, &row, revision, l.Links == "1"), tag(revision, "")), nil
}

// subscriber answers with one subscriber, or with the error.
func (a *API) subscriber(s *namets.Subscriber, revision int64, err error, c Conditional, l Linked) (*answer, error) {
	if err != nil {
		return nil, err
	}
	return c.row(a.form().AppendSubscriber(nil, s, revision, l.Links == "1"), tag(revision, "")), nil
}

func (a *API) subscribers(ctx context.Context, r *Request, p *listSubscribers) (*answer, error) {
	filter := namets.SubscriberFilter{Search: p.Q, Active: p.only(), Announcements: optional(p.Wants.Announcements),
		Events: optional(p.Wants.Events), PrayerChanges: optional(p.Wants.PrayerChanges)}
	form := a.form()
	return rowsOf(r, p.Limit, func(yield func(*namets.Subscriber, int64) error) error {
		return a.store.SubscriberPage(ctx, filter, p.rows(p.Changed), yield)
	}, func(b []byte, row *namets.Subscriber, revision int64) ([]byte, string) {
		return form.AppendSubscriber(b, row, revision, p.Links == "1"), cursor(row.ID)
	})
}

func (a *API) patrons(ctx context.Context, r *Request, p *listPatrons) (*answer, error) {
	form := a.form()
	return rowsOf(r, p.Limit, func(yield func(*namets.Patron, int64) error) error {
		return a.store.PatronPage(ctx, p.Q, p.only(), p.rows(p.Changed), yield)
	}, func(b []byte, row *namets.Patron, revision int64) ([]byte, string) {
		return form.AppendPatron(b, row, revision, p.Links == "1"), cursor(row.ID)
	})
}
