package serve_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/app"
	"namets/internal/e2e/harness"
)

// subscribe sends the form for subscribing and returns the status of the response.
func subscribe(t *testing.T, s *harness.Service, email string) (status int, body string) {
	t.Helper()
	form := url.Values{"email": {email}, "notify_events": {"on"}}.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/communications/subscribe/",
		strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// wantRed waits until /readyz says why the service is not ready, and checks that /healthz is fine.
func wantRed(t *testing.T, s *harness.Service, word string) {
	t.Helper()
	harness.Eventually(t, 20*time.Second, "/readyz is red with "+word, func() bool {
		a := s.Do(t, http.MethodGet, "/readyz")
		return a.Status == http.StatusServiceUnavailable && strings.HasPrefix(a.Body, word+": ") &&
			!strings.Contains(a.Body, "/")
	})
	if a := s.Do(t, http.MethodGet, "/healthz"); a.Status != http.StatusOK {
		t.Errorf("/healthz has status %d: a platform would restart the process, which does not help", a.Status)
	}
}

func TestReadyz_isRedUntilTheFirstTokenIsKnown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	env := harness.NewEnvironment(t, "N8N_API_TOKEN_FILE", file)
	delete(env, "N8N_API_TOKEN")
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	wantRed(t, s, "token_unknown")
	if err := os.WriteFile(file, []byte(harness.APIToken), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, 10*time.Second, "ready", func() bool {
		return s.Do(t, http.MethodGet, "/readyz").Status == http.StatusOK
	})
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.Wait(t, s.Stderr, "the last good token stays in force")
	if a := s.Do(t, http.MethodGet, "/readyz"); a.Status != http.StatusOK {
		t.Errorf("with a token in force: %d %s", a.Status, a.Body)
	}
}

func TestReadyz_isRedIfTheDatabaseIsDamaged(t *testing.T) {
	metrics := "127.0.0.1:" + harness.FreePort(t)
	env := harness.NewEnvironment(t, "METRICS_ADDR", metrics)
	harness.Import(t, env, harness.Fixture)
	damage(t, env, "patrons")
	s := harness.StartServe(t, env)
	wantRed(t, s, "database_damaged")
	s.Wait(t, s.Stderr, "the check of the database found damage")
	s.URL = "http://" + metrics
	for _, line := range []string{"namets_database_damaged 1", "namets_ready 0", "namets_database_replaced 0"} {
		if a := s.Do(t, http.MethodGet, "/metrics"); !strings.Contains(a.Body, "\n"+line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

// damage overwrites the first page of a table.
func damage(t *testing.T, env harness.Environment, table string) {
	t.Helper()
	db := harness.RawDatabase(t, env)
	var page, size int64
	if err := db.QueryRowContext(t.Context(), "select rootpage, (select page_size from pragma_page_size) from "+
		"sqlite_schema where name = $1", table).Scan(&page, &size); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(env["DATA_DIR"], "namets.db"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, size), (page-1)*size); err != nil {
		t.Fatal(err)
	}
}

func TestServe_acknowledgesNothingAfterItsDatabaseWasReplaced(t *testing.T) {
	for name, replace := range map[string]func(path string) error{
		"removed": os.Remove,
		"replaced": func(path string) error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(path+".new", text, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := harness.NewEnvironment(t, "BACKUP_KEEP", "0")
			s := harness.StartServe(t, env)
			if status, body := subscribe(t, s, "first@example.org"); status >= 400 {
				t.Fatalf("before: %d %s", status, body)
			}
			if err := replace(filepath.Join(env["DATA_DIR"], "namets.db")); err != nil {
				t.Fatal(err)
			}
			if status, body := subscribe(t, s, "second@example.org"); status != http.StatusServiceUnavailable {
				t.Errorf("%d: it acknowledges a change that is lost\n%s", status, body)
			}
			wantRed(t, s, "database_replaced")
			s.Wait(t, s.Stderr, "replaced or removed while this process has them open")
		})
	}
}

func TestMetrics_showTheStateOfTheService(t *testing.T) {
	metrics := "127.0.0.1:" + harness.FreePort(t)
	s := harness.StartServe(t, harness.NewEnvironment(t, "METRICS_ADDR", metrics))
	s.Wait(t, s.Stderr, "backup made")
	s.URL = "http://" + metrics
	body := s.Do(t, http.MethodGet, "/metrics").Body
	version, goVersion := app.Version()
	for _, line := range []string{
		`namets_build_info{goversion="` + goVersion + `",version="` + version + `"} 1`, "namets_ready 1",
		"namets_database_damaged 0", "namets_database_replaced 0",
		"namets_disk_free_bytes ", "namets_disk_total_bytes ", "namets_backup_age_seconds ",
		"namets_backup_last_success 1", "namets_backup_bytes ",
	} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("the line %s is missing", line)
		}
	}
}

// smallDisk mounts a file system of that many bytes and returns its path.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	path := t.TempDir()
	if err := harness.MountMemory(t, path, "size="+size); err != nil {
		t.Skipf("this needs the right to mount a small file system: %v", err)
	}
	return path
}

func TestFullDisk_isReported(t *testing.T) {
	disk, metrics := smallDisk(t, "200m"), "127.0.0.1:"+harness.FreePort(t)
	env := harness.NewEnvironment(t, "DATA_DIR", filepath.Join(disk, "data"), "METRICS_ADDR", metrics)
	if code, stdout, stderr := harness.Call(t, env, "check"); code != 0 || strings.Contains(stdout, "disk") {
		t.Errorf("roomy: code %d, %s%s", code, stdout, stderr)
	}
	fill(t, filepath.Join(disk, "first"), 150<<20)
	if code, stdout, stderr := harness.Call(t, env, "check"); code != 0 || !strings.Contains(stdout, "nearly full") ||
		!strings.Contains(stdout, disk) {
		t.Errorf("low: code %d, %s%s", code, stdout, stderr)
	}
	s := harness.StartServe(t, env)
	s.Wait(t, s.Stderr, "the disk is nearly full")
	s.Wait(t, s.Stderr, "backup made")
	fill(t, filepath.Join(disk, "second"), 200<<20)
	if code, _, stderr := harness.Call(t, env, "check"); code != 2 || !strings.Contains(stderr, "is full") {
		t.Errorf("full: code %d, %s", code, stderr)
	}
	s.URL = "http://" + metrics
	if a := s.Do(t, http.MethodGet, "/metrics"); !strings.Contains(a.Body, "\nnamets_disk_free_bytes 0\n") {
		t.Error("the metrics do not show that no byte is free")
	}
}

// fill writes a file of at most that many bytes, limited by the free space.
func fill(t *testing.T, path string, size int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); size > 0; size -= len(block) {
		if _, err := f.Write(block); err != nil {
			break
		}
	}
	for err = nil; err == nil && size > 0; { // less than a block remains
		_, err = f.Write([]byte{0})
	}
}
