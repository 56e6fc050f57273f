package token_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"namets/internal/datadir"
	"namets/internal/e2e/harness"
	"namets/internal/secret"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
)

func TestTokenGenerate_printsATokenThatTheRulesAccept(t *testing.T) {
	code, stdout, stderr := harness.Call(t, nil, "token", "generate")
	if err := token.Validate(stdout); code != 0 || stderr != "" || err != nil || strings.Count(stdout, "\n") != 1 {
		t.Errorf("code %d, %v, stderr %q", code, err, stderr)
	}
}

// fileEnvironment is a test's environment with the token in a file.
func fileEnvironment(t *testing.T, content string, more ...string) (env harness.Environment, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
	env = harness.NewEnvironment(t, append([]string{"N8N_API_TOKEN_FILE", file}, more...)...)
	delete(env, "N8N_API_TOKEN")
	return env, file
}

func TestTokenCheck_saysWhatWorksAndWhatDoesNot(t *testing.T) {
	fingerprint := secret.New(harness.APIToken).Fingerprint()
	good, _ := fileEnvironment(t, harness.APIToken)
	bad, _ := fileEnvironment(t, "changeme")
	missing, file := fileEnvironment(t, harness.APIToken)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	down := harness.Environment{"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "s.x", "DATA_DIR": t.TempDir()}
	for _, tt := range []struct {
		name string
		env  harness.Environment
		code int
		says []string
	}{
		{"environment", harness.NewEnvironment(t), 0, []string{"N8N_API_TOKEN delivers a token", fingerprint,
			"No namets serves"}},
		{"file", good, 0, []string{good["N8N_API_TOKEN_FILE"] + " delivers a token", fingerprint, "version 20"}},
		{"bad value", bad, 1, []string{"placeholder", "ends with code 2"}},
		{"no file", missing, 1, []string{"no such file", "answers 503"}},
		{"Vault is down", down, 1, []string{"secret/namets", "refused", "answers 503"}},
		{"no login", harness.Environment{"VAULT_ADDR": "http://127.0.0.1:1"}, 2, []string{"no login to Vault"}},
		{"nothing", harness.Environment{}, 2, []string{"namets token generate"}},
	} {
		code, stdout, stderr := harness.Call(t, tt.env, "token", "check")
		if code != tt.code {
			t.Errorf("%s: code %d, want %d\n%s%s", tt.name, code, tt.code, stdout, stderr)
		}
		for _, says := range tt.says {
			if !strings.Contains(stdout+stderr, says) {
				t.Errorf("%s: %q is missing in\n%s%s", tt.name, says, stdout, stderr)
			}
		}
		if (code == 0) != (stdout != "") {
			t.Errorf("%s: stdout %q", tt.name, stdout)
		}
		harness.WantAbsent(t, tt.name, stdout+stderr, []string{harness.APIToken})
	}
}

func TestTokenCheck_comparesWithTheServingNamets(t *testing.T) {
	env, file := fileEnvironment(t, harness.APIToken)
	harness.StartServe(t, env)
	if code, stdout, stderr := harness.Call(t, env, "token", "check"); code != 0 ||
		!strings.Contains(stdout, "has it in force since") {
		t.Errorf("code %d: %s%s", code, stdout, stderr)
	}
	harness.SwapFile(t, file, token.Generate().Reveal())
	code, stdout, _ := harness.Call(t, env, "token", "check")
	if code != 0 || !strings.Contains(stdout, "has another one in force: fingerprint "+
		secret.New(harness.APIToken).Fingerprint()) ||
		!strings.Contains(stdout, "namets token reload") {
		t.Errorf("code %d: %s", code, stdout)
	}
}

func TestTokenStatus_reportsTheStateOfTheServingNamets(t *testing.T) {
	env, _ := fileEnvironment(t, harness.APIToken, "TOKEN_RELOAD_INTERVAL", "1h")
	if code, _, stderr := harness.Call(t, env, "token", "status"); code != 1 || !strings.Contains(stderr,
		"no database") {
		t.Errorf("without a database: code %d, %s", code, stderr)
	}
	harness.Import(t, env, harness.Fixture)
	if code, _, stderr := harness.Call(t, env, "token", "status"); code != 1 ||
		!strings.Contains(stderr, "no namets has served") {
		t.Errorf("before the first serve: code %d, %s", code, stderr)
	}
	s := harness.StartServe(t, env)
	s.Get(t, "/api/subscribers/")
	s.Do(t, http.MethodGet, "/api/subscribers/")
	type printed struct {
		Serving *datadir.Holder `json:"serving"`
		Age     *int64          `json:"age_seconds"`
		token.Status
	}
	report := func() (r printed) {
		t.Helper()
		code, stdout, stderr := harness.Call(t, env, "token", "status", "--json")
		if err := json.Unmarshal([]byte(stdout), &r); code != 0 || err != nil {
			t.Fatalf("code %d, %v: %s%s", code, err, stdout, stderr)
		}
		return r
	}
	r := report()
	if r.Serving == nil || r.Serving.PID != os.Getpid() || "http://"+r.Serving.Address != s.URL {
		t.Errorf("serving: %+v", r.Serving)
	}
	if r.Age == nil || *r.Age < 0 || *r.Age > 60 {
		t.Errorf("age %v", r.Age)
	}
	if want := secret.New(harness.APIToken).Fingerprint(); r.Source != "file" || r.State != token.OK ||
		r.Fingerprint != want || len(r.Generations) != 1 {
		t.Errorf("status: %+v", r.Status)
	}
	if _, stdout, _ := harness.Call(t, env, "token", "status"); !strings.Contains(stdout, "process "+
		strconv.Itoa(os.Getpid())) {
		t.Errorf("while it serves:\n%s", stdout)
	}
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	r = report()
	if r.Serving != nil || r.Generations[0].Requests != 1 || r.Refused.None != 1 || r.NextReload.IsZero() {
		t.Errorf("after the end: %+v", r)
	}
	code, stdout, stderr := harness.Call(t, env, "token", "status")
	for _, says := range []string{"nobody", "file, works", r.Fingerprint, "none: no other", "1 without a token",
		"current", "127.0.0.1 Go-http-client/1.1"} {
		if code != 0 || !strings.Contains(stdout, says) {
			t.Errorf("code %d: %q is missing in\n%s%s", code, says, stdout, stderr)
		}
	}
}

func TestTokenRotate_explainsTheRotationOfATokenInTheEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name string
		more []string
		says []string
		not  string
	}{
		{"anywhere", nil, []string{"fly secrets set N8N_API_TOKEN=TOKEN --app APP", "Render: ", "restart it"},
			"\x00"},
		{"Fly", []string{"FLY_APP_NAME", "my-app"}, []string{"fly secrets set N8N_API_TOKEN=TOKEN --app my-app"},
			"Render"},
		{"Render", []string{"RENDER", "true"}, []string{"Dashboard"}, "fly secrets"},
	} {
		code, stdout, stderr := harness.Call(t, harness.NewEnvironment(t, tt.more...), "token", "rotate")
		next := strings.TrimSpace(stdout)
		if code != 1 || token.Validate(next) != nil || stdout != next+"\n" || strings.Contains(stderr, next) ||
			strings.Contains(stderr, tt.not) {
			t.Errorf("%s: code %d, stdout %q, stderr %q", tt.name, code, stdout, stderr)
		}
		for _, says := range append(tt.says, "namets token push") {
			if !strings.Contains(stderr, says) {
				t.Errorf("%s: %q is missing in\n%s", tt.name, says, stderr)
			}
		}
	}
}

func TestTokenRotate_writesTheFileEvenIfNobodyServes(t *testing.T) {
	env, file := fileEnvironment(t, harness.APIToken)
	for _, args := range [][]string{{"token", "rotate"}, {"token", "rotate", "--now"}} {
		code, stdout, stderr := harness.Call(t, env, args...)
		content, err := os.ReadFile(file)
		if code != 0 || err != nil || string(content) != stdout || token.Validate(stdout) != nil {
			t.Errorf("%v: code %d, %v: stdout %q, file %q", args, code, err, stdout, content)
		}
		if !strings.Contains(stderr, "No namets serves DATA_DIR") ||
			strings.Contains(stderr, strings.TrimSpace(stdout)) {
			t.Errorf("%v: stderr %s", args, stderr)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(env["DATA_DIR"]); err == nil {
		t.Error("it created DATA_DIR")
	}
}

func TestTokenRotate_changesNothingOnAnError(t *testing.T) {
	env, file := fileEnvironment(t, harness.APIToken)
	link := file + ".link"
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	env["N8N_API_TOKEN_FILE"] = link
	code, stdout, stderr := harness.Call(t, env, "token", "rotate", "--now")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "nothing was changed") ||
		!strings.Contains(stderr, "namets token rotate --now") {
		t.Errorf("code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
	if content, _ := os.ReadFile(file); string(content) != harness.APIToken {
		t.Errorf("the file contains %q", content)
	}
	for _, args := range [][]string{{"--n8n-url", "http://127.0.0.1:1"},
		{"--n8n-url", "x", "--n8n-key-file", file, "--n8n-credential", "NAMETS"}} {
		if code, _, stderr := harness.Call(t, env, append([]string{"token", "rotate"}, args...)...); code != 2 {
			t.Errorf("%v: code %d, stderr %s", args, code, stderr)
		}
	}
}

// TestTokenRotate_activatesATokenInAFile runs the command on the file of a serving process.
func TestTokenRotate_activatesATokenInAFile(t *testing.T) {
	binary := harness.BuildBinary(t)
	rotate := func(t *testing.T, env harness.Environment, args ...string) (next, talk string) {
		t.Helper()
		code, stdout, stderr := harness.Call(t, env, append([]string{"token", "rotate"}, args...)...)
		if code != 0 || !strings.Contains(stderr, "It is in force at process") {
			t.Fatalf("code %d, stdout %q, stderr %s", code, stdout, stderr)
		}
		return strings.TrimSpace(stdout), stderr
	}
	t.Run("strict", func(t *testing.T) {
		env, _ := fileEnvironment(t, harness.APIToken)
		s, _ := harness.StartBinary(t, binary, env)
		next, talk := rotate(t, env)
		if s.StatusWith(t, next) != 200 || s.StatusWith(t, harness.APIToken) != 403 ||
			!strings.Contains(talk, "has been refused since") {
			t.Errorf("new token: %d, old token: %d; %s", s.StatusWith(t, next), s.StatusWith(t, harness.APIToken),
				talk)
		}
	})
	t.Run("overlap", func(t *testing.T) {
		env, _ := fileEnvironment(t, harness.APIToken, "TOKEN_OVERLAP", "10m")
		s, cmd := harness.StartBinary(t, binary, env)
		next, talk := rotate(t, env)
		if s.StatusWith(t, next) != 200 || s.StatusWith(t, harness.APIToken) != 200 ||
			!strings.Contains(talk, "is accepted until") {
			t.Errorf("new token: %d, old token: %d; %s", s.StatusWith(t, next), s.StatusWith(t, harness.APIToken),
				talk)
		}
		third, _ := rotate(t, env, "--now")
		for secret, want := range map[string]int{third: 200, next: 403, harness.APIToken: 403} {
			if got := s.StatusWith(t, secret); got != want {
				t.Errorf("after --now: %d, want %d", got, want)
			}
		}
		fourth, _ := rotate(t, env)
		if s.StatusWith(t, third) != 200 || s.StatusWith(t, fourth) != 200 {
			t.Error("no overlap after a rotation without --now")
		}
		s.Stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM) }
		if _, err := s.End(t); err != nil {
			t.Fatal(err)
		}
		// Rotate says who, rotated the token in force
		want := "loaded rotated rotate revoke_previous rotated rotate rotated rotate"
		if got := strings.Join(sqlitetest.TokenActions(t, env["DATA_DIR"]), " "); got != want {
			t.Errorf("audit: %s, want %s", got, want)
		}
	})
}

func TestTokenReload_activatesATokenThatSomebodyElseWrote(t *testing.T) {
	env, file := fileEnvironment(t, harness.APIToken)
	if code, _, stderr := harness.Call(t, env, "token", "reload"); code != 0 || !strings.Contains(stderr,
		"nothing to reload") {
		t.Errorf("without a serve: code %d, %s", code, stderr)
	}
	s, _ := harness.StartBinary(t, harness.BuildBinary(t), env)
	next := token.Generate()
	harness.SwapFile(t, file, next.Reveal())
	code, stdout, stderr := harness.Call(t, env, "token", "reload")
	if code != 0 || stdout != "" || !strings.Contains(stderr, "The token "+next.Fingerprint()+" is in force") ||
		s.StatusWith(t, next.Reveal()) != 200 {
		t.Errorf("code %d, stdout %q, %s", code, stdout, stderr)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = harness.Call(t, env, "token", "reload")
	if code != 1 || !strings.Contains(stderr, "no such file") ||
		!strings.Contains(stderr, "keeps the last good token") {
		t.Errorf("without its file: code %d, %s", code, stderr)
	}
	s.Wait(t, s.Stderr, "the last good token stays in force")
}

func TestInstance_isNotSignalledFromAnotherContainer(t *testing.T) {
	env, file := fileEnvironment(t, harness.APIToken)
	harness.StartServe(t, env) // the same process id, as in two containers
	code, stdout, stderr := harness.Call(t, env, "token", "rotate")
	content, _ := os.ReadFile(file)
	if code != 0 || string(content) != stdout || !strings.Contains(stderr, "another container") {
		t.Errorf("code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
}
