package data_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

func TestExport_writesTheSameBytesAfterAnImport(t *testing.T) {
	for _, file := range []string{harness.Fixture, "../../../internal/api/testdata/dumpdata.json"} {
		first := harness.Imported(t, file)
		_, exported, _ := harness.Call(t, first, "export")
		second := harness.Imported(t, harness.WriteFile(t, exported))
		if _, again, _ := harness.Call(t, second, "export"); again != exported || len(again) < 10_000 {
			t.Errorf("%s: the second export differs from the first", file)
		}
		code, stdout, stderr := harness.Call(t, first, "import", harness.WriteFile(t, exported))
		if code != 0 || !strings.Contains(stdout, "subscribers            0 added     14 unchanged      0 replaced") {
			t.Errorf("%s: the same rows again: code %d\n%s%s", file, code, stdout, stderr)
		}
	}
}

func TestImport_countsSkippedRows(t *testing.T) {
	_, stdout, _ := harness.Call(t, harness.Environment{"DATA_DIR": t.TempDir()}, "import",
		"../../../internal/api/testdata/dumpdata.json")
	for _, line := range []string{"auth.user: 1 left out", "communications.donationcampaign: 1 left out",
		"core.sitesettings: 1 left out",
		"in the future with send_email: 0 announcements, 0 events"} {
		if !strings.Contains(stdout, line) {
			t.Errorf("stdout lacks %q:\n%s", line, stdout)
		}
	}
}

func TestImport_ofAnInvalidFileChangesNothing(t *testing.T) {
	good, err := os.ReadFile(harness.Fixture)
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, replacement string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("the fixture does not contain %s", old)
		}
		return strings.Replace(string(good), old, replacement, 1)
	}
	env := harness.Imported(t, harness.Fixture)
	_, before, _ := harness.Call(t, env, "export")
	for name, tt := range map[string]struct{ content, complaint string }{
		"cut off":        {string(good[:len(good)/2]), "line "},
		"no JSON":        {"id,email\n1,a@example.org\n", "line 1, column 1"},
		"an unknown key": {change(`"is_verified"`, `"is_verifeid"`), "is_verifeid"},
		"a wrong type": {change(`"is_pinned": false`, `"is_pinned": 0`),
			"announcements row 1 (id 1), is_pinned"},
		"another content": {change(`"One line of text."`, `"Two lines."`), "--replace"},
		"an address twice": {change(`"bello.musa@example.org"`, `"AMINA@example.org"`),
			"subscribers row 2 (id 2), email"},
		"an invalid date":     {change(`"2026-03-02"`, `"2026-02-30"`), "prayer_schedules row 3 (id 3), date"},
		"an unknown category": {change(`"ramadan"`, `"easter"`), "category"},
	} {
		code, stdout, stderr := harness.Call(t, env, "import", harness.WriteFile(t, tt.content))
		if code != 1 || stdout != "" || !strings.Contains(stderr, "nothing was changed") ||
			!strings.Contains(stderr, tt.complaint) {
			t.Errorf("%s: code %d, stdout %q, stderr %s", name, code, stdout, stderr)
		}
		if strings.Contains(strings.ToLower(stderr), "@example.org") {
			t.Errorf("%s: an address is in %s", name, stderr)
		}
		if _, after, _ := harness.Call(t, env, "export"); after != before {
			t.Errorf("%s: it changed something", name)
		}
	}
	if code, _, stderr := harness.Call(t, env, "import", "/nowhere/dump.json"); code != 1 ||
		!strings.Contains(stderr, "/nowhere/dump.json") {
		t.Errorf("a missing file: code %d, %s", code, stderr)
	}
}

func TestImport_overwritesIfAskedTo(t *testing.T) {
	env := harness.Imported(t, harness.Fixture)
	good, err := os.ReadFile(harness.Fixture)
	if err != nil {
		t.Fatal(err)
	}
	changed := harness.WriteFile(t, strings.Replace(string(good), `"One line of text."`, `"Two lines."`, 1))
	code, stdout, stderr := harness.Call(t, env, "import", changed, "--replace")
	if code != 0 || !strings.Contains(stdout, "announcements          0 added     26 unchanged      1 replaced") {
		t.Errorf("code %d\n%s%s", code, stdout, stderr)
	}
}

func TestExport_reportsAMissingDatabase(t *testing.T) {
	code, stdout, stderr := harness.Call(t, harness.Environment{"DATA_DIR": t.TempDir()}, "export")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "set DATA_DIR") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestImport_isSeenByARunningServe(t *testing.T) {
	env := harness.NewEnvironment(t)
	s := harness.StartServe(t, env)
	if a := s.Get(t, "/api/subscribers/"); a.Body != "[]" {
		t.Fatalf("before: %+v", a)
	}
	if code, _, stderr := harness.Call(t, env, "import", harness.Fixture); code != 0 {
		t.Fatal(stderr)
	}
	// It takes 100 ms; a busy machine gets more.
	harness.Eventually(t, 2*time.Second, "the imported subscribers are in the response", func() bool {
		return strings.HasPrefix(s.Get(t, "/api/subscribers/").Body, `[{"id":1,"email":"amina@example.org",`)
	})
}
