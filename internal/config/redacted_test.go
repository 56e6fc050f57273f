package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"namets/internal/config"
)

const hidden = "a-secret-that-nobody-may-see"

// secretive is a configuration in which everything that is secret holds the text hidden.
func secretive(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Load(env("N8N_API_TOKEN", hidden+"1", "TOKEN_SOURCE", "env", "WEBHOOK_SECRET", hidden+"2",
		"ADMIN_PASSWORD", hidden+"3",
		"N8N_WEBHOOK_URL", "https://n8n.example.org/"+hidden, "VAULT_ADDR", "https://vault.example.org",
		"VAULT_TOKEN", hidden+"4",
		"VAULT_ROLE_ID", hidden+"5", "ADMIN_PASSWORD_RESET", hidden+"6", "VAULT_SECRET_ID_FILE", "/run/id",
		"METRICS_ADDR", ":9091", "HOST", "127.0.0.1", "TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8"),
		config.Options{Token: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfig_printsNoSecret(t *testing.T) {
	c := secretive(t)
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x", c, c, c, c.Token, c.Token, c.WebhookURL)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "token", c.Token, "config", c)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "vault", c.Vault, "config", c)
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), hidden) || strings.Contains(out.String(), fmt.Sprintf("%x", hidden)) {
		t.Errorf("a secret shows in %s", &out)
	}
	if got, want := c.Token.Reveal(), hidden+"1"; got != want {
		t.Errorf("the token is %q, want %q", got, want)
	}
}

func TestRedacted_hasEveryVariableAndNoSecret(t *testing.T) {
	redacted := secretive(t).Redacted()
	for _, v := range config.Variables() {
		if value, ok := redacted[v.Name]; !ok || value == "" && v.Name != "N8N_API_TOKEN_FILE" {
			t.Errorf("%s is shown as %q, %t", v.Name, value, ok)
		}
	}
	if len(redacted) != len(config.Variables()) {
		t.Errorf("%d values of %d variables", len(redacted), len(config.Variables()))
	}
	if text := fmt.Sprint(redacted); strings.Contains(text, hidden) {
		t.Error(text)
	}
	for name, want := range map[string]string{"N8N_API_TOKEN": "set, fingerprint ",
		"ADMIN_PASSWORD": "set", "VAULT_SECRET_ID": "read from /run/id", "TRUSTED_PROXIES": "10.0.0.0/8 fd00::/8"} {
		if !strings.HasPrefix(redacted[name], want) {
			t.Errorf("%s: %q", name, redacted[name])
		}
	}
}
