package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/web/admin/system"
)

func TestSettings_makeABackupNow(t *testing.T) {
	w := newWorld(t)
	doc := w.follow(namets.Owner, w.post(namets.Owner, "/admin/settings/backup"), "/admin/settings")
	if got := len(doc.All("tbody tr")); got != 1 || !doc.Has(".notice.good") {
		t.Errorf("%d rows", got)
	}
	w.backups.list = append(w.backups.list, system.Backup{Name: "namets.db.replaced-x", Kind: "replaced by a restore",
		Replaced: true, Size: 600_000})
	doc = w.page(w.get(namets.Owner, "/admin/settings"), http.StatusOK)
	text := doc.One("section[aria-labelledby=backup-title]").Text()
	for _, part := range []string{"By hand", "Replaced by a restore", "2.0 MB in all"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %s", part, text)
		}
	}
	w.backups.none = true
	if w.page(w.get(namets.Owner, "/admin/settings"), http.StatusOK).Has("form[action=/admin/settings/backup]") {
		t.Error("the page has a button that does not work")
	}
	doc = w.follow(namets.Owner, w.post(namets.Owner, "/admin/settings/backup"), "/admin/settings")
	if got := doc.One(".notice.bad").Text(); !strings.Contains(got, "BACKUP_KEEP") {
		t.Errorf("got %q", got)
	}
}

func TestSettings_sendACopyOfTheDatabaseToOwnersOnly(t *testing.T) {
	w := newWorld(t)
	rec := w.post(namets.Owner, "/admin/settings/download")
	if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Body.String(), "SQLite format 3") {
		t.Errorf("status %d, %.20q", rec.Code, rec.Body)
	}
	if got := rec.Header().Get("Content-Disposition"); got != `attachment; filename="namets-20260227-140500.db"` {
		t.Errorf("got %q", got)
	}
	for _, role := range []namets.Role{namets.Viewer, namets.Editor} {
		w.page(w.post(role, "/admin/settings/download"), http.StatusForbidden)
		if w.page(w.get(role, "/admin/settings"), http.StatusOK).Has("main form") {
			t.Errorf("%s sees a form", role)
		}
	}
}
