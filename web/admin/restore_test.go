package admin_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/web/admin/system"
)

const restorePassword = "correct horse battery staple"

// signInAgain signs the owner in with the new password.
func (w *world) signInAgain() {
	w.Helper()
	w.get(namets.Owner, "/test/sign-in/owner")
}

// sendBackup sends the form with a file. The fields are name, value, name, value.
func (w *world) sendBackup(role namets.Role, file string, fields ...string) *httptest.ResponseRecorder {
	w.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		w.must(m.WriteField(fields[i], fields[i+1]))
	}
	if file != "" {
		part, err := m.CreateFormFile("file", "copy.db")
		w.must(err)
		_, err = part.Write([]byte(file))
		w.must(err)
	}
	w.must(m.Close())
	return w.send(role, http.MethodPost, "/admin/settings/restore", m.FormDataContentType(), &body)
}

func TestRestore_asksForTheOwnersPasswordAndABackup(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Owner, restorePassword)
	w.signInAgain()
	w.backups.list = []system.Backup{{Name: "namets-1.db", Kind: "daily", Made: w.now, Size: 1000},
		{Name: "damaged.db", Kind: "other", Made: w.now, Size: 1000}}
	doc := w.page(w.get(namets.Owner, "/admin/settings/restore"), http.StatusOK)
	if got := doc.One("main").Text(); !strings.Contains(got, "Everybody is signed out") ||
		!strings.Contains(got, "namets-1.db") || !strings.Contains(got, "at most 1.0 MB") {
		t.Errorf("got %q", got)
	}
	for name, tt := range map[string]struct {
		status int
		says   string
		file   string
		fields []string
	}{
		"no fields": {http.StatusBadRequest, "not complete", "", nil},
		"another password": {http.StatusUnprocessableEntity, "password is wrong", "",
			[]string{"password", "wrong", "backup", "namets-1.db"}},
		"no choice": {http.StatusUnprocessableEntity, "choose one", "",
			[]string{"password", restorePassword, "backup", ""}},
		"no file": {http.StatusUnprocessableEntity, "choose one", "",
			[]string{"password", restorePassword, "backup", "upload"}},
		"an invalid file": {http.StatusUnprocessableEntity, "File is no database", "no database",
			[]string{"password", restorePassword, "backup", "upload"}},
		"an invalid backup": {http.StatusUnprocessableEntity, "Backup is damaged", "",
			[]string{"password", restorePassword, "backup", "damaged.db"}},
		"a file too large": {http.StatusRequestEntityTooLarge, "", strings.Repeat("x", 2<<20),
			[]string{"password", restorePassword, "backup", "upload"}},
	} {
		rec := w.sendBackup(namets.Owner, tt.file, tt.fields...)
		if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.says) {
			t.Errorf("%s: status %d\n%s", name, rec.Code, rec.Body)
		}
	}
	for _, role := range []namets.Role{namets.Viewer, namets.Editor} {
		w.page(w.get(role, "/admin/settings/restore"), http.StatusForbidden)
		w.page(w.sendBackup(role, "", "password", restorePassword, "backup", "namets-1.db"), http.StatusForbidden)
	}
	if len(w.restorer.asked) > 0 || w.restorer.restarted > 0 {
		t.Errorf("got calls %v and %d restarts", w.restorer.asked, w.restorer.restarted)
	}
}

func TestRestore_schedulesTheBackupForTheNextStart(t *testing.T) {
	w := newWorld(t)
	w.withPassword(namets.Owner, restorePassword)
	w.signInAgain()
	doc := w.page(w.sendBackup(namets.Owner, "", "password", restorePassword, "backup", "namets-1.db"),
		http.StatusAccepted)
	if got := doc.One("main").Text(); !strings.Contains(got, "namets-1.db") {
		t.Errorf("got %q", got)
	}
	w.page(w.sendBackup(namets.Owner, "a database", "password", restorePassword, "backup", "upload", "keep-deletes",
		"on"), http.StatusAccepted)
	if diff := cmp.Diff([]string{"owner namets-1.db false", "owner file 10 true"}, w.restorer.asked); diff != "" ||
		w.restorer.restarted != 2 {
		t.Errorf("%d restarts; calls (-want +got):\n%s", w.restorer.restarted, diff)
	}
	doc = w.page(w.get(namets.Owner, "/admin/activity"), http.StatusOK)
	if got := doc.One("main").Text(); !strings.Contains(got, "Asked to restore the database") ||
		!strings.Contains(got, "namets-1.db") {
		t.Errorf("the activity says %q", got)
	}
}

func TestSettings_showTheOwnerTheResultOfTheLastRestore(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		last system.Restored
		says string
	}{
		{system.Restored{At: w.now, Backup: "namets-1.db", Text: "subscriber 3: a@example.org"}, "a@example.org"},
		{system.Restored{At: w.now, Backup: "namets-1.db", Failure: "the backup is damaged"}, "the backup is damaged"},
	} {
		w.restorer.last = &tt.last
		if got := w.page(w.get(namets.Owner, "/admin/settings"),
			http.StatusOK).One("main").Text(); !strings.Contains(got, tt.says) {
			t.Errorf("got %q, want %q", got, tt.says)
		}
		if got := w.page(w.get(namets.Editor, "/admin/settings"),
			http.StatusOK).One("main").Text(); strings.Contains(got, tt.says) {
			t.Error("an editor sees it")
		}
	}
}
