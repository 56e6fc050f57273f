package system

import (
	"context"
	"net/http"
	"time"

	"namets/internal/namets"
	"namets/web"
	"namets/web/admin/page"
)

// overviewStore is what the overview reads.
type overviewStore interface {
	attentionStore
	// DayNumbers returns the numbers of n days, the last of which is today.
	DayNumbers(ctx context.Context, now time.Time, n int) ([]namets.DayNumbers, error)
	// Totals counts what there is.
	Totals(ctx context.Context, now time.Time) (namets.Totals, error)
}

// overviewDays is how many days the charts show.
const overviewDays = 30

// overviewPage shows what needs attention first, then the numbers.
type overviewPage struct {
	page.Base
	Today     string
	Attention []concern
	Totals    []total
	Charts    []chart
	// N8N is when n8n last asked for something; nil: never.
	N8N *page.When
	// Actions are what people come for.
	Actions []action
}

// action is something to do, with its page.
type action struct{ Text, Path string }

// total is a number of its own, with the page behind it.
type total struct {
	Name  string
	Value page.Count
	Path  string // empty: there is none
}

func (a *Admin) overview(v *page.Visit) error {
	p := &overviewPage{Base: v.Page("Overview"), Today: web.EnglishDay(v.Now()),
		N8N: v.WhenIf(lastPoll(a.cfg.Token.Status()))}
	var err error
	if p.Attention, err = a.attention(v); err != nil {
		return err
	}
	if err := a.overviewNumbers(v, p); err != nil && !a.cfg.Health().ill() { // why there are none, the page says
		return err
	}
	for _, e := range []action{
		{Text: "Write an announcement", Path: "/admin/announcements/new"},
		{Text: "Add an event", Path: "/admin/events/new"},
		{Text: "Send a message", Path: "/admin/message"},
	} {
		if v.May(namets.Editor) && v.IfOpen(e.Path) != "" {
			p.Actions = append(p.Actions, e)
		}
	}
	return v.Render(http.StatusOK, "overview", p)
}

// overviewNumbers fills in the numbers and charts.
func (a *Admin) overviewNumbers(v *page.Visit, p *overviewPage) error {
	ctx, now := v.Request().Context(), v.Now()
	days, err := a.store.DayNumbers(ctx, now, overviewDays)
	if err != nil {
		return err
	}
	totals, err := a.store.Totals(ctx, now)
	if err != nil {
		return err
	}
	p.Totals = []total{
		{"Subscribers", page.Count(totals.Subscribers), v.IfOpen("/admin/subscribers")},
		{"Current announcements", page.Count(totals.Announcements), v.IfOpen("/admin/announcements")},
		{"Scheduled announcements", page.Count(totals.Scheduled), v.IfOpen("/admin/announcements")},
		{"Coming events", page.Count(totals.Events), v.IfOpen("/admin/events")},
	}
	p.Charts = []chart{
		newChart("joined", "New subscribers", days, func(d namets.DayNumbers) int { return d.Joined }),
		newChart("left", "Subscribers who left", days, func(d namets.DayNumbers) int { return d.Left }),
		newChart("published", "Announcements published", days, func(d namets.DayNumbers) int { return d.Published }),
		newChart("webhooks", "Webhooks to n8n", days, func(d namets.DayNumbers) int { return d.Webhooks }),
	}
	return nil
}
