package command_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"namets/internal/e2e/harness"
)

// apitoken runs a command of "namets apitoken" that must succeed, and returns its standard output.
func apitoken(t *testing.T, env harness.Environment, args ...string) string {
	t.Helper()
	code, stdout, stderr := harness.Call(t, env, append([]string{"apitoken"}, args...)...)
	if code != 0 {
		t.Fatalf("%v: code %d\n%s%s", args, code, stdout, stderr)
	}
	return stdout
}

func TestAPIToken_isCreatedReplacedAndRevoked(t *testing.T) {
	env := harness.NewEnvironment(t)
	harness.StartServe(t, env) // the commands work meanwhile
	value := regexp.MustCompile(`^nmt_[A-Za-z0-9_-]{43}\n$`)
	first := apitoken(t, env, "create", "Calendar", "--scopes", "content:read,changes", "--expires", "2999-12-31")
	second := apitoken(t, env, "replace", "calendar")
	other := apitoken(t, env, "create", "--scopes", "all", "Sync")
	for _, printed := range []string{first, second, other} {
		if !value.MatchString(printed) {
			t.Errorf("no token is printed: %d bytes", len(printed))
		}
	}
	if first == second || second == other {
		t.Error("a value is printed twice")
	}
	var rows []struct{ Name, ExpiresAt string }
	var scopes []struct{ Scopes []string }
	listed := apitoken(t, env, "list", "--json")
	for _, into := range []any{&rows, &scopes} {
		if err := json.Unmarshal([]byte(listed), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(rows) != 3 || rows[0].Name != "shared" || rows[1].Name != "Calendar" || rows[2].Name != "Sync" ||
		strings.Join(scopes[1].Scopes, " ") != "content:read changes" || len(scopes[2].Scopes) != 7 {
		t.Errorf("listed %s", listed)
	}
	if got := apitoken(t, env, "revoke", "Sync"); got != "1 revoked\n" {
		t.Errorf("printed %q", got)
	}
	if got := apitoken(t, env, "revoke", "--all"); got != "1 revoked\n" {
		t.Errorf("printed %q", got)
	}
	if got := apitoken(t, env, "list"); strings.Contains(got, "Calendar") || !strings.Contains(got, "shared") {
		t.Errorf("listed\n%s", got)
	}
	if got := apitoken(t, env, "list", "--ended"); strings.Count(got, "ended ") != 2 {
		t.Errorf("listed\n%s", got)
	}
	stored := harness.Stored(t, env["DATA_DIR"])
	harness.WantAbsent(t, "what was stored", stored, []string{strings.TrimSpace(first), strings.TrimSpace(second),
		strings.TrimSpace(other)})
}

func TestAPIToken_refusesWhatIsWrong(t *testing.T) {
	env := harness.NewEnvironment(t)
	harness.StartServe(t, env)
	apitoken(t, env, "create", "n8n", "--scopes", "changes")
	for name, tt := range map[string]struct {
		args string
		code int
		says string
	}{
		"a taken name":       {"create N8N --scopes changes", 1, "has this name already"},
		"no name":            {"create --scopes changes", 2, "usage:"},
		"an e-mail address":  {"create a@example.org --scopes changes", 1, "must not be an e-mail address"},
		"no scopes":          {"create x", 2, "--scopes: must not be empty"},
		"an unknown scope":   {"create x --scopes changes,people", 2, "--scopes: takes content:read, "},
		"no time":            {"create x --scopes changes --expires soon", 2, "--expires is a time"},
		"a time in the past": {"create x --scopes changes --expires 2020-01-01", 1, "in the future"},
		"an unknown name":    {"replace x", 1, "no such API token"},
		"nobody to revoke":   {"revoke", 2, "give a NAME, or --all"},
		"one and all":        {"revoke n8n --all", 2, "give a NAME, or --all"},
		"no verb":            {"", 2, "usage: namets apitoken list|create|replace|revoke"},
		"another verb":       {"delete", 2, `there is no command "apitoken delete"`},
	} {
		code, stdout, stderr := harness.Call(t, env, append([]string{"apitoken"}, strings.Fields(tt.args)...)...)
		if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: code %d, stdout %q, stderr %s", name, code, stdout, stderr)
		}
	}
}
