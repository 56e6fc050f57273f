package cli

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e"
)

// TestServe_sendsNothingUnsignedWhileVaultIsDown starts while the Vault is down that has the
// signing key.
func TestServe_sendsNothingUnsignedWhileVaultIsDown(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	url, got, _ := receiver(t)
	env := vaultEnvironment(t, vault, "N8N_WEBHOOK_URL", url, "TOKEN_RELOAD_INTERVAL", "5s")
	vault.Stop()
	s := startServe(t, env)
	queuePing(t, env)
	s.wait(t, s.stderr, "webhooks wait until the token source has said")
	again := e2e.Vault(t, e2e.VaultOptions{Listen: strings.TrimPrefix(vault.Addr, "http://")})
	putSecret(t, again, env, "a signing key in Vault")
	if first := next(t, got); first.header.Get("Webhook-Signature") == "" {
		t.Error("it came unsigned")
	}
}

func TestServe_tellsOfASecondSigningKeyThatComesLater(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	url, got, _ := receiver(t)
	env := vaultEnvironment(t, vault, "N8N_WEBHOOK_URL", url, "WEBHOOK_SECRET", "the configured signing key")
	s, _ := startBinary(t, buildBinary(t), env)
	queuePing(t, env)
	before := next(t, got).header.Get("X-Namets-Webhook-Token")
	putSecret(t, vault, env, "another signing key")
	if code, _, errs := call(t, env, "token", "reload"); code != 0 {
		t.Fatal(errs)
	}
	queuePing(t, env)
	if after := next(t, got).header.Get("X-Namets-Webhook-Token"); after != before {
		t.Error("the configured key does not sign any more")
	}
	s.wait(t, s.stderr, "two signing keys")
	for _, args := range [][]string{{"deliveries", "test"}, {"check"}} {
		free := maps.Clone(env)
		free["PORT"] = "0"
		if code, _, errs := call(t, free, args...); code != 2 && args[0] == "deliveries" || code == 0 ||
			!strings.Contains(errs, "in Vault too") {
			t.Errorf("%v: code %d, %s", args, code, errs)
		}
	}
}

func TestDeliveriesTest_refusesAKeyInVaultThatIsNone(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	url, _, _ := receiver(t)
	env := vaultEnvironment(t, vault, "N8N_WEBHOOK_URL", url)
	putSecret(t, vault, env, "whsec_!!!")
	if code, _, errs := call(t, env, "deliveries", "test"); code == 0 || !strings.Contains(errs, "base64") {
		t.Errorf("code %d, %s", code, errs)
	}
}

// putSecret writes the test's token and a signing key into Vault.
func putSecret(t *testing.T, vault *e2e.VaultServer, env environment, key string) {
	t.Helper()
	body := map[string]any{"data": map[string]any{"N8N_API_TOKEN": testToken, "WEBHOOK_SECRET": key}}
	path := strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1)
	if status := vault.Do(t, http.MethodPut, path, body, nil); status != http.StatusOK {
		t.Fatalf("Vault answers %d", status)
	}
}

func TestSinceFlag_takesTheTimesThatAreListed(t *testing.T) {
	lagos := time.FixedZone("", 60*60)
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                            {},
		"2h":                          now.Add(-2 * time.Hour),
		"2026-03-01T09:30:00Z":        time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
		"2026-03-01T09:30:00.5+01:00": time.Date(2026, 3, 1, 8, 30, 0, 5e8, time.UTC),
		"2026-03-01 10:30:00 +01:00":  time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
		"2026-03-01 10:30":            time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
		"2026-03-01T10:30:07":         time.Date(2026, 3, 1, 9, 30, 7, 0, time.UTC),
		"2026-03-01":                  time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC),
	} {
		if got, err := parseSinceFlag(text, now, lagos); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-2h", "2026-02-30", "10:30"} {
		if got, err := parseSinceFlag(text, now, lagos); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
