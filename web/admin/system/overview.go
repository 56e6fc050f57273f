package system

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"namets/internal/namets"
	"namets/web"
	"namets/web/admin/page"
)

// overviewStore reads the data of the overview.
type overviewStore interface {
	attentionStore
	// DayNumbers returns the numbers of n days, ending today.
	DayNumbers(ctx context.Context, now time.Time, n int) ([]namets.DayNumbers, error)
	// Totals counts the rows.
	Totals(ctx context.Context, now time.Time) (namets.Totals, error)
}

// overviewDays is the number of days in the charts.
const overviewDays = 30

// overviewPage shows what needs attention first, then the numbers.
type overviewPage struct {
	page.Base
	Today     string
	Attention []concern
	Totals    []total
	Charts    []chart
	// N8N is the time of n8n's last request; nil: never.
	N8N *page.When
	// Actions are the most frequent tasks.
	Actions []action
}

// action is a task, with the path of its page.
type action struct{ Text, Path string }

// total is a single number, with the path of its page.
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
	if err := a.overviewNumbers(v, p); err != nil && !a.cfg.Health().ill() { // the page says why there are none
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

// chart is a bar chart with one bar for each day, and its table, for the template "chart".
type chart struct {
	ID, Title string
	Today     page.Count
	Sum       page.Count // of all days
	Days      int
	Summary   string // the chart in words, for screen readers
	Bars      []bar
	Width     int
	Rows      []chartRow
}

// bar is one day in the chart.
type bar struct{ X, Y, Height int }

// chartRow is one day in the table.
type chartRow struct {
	Day   string
	Value page.Count
}

// The dimensions of a chart in its own units.
const (
	barStep   = 10
	barWidth  = 7
	barHeight = 56
)

// BarWidth is the width of a bar.
func (c chart) BarWidth() int { return barWidth }

// Height is the height of the chart.
func (c chart) Height() int { return barHeight }

// newChart makes a chart of one number per day. There must be at least one day.
func newChart(id, title string, days []namets.DayNumbers, value func(namets.DayNumbers) int) chart {
	c := chart{ID: id, Title: title, Days: len(days), Width: len(days)*barStep - (barStep - barWidth)}
	most, peak := 0, 0
	for i, d := range days {
		if value(d) > most {
			most, peak = value(d), i
		}
		c.Sum += page.Count(value(d))
	}
	for i, d := range days {
		n := value(d)
		height := 1 // days with zero are visible too
		if n > 0 {
			height = max(3, n*barHeight/most)
		}
		c.Bars = append(c.Bars, bar{i * barStep, barHeight - height, height})
		c.Rows = append(c.Rows, chartRow{dayText(d.Day), page.Count(n)})
	}
	c.Today = page.Count(value(days[len(days)-1]))
	c.Summary = fmt.Sprintf("Nothing in %d days.", len(days))
	if most > 0 {
		c.Summary = fmt.Sprintf("%s in %d days; the most on one day, %s, on %s.", c.Sum, len(days), page.Count(most),
			dayText(days[peak].Day))
	}
	return c
}

// dayText formats a day: "2 Jan".
func dayText(d namets.Date) string { return fmt.Sprintf("%d %s", d.Day, d.Month.String()[:3]) }
