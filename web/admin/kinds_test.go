package admin_test

import (
	"net/http"
	"net/url"
	"testing"

	"namets/internal/namets"
)

// kindForms are forms that create a row, by the path of the list.
func kindForms() map[string]url.Values {
	return map[string]url.Values{
		"/admin/announcements": {"title": {"Eid"}, "content": {"Salaam"}, "category": {"general"},
			"publish_at": {"2026-03-01T10:00"}, "slug": {"eid"}},
		"/admin/events": {"title": {"Eid"}, "start_datetime": {"2026-03-01T10:00"},
			"end_datetime": {"2026-03-01T12:00"}},
		"/admin/event-categories": {"name": {"Eid"}},
		"/admin/patrons":          {"name": {"Eid"}, "hierarchy_order": {"1"}},
	}
}

func TestKinds_makeOneRowOfAFormThatIsSentTwice(t *testing.T) {
	w := newWorld(t)
	for path, form := range kindForms() {
		number := w.form(namets.Editor, path+"/new", path)
		first := w.post(namets.Editor, path, append(pairs(form), number...)...)
		second := w.post(namets.Editor, path, append(pairs(form), number...)...)
		if first.Code != http.StatusSeeOther || second.Code != http.StatusSeeOther ||
			first.Header().Get("Location") != second.Header().Get("Location") {
			t.Errorf("%s: %d %q, %d %q", path, first.Code, first.Header().Get("Location"), second.Code,
				second.Header().Get("Location"))
		}
		if got := w.get(namets.Editor, path+"/2").Code; got != http.StatusNotFound {
			t.Errorf("%s: a second row was made: %d", path, got)
		}
	}
}

func TestKinds_overwriteAndDeleteOnlyTheSeenRevision(t *testing.T) {
	w := newWorld(t)
	for path, form := range kindForms() {
		row := path + "/1"
		w.post(namets.Editor, path, pairs(form)...)
		seen := w.form(namets.Editor, row, row)
		form.Set("slug", "second")
		form.Set("bio", "second")
		if rec := w.post(namets.Editor, row, append(pairs(form), seen...)...); rec.Code != http.StatusSeeOther {
			t.Fatalf("%s: got %d\n%s", row, rec.Code, rec.Body)
		}
		doc := w.page(w.post(namets.Editor, row, append(pairs(form), seen...)...), http.StatusConflict)
		if !doc.Has("#stored-title") {
			t.Errorf("%s: the stored values of somebody else are missing", row)
		}
		if got := w.post(namets.Editor, row+"/delete", seen...).Header().Get("Location"); got != row {
			t.Errorf("%s: deleting another revision leads to %q", row, got)
		}
		now := w.form(namets.Editor, row, row)
		if got := w.post(namets.Editor, row+"/delete", now...).Header().Get("Location"); got != path {
			t.Errorf("%s: deleting it leads to %q", row, got)
		}
		if got := w.get(namets.Editor, row).Code; got != http.StatusNotFound {
			t.Errorf("%s: status %d after the deletion", row, got)
		}
		if got := w.post(namets.Editor, row+"/delete", now...).Header().Get("Location"); got != path {
			t.Errorf("%s: deleting it twice leads to %q", row, got)
		}
	}
}
