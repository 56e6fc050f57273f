package data_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

func TestBackup_byHandRemovesNoDailyBackup(t *testing.T) {
	env := harness.NewEnvironment(t, "BACKUP_KEEP", "2")
	harness.Import(t, env, harness.Fixture)
	folder := filepath.Join(env["DATA_DIR"], "backups")
	daily := []string{"namets-20260101T000000.000Z.db", "namets-20260102T000000.000Z.db"}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	replaced := filepath.Join(env["DATA_DIR"], "namets.db.replaced-20260103T000000.000Z")
	for _, path := range []string{filepath.Join(folder, daily[0]), filepath.Join(folder, daily[1]), replaced,
		replaced + "-wal"} {
		if err := os.WriteFile(path, []byte("1234567"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		if code, _, stderr := harness.Call(t, env, "backup"); code != 0 {
			t.Fatal(stderr)
		}
	}
	byHand, err := filepath.Glob(filepath.Join(folder, "*-by-hand.db"))
	if err != nil || len(byHand) != 2 {
		t.Errorf("%q, %v", byHand, err)
	}
	code, stdout, stderr := harness.Call(t, env, "backup", "--list")
	if code != 0 || strings.Count(stdout, "by hand") != 2 || strings.Count(stdout, "daily") != 2 ||
		!strings.Contains(stdout, "replaced by a restore  14 ") || !strings.Contains(stdout, replaced+"  ") {
		t.Errorf("code %d, stdout\n%s\nstderr %s", code, stdout, stderr)
	}
	var size int64 = 14 + 2*7
	for _, path := range byHand {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if !strings.Contains(stdout, "in all") || !strings.Contains(stdout, " "+strconv.FormatInt(size, 10)+" ") {
		t.Errorf("the total of %d bytes is missing in\n%s", size, stdout)
	}
	if code, _, stderr := harness.Call(t, env, "backup", "--list", "copy.db"); code != 2 ||
		!strings.Contains(stderr, "copy.db") {
		t.Errorf("code %d, stderr %s", code, stderr)
	}
}

func TestServe_removesOldAuditRowsAndReplacedDatabases(t *testing.T) {
	env := harness.NewEnvironment(t, "BACKUP_KEEP", "0", "AUDIT_RETENTION", "48h")
	harness.Import(t, env, harness.Fixture)
	raw, err := sql.Open("sqlite", filepath.Join(env["DATA_DIR"], "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for hours, action := range map[int]string{47: "kept", 49: "gone"} {
		_, err := raw.ExecContext(t.Context(), `insert into audit (at, actor_kind, actor_name, address, action,
			entity, detail)
			values ($1, 'command', 'test', '', $2, 'patrons', '{}')`,
			time.Now().Add(-time.Duration(hours)*time.Hour).UnixMicro(), action)
		if err != nil {
			t.Fatal(err)
		}
	}
	replaced := filepath.Join(env["DATA_DIR"], "namets.db.replaced-20200103T000000.000Z")
	if err := os.WriteFile(replaced, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	harness.StartServe(t, env)
	count := func(action string) (n int) {
		if err := raw.QueryRowContext(t.Context(), `select count(*) from audit where action = $1`,
			action).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	harness.Eventually(t, 10*time.Second, "the old row is removed, and the audit has an entry", func() bool {
		return count("gone") == 0 && count("prune") == 1
	})
	if count("kept") != 1 {
		t.Error("a row was removed too early")
	}
	harness.Eventually(t, 10*time.Second, "the old replaced database is removed", func() bool {
		_, err := os.Stat(replaced)
		return os.IsNotExist(err)
	})
}
