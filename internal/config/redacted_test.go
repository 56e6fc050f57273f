package config_test

import (
	"fmt"
	"strings"
	"testing"

	"namets/internal/config"
)

func TestRedacted_hasEveryVariableAndNoSecret(t *testing.T) {
	const secret = "a-secret-that-nobody-may-see"
	c, err := config.Load(env("N8N_API_TOKEN", secret+"1", "TOKEN_SOURCE", "env", "WEBHOOK_SECRET", secret+"2",
		"ADMIN_PASSWORD", secret+"3",
		"N8N_WEBHOOK_URL", "https://n8n.example.org/"+secret, "VAULT_ADDR", "https://vault.example.org",
		"VAULT_TOKEN", secret+"4",
		"VAULT_ROLE_ID", secret+"5", "ADMIN_PASSWORD_RESET", secret+"6", "VAULT_SECRET_ID_FILE", "/run/id",
		"METRICS_ADDR", ":9091", "HOST", "127.0.0.1", "TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8"),
		config.Options{Token: true})
	if err != nil {
		t.Fatal(err)
	}
	redacted := c.Redacted()
	for _, v := range config.Variables() {
		if value, ok := redacted[v.Name]; !ok || value == "" && v.Name != "N8N_API_TOKEN_FILE" {
			t.Errorf("%s is shown as %q, %t", v.Name, value, ok)
		}
	}
	if len(redacted) != len(config.Variables()) {
		t.Errorf("%d values of %d variables", len(redacted), len(config.Variables()))
	}
	if text := fmt.Sprint(redacted); strings.Contains(text, secret) {
		t.Error(text)
	}
	for name, want := range map[string]string{"N8N_API_TOKEN": "set, fingerprint ",
		"ADMIN_PASSWORD": "set", "VAULT_SECRET_ID": "read from /run/id", "TRUSTED_PROXIES": "10.0.0.0/8 fd00::/8"} {
		if !strings.HasPrefix(redacted[name], want) {
			t.Errorf("%s: %q", name, redacted[name])
		}
	}
}
