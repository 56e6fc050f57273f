package token_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/secret"
)

// TestSecrets_ofTheTokenStayInside runs everything that handles the token, with success and with
// failure, with known secrets, and then looks for them in everything that was printed, measured and
// stored. The exceptions: "token rotate", "apitoken create" and "apitoken replace" print the new
// token on standard output.
func TestSecrets_ofTheTokenStayInside(t *testing.T) {
	const key, signing = "n8n_api_81c5e0d2a7f94b36", "whsec_b25seS1mb3ItYS10ZXN0LW9mLW5hbWV0cw=="
	server := e2e.Vault(t, e2e.VaultOptions{})
	address := "127.0.0.1:" + harness.FreePort(t)
	env := vaultEnvironment(t, server, "LOG_LEVEL", "debug", "LOG_FORMAT", "text", "TOKEN_OVERLAP", "10m",
		"METRICS_ADDR", address)
	delete(env, "VAULT_TOKEN")
	secrets := []string{harness.APIToken, server.RootToken, key, signing, strings.TrimPrefix(signing, "whsec_")}
	path := strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1)
	put := func(value string) {
		t.Helper()
		server.Do(t, "PUT", path,
			map[string]any{"data": map[string]any{"N8N_API_TOKEN": value, "WEBHOOK_SECRET": signing}}, nil)
	}
	put(harness.APIToken)
	roleID, secretID := appRole(t, server, path)
	secrets = append(secrets, roleID, secretID)
	env["VAULT_ROLE_ID"], env["VAULT_SECRET_ID_FILE"] = roleID, harness.WriteFile(t, secretID+"\n")

	var printed strings.Builder // by commands
	run := func(env harness.Environment, wantCode int, args ...string) {
		t.Helper()
		code, stdout, stderr := harness.Call(t, env, append([]string{"token"}, args...)...)
		if code != wantCode {
			t.Errorf("%v: code %d, want %d\n%s%s", args, code, wantCode, stdout, stderr)
		}
		if args[0] == "rotate" && stdout != "" {
			secrets, stdout = append(secrets, strings.TrimSpace(stdout)), ""
		}
		printed.WriteString(stdout + stderr)
	}
	with := func(more ...string) harness.Environment {
		changed := harness.Environment{}
		for name, value := range env {
			changed[name] = value
		}
		for i := 0; i < len(more); i += 2 {
			changed[more[i]] = more[i+1]
		}
		return changed
	}

	s, cmd := harness.StartBinary(t, harness.BuildBinary(t), env)
	run(env, 0, "rotate")
	served := secrets[len(secrets)-1]
	run(env, 0, "rotate", "--now")
	for _, args := range [][]string{{"create", "n8n", "--scopes", "all"}, {"replace", "n8n"}} {
		code, stdout, stderr := harness.Call(t, env, append([]string{"apitoken"}, args...)...)
		if code != 0 || !strings.HasPrefix(stdout, "nmt_") {
			t.Fatalf("apitoken %v: code %d\n%s", args, code, stderr)
		}
		secrets = append(secrets, strings.TrimSpace(stdout))
		printed.WriteString(stderr)
	}
	broken := n8nArguments(t, brokenN8N(t).URL, key, "NAMETS")
	run(env, 1, append([]string{"rotate"}, broken...)...)
	run(env, 1, append([]string{"push"}, broken...)...)
	run(env, 1, append([]string{"push"}, n8nArguments(t, s.URL, key, "NAMETS")...)...)
	run(with("VAULT_SECRET_ID_FILE", harness.WriteFile(t, roleID)), 1, "check")
	run(with("VAULT_KV_PATH", "secret/elsewhere"), 1, "rotate")
	run(with("VAULT_TOKEN", server.RootToken), 2, "check")
	run(harness.Environment{"N8N_API_TOKEN": "changeme-" + harness.APIToken}, 1, "check")
	run(harness.Environment{"N8N_API_TOKEN": harness.APIToken, "DATA_DIR": t.TempDir()}, 1, "rotate")
	for _, secret := range secrets {
		s.StatusWith(t, secret)
	}
	for _, value := range []string{"changeme-" + harness.APIToken, harness.APIToken} {
		put(value)
		_ = cmd.Process.Signal(syscall.SIGHUP)
		if value != harness.APIToken {
			s.Wait(t, s.Stderr, "placeholder")
			run(env, 1, "check")
		}
	}
	harness.Eventually(t, 10*time.Second, "it is back to the first token", func() bool {
		return s.StatusWith(t, harness.APIToken) == http.StatusOK
	})
	server.Stop()
	_ = cmd.Process.Signal(syscall.SIGHUP)
	s.Wait(t, s.Stderr, "connection refused")
	run(env, 1, "check")
	run(env, 1, "rotate")
	run(env, 0, "status")
	run(env, 0, "status", "--json")
	for _, args := range [][]string{{"list"}, {"list", "--json", "--ended"}, {"revoke", "--all"}} {
		_, stdout, stderr := harness.Call(t, env, append([]string{"apitoken"}, args...)...)
		printed.WriteString(stdout + stderr)
	}

	metrics := harness.Service{URL: "http://" + address}
	measured := metrics.Do(t, http.MethodGet, "/metrics").Body
	s.Stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM) }
	if _, err := s.End(t); err != nil {
		t.Fatalf("%v\n%s", err, s.Stderr)
	}
	harness.WantAbsent(t, "what the commands printed", printed.String(), secrets)
	harness.WantAbsent(t, "what serve printed", s.Stdout.String()+s.Stderr.String(), secrets)
	harness.WantAbsent(t, "what was measured", measured, secrets)
	harness.WantAbsent(t, "what was stored", harness.Stored(t, env["DATA_DIR"]), secrets)
	wantFingerprints(t, s.Stderr.String(), measured, harness.APIToken, served)
}

// appRole creates an AppRole that may read and rotate the secret.
func appRole(t *testing.T, server *e2e.VaultServer, path string) (roleID, secretID string) {
	t.Helper()
	do := func(method, path string, body, answer any) {
		t.Helper()
		if status := server.Do(t, method, path, body, answer); status/100 != 2 {
			t.Fatalf("%s %s: %d", method, path, status)
		}
	}
	policy := `path "` + path + `" { capabilities = ["create", "read", "update"] }`
	do("PUT", "sys/policies/acl/namets", map[string]string{"policy": policy}, nil)
	do("POST", "sys/auth/approle", map[string]string{"type": "approle"}, nil)
	do("POST", "auth/approle/role/namets", map[string]string{"token_policies": "namets"}, nil)
	var role struct {
		Data struct {
			RoleID string `json:"role_id"`
		}
	}
	do("GET", "auth/approle/role/namets/role-id", nil, &role)
	var secret struct {
		Data struct {
			SecretID string `json:"secret_id"`
		}
	}
	do("POST", "auth/approle/role/namets/secret-id", map[string]string{}, &secret)
	return role.Data.RoleID, secret.Data.SecretID
}

// wantFingerprints checks that the searched text contains the fingerprints of the tokens.
func wantFingerprints(t *testing.T, log, metrics string, tokens ...string) {
	t.Helper()
	for _, value := range tokens {
		fingerprint := secret.New(value).Fingerprint()
		if !strings.Contains(log, fingerprint) || !strings.Contains(metrics, fingerprint) {
			t.Errorf("the fingerprint %s of a token is missing", fingerprint)
		}
	}
}
