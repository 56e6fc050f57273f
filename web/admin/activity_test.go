package admin_test

import (
	"net/http"
	"testing"
	"time"

	"namets/internal/namets"
)

func TestActivity_isFilteredByActorActionAndDay(t *testing.T) {
	w := newWorld(t)
	w.post(namets.Editor, "/admin/patrons", "name", "Musa", "hierarchy_order", "1")
	w.now = time.Date(2026, 2, 28, 22, 59, 0, 0, time.UTC) // 23:59 in Lagos
	w.get(namets.Owner, "/test/sign-in/owner")
	w.post(namets.Owner, "/admin/event-categories", "name", "Lessons")
	w.now = w.now.Add(time.Minute) // the day after
	w.post(namets.Owner, "/admin/event-categories", "name", "Sport")
	w.get(namets.Viewer, "/test/sign-in/viewer")
	for query, want := range map[string]int{
		"?actor=editor&entity=patrons":                1,
		"?entity=event_categories":                    2,
		"?entity=event_categories&day=2026-02-28":     1,
		"?entity=event_categories&day=2026-03-01":     1,
		"?entity=event_categories&day=2026-03-02":     0,
		"?entity=patrons&day=2026-02-28":              0,
		"?entity=patrons&day=nonsense":                1,
		"?entity=patrons&day=0000-00-00&actor=nobody": 0,
	} {
		if got := len(w.page(w.get(namets.Viewer, "/admin/activity"+query),
			http.StatusOK).All("tbody tr")); got != want {
			t.Errorf("%s finds %d, want %d", query, got, want)
		}
	}
}

func TestDeliveries_areFilteredByKindAndState(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	w.post(namets.Editor, "/admin/deliveries/test")
	for query, want := range map[string]int{"": 2, "?kind=ping": 1, "?kind=ping&state=dead": 0,
		"?kind=subscriber_joined&state=pending": 1, "?kind=odd": 2} {
		if got := len(w.page(w.get(namets.Viewer, "/admin/deliveries"+query),
			http.StatusOK).All("tbody tr")); got != want {
			t.Errorf("%q finds %d, want %d", query, got, want)
		}
	}
}
