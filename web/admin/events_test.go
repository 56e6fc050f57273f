package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
)

func eventForm(changes ...string) []string {
	form := []string{"title", "Iftar", "description", "Together.", "start_datetime", "2026-03-01T18:00",
		"end_datetime", "2026-03-01T20:00", "is_active", "on"}
	for i := 0; i+1 < len(changes); i += 2 {
		form = changed(form, changes[i], changes[i+1])
	}
	return form
}

func TestEvent_isAddedWithACategoryAndAnnounced(t *testing.T) {
	w := newWorld(t)
	_, err := w.db.CreatePatron(t.Context(), theService, namets.Patron{Name: "Musa", Email: "musa@example.org",
		IsActive: true, ReceiveNotifications: true})
	w.must(err)
	if !w.page(w.get(namets.Editor, "/admin/events"), http.StatusOK).Has(".empty") {
		t.Error("no message for an empty list")
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/event-categories", "name", "Meals"),
		"/admin/event-categories")
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/events",
		eventForm("category_id", "1", "send_email", "on")...), "/admin/events/1")
	row := w.page(w.get(namets.Viewer, "/admin/events?category=1&state=scheduled&q=ift"),
		http.StatusOK).One("tbody tr").Text()
	if !strings.HasPrefix(row, "Iftar scheduled Meals Sun 1 Mar 2026, 18:00") {
		t.Errorf("got row %q", row)
	}
	doc := w.page(w.get(namets.Viewer, "/admin/events/1"), http.StatusOK)
	if doc.Has("main textarea") || !strings.Contains(doc.One(".timeline").Text(), "Queued for 1 person") {
		t.Errorf("a viewer sees %q", doc.One("main").Text())
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/event-categories/1/delete", "revision", "1"),
		"/admin/event-categories")
	if e, _, err := w.db.Event(t.Context(), 1); err != nil || e.CategoryID != nil {
		t.Errorf("got category %v, %v", e.CategoryID, err)
	}
}

func TestEvent_showsProblemsAtTheField(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ field, value string }{
		{"title", ""}, {"title", strings.Repeat("ä", 201)}, {"description", "\x00"}, {"start_datetime", "soon"},
		{"end_datetime", "2020-01-01T00:00"},
		{"end_datetime", ""}, {"location", "a\nb"}, {"category_id", "x"}, {"category_id", "7"}, {"slug", "A B"},
	} {
		doc := w.page(w.post(namets.Editor, "/admin/events", eventForm(tt.field, tt.value)...),
			http.StatusUnprocessableEntity)
		if !doc.Has("#e-" + tt.field) {
			t.Errorf("%s %.20q: no error at the field", tt.field, tt.value)
		}
	}
}

func TestEvent_keepsTheInputOnAConflict(t *testing.T) {
	w := newWorld(t)
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/events", eventForm()...), "/admin/events/1")
	w.follow(namets.Owner, w.post(namets.Owner, "/admin/events/1", eventForm("revision", "1", "title", "Theirs")...),
		"/admin/events/1")
	doc := w.page(w.post(namets.Editor, "/admin/events/1", eventForm("revision", "1", "title", "Mine")...),
		http.StatusConflict)
	if got := doc.One("#f-title").Attr("value"); got != "Mine" {
		t.Errorf("the form contains %q", got)
	}
	if got := doc.One("section.card").Text(); !strings.Contains(got, "Theirs") {
		t.Errorf("the stored value is shown as %q", got)
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/events/1/delete", "revision", "2"), "/admin/events")
}

func TestEventCategory_rejectsADuplicateSlug(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		w.post(namets.Editor, "/admin/event-categories", "name", "Meals <b>", "slug", "meals")
	}
	doc := w.page(w.post(namets.Editor, "/admin/event-categories", "name", "Other", "slug", "meals"),
		http.StatusConflict)
	if !doc.Has("#e-slug") {
		t.Error("no error at the slug")
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/event-categories/1", "name", "Food", "revision", "1"),
		"/admin/event-categories")
	if c, _, err := w.db.EventCategory(t.Context(), 1); err != nil || c.Name != "Food" || c.Slug != "meals" {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestEvent_isCancelledAndRevived(t *testing.T) {
	w := newWorld(t)
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/events", eventForm("send_email", "on")...), "/admin/events/1")
	w.page(w.get(namets.Viewer, "/admin/events/1/cancel"), http.StatusForbidden)
	w.page(w.post(namets.Viewer, "/admin/events/1/cancel", "revision", "1"), http.StatusForbidden)
	if w.page(w.get(namets.Viewer, "/admin/events/1"), http.StatusOK).Has("a[href$='/cancel']") {
		t.Error("a viewer is offered to cancel")
	}
	question := w.form(namets.Editor, "/admin/events/1/cancel", "/admin/events/1/cancel")
	for range 2 { // a form that is sent twice cancels once
		w.follow(namets.Editor, w.post(namets.Editor, "/admin/events/1/cancel", question...), "/admin/events/1")
	}
	e, revision, err := w.db.Event(t.Context(), 1)
	if w.must(err); e.CancelledAt == nil || revision != 2 {
		t.Errorf("%+v, revision %d", e, revision)
	}
	doc := w.page(w.get(namets.Editor, "/admin/events/1"), http.StatusOK)
	if got := doc.One("main .badge.bad").Text(); got != "cancelled" || doc.Has("a[href$='/cancel']") {
		t.Errorf("the page says %q: %q", got, doc.One("main").Text())
	}
	row := w.page(w.get(namets.Viewer, "/admin/events?state=cancelled"), http.StatusOK).One("tbody tr").Text()
	if !strings.HasPrefix(row, "Iftar cancelled") {
		t.Errorf("got row %q", row)
	}
	if w.page(w.get(namets.Viewer, "/admin/announcements"), http.StatusOK).Has("option[value=cancelled]") {
		t.Error("announcements can be filtered by cancelled")
	}
	// Saving the form keeps it cancelled
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/events/1", eventForm("revision", "2", "title", "Late")...),
		"/admin/events/1")
	back := w.form(namets.Editor, "/admin/events/1/revive", "/admin/events/1/revive")
	w.must(w.db.UpdateEvent(t.Context(), theService, 0, namets.Event{ID: 1, Title: "Other", Start: e.Start, End: e.End,
		IsActive: true}))
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/events/1/revive", back...), "/admin/events/1")
	if e, _, err = w.db.Event(t.Context(), 1); err != nil || e.CancelledAt == nil {
		t.Errorf("a revision that the user has not seen was revived: %+v, %v", e, err)
	}
	back = w.form(namets.Editor, "/admin/events/1/revive", "/admin/events/1/revive")
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/events/1/revive", back...), "/admin/events/1")
	if e, _, err = w.db.Event(t.Context(), 1); err != nil || e.CancelledAt != nil || e.Title != "Other" {
		t.Errorf("%+v, %v", e, err)
	}
}
