package command_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

func TestDeliveriesHeld_areReleasedOrSkipped(t *testing.T) {
	env := harness.NewEnvironment(t)
	harness.Import(t, env, harness.Fixture)
	hold := func() {
		harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
			_, err := db.QueuePing(ctx, namets.Actor{Kind: namets.System})
			return err
		})
		db, err := sql.Open("sqlite", filepath.Join(env["DATA_DIR"], "namets.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), `update deliveries set state = 'held', next_at = null`); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ verb, done, state string }{{"release", "due now", "pending"},
		{"skip", "skipped", "skipped"}} {
		hold()
		if code, stdout, stderr := harness.Call(t, env, "check"); code != 0 ||
			!strings.Contains(stdout, "Warning: a restore holds ") {
			t.Errorf("check: code %d, %q, %s", code, stdout, stderr)
		}
		if code, _, stderr := harness.Call(t, env, "deliveries", tt.verb); code != 2 ||
			!strings.Contains(stderr, "--before now") {
			t.Errorf("%s: code %d, %s", tt.verb, code, stderr)
		}
		if code, _, stderr := harness.Call(t, env, "deliveries", tt.verb, "--before", "soon"); code != 2 ||
			!strings.Contains(stderr, `--before: "soon"`) {
			t.Errorf("%s: code %d, %s", tt.verb, code, stderr)
		}
		if _, stdout, _ := harness.Call(t, env, "deliveries", tt.verb, "--before", "1h"); stdout != "0 "+tt.done+"\n" {
			t.Errorf("%s of an hour ago: %q", tt.verb, stdout)
		}
		if _, stdout, _ := harness.Call(t, env, "deliveries", "--state", "held"); !strings.Contains(stdout, "held") {
			t.Errorf("%q", stdout)
		}
		code, stdout, stderr := harness.Call(t, env, "deliveries", tt.verb, "--before", "now")
		if code != 0 || strings.HasPrefix(stdout, "0 ") || !strings.HasSuffix(stdout, tt.done+"\n") {
			t.Errorf("%s: code %d, %q, %s", tt.verb, code, stdout, stderr)
		}
		if _, stdout, _ := harness.Call(t, env, "deliveries", "--state", tt.state); strings.Contains(stdout,
			"There are none") {
			t.Errorf("%s: no delivery is %s", tt.verb, tt.state)
		}
	}
}
