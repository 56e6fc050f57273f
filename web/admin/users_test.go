package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"namets/internal/namets"
)

func TestUsers_areInvitedByALinkThatIsShownOnce(t *testing.T) {
	w := newWorld(t)
	doc := w.page(w.post(namets.Owner, "/admin/users", "name", "Hauwa", "role", "editor"), http.StatusOK)
	link := doc.One("pre code").Text()
	path, ok := strings.CutPrefix(link, "http://namets.example")
	if !ok {
		t.Fatalf("got link %q", link)
	}
	doc = w.page(w.get(namets.Owner, "/admin/users"), http.StatusOK)
	if got := len(doc.All("tbody tr")); got != 4 || !doc.Has("tbody .badge.warn") {
		t.Errorf("%d rows", got)
	}
	if got := w.follow("Hauwa", w.post("Hauwa", path, "password", right, "repeat-password", right),
		"/admin/").One(".me").Text(); !strings.HasPrefix(got, "Hauwa editor") {
		t.Errorf("signed in as %q", got)
	}
}

func TestUsers_refuseInvalidNames(t *testing.T) {
	w := newWorld(t)
	for name, field := range map[string]string{
		"": "name", "OWNER": "name", "amina@example.org": "name", "<b>": "name", strings.Repeat("x", 41): "name",
		"\xff": "name",
	} {
		doc := w.page(w.post(namets.Owner, "/admin/users", "name", name, "role", "viewer"),
			http.StatusUnprocessableEntity)
		if !doc.Has("#f-" + field + "[aria-invalid=true]") {
			t.Errorf("%q: the field is not marked", name)
		}
	}
	doc := w.page(w.post(namets.Owner, "/admin/users", "name", "Hauwa", "role", "god"), http.StatusUnprocessableEntity)
	if !doc.Has("#f-role[aria-invalid=true]") || doc.One("#f-name").Attr("value") != "Hauwa" {
		t.Error("an invalid role was accepted")
	}
}

func TestUsers_keepTheLastOwner(t *testing.T) {
	w := newWorld(t)
	path := "/admin/users/" + itoa(w.users[namets.Owner].ID)
	for _, rec := range []string{"/role", "/delete"} {
		doc := w.follow(namets.Owner, w.post(namets.Owner, path+rec, "role", "viewer", "name", "owner"), path)
		if got := doc.One(".notice.bad").Text(); !strings.Contains(got, "must stay") {
			t.Errorf("%s: %q", rec, got)
		}
	}
}

func TestUsers_losePasswordAndSessionsAtOnce(t *testing.T) {
	w := newWorld(t)
	path := "/admin/users/" + itoa(w.users[namets.Editor].ID)
	w.page(w.get(namets.Editor, "/admin/"), http.StatusOK)
	if doc := w.follow(namets.Owner, w.post(namets.Owner, path+"/reset", "name", "viewer"),
		path); !strings.Contains(doc.One(".notice.bad").Text(), "another user") {
		t.Error("a form for another user changed something")
	}
	w.page(w.get(namets.Editor, "/admin/"), http.StatusOK)
	w.page(w.post(namets.Owner, path+"/reset", w.form(namets.Owner, path, path+"/reset")...), http.StatusOK)
	if got := w.get(namets.Editor, "/admin/").Code; got != http.StatusSeeOther {
		t.Errorf("the session still works: %d", got)
	}
	path = "/admin/users/" + itoa(w.users[namets.Viewer].ID)
	w.follow(namets.Owner, w.post(namets.Owner, path+"/role", "role", "editor"), path)
	if got := w.page(w.get(namets.Viewer, "/admin/"), http.StatusOK).One(".me .badge").Text(); got != "editor" {
		t.Errorf("the new role is not in force: %q", got)
	}
	w.follow(namets.Owner, w.post(namets.Owner, path+"/delete",
		w.form(namets.Owner, path+"/delete", path+"/delete")...), "/admin/users")
	if got := w.get(namets.Viewer, "/admin/").Code; got != http.StatusSeeOther {
		t.Errorf("the session of a deleted user still works: %d", got)
	}
}

func TestAccount_changesPasswordThemeAndSessions(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Viewer, right)
	role := namets.Role("setting viewer")
	doc := w.page(w.post(role, "/admin/account/password", "current-password", other, "password", other,
		"repeat-password", other), http.StatusUnprocessableEntity)
	if !doc.Has("#f-current-password[aria-invalid=true]") {
		t.Error("a wrong password is not marked")
	}
	doc = w.page(w.post(role, "/admin/account/password", "current-password", right, "password",
		"short", "repeat-password", "short"), http.StatusUnprocessableEntity)
	if !doc.Has("#f-password[aria-invalid=true]") {
		t.Error("a short password is not marked")
	}
	w.follow(role, w.post(role, "/admin/account/password", "current-password", right, "password", other,
		"repeat-password", other), "/admin/account")
	doc = w.follow(role, w.post(role, "/admin/account/theme", "theme", "dark"), "/admin/account")
	if doc.One("html").Attr("data-theme") != "dark" {
		t.Error("not dark")
	}
	doc = w.follow(role, w.post(role, "/admin/account/theme", "theme", ""), "/admin/account")
	if doc.Has("html[data-theme]") {
		t.Error("still dark")
	}
	w.follow(role, w.post(role, "/admin/account/sign-out",
		w.form(role, "/admin/account", "/admin/account/sign-out")...), "/admin/login")
	if got := w.get(role, "/admin/").Code; got != http.StatusSeeOther {
		t.Errorf("the session still works: %d", got)
	}
}

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
