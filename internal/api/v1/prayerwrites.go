package v1

import (
	"context"
	"net/http"
	"reflect"

	"namets/internal/namets"
)

// ByDate is the day in a path.
type ByDate struct {
	Date Day `path:"date" doc:"The day in the site's zone" example:"2026-03-01"`
}

// writePrayerDay are the parameters of the writes of prayer days.
type writePrayerDay struct {
	ByDate
	Matching
	Notifying
}

func (a *API) writablePrayerDays() *writable[namets.PrayerSchedule, PrayerDayBody] {
	type row = namets.PrayerSchedule
	return &writable[row, PrayerDayBody]{
		api: a, body: bodyOf[PrayerDay, PrayerDayBody](a), path: "/prayer-days/{date}", one: "prayer day",
		tag: tagPrayerDays, scopes: writeContent(), reads: namets.ScopeContentRead,
		found:    oneRow[Written[PrayerDay]](http.StatusOK, "The prayer day"),
		gone:     gone[PrayerDay]("The prayer day as it was"),
		upserted: reflect.TypeFor[Written[PrayerDayOutcome]](),
		change:   store.ChangePrayerSchedule, remove: store.RemovePrayerSchedule,
		blank: func(_ context.Context, ref namets.RowRef) (row, error) {
			return namets.NewPrayerSchedule(ref.Date), nil
		},
		meta:  func(r *row) *namets.Meta { return &r.Meta },
		apply: (*PrayerDayBody).apply, validate: (*row).ValidateChange,
		mails: func(was, r *row) bool {
			return r.SendEmail && (was == nil || !was.SendEmail || r.IsActive && !was.IsActive ||
				r.PrayerTimes != was.PrayerTimes)
		},
		write: a.prayerDayRow,
	}
}

// addPrayerWrites registers the operations that write prayer days, which are named by their date.
func (a *API) addPrayerWrites() {
	w := a.writablePrayerDays()
	put := w.operation(http.MethodPut, "putPrayerDay", w.path, "Create or update the prayer times of one day",
		w.puts()...)
	bodies := w.bodies(http.MethodPut)
	register(a, put, bodies, func(ctx context.Context, r *Request, p *writePrayerDay) (*answer, error) {
		return w.put(ctx, r, namets.RowRef{Date: p.Date.Date}, p.IfMatch, p.Quiet())
	})
	register(a, w.operation(http.MethodPatch, "updatePrayerDay", w.path, "Change the prayer times of one day", w.found),
		w.bodies(http.MethodPatch), func(ctx context.Context, r *Request, p *writePrayerDay) (*answer, error) {
			return w.patch(ctx, r, namets.RowRef{Date: p.Date.Date}, p.IfMatch, p.Quiet())
		})
	act(a, w.operation(http.MethodDelete, "deletePrayerDay", w.path, "Delete the prayer times of one day", w.gone),
		func(ctx context.Context, r *Request, p *writePrayerDay) (*answer, error) {
			return w.delete(ctx, r, namets.RowRef{Date: p.Date.Date}, p.IfMatch)
		})
}
