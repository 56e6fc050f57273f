package cli

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
)

// restore sends the form of the admin, with a file unless it is empty, and returns the status and
// the page.
func (m *adminUser) restore(file, chosen string) (status int, page string) {
	m.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	err := errors.Join(w.WriteField("password", adminPassword), w.WriteField("backup", chosen))
	if file != "" {
		content, readErr := os.ReadFile(file)
		part, partErr := w.CreateFormFile("file", filepath.Base(file))
		err = errors.Join(err, readErr, partErr)
		if err == nil {
			_, err = part.Write(content)
		}
	}
	if err := errors.Join(err, w.Close()); err != nil {
		m.t.Fatal(err)
	}
	resp, err := m.Post(m.s.url+"/admin/settings/restore", w.FormDataContentType(), &body)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestAdmin_restoresABackup has the program as it ships restart itself.
func TestAdmin_restoresABackup(t *testing.T) {
	env, copied := backedUp(t, "ADMIN_PASSWORD", adminPassword, "PORT", freePort(t), "LOG_FORMAT", "json")
	s, cmd := startBinary(t, buildBinary(t), env)
	m := newUser(t, s)
	m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
	spoilt := filepath.Join(t.TempDir(), "spoilt.db")
	if err := os.WriteFile(spoilt, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, page := m.restore(spoilt, "upload"); status != http.StatusUnprocessableEntity ||
		!strings.Contains(page, "File is damaged, or no database") {
		t.Errorf("%d %s", status, page)
	}
	if code, stdout, stderr := call(t, env, "backup"); code != 0 {
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
		starts := strings.Count(s.stderr.String(), "namets serves")
		if status, page := m.restore(step.file, step.chosen); status != http.StatusAccepted ||
			!strings.Contains(page, "starts again") {
			t.Fatalf("%d %s", status, page)
		}
		eventually(t, 20*time.Second, "it serves again", func() bool {
			select {
			case <-s.done:
				t.Fatalf("the process has ended: %v\n%s", s.err, s.stderr)
			case <-s.stderr.written:
			case <-time.After(100 * time.Millisecond):
			}
			return strings.Count(s.stderr.String(), "namets serves") > starts
		})
		if cmd.ProcessState != nil {
			t.Fatal("the process has ended")
		}
		if got := subscribed(t, env); got != step.people {
			t.Errorf("%s: subscribed are %s, want %s", step.source, got, step.people)
		}
		m.want("/admin/logout", "/admin/login", http.StatusOK) // signed out already
		m = newUser(t, s)
		m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
		resp, err := m.Get(s.url + "/admin/settings")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "was restored from "+step.source) ||
			!strings.Contains(string(page), "@example.org") {
			t.Errorf("the settings do not tell:\n%s", page)
		}
	}
	if log := s.stderr.String(); strings.Contains(log, "@example.org") || strings.Contains(log, adminPassword) {
		t.Errorf("the log says too much:\n%s", log)
	}
	if left, _ := filepath.Glob(filepath.Join(env["DATA_DIR"], "uploads", "*")); len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}
