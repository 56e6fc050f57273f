package harness

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"namets/internal/namets"
)

// Fixture is the contract's set of rows, around 2026-03-01T09:30:00Z.
const Fixture = "../../../internal/api/testdata/fixture.json"

// MovedFixture writes the fixture with its times moved, so that they relate to the real time as
// they did to the fixture's time, and returns the file's path.
func MovedFixture(t *testing.T, now time.Time, zone *time.Location) string {
	t.Helper()
	content, err := os.ReadFile(Fixture)
	if err != nil {
		t.Fatal(err)
	}
	var lists map[string]any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if err := decoder.Decode(&lists); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"announcements", "events"} {
		for _, row := range lists[kind].([]any) {
			moveTimes(t, row.(map[string]any), now)
		}
	}
	today := namets.DateOf(now.In(zone))
	distance := time.Date(today.Year, today.Month, today.Day, 0, 0, 0, 0,
		time.UTC).Sub(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	for _, row := range lists["prayer_schedules"].([]any) {
		schedule := row.(map[string]any)
		date, err := namets.ParseDate(schedule["date"].(string))
		if err != nil {
			t.Fatal(err)
		}
		schedule["date"] = date.AddDays(int(distance / (24 * time.Hour))).String()
	}
	return writeJSON(t, lists)
}

// moveTimes sets the times of a row from their distances to now.
func moveTimes(t *testing.T, row map[string]any, now time.Time) {
	t.Helper()
	for helper, key := range map[string]string{
		"publish_at_rel_us": "publish_at", "expire_at_rel_us": "expire_at", "start_rel_us": "start_datetime",
		"end_rel_us": "end_datetime",
	} {
		distance, ok := row[helper].(json.Number)
		if !ok {
			continue
		}
		us, err := distance.Int64()
		if err != nil {
			t.Fatal(err)
		}
		row[key] = time.UnixMicro(now.UnixMicro() + us).UTC().Format(time.RFC3339Nano)
	}
}

func writeJSON(t *testing.T, value any) string {
	t.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return WriteFile(t, string(content))
}

// WriteFile writes a file in its own directory and returns its path.
func WriteFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Imported returns an environment with a database of the rows of a file.
func Imported(t *testing.T, file string) Environment {
	t.Helper()
	env := Environment{"DATA_DIR": filepath.Join(t.TempDir(), "data")}
	Import(t, env, file)
	return env
}

// Import runs import for a file. It begins as [StartServe] does.
func Import(t *testing.T, env Environment, file string) {
	t.Helper()
	env.withDatabase(t)
	if code, _, stderr := Call(t, env, "import", file); code != 0 {
		t.Fatalf("import %s: %s", file, stderr)
	}
}

// RawDatabase opens the directory's database as another program would.
func RawDatabase(t *testing.T, env Environment) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(env["DATA_DIR"], "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
