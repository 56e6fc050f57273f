package config_test

import (
	"strings"
	"testing"

	"namets/internal/config"
)

func TestWarnings_nameWhatWorksAndIsHardlyMeant(t *testing.T) {
	vault := []string{"VAULT_TOKEN", "s.4f1c0d9e8b7a", "VAULT_ADDR"}
	for _, tt := range []struct {
		name  string
		pairs []string
		want  string // the variables that are warned of
	}{
		{"others reach it and links lead to localhost", []string{"PORT", "9"}, "PUBLIC_URL"},
		{"on an address of the network", []string{"HOST", "192.168.1.7"}, "PUBLIC_URL"},
		{"only this machine reaches it", []string{"HOST", "127.0.0.1"}, ""},
		{"by name", []string{"HOST", "localhost"}, ""},
		{"by IPv6", []string{"HOST", "::1"}, ""},
		{"on Fly", []string{"FLY_APP_NAME", "app"}, ""},
		{"on Render", []string{"RENDER", "true", "RENDER_EXTERNAL_URL", "https://r.example"}, ""},
		{"a private service on Render", []string{"RENDER", "true"}, "PUBLIC_URL"},
		{"an address was chosen", []string{"PUBLIC_URL", "https://namets.example.org"}, ""},
		{"plain http for everybody", []string{"PUBLIC_URL", "http://namets.example.org"}, "PUBLIC_URL"},
		{"plain http at home", []string{"PUBLIC_URL", "http://192.168.1.7:8080"}, ""},

		{"production", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "https://n8n.example.org/webhook/namets"}, ""},
		{"test URL", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "https://n8n.example.org/webhook-test/namets"},
			"N8N_WEBHOOK_URL"},
		{"test URL below a path",
			[]string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "https://example.org/n8n/webhook-test/6f1c"},
			"N8N_WEBHOOK_URL"},
		{"the words elsewhere", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL",
			"https://webhook-test.example.org/webhook/my-webhook-test"}, ""},
		{"http to another host", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "http://n8n.example.org/webhook/x"},
			"N8N_WEBHOOK_URL"},
		{"http to another host by address",
			[]string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "http://198.51.100.7:5678/webhook/x"}, "N8N_WEBHOOK_URL"},
		{"http and test URL", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "http://n8n.example.org/webhook-test/x"},
			"N8N_WEBHOOK_URL N8N_WEBHOOK_URL"},
		{"a neighbouring container", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "http://n8n:5678/webhook/x"}, ""},
		{"Fly's own network", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "http://n8n.internal:5678/webhook/x"},
			""},
		{"a private address", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "http://[fd00::1]:5678/webhook/x"}, ""},
		{"this machine", []string{"HOST", "127.0.0.1", "N8N_WEBHOOK_URL", "http://localhost:5678/webhook/x"}, ""},

		{"Vault", append(vault, "https://v.example:8200", "HOST", "127.0.0.1"), ""},
		{"Vault without checking its certificate", append(vault, "https://v.example:8200", "HOST", "127.0.0.1",
			"VAULT_SKIP_VERIFY", "1"), "VAULT_SKIP_VERIFY"},
		{"Vault by plain http", append(vault, "http://v.example:8200", "HOST", "127.0.0.1"), "VAULT_ADDR"},
		{"Vault by plain http in a private network", append(vault, "http://10.0.0.5:8200", "HOST", "127.0.0.1"),
			"VAULT_ADDR"},
		{"Vault on this machine", append(vault, "http://127.0.0.1:8200", "HOST", "127.0.0.1"), ""},
		{"another source", []string{"HOST", "127.0.0.1", "VAULT_SKIP_VERIFY", "true", "VAULT_ADDR", "http://v.example",
			"TOKEN_SOURCE", "env"}, ""},
	} {
		pairs := tt.pairs
		if !strings.Contains(strings.Join(pairs, " "), "VAULT_TOKEN") {
			pairs = append(pairs, "N8N_API_TOKEN", token)
		}
		c, err := config.Load(env(pairs...), config.Options{Token: true})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var names []string
		for _, w := range c.Warnings() {
			names = append(names, w.Name)
			if w.What == "" || w.Do == "" || strings.Contains(w.String(), "/webhook/x") ||
				strings.Contains(w.String(), "s.4f1c") {
				t.Errorf("%s: %s", tt.name, w)
			}
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s: warns of %q, want %q", tt.name, got, tt.want)
		}
	}
}
