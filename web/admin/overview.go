package admin

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
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
	page
	Today     string
	Attention []concern
	Totals    []total
	Charts    []chart
	// N8N is when n8n last asked for something; nil: never.
	N8N *when
	// Actions are what people come for.
	Actions []menuEntry
}

// total is a number of its own, with the page behind it.
type total struct {
	Name  string
	Value count
	Path  string // empty: there is none
}

func (a *Admin) overview(v *visit) error {
	p := &overviewPage{page: v.page("Overview"), Today: a.now().Format("Monday, 2 January 2006"),
		N8N: v.whenIf(lastPoll(a.cfg.Token.Status()))}
	var err error
	if p.Attention, err = v.attention(v.Request().Context()); err != nil {
		return err
	}
	if err := v.overviewNumbers(p); err != nil && !a.cfg.Health().ill() { // why there are none, the page says
		return err
	}
	for _, e := range []menuEntry{
		{Text: "Write an announcement", Path: "/admin/announcements/new"},
		{Text: "Add an event", Path: "/admin/events/new"},
		{Text: "Send a message", Path: "/admin/message"},
	} {
		if v.may(namets.Editor) && v.ifOpen(e.Path) != "" {
			p.Actions = append(p.Actions, e)
		}
	}
	return v.render(http.StatusOK, "overview", p)
}

// overviewNumbers fills in the numbers and charts.
func (v *visit) overviewNumbers(p *overviewPage) error {
	ctx, now := v.Request().Context(), v.admin.now()
	days, err := v.admin.store.DayNumbers(ctx, now, overviewDays)
	if err != nil {
		return err
	}
	totals, err := v.admin.store.Totals(ctx, now)
	if err != nil {
		return err
	}
	p.Totals = []total{
		{"Subscribers", count(totals.Subscribers), v.ifOpen("/admin/subscribers")},
		{"Current announcements", count(totals.Announcements), v.ifOpen("/admin/announcements")},
		{"Scheduled announcements", count(totals.Scheduled), v.ifOpen("/admin/announcements")},
		{"Coming events", count(totals.Events), v.ifOpen("/admin/events")},
	}
	p.Charts = []chart{
		newChart("joined", "New subscribers", days, func(d namets.DayNumbers) int { return d.Joined }),
		newChart("left", "Subscribers who left", days, func(d namets.DayNumbers) int { return d.Left }),
		newChart("published", "Announcements published", days, func(d namets.DayNumbers) int { return d.Published }),
		newChart("webhooks", "Webhooks to n8n", days, func(d namets.DayNumbers) int { return d.Webhooks }),
	}
	return nil
}

// ifOpen returns the path when there is such a page and the user may see it, and otherwise
// nothing. A number at its end stands for a row.
func (v *visit) ifOpen(path string) string {
	pattern := path
	if end := strings.LastIndexByte(path, '/') + 1; end > 0 {
		if _, err := strconv.ParseInt(path[end:], 10, 64); err == nil {
			pattern = path[:end] + ":id"
		}
	}
	for _, r := range v.admin.table {
		if r.method == get && r.path == pattern && v.may(r.needs) {
			return path
		}
	}
	return ""
}
