package data_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

// restoreInAdmin sends the form of the admin, with a file unless the path is empty, and returns the
// status and the page.
func restoreInAdmin(m *harness.AdminUser, file, chosen string) (status int, page string) {
	m.T.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	err := errors.Join(w.WriteField("password", harness.AdminPassword), w.WriteField("backup", chosen))
	if file != "" {
		content, readErr := os.ReadFile(file)
		part, partErr := w.CreateFormFile("file", filepath.Base(file))
		err = errors.Join(err, readErr, partErr)
		if err == nil {
			_, err = part.Write(content)
		}
	}
	if err := errors.Join(err, w.Close()); err != nil {
		m.T.Fatal(err)
	}
	resp, err := m.Post(m.S.URL+"/admin/settings/restore", w.FormDataContentType(), &body)
	if err != nil {
		m.T.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.T.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestAdmin_restoresABackup runs the built program, which restarts itself.
func TestAdmin_restoresABackup(t *testing.T) {
	env, copied := backedUp(t, "ADMIN_PASSWORD", harness.AdminPassword, "PORT", harness.FreePort(t), "LOG_FORMAT",
		"json")
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	m := harness.NewUser(t, s)
	m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	spoilt := filepath.Join(t.TempDir(), "spoilt.db")
	if err := os.WriteFile(spoilt, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, page := restoreInAdmin(m, spoilt, "upload"); status != http.StatusUnprocessableEntity ||
		!strings.Contains(page, "File is damaged, or no database") {
		t.Errorf("%d %s", status, page)
	}
	if code, stdout, stderr := harness.Call(t, env, "backup"); code != 0 {
		t.Fatal(stdout, stderr)
	}
	made, err := filepath.Glob(filepath.Join(env["DATA_DIR"], "backups", "*by-hand.db"))
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	for _, step := range []struct{ file, chosen, source, people string }{
		{copied, "upload", "a file that was sent", "stays deleted"},
		{"", filepath.Base(made[0]), filepath.Base(made[0]), "stays joins"},
	} {
		starts := strings.Count(s.Stderr.String(), "namets serves")
		if status, page := restoreInAdmin(m, step.file, step.chosen); status != http.StatusAccepted ||
			!strings.Contains(page, "starts again") {
			t.Fatalf("%d %s", status, page)
		}
		harness.Eventually(t, 20*time.Second, "it serves again", func() bool {
			select {
			case <-s.Done:
				t.Fatalf("the process has ended: %v\n%s", s.Err, s.Stderr)
			case <-s.Stderr.Written:
			case <-time.After(100 * time.Millisecond):
			}
			return strings.Count(s.Stderr.String(), "namets serves") > starts
		})
		if cmd.ProcessState != nil {
			t.Fatal("the process has ended")
		}
		if got := subscribed(t, env); got != step.people {
			t.Errorf("%s: subscribed: %s, want %s", step.source, got, step.people)
		}
		m.Want("/admin/logout", "/admin/login", http.StatusOK) // already signed out
		m = harness.NewUser(t, s)
		m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
		resp, err := m.Get(s.URL + "/admin/settings")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "was restored from "+step.source) ||
			!strings.Contains(string(page), "@example.org") {
			t.Errorf("the settings do not show the result:\n%s", page)
		}
	}
	if log := s.Stderr.String(); strings.Contains(log, "@example.org") || strings.Contains(log, harness.AdminPassword) {
		t.Errorf("the log says too much:\n%s", log)
	}
	if left, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "uploads", "*")); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}
