package v1

import (
	"context"
	"net/http"

	"namets/internal/namets"
)

// The parameters of the reads of prayer days.
type (
	listPrayerDays struct {
		Limit int `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"How many rows at most"`
		After Day `query:"after" doc:"Days after this one: the date of the last row of the page before"`
		Changed
		Status string `query:"status" enum:"draft,published" doc:"The state"`
		From   Day    `query:"from" doc:"This day and later ones"`
		To     Day    `query:"to" doc:"This day and earlier ones"`
	}
	onePrayerDay struct {
		Date string `path:"date" pattern:"^(today|tomorrow|[0-9]{4}-[0-9]{2}-[0-9]{2})$" doc:"A day, or today or tomorrow in the site's zone" example:"today"`
		Conditional
	}
)

// addPrayerReads registers the reads of prayer days.
func (a *API) addPrayerReads() {
	read(a, operation{id: "listPrayerDays", path: "/prayer-days", tag: tagPrayerDays, scopes: readContent(),
		summary: "List the prayer days", replies: []reply{rows[PrayerDay]("Prayer days by date")},
	}, a.prayerDays)
	read(a, operation{id: "getPrayerDay", path: "/prayer-days/{date}", tag: tagPrayerDays, scopes: readContent(),
		summary: "Get the prayer times of one day",
		text:    "today and tomorrow find published times alone; a date also finds a draft.",
		replies: []reply{oneRow[PrayerDay](http.StatusOK, "The prayer day")},
	}, a.prayerDay)
	read(a, operation{id: "getPrayerDayByKey", path: "/prayer-days/by-key/{key}", tag: tagPrayerDays,
		scopes: readContent(), summary: "Get one prayer day by its key",
		replies: []reply{oneRow[PrayerDay](http.StatusOK, "The prayer day")},
	}, func(ctx context.Context, _ *Request, p *oneByKey) (*answer, error) {
		return a.onePrayerDay(ctx, namets.RowRef{Key: p.Key}, p.Conditional, false)
	})
}

func (a *API) prayerDays(ctx context.Context, r *Request, p *listPrayerDays) (*answer, error) {
	page := namets.PrayerPage{After: p.After.Date, Limit: p.Limit, Stage: namets.Stage(p.Status),
		UpdatedSince: p.UpdatedSince, From: p.From.Date, To: p.To.Date}
	form := a.form()
	return rowsOf(r, p.Limit, func(yield func(*namets.PrayerSchedule, int64) error) error {
		return a.store.PrayerPage(ctx, page, yield)
	}, func(b []byte, row *namets.PrayerSchedule, revision int64) ([]byte, string) {
		return form.AppendPrayerDay(b, row, revision), row.Date.String()
	})
}

func (a *API) prayerDay(ctx context.Context, _ *Request, p *onePrayerDay) (*answer, error) {
	today := namets.DateOf(a.now().In(a.zone))
	switch p.Date {
	case "today":
		return a.onePrayerDay(ctx, namets.RowRef{Date: today}, p.Conditional, true)
	case "tomorrow":
		return a.onePrayerDay(ctx, namets.RowRef{Date: today.AddDays(1)}, p.Conditional, true)
	}
	date, err := namets.ParseDate(p.Date)
	if err != nil {
		return nil, notFound() // 2026-02-30
	}
	return a.onePrayerDay(ctx, namets.RowRef{Date: date}, p.Conditional, false)
}

// onePrayerDay answers with the day that ref names.
func (a *API) onePrayerDay(ctx context.Context, ref namets.RowRef, c Conditional, published bool) (*answer, error) {
	row, revision, err := a.store.PrayerRow(ctx, ref)
	if err != nil {
		return nil, err
	}
	if published && !row.IsActive {
		return nil, problem(http.StatusNotFound, codeNotFound, "The prayer times of that day are not published.")
	}
	return c.row(a.prayerDayRow(&row, revision)), nil
}
