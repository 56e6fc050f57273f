package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/e2e"
)

func TestVault_keepsASecretUntilItStops(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	written := map[string]any{"data": map[string]string{"N8N_API_TOKEN": "one"}}
	if status := vault.Do(t, "POST", "secret/data/namets", written, nil); status != http.StatusOK {
		t.Fatalf("write: status %d", status)
	}
	var read struct {
		Data struct {
			Data map[string]string
		}
	}
	vault.Do(t, "GET", "secret/data/namets", nil, &read)
	if got := read.Data.Data["N8N_API_TOKEN"]; got != "one" {
		t.Errorf("got %q, want what was written", got)
	}

	vault.Stop()
	if resp, err := http.Get(vault.Addr); err == nil {
		resp.Body.Close()
		t.Error("responds although it was stopped")
	}

	again := e2e.Vault(t, e2e.VaultOptions{Listen: strings.TrimPrefix(vault.Addr, "http://")})
	if again.Addr != vault.Addr {
		t.Errorf("started at %s, not at %s", again.Addr, vault.Addr)
	}
	if status := again.Do(t, "GET", "secret/data/namets", nil, nil); status != http.StatusNotFound {
		t.Errorf("status %d after a restart, want an empty store", status)
	}
}

func TestVault_startsSealedOnRequest(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{Sealed: true})
	if vault.RootToken != "" || len(vault.UnsealKeys) > 0 {
		t.Errorf("has keys although it is not initialized: %+v", vault)
	}
	var status struct{ Initialized, Sealed bool }
	vault.Do(t, "GET", "sys/seal-status", nil, &status)
	if status.Initialized || !status.Sealed {
		t.Errorf("got %+v, want uninitialized and sealed", status)
	}
}
