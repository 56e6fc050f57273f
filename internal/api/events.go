package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// events is the snapshot for P3: the active events by start.
type events struct {
	starts []int64 // row number → start in microseconds
	rows   rows
}

func (a *API) readEvents(ctx context.Context) (*events, error) {
	p := new(events)
	err := a.store.ActiveEvents(ctx, func(row *namets.Event) error {
		p.starts = append(p.starts, row.Start.UnixMicro())
		p.rows.add(func(b []byte) []byte { return a.appendEvent(b, row) })
		return nil
	})
	return p, err
}

func (a *API) appendEvent(b []byte, row *namets.Event) []byte {
	b = appendInt(append(b, `{"id":`...), row.ID)
	b = namets.AppendString(append(b, `,"title":`...), row.Title)
	b = namets.AppendString(append(b, `,"description":`...), row.Description)
	b = appendTime(append(b, `,"start_datetime":`...), row.Start, a.zone)
	b = appendTime(append(b, `,"end_datetime":`...), row.End, a.zone)
	b = namets.AppendString(append(b, `,"location":`...), row.Location)
	return append(b, '}')
}

// upcomingEvents serves P3.
func (a *API) upcomingEvents(c echo.Context) error {
	value, ok := lookup(c.Request().URL.RawQuery, "days")
	if !ok {
		value = "7"
	}
	now := namets.Micro(a.now())
	end, ok := parseDays(value, now)
	if !ok {
		return a.refuse(c, http.StatusBadRequest, "Invalid days value.")
	}
	p, err := a.events.latest(c.Request().Context())
	if err != nil {
		return err
	}
	from, to := countBefore(p.starts, now.UnixMicro()), countBefore(p.starts, end.UnixMicro()+1)
	return a.sendList(c, p.rows.window(from, to), nil)
}
