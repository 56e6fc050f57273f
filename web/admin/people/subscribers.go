package people

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// subscriberStore reads and changes subscribers.
type subscriberStore interface {
	SubscriberList(ctx context.Context, f namets.SubscriberFilter, s namets.SubscriberSort, offset,
		limit int) (namets.SubscriberList, error)
	// Subscriber returns a subscriber and its revision. Errors: NotFound.
	Subscriber(ctx context.Context, id int64) (namets.Subscriber, int64, error)
	// CreateSubscriber: Conflict if the address is taken.
	CreateSubscriber(ctx context.Context, by namets.Actor, s namets.Subscriber) (id int64, err error)
	// CreateSubscriberAnyway is CreateSubscriber for an address whose person had asked for no more
	// e-mail, and has changed their mind.
	CreateSubscriberAnyway(ctx context.Context, by namets.Actor, s namets.Subscriber) (int64, error)
	// UpdateSubscriber and DeleteSubscriber: NotFound; Conflict if the stored revision differs or
	// the address is taken.
	UpdateSubscriber(ctx context.Context, by namets.Actor, id, revision int64, p namets.SubscriberPatch) error
	DeleteSubscriber(ctx context.Context, by namets.Actor, id int64) error
	// History returns the audit entries of a row, newest first.
	History(ctx context.Context, kind namets.Kind, id int64, limit int) ([]namets.HistoryEntry, error)
	Deliveries(context.Context, namets.DeliveryFilter) ([]namets.Delivery, error)
}

const (
	subscribersPath    = "/admin/subscribers"
	subscribersPerPage = 50
)

func subscriberPath(id int64) string { return subscribersPath + "/" + strconv.FormatInt(id, 10) }

// subscribersPage is a page of the list.
type subscribersPage struct {
	page.Base
	Query                 url.Values
	Search                page.Field
	Filters               []page.Field
	Filtered              bool
	Columns               []page.Column
	Rows                  []subscriberRow
	Total                 page.Count
	TotalText             string
	Pager                 page.Pager
	Empty                 page.Empty
	ExportURL, HiddenSort string
}

// subscriberRow is a subscriber in a list.
type subscriberRow struct {
	namets.Subscriber
	Address string
	Since   page.When
	Wants   string
}

// subscriptions lists the subscriptions of a subscriber.
func subscriptions(p namets.Preferences) string {
	var list []string
	for _, w := range []struct {
		is   bool
		text string
	}{{p.Announcements, "announcements"}, {p.Events, "events"}, {p.PrayerChanges, "prayer times"}} {
		if w.is {
			list = append(list, w.text)
		}
	}
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// choice is a filter with two values.
type choice struct {
	name, label, yes, no string
	into                 **bool
}

func choices(f *namets.SubscriberFilter) []choice {
	return []choice{
		{"active", "State", "Active", "Inactive", &f.Active},
		{"verified", "Verified", "Verified", "Not verified", &f.Verified},
		{"announcements", "Announcements", "Wants them", "Does not", &f.Announcements},
		{"events", "Events", "Wants them", "Does not", &f.Events},
		{"prayer", "Prayer times", "Wants them", "Does not", &f.PrayerChanges},
	}
}

// subscriberFilter reads a filter from the query. A viewer cannot search: the results would reveal
// what is masked.
func subscriberFilter(v *page.Visit, query url.Values) (f namets.SubscriberFilter) {
	if v.May(namets.Editor) {
		f.Search = strings.TrimSpace(query.Get("q"))
	}
	for _, c := range choices(&f) {
		if value := query.Get(c.name); value == "yes" || value == "no" {
			is := value == "yes"
			*c.into = &is
		}
	}
	return f
}

// filterFields returns the controls of f.
func filterFields(f namets.SubscriberFilter) []page.Field {
	var list []page.Field
	for _, c := range choices(&f) {
		is := func(want bool) bool { return *c.into != nil && **c.into == want }
		list = append(list, page.Field{Name: c.name, Label: c.label, Options: []page.Option{
			{Value: "", Text: "All", Selected: *c.into == nil}, {Value: "yes", Text: c.yes, Selected: is(true)},
			{Value: "no", Text: c.no, Selected: is(false)},
		}})
	}
	return list
}

// subscriberSort reads the order from the query; viewers cannot sort by masked columns.
func subscriberSort(v *page.Visit, name string) (namets.SubscriberSort, string) {
	switch {
	case v.May(namets.Editor) && (name == "email" || name == "-email"):
	case name == "since":
	default:
		name = "-since"
	}
	return namets.SubscriberSort{ByEmail: strings.HasSuffix(name, "email"), Descending: strings.HasPrefix(name, "-")},
		name
}

func (a *Admin) subscribers(v *page.Visit) error {
	query := v.QueryParams()
	f := subscriberFilter(v, query)
	order, sort := subscriberSort(v, query.Get("sort"))
	number, err := strconv.Atoi(query.Get("page"))
	if err != nil || number < 1 || number > 1_000_000 {
		number = 1
	}
	offset := (number - 1) * subscribersPerPage
	list, err := a.store.SubscriberList(v.Request().Context(), f, order, offset, subscribersPerPage)
	if err != nil {
		return err
	}
	p := &subscribersPage{Base: v.Page("Subscribers"), Query: query, Filters: filterFields(f),
		Filtered:  f != namets.SubscriberFilter{},
		Search:    page.Field{Name: "q", Label: "Search", Value: f.Search, Type: "search", Max: 254},
		Total:     page.Count(list.Total),
		ExportURL: page.With(subscribersPath+"/export", query, "page", "", "sort", ""), HiddenSort: query.Get("sort"),
		Empty: page.Empty{Title: "Nobody has subscribed yet", Text: "People subscribe on the public page. Here you " +
			"add somebody by hand, or import a table."},
	}
	if v.May(namets.Editor) {
		p.Empty.Action, p.Empty.Path = "Add a subscriber", subscribersPath+"/new"
		p.Columns = page.Columns(subscribersPath, query, sort, "email", "Address", "", "Subscribed to", "", "State",
			"since", "Subscribed")
	} else {
		p.Columns = page.Columns(subscribersPath, query, sort, "", "Address", "", "Subscribed to", "", "State",
			"since", "Subscribed")
	}
	if p.Filtered {
		p.Empty = page.Empty{Title: "Nobody is found", Text: "Try fewer filters, or see all.", Action: "Show all",
			Path: subscribersPath}
	}
	p.TotalText = p.Total.Of("subscriber", "subscribers")
	if p.Filtered && list.Total >= namets.MaxFound {
		p.TotalText = p.Total.String() + " subscribers or more"
	}
	for _, s := range list.Rows {
		p.Rows = append(p.Rows, subscriberRow{s, v.Email(s.Email), v.When(s.SubscribedAt), subscriptions(s.Notify)})
	}
	p.Pager = subscribersPager(query, number, offset, len(list.Rows), list.Total, p.TotalText)
	return v.Render(http.StatusOK, "subscribers", p)
}

func subscribersPager(query url.Values, number, offset, shown, total int, totalText string) (p page.Pager) {
	if shown == 0 {
		p.Text = totalText
	} else {
		p.Text = fmt.Sprintf("%s–%s of %s", page.Count(offset+1), page.Count(offset+shown), totalText)
	}
	if number > 1 {
		p.Newer = page.With(subscribersPath, query, "page", strconv.Itoa(number-1))
	}
	if offset+shown < total && shown > 0 {
		p.Older = page.With(subscribersPath, query, "page", strconv.Itoa(number+1))
	}
	return p
}
