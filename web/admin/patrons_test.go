package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
)

// patronForm is a valid form, to which values can be appended.
func patronForm(more ...string) []string {
	return append([]string{"name", "Hajiya Amina", "designation", "Grand Patron", "bio", "B",
		"email", "amina@example.org",
		"hierarchy_order", "1", "is_active", "on", "receive_notifications", "on"}, more...)
}

func TestPatrons_areAddedChangedAndDeleted(t *testing.T) {
	w := newWorld(t)
	if doc := w.page(w.get(namets.Editor, "/admin/patrons"),
		http.StatusOK); !doc.Has(".empty a[href=/admin/patrons/new]") {
		t.Error("an empty list does not say how to fill it")
	}
	doc := w.follow(namets.Editor, w.post(namets.Editor, "/admin/patrons", patronForm()...), "/admin/patrons")
	if got := doc.One("tbody th a").Text(); got != "Hajiya Amina" {
		t.Errorf("got %q", got)
	}
	form := w.page(w.get(namets.Editor, "/admin/patrons/1"), http.StatusOK)
	revision := form.One("input[name=revision]").Attr("value")
	change := patronForm("revision", revision)
	change[1] = "Amina II"
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/patrons/1", change...), "/admin/patrons")
	change[1] = "Amina III"
	doc = w.page(w.post(namets.Editor, "/admin/patrons/1", change...), http.StatusConflict)
	if got := doc.One("#faults").Text(); !strings.Contains(got, "somebody else") &&
		!strings.Contains(got, "Somebody else") {
		t.Errorf("the message of a conflict is %q", got)
	}
	if got := doc.One("#f-name").Attr("value"); got != "Amina III" {
		t.Errorf("the input is %q", got)
	}
	question := w.form(namets.Editor, "/admin/patrons/1/delete", "/admin/patrons/1/delete")
	for range 2 {
		w.follow(namets.Editor, w.post(namets.Editor, "/admin/patrons/1/delete", question...), "/admin/patrons")
	}
}

func TestPatrons_markTheFieldAndKeepTheInput(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ field, value string }{
		{"name", ""}, {"name", strings.Repeat("a", 201)}, {"email", "no address"}, {"hierarchy_order", "first"},
		{"designation", "a\x00b"}, {"name", "\xff"},
	} {
		form := patronForm()
		for i := 0; i < len(form); i += 2 {
			if form[i] == test.field {
				form[i+1] = test.value
			}
		}
		doc := w.page(w.post(namets.Editor, "/admin/patrons", form...), http.StatusUnprocessableEntity)
		if !doc.Has("#e-"+test.field) || doc.One("#f-"+test.field).Attr("aria-invalid") != "true" {
			t.Errorf("%s %q: no error at the field", test.field, test.value)
		}
	}
	hostile := patronForm()
	hostile[1] = `<script>alert(1)</script>"'`
	doc := w.follow(namets.Editor, w.post(namets.Editor, "/admin/patrons", hostile...), "/admin/patrons")
	if got := doc.One("tbody th a").Text(); got != hostile[1] {
		t.Errorf("got %q", got)
	}
}

func TestPatrons_moveToAPosition(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.post(namets.Editor, "/admin/patrons", patronForm()...)
	}
	doc := w.follow(namets.Editor, w.post(namets.Editor, "/admin/patrons/3/move", "place", "0"), "/admin/patrons")
	if got := doc.All("tbody th a")[0].Attr("href"); got != "/admin/patrons/3" {
		t.Errorf("the first is %s", got)
	}
	w.follow(namets.Editor, w.post(namets.Editor, "/admin/patrons/3/move", "place", "x"), "/admin/patrons")
}

func TestPatrons_hideAddressesFromViewers(t *testing.T) {
	w := newWorld(t)
	w.post(namets.Editor, "/admin/patrons", patronForm()...)
	for _, path := range []string{"/admin/patrons", "/admin/patrons/1"} {
		rec := w.get(namets.Viewer, path)
		if body := rec.Body.String(); strings.Contains(body, "amina@") || !strings.Contains(body, "a•••@example.org") {
			t.Errorf("%s: %s", path, body)
		}
	}
}
