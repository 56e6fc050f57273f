package token_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"namets/internal/cli"
	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/token"
)

// secretOf returns the content of the environment's secret in Vault.
func secretOf(t *testing.T, vault *e2e.VaultServer, env harness.Environment) map[string]any {
	t.Helper()
	var got struct{ Data struct{ Data map[string]any } }
	vault.Do(t, "GET", strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1), nil, &got)
	return got.Data.Data
}

func TestTokenRotate_throughVault(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	env := vaultEnvironment(t, vault, "TOKEN_OVERLAP", "10m")
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	hangup := func() { _ = cmd.Process.Signal(syscall.SIGHUP) }

	wantSteps := func(env harness.Environment, code int, steps ...string) {
		t.Helper()
		got, stdout, stderr := harness.Call(t, env, "token", "check")
		if told, _, _ := strings.Cut(stderr, "namets: "); got != code || told != strings.Join(steps, "") {
			t.Errorf("check: code %d, %s%s; want %q", got, stdout, stderr, steps)
		}
	}
	answers, login, mount := "Vault answers at "+vault.Addr+".\n", "The login to it works.\n", "KV version 2 is "+
		"mounted at secret/.\n"
	wantSteps(env, 0, answers, login, mount)
	for path, steps := range map[string][]string{"secret/nothing": {answers, login, mount},
		"elsewhere/x": {answers, login}} {
		with := maps.Clone(env)
		with["VAULT_KV_PATH"] = path
		wantSteps(with, 1, steps...)
		with["VAULT_TOKEN"] = "s.nobody"
		wantSteps(with, 1, answers)
		with["VAULT_ADDR"] = "http://127.0.0.1:1"
		wantSteps(with, 1)
	}

	second, talk := harness.MustRotate(t, env)
	if got := secretOf(t, vault, env); got["N8N_API_TOKEN"] != second || got["other"] != "stays" ||
		!strings.Contains(talk, "is accepted until") {
		t.Errorf("the secret contains %v; %s", got, talk)
	}
	s.WantStatuses(t, "in the overlap", map[string]int{second: 200, harness.APIToken: 200})
	third, _ := harness.MustRotate(t, env, "--now")
	s.WantStatuses(t, "after --now", map[string]int{third: 200, second: 403, harness.APIToken: 403})
	if got := secretOf(t, vault, env); got["revoke_previous"] != true || got["other"] != "stays" {
		t.Errorf("after --now the secret contains %v", got)
	}
	fourth, _ := harness.MustRotate(t, env)
	s.WantStatuses(t, "after a rotation without --now", map[string]int{fourth: 200, third: 200, second: 403})
	if got := secretOf(t, vault, env); got["revoke_previous"] != nil {
		t.Errorf("without --now the secret contains %v", got)
	}

	vault.Do(t, "DELETE", strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1), nil, nil)
	if code, _, stderr := harness.Call(t, env, "token", "reload"); code != 1 ||
		!strings.Contains(stderr, "refuses every request") {
		t.Errorf("reload: code %d, %s", code, stderr)
	}
	s.Wait(t, s.Stderr, "token deleted at its source")
	s.WantStatuses(t, "after the secret was deleted", map[string]int{fourth: 403, third: 403})
	code, stdout, stderr := harness.Call(t, env, "token", "check")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "deleted") ||
		!strings.Contains(stderr, "refuses every request") {
		t.Errorf("check: code %d, %s", code, stderr)
	}
	harness.Eventually(t, 10*time.Second, "token status reports the deletion", func() bool {
		_, stdout, _ := harness.Call(t, env, "token", "status")
		return strings.Contains(stdout, "every request is refused")
	})
	fifth, talk := harness.MustRotate(t, env)
	s.WantStatuses(t, "after a new one was written", map[string]int{fifth: 200, fourth: 403})
	if !strings.Contains(talk, "There was nothing before") {
		t.Errorf("stderr does not say that the other keys are lost: %s", talk)
	}

	vault.Stop()
	hangup()
	s.Wait(t, s.Stderr, "the last good token stays in force")
	s.WantStatuses(t, "while Vault is down", map[string]int{fifth: 200})
	if a := s.Do(t, http.MethodGet, "/readyz"); a.Status != http.StatusOK {
		t.Errorf("/readyz has status %d while Vault is down", a.Status)
	}
	code, stdout, stderr = harness.Call(t, env, "token", "rotate")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "nothing was written") &&
		!strings.Contains(stderr, "refused") ||
		!strings.Contains(stderr, "to repeat this step alone: namets token rotate") {
		t.Errorf("rotate: code %d, stdout %q, %s", code, stdout, stderr)
	}
}

func TestServe_waitsForAVaultThatIsDown(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	env := vaultEnvironment(t, vault)
	vault.Stop()
	s := harness.StartServe(t, env)
	if a := s.Get(t, "/api/subscribers/"); a.Status != http.StatusServiceUnavailable ||
		a.Header.Get("Retry-After") != "5" {
		t.Errorf("%+v", a)
	}
	again := e2e.Vault(t, e2e.VaultOptions{Listen: strings.TrimPrefix(vault.Addr, "http://")})
	body := map[string]any{"data": map[string]any{"N8N_API_TOKEN": harness.APIToken}}
	again.Do(t, "PUT", strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1), body, nil)
	harness.Eventually(t, 30*time.Second, "it reads the token by itself", func() bool {
		return s.StatusWith(t, harness.APIToken) == http.StatusOK
	})
}

func TestServe_handlesASignalWhileAnEarlierReloadHangs(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	env := vaultEnvironment(t, vault, "TOKEN_RELOAD_INTERVAL", "1h")
	to, err := url.Parse(vault.Addr)
	if err != nil {
		t.Fatal(err)
	}
	var hangs atomic.Bool
	asked := make(chan struct{}, 100)
	through := httputil.NewSingleHostReverseProxy(to)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hangs.Load() {
			asked <- struct{}{}
			<-r.Context().Done()
			return
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	env["VAULT_ADDR"] = front.URL
	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	hangs.Store(true)
	_ = cmd.Process.Signal(syscall.SIGHUP)
	<-asked
	next := token.Generate().Reveal()
	body := map[string]any{"data": map[string]any{"N8N_API_TOKEN": next}}
	vault.Do(t, "PUT", strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1), body, nil)
	hangs.Store(false)
	_ = cmd.Process.Signal(syscall.SIGHUP)
	harness.Eventually(t, 5*time.Second, "it does not wait for the hanging call", func() bool {
		return s.StatusWith(t, next) == http.StatusOK
	})
	if strings.Contains(s.Stderr.String(), "source fails") {
		t.Errorf("the log contains the call that was canceled:\n%s", s.Stderr)
	}
}

func TestServe_exitsIfOnlyTheOperatorCanFixVault(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	for name, more := range map[string][]string{
		"403":                {"VAULT_TOKEN", "s.nobody"},
		"404":                {"VAULT_KV_PATH", "secret/nothing"},
		"has no key":         {"VAULT_KV_FIELD", "TOKEN"},
		"more than one":      {"VAULT_ROLE_ID", "x"},
		"VAULT_TOKEN: there": {"VAULT_TOKEN", ""},
	} {
		env := vaultEnvironment(t, vault, append([]string{"PORT", harness.TakenPort(t)}, more...)...)
		if path, ok := map[string]string{"404": "secret/nothing"}[name]; ok {
			env["VAULT_KV_PATH"] = path
		}
		code, _, stderr := harness.Call(t, env, "serve")
		if code != 2 || !strings.Contains(stderr, name) {
			t.Errorf("%v: code %d, want 2 and %q: %s", more, code, name, stderr)
		}
	}
}

// n8nArguments are the flags that name a credential of an n8n.
func n8nArguments(t *testing.T, url, key, credential string) []string {
	t.Helper()
	return []string{"--n8n-url", url, "--n8n-key-file", harness.WriteFile(t, key+"\n"), "--n8n-credential", credential}
}

// TestTokenPush_updatesTheCredentialOfARealN8N rotates the token of a workflow that calls a running
// namets.
func TestTokenPush_updatesTheCredentialOfARealN8N(t *testing.T) {
	n8n := e2e.N8N(t)
	env, file := fileEnvironment(t, harness.APIToken)
	harness.Import(t, env, harness.Fixture)
	s, _ := harness.StartBinary(t, harness.BuildBinary(t), env)
	n8n.ImportCredentials(t,
		fmt.Appendf(nil, `[{"id":"cred1","name":"NAMETS","type":"httpHeaderAuth",
			"data":{"name":"X-N8N-Token","value":%q}}]`, harness.APIToken))
	n8n.ImportWorkflows(t, fmt.Appendf(nil, `{"id":"wf1","name":"call","nodes":[
		{"id":"n1","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],
			"parameters":{}},
		{"id":"n2","name":"Call","type":"n8n-nodes-base.httpRequest","typeVersion":4.4,"position":[200,0],
			"parameters":{"url":%q,"authentication":"genericCredentialType","genericAuthType":"httpHeaderAuth",
				"options":{}},
			"credentials":{"httpHeaderAuth":{"id":"cred1","name":"NAMETS"}}}],
		"connections":{"Start":{"main":[[{"node":"Call","type":"main","index":0}]]}},"settings":{},
			"active":false}`, s.URL+"/api/subscribers/"))
	wantRun := func(when string, works bool) {
		t.Helper()
		if run := n8n.Execute(t, "wf1"); run.Failed == works || works && len(run.Items["Call"]) == 0 {
			t.Errorf("%s: failed %t, %d items\n%s", when, run.Failed, len(run.Items["Call"]), run.Output)
		}
	}
	to := n8nArguments(t, n8n.URL, n8n.APIKey, "NAMETS")

	next, talk := harness.MustRotate(t, env, to...)
	if !strings.Contains(talk, "n8n was refused for ") || !strings.Contains(talk, "was let in") ||
		strings.Contains(talk, next) {
		t.Errorf("stderr: %s", talk)
	}
	wantRun("after rotate with n8n", true)
	harness.MustRotate(t, env)
	wantRun("after rotate without n8n", false)
	for range 2 { // it may be repeated
		if code, stdout, stderr := harness.Call(t, env, append([]string{"token", "push"}, to...)...); code != 0 ||
			stdout != "" || !strings.Contains(stderr, "was let in") {
			t.Errorf("push: code %d, stdout %q, %s", code, stdout, stderr)
		}
	}
	wantRun("after push", true)

	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	harness.SwapFile(t, file, token.Generate().Reveal()) // not yet in force
	if code, _, stderr := harness.Call(t, env, append([]string{"token", "push"}, to...)...); code != 0 ||
		s.StatusWith(t, strings.TrimSpace(string(before))) != 403 {
		t.Errorf("push of a token that is not in force yet: code %d, %s", code, stderr)
	}
	wantRun("after a push that brought the token into force", true)

	before, err = os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for why, args := range map[string][]string{
		`named "nobody"`:     n8nArguments(t, n8n.URL, n8n.APIKey, "nobody"),
		"401":                n8nArguments(t, n8n.URL, "not-a-key", "NAMETS"),
		"connection refused": n8nArguments(t, "http://127.0.0.1:1", n8n.APIKey, "NAMETS"),
	} {
		code, stdout, stderr := harness.Call(t, env, append([]string{"token", "rotate"}, args...)...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, why) ||
			!strings.Contains(stderr, "nothing was changed") {
			t.Errorf("%s: code %d, stdout %q, %s", why, code, stdout, stderr)
		}
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Error("the token was rotated although n8n cannot receive it")
	}
}

// brokenN8N has one credential, rejects its change, and echoes the request.
func brokenN8N(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"data":[{"id":"1","name":"NAMETS","type":"httpHeaderAuth"}],"nextCursor":null}`)
			return
		}
		var sent json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&sent)
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, `{"message":%q,"key":%q}`, sent, r.Header.Get("X-N8N-API-KEY"))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestTokenRotate_saysHowToRepeatTheStepOfN8N(t *testing.T) {
	env, file := fileEnvironment(t, harness.APIToken)
	args := n8nArguments(t, brokenN8N(t).URL, "a-key", "NAMETS")
	code, stdout, stderr := harness.Call(t, env, append([]string{"token", "rotate"}, args...)...)
	content, _ := os.ReadFile(file)
	push := "namets token push " + strings.Join(args, " ")
	want := "to repeat this step alone: " + push
	if code != 1 || string(content) != stdout || !strings.Contains(stderr, want) ||
		strings.Contains(stderr, strings.TrimSpace(stdout)) {
		t.Errorf("code %d, stdout %q, file %q, stderr does not say %q:\n%s", code, stdout, content, want, stderr)
	}

	env["N8N_API_TOKEN_FILE"] = file + ".missing"
	code, stdout, stderr = harness.Call(t, env, append([]string{"token", "rotate"}, args...)...)
	if code != 1 || stdout != "" || !strings.Contains(stderr, "to repeat this step alone: namets token rotate\n") ||
		!strings.Contains(stderr, push) {
		t.Errorf("without the file: code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
	code, _, stderr = harness.Call(t, env, append([]string{"token", "push"}, args...)...)
	if code != 1 || !strings.Contains(stderr, "no such file") || !strings.Contains(stderr, want) {
		t.Errorf("push without the file: code %d, stderr %s", code, stderr)
	}
	env = harness.NewEnvironment(t)
	if _, _, stderr := harness.Call(t, env, append([]string{"token", "rotate"}, args...)...); !strings.Contains(stderr,
		"then put it into n8n: "+push) {
		t.Errorf("with the token in the environment: %s", stderr)
	}
}

func TestTokenRotate_warnsIfN8NDoesNotUseTheNewToken(t *testing.T) {
	env, _ := fileEnvironment(t, harness.APIToken)
	s, _ := harness.StartBinary(t, harness.BuildBinary(t), env)
	code, stdout, stderr := harness.Call(t, env,
		append([]string{"token", "rotate"}, n8nArguments(t, brokenN8N(t).URL, "a-key", "NAMETS")...)...)
	if code != 1 || s.StatusWith(t, strings.TrimSpace(stdout)) != 200 ||
		!strings.Contains(stderr, "has been refused since") || strings.Contains(stderr, "n8n was refused for") {
		t.Errorf("code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
}

// patientN8N has one credential and accepts its new content.
func patientN8N(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"data":[{"id":"1","name":"NAMETS","type":"httpHeaderAuth"}],"nextCursor":null}`)
			return
		}
		fmt.Fprint(w, `{"id":"1","name":"NAMETS","type":"httpHeaderAuth"}`)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestTokenRotate_skipsTheN8NCheckIfNobodyServes(t *testing.T) {
	env, _ := fileEnvironment(t, harness.APIToken)
	args := n8nArguments(t, patientN8N(t).URL, "a-key", "NAMETS")
	if _, talk := harness.MustRotate(t, env, args...); !strings.Contains(talk, "holds the token") ||
		!strings.Contains(talk, "could not be tried") {
		t.Errorf("stderr: %s", talk)
	}
	env["PUBLIC_URL"] = "http://127.0.0.1:1"
	code, _, stderr := harness.Call(t, env, append([]string{"token", "push"}, args...)...)
	if code != 1 || !strings.Contains(stderr, "nobody answers at http://127.0.0.1:1") ||
		!strings.Contains(stderr, "to repeat this step alone: namets token push") {
		t.Errorf("with an address: code %d, %s", code, stderr)
	}
}

// full is a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestTokenRotate_activatesATokenThatItCouldNotPrint(t *testing.T) {
	env, file := fileEnvironment(t, harness.APIToken)
	s, _ := harness.StartBinary(t, harness.BuildBinary(t), env)
	var stderr strings.Builder
	err := cli.Run(t.Context(), []string{"token", "rotate"}, env.Getenv, full{}, &stderr)
	content, _ := os.ReadFile(file)
	if err == nil || !strings.Contains(err.Error(), "no space left") ||
		s.StatusWith(t, strings.TrimSpace(string(content))) != 200 {
		t.Errorf("%v\n%s", err, stderr.String())
	}
}
