package system

import (
	"fmt"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// chart is a row of bars, one for each day, with its table, for the part "chart".
type chart struct {
	ID, Title string
	Today     page.Count
	Sum       page.Count // of all days
	Days      int
	Summary   string // what the chart shows, for those who cannot see it
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

// The measures of a chart in its own units.
const (
	barStep   = 10
	barWidth  = 7
	barHeight = 56
)

// BarWidth is how wide one bar is.
func (c chart) BarWidth() int { return barWidth }

// Height is how high the chart is.
func (c chart) Height() int { return barHeight }

// newChart makes a chart of one number of each day, of which there is at least one.
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
		height := 1 // a day without anything is still a day
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

// dayText writes a day: "2 Jan".
func dayText(d namets.Date) string { return fmt.Sprintf("%d %s", d.Day, d.Month.String()[:3]) }
