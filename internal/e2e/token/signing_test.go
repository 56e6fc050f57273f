package token_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
)

// TestServe_sendsNothingUnsignedWhileVaultIsDown starts while the Vault with the signing key is
// down.
func TestServe_sendsNothingUnsignedWhileVaultIsDown(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	url, got, _ := harness.Receiver(t)
	env := vaultEnvironment(t, vault, "N8N_WEBHOOK_URL", url, "TOKEN_RELOAD_INTERVAL", "5s")
	vault.Stop()
	s := harness.StartServe(t, env)
	harness.QueuePing(t, env)
	s.Wait(t, s.Stderr, "webhooks wait until the token source has said")
	again := e2e.Vault(t, e2e.VaultOptions{Listen: strings.TrimPrefix(vault.Addr, "http://")})
	putSecret(t, again, env, "a signing key in Vault")
	if first := harness.Next(t, got); first.Header.Get("Webhook-Signature") == "" {
		t.Error("the webhook is not signed")
	}
}

func TestServe_reportsASecondSigningKeyThatAppearsLater(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	url, got, _ := harness.Receiver(t)
	env := vaultEnvironment(t, vault, "N8N_WEBHOOK_URL", url, "WEBHOOK_SECRET", "the configured signing key")
	s, _ := harness.StartBinary(t, harness.BuildBinary(t), env)
	harness.QueuePing(t, env)
	before := harness.Next(t, got).Header.Get("X-Namets-Webhook-Token")
	putSecret(t, vault, env, "another signing key")
	if code, _, errs := harness.Call(t, env, "token", "reload"); code != 0 {
		t.Fatal(errs)
	}
	harness.QueuePing(t, env)
	if after := harness.Next(t, got).Header.Get("X-Namets-Webhook-Token"); after != before {
		t.Error("the configured key no longer signs")
	}
	s.Wait(t, s.Stderr, "two signing keys")
	for _, args := range [][]string{{"deliveries", "test"}, {"check"}} {
		free := maps.Clone(env)
		free["PORT"] = "0"
		if code, _, errs := harness.Call(t, free, args...); code != 2 && args[0] == "deliveries" || code == 0 ||
			!strings.Contains(errs, "in Vault too") {
			t.Errorf("%v: code %d, %s", args, code, errs)
		}
	}
}

func TestDeliveriesTest_rejectsAnInvalidKeyInVault(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	url, _, _ := harness.Receiver(t)
	env := vaultEnvironment(t, vault, "N8N_WEBHOOK_URL", url)
	putSecret(t, vault, env, "whsec_!!!")
	if code, _, errs := harness.Call(t, env, "deliveries", "test"); code == 0 || !strings.Contains(errs, "base64") {
		t.Errorf("code %d, %s", code, errs)
	}
}

// putSecret writes the test's token and a signing key into Vault.
func putSecret(t *testing.T, vault *e2e.VaultServer, env harness.Environment, key string) {
	t.Helper()
	body := map[string]any{"data": map[string]any{"N8N_API_TOKEN": harness.APIToken, "WEBHOOK_SECRET": key}}
	path := strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1)
	if status := vault.Do(t, http.MethodPut, path, body, nil); status != http.StatusOK {
		t.Fatalf("Vault: status %d", status)
	}
}
