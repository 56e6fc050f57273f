package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// prayers is the snapshot for P4: date → the whole response.
type prayers map[namets.Date][]byte

func (a *API) readPrayers(ctx context.Context) (*prayers, error) {
	p := make(prayers)
	err := a.store.ActivePrayerSchedules(ctx, func(row *namets.PrayerSchedule) error {
		b := namets.AppendString([]byte(`{"date":`), row.Date.String())
		b = namets.AppendString(append(b, `,"fajr":`...), row.FajrAdhan.Minutes())
		b = namets.AppendString(append(b, `,"dhuhr":`...), row.DhuhrAdhan.Minutes())
		b = namets.AppendString(append(b, `,"asr":`...), row.AsrAdhan.Minutes())
		b = namets.AppendString(append(b, `,"maghrib":`...), row.MaghribAdhan.Minutes())
		b = namets.AppendString(append(b, `,"isha":`...), row.IshaAdhan.Minutes())
		p[row.Date] = append(b, '}')
		return nil
	})
	return &p, err
}

// prayerToday serves P4.
func (a *API) prayerToday(c echo.Context) error {
	p, err := a.prayers.latest(c.Request().Context())
	if err != nil {
		return err
	}
	today := namets.DateOf(a.now().In(a.zone))
	body, ok := (*p)[today]
	if !ok {
		return a.refuse(c, http.StatusNotFound, "No prayer schedule for "+today.String()+".")
	}
	return a.send(c, http.StatusOK, body)
}
