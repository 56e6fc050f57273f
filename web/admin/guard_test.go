package admin_test

import (
	"net/http"
	"testing"

	"namets/internal/namets"
)

func TestGuard_redirectsToTheSignIn(t *testing.T) {
	w := newWorld(t)
	rec := w.get("", "/admin/?a=b&c=d")
	if got, want := rec.Header().Get("Location"),
		"/admin/login?next=%2Fadmin%2F%3Fa%3Db%26c%3Dd"; rec.Code != http.StatusSeeOther || got != want {
		t.Errorf("got status %d, Location %q, want %q", rec.Code, got, want)
	}
}

func TestOverview_isForEveryRole(t *testing.T) {
	w := newWorld(t)
	for _, role := range namets.Roles() {
		doc := w.page(w.get(role, "/admin/"), http.StatusOK)
		if got := doc.One("nav a[aria-current=page]").Text(); got != "Overview" {
			t.Errorf("%s: got current %q", role, got)
		}
	}
}
