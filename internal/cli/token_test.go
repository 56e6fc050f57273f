package cli

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/datadir"
	"namets/internal/secret"
	"namets/internal/token"
)

func TestTokenGenerate_printsATokenThatTheRulesAccept(t *testing.T) {
	code, stdout, stderr := call(t, nil, "token", "generate")
	if err := token.Validate(stdout); code != 0 || stderr != "" || err != nil || strings.Count(stdout, "\n") != 1 {
		t.Errorf("code %d, %v, stderr %q", code, err, stderr)
	}
}

func TestToken_helpsWithEachOfItsCommands(t *testing.T) {
	_, all, _ := call(t, nil, "token", "--help")
	for _, c := range tokenCommands() {
		code, stdout, stderr := call(t, nil, "token", c.name, "--help")
		if code != 0 || !strings.HasPrefix(stdout, "Usage: namets token "+c.name) || stderr != "" {
			t.Errorf("token %s --help: code %d, stdout %q, stderr %q", c.name, code, stdout, stderr)
		}
		if !strings.Contains(all, c.summary) {
			t.Errorf("token --help does not tell about %s", c.name)
		}
	}
}

// fileEnvironment is a test's environment with the token in a file.
func fileEnvironment(t *testing.T, content string, more ...string) (env environment, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
	env = testEnvironment(t, append([]string{"N8N_API_TOKEN_FILE", file}, more...)...)
	delete(env, "N8N_API_TOKEN")
	return env, file
}

func TestTokenCheck_saysWhatWorksAndWhatDoesNot(t *testing.T) {
	fingerprint := secret.New(testToken).Fingerprint()
	good, _ := fileEnvironment(t, testToken)
	bad, _ := fileEnvironment(t, "changeme")
	missing, file := fileEnvironment(t, testToken)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	down := environment{"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "s.x", "DATA_DIR": t.TempDir()}
	for _, tt := range []struct {
		name string
		env  environment
		code int
		says []string
	}{
		{"environment", testEnvironment(t), 0, []string{"N8N_API_TOKEN delivers a token", fingerprint,
			"No namets serves"}},
		{"file", good, 0, []string{good["N8N_API_TOKEN_FILE"] + " delivers a token", fingerprint, "version 20"}},
		{"bad value", bad, 1, []string{"placeholder", "ends with code 2"}},
		{"no file", missing, 1, []string{"no such file", "answers 503"}},
		{"Vault is down", down, 1, []string{"secret/namets", "refused", "answers 503"}},
		{"no login", environment{"VAULT_ADDR": "http://127.0.0.1:1"}, 2, []string{"no login to Vault"}},
		{"nothing", environment{}, 2, []string{"namets token generate"}},
	} {
		code, stdout, stderr := call(t, tt.env, "token", "check")
		if code != tt.code {
			t.Errorf("%s: code %d, want %d\n%s%s", tt.name, code, tt.code, stdout, stderr)
		}
		for _, says := range tt.says {
			if !strings.Contains(stdout+stderr, says) {
				t.Errorf("%s: it does not say %q:\n%s%s", tt.name, says, stdout, stderr)
			}
		}
		if (code == 0) != (stdout != "") {
			t.Errorf("%s: stdout %q", tt.name, stdout)
		}
		wantAbsent(t, tt.name, stdout+stderr, []string{testToken})
	}
}

func TestTokenCheck_comparesWithTheServingNamets(t *testing.T) {
	env, file := fileEnvironment(t, testToken)
	startServe(t, env)
	if code, stdout, stderr := call(t, env, "token", "check"); code != 0 ||
		!strings.Contains(stdout, "has it in force since") {
		t.Errorf("code %d: %s%s", code, stdout, stderr)
	}
	swapFile(t, file, token.Generate().Reveal())
	code, stdout, _ := call(t, env, "token", "check")
	if code != 0 || !strings.Contains(stdout, "has another one in force: fingerprint "+
		secret.New(testToken).Fingerprint()) ||
		!strings.Contains(stdout, "namets token reload") {
		t.Errorf("code %d: %s", code, stdout)
	}
}

func TestTokenStatus_tellsWhatTheServingNametsKnows(t *testing.T) {
	env, _ := fileEnvironment(t, testToken, "TOKEN_RELOAD_INTERVAL", "1h")
	if code, _, stderr := call(t, env, "token", "status"); code != 1 || !strings.Contains(stderr, "no database") {
		t.Errorf("without a database: code %d, %s", code, stderr)
	}
	if code, _, stderr := call(t, env, "import", fixture); code != 0 {
		t.Fatal(stderr)
	}
	if code, _, stderr := call(t, env, "token", "status"); code != 1 ||
		!strings.Contains(stderr, "no namets has served") {
		t.Errorf("before the first serve: code %d, %s", code, stderr)
	}
	s := startServe(t, env)
	s.get(t, "/api/subscribers/")
	s.do(t, http.MethodGet, "/api/subscribers/")
	report := func() (r tokenReport) {
		t.Helper()
		code, stdout, stderr := call(t, env, "token", "status", "--json")
		if err := json.Unmarshal([]byte(stdout), &r); code != 0 || err != nil {
			t.Fatalf("code %d, %v: %s%s", code, err, stdout, stderr)
		}
		return r
	}
	r := report()
	if r.Serving == nil || r.Serving.PID != os.Getpid() || "http://"+r.Serving.Address != s.url {
		t.Errorf("serving: %+v", r.Serving)
	}
	if r.Age == nil || *r.Age < 0 || *r.Age > 60 {
		t.Errorf("age %v", r.Age)
	}
	if want := secret.New(testToken).Fingerprint(); r.Source != "file" || r.State != token.OK ||
		r.Fingerprint != want || len(r.Generations) != 1 {
		t.Errorf("status: %+v", r.Status)
	}
	if _, stdout, _ := call(t, env, "token", "status"); !strings.Contains(stdout, "process "+
		strconv.Itoa(os.Getpid())) {
		t.Errorf("while it serves:\n%s", stdout)
	}
	if _, err := s.end(t); err != nil {
		t.Fatal(err)
	}
	r = report()
	if r.Serving != nil || r.Generations[0].Requests != 1 || r.Refused.None != 1 || r.NextReload.IsZero() {
		t.Errorf("after the end: %+v", r)
	}
	code, stdout, stderr := call(t, env, "token", "status")
	for _, says := range []string{"nobody", "file, works", r.Fingerprint, "none: no other", "1 without a token",
		"current", "127.0.0.1 Go-http-client/1.1"} {
		if code != 0 || !strings.Contains(stdout, says) {
			t.Errorf("code %d: it does not say %q:\n%s%s", code, says, stdout, stderr)
		}
	}
}

func TestTokenRotate_tellsWhoHasTheTokenInTheEnvironmentWhatToDo(t *testing.T) {
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
		code, stdout, stderr := call(t, testEnvironment(t, tt.more...), "token", "rotate")
		next := strings.TrimSpace(stdout)
		if code != 1 || token.Validate(next) != nil || stdout != next+"\n" || strings.Contains(stderr, next) ||
			strings.Contains(stderr, tt.not) {
			t.Errorf("%s: code %d, stdout %q, stderr %q", tt.name, code, stdout, stderr)
		}
		for _, says := range append(tt.says, "namets token push") {
			if !strings.Contains(stderr, says) {
				t.Errorf("%s: it does not say %q:\n%s", tt.name, says, stderr)
			}
		}
	}
}

func TestTokenRotate_putsANewTokenIntoTheFileAlsoWhenNobodyServes(t *testing.T) {
	env, file := fileEnvironment(t, testToken)
	for _, args := range [][]string{{"token", "rotate"}, {"token", "rotate", "--now"}} {
		code, stdout, stderr := call(t, env, args...)
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
		t.Error("it has made DATA_DIR")
	}
}

func TestTokenRotate_changesNothingWhereItCannotAndSaysHowToRepeat(t *testing.T) {
	env, file := fileEnvironment(t, testToken)
	link := file + ".link"
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	env["N8N_API_TOKEN_FILE"] = link
	code, stdout, stderr := call(t, env, "token", "rotate", "--now")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "nothing was changed") ||
		!strings.Contains(stderr, "namets token rotate --now") {
		t.Errorf("code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
	if content, _ := os.ReadFile(file); string(content) != testToken {
		t.Errorf("the file holds %q", content)
	}
	for _, args := range [][]string{{"--n8n-url", "http://127.0.0.1:1"},
		{"--n8n-url", "x", "--n8n-key-file", file, "--n8n-credential", "NAMETS"}} {
		if code, _, stderr := call(t, env, append([]string{"token", "rotate"}, args...)...); code != 2 {
			t.Errorf("%v: code %d, stderr %s", args, code, stderr)
		}
	}
}

// TestTokenRotate_bringsATokenIntoForce lets a serving process take what the command writes into
// its file.
func TestTokenRotate_bringsATokenIntoForce(t *testing.T) {
	binary := buildBinary(t)
	rotate := func(t *testing.T, env environment, args ...string) (next, talk string) {
		t.Helper()
		code, stdout, stderr := call(t, env, append([]string{"token", "rotate"}, args...)...)
		if code != 0 || !strings.Contains(stderr, "It is in force at process") {
			t.Fatalf("code %d, stdout %q, stderr %s", code, stdout, stderr)
		}
		return strings.TrimSpace(stdout), stderr
	}
	t.Run("strict", func(t *testing.T) {
		env, _ := fileEnvironment(t, testToken)
		s, _ := startBinary(t, binary, env)
		next, talk := rotate(t, env)
		if s.statusWith(t, next) != 200 || s.statusWith(t, testToken) != 403 ||
			!strings.Contains(talk, "has been refused since") {
			t.Errorf("the new one: %d, the old one: %d; %s", s.statusWith(t, next), s.statusWith(t, testToken), talk)
		}
	})
	t.Run("overlap", func(t *testing.T) {
		env, _ := fileEnvironment(t, testToken, "TOKEN_OVERLAP", "10m")
		s, cmd := startBinary(t, binary, env)
		next, talk := rotate(t, env)
		if s.statusWith(t, next) != 200 || s.statusWith(t, testToken) != 200 ||
			!strings.Contains(talk, "is accepted until") {
			t.Errorf("the new one: %d, the old one: %d; %s", s.statusWith(t, next), s.statusWith(t, testToken), talk)
		}
		third, _ := rotate(t, env, "--now")
		for secret, want := range map[string]int{third: 200, next: 403, testToken: 403} {
			if got := s.statusWith(t, secret); got != want {
				t.Errorf("after --now: %d, want %d", got, want)
			}
		}
		fourth, _ := rotate(t, env)
		if s.statusWith(t, third) != 200 || s.statusWith(t, fourth) != 200 {
			t.Error("after a rotation without --now there is no overlap")
		}
		s.stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM) }
		if _, err := s.end(t); err != nil {
			t.Fatal(err)
		}
		// Rotate says who, rotated what is in force
		want := "loaded rotated rotate revoke_previous rotated rotate rotated rotate"
		if got := strings.Join(auditActions(t, env["DATA_DIR"]), " "); got != want {
			t.Errorf("audit: %s, want %s", got, want)
		}
	})
}

func TestTokenReload_bringsWhatSomebodyElseWroteIntoForce(t *testing.T) {
	env, file := fileEnvironment(t, testToken)
	if code, _, stderr := call(t, env, "token", "reload"); code != 0 || !strings.Contains(stderr, "nothing to reload") {
		t.Errorf("nobody serves: code %d, %s", code, stderr)
	}
	s, _ := startBinary(t, buildBinary(t), env)
	next := token.Generate()
	swapFile(t, file, next.Reveal())
	code, stdout, stderr := call(t, env, "token", "reload")
	if code != 0 || stdout != "" || !strings.Contains(stderr, "The token "+next.Fingerprint()+" is in force") ||
		s.statusWith(t, next.Reveal()) != 200 {
		t.Errorf("code %d, stdout %q, %s", code, stdout, stderr)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = call(t, env, "token", "reload")
	if code != 1 || !strings.Contains(stderr, "no such file") ||
		!strings.Contains(stderr, "keeps the last good token") {
		t.Errorf("without its file: code %d, %s", code, stderr)
	}
	s.wait(t, s.stderr, "the last good token stays in force")
}

func TestInstance_isNotSignalledFromAnotherContainer(t *testing.T) {
	env, file := fileEnvironment(t, testToken)
	startServe(t, env) // the same process, as process 1 of two containers seems to be
	code, stdout, stderr := call(t, env, "token", "rotate")
	content, _ := os.ReadFile(file)
	if code != 0 || string(content) != stdout || !strings.Contains(stderr, "another container") {
		t.Errorf("code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
}

func TestInstance_signalsNoStrangerWhoHasItsNumber(t *testing.T) {
	if datadir.Namespace() == "" {
		t.Skip("this system does not tell in which space its process ids count")
	}
	stranger := exec.Command("sleep", "60")
	if err := stranger.Start(); err != nil {
		t.Skip("no sleep here: ", err)
	}
	i := instance{Holder: datadir.Holder{PID: stranger.Process.Pid, Namespace: "pid:[1]"}}
	if err := i.hangUp(); !errors.Is(err, errElsewhere) {
		t.Errorf("error %v, want %v", err, errElsewhere)
	}
	_ = stranger.Process.Kill()
	_ = stranger.Wait()
	if status, ok := stranger.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Errorf("the stranger ended with %v, want the test's own signal", stranger.ProcessState)
	}
}

func TestInstance_signalsNobodyWhileItsNumberIsNotKnown(t *testing.T) {
	var i instance
	if err := i.hangUp(); err == nil || !strings.Contains(err.Error(), "try again") {
		t.Errorf("error %v, want one that says to try again", err)
	}
}

func TestInstance_saysWhatKeepsATokenOutOfForce(t *testing.T) {
	i := instance{}
	i.PID = 12
	for _, tt := range []struct {
		status token.Status
		says   string
	}{
		{token.Status{LastError: "read token file /t: permission denied"}, "permission denied"},
		{token.Status{Fingerprint: "9f8e7d6c"}, "another one, 9f8e7d6c"},
	} {
		err := i.notInForce(tt.status, "1a2b3c4d")
		for _, says := range []string{"process 12", "1a2b3c4d", tt.says} {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%v does not say %q", err, says)
			}
		}
	}
}

func TestInstance_isAskedOnThisMachine(t *testing.T) {
	for address, want := range map[string]string{
		"[::]:8080": "http://localhost:8080", "0.0.0.0:80": "http://localhost:80", "127.0.0.1:9": "http://127.0.0.1:9",
		"[::1]:9": "http://[::1]:9", "": "",
	} {
		i := instance{}
		i.Address = address
		if got := i.url(); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestShellQuote_makesOneWord(t *testing.T) {
	for s, want := range map[string]string{"https://a.example/b": "https://a.example/b", "": "''", "my n8n": "'my n8n'",
		"it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := shellQuote(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestTokenReport_tellsPeopleWhatMatters(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	r := tokenReport{Serving: &datadir.Holder{PID: 12, Address: "[::]:8080"}, Saved: now.Add(-3 * time.Second),
		Status: token.Status{
			Source: "vault", State: token.Degraded, Fingerprint: "1a2b3c4d", Version: "3",
			Since:       now.Add(-2 * time.Hour),
			LastSuccess: now.Add(-time.Minute), LastAttempt: now.Add(-10 * time.Second), LastError: "vault is sealed",
			NextReload: now.Add(50 * time.Second), OverlapEnd: now.Add(8 * time.Minute),
		}}
	var out strings.Builder
	if err := r.print(&out, now); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"process 12 on [::]:8080, as of 2026-03-01T09:29:57Z (3s ago)",
		"vault, fails: the last good token stays in force",
		"1a2b3c4d, version 3, in force since 2026-03-01T07:30:00Z (2h0m0s ago)",
		"2026-03-01T09:29:50Z (10s ago): vault is sealed",
		"2026-03-01T09:30:50Z (in 50s)",
		"the token before is accepted until 2026-03-01T09:38:00Z (in 8m0s)",
	} {
		if !strings.Contains(out.String(), "  "+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
}

func TestStateText_tellsEachState(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range []token.State{token.Unknown, token.OK, token.Degraded, token.Revoked} {
		seen[stateText(s)] = true
	}
	if len(seen) != 4 {
		t.Errorf("%v", seen)
	}
}
