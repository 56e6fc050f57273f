package config_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/config"
	"namets/internal/secret"
)

const token = "0123456789abcdef-token"

// env returns a getenv for pairs of names and values.
func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestLoad_hasADefaultForEverythingButTheToken(t *testing.T) {
	c, err := config.Load(env("N8N_API_TOKEN", token), config.Options{Token: true})
	if err != nil {
		t.Fatal(err)
	}
	lagos, _ := time.LoadLocation("Africa/Lagos")
	want := &config.Config{
		Port: 8080, DataDir: "./data", BackupKeep: 7, AuditRetention: 9600 * time.Hour, SiteName: "NAMETS", Zone: lagos,
		PublicURL:   "http://localhost:8080",
		TokenSource: config.TokenFromEnv, Token: secret.New(token), Vault: config.Vault{KVPath: "secret/namets",
			Field: "N8N_API_TOKEN"}, ReloadInterval: time.Minute, WebhookTimeout: 90 * time.Second,
		WebhookRetention: 2160 * time.Hour, WebhookFormat: config.FormatLegacy,
		WebhookReportWithin: 30 * time.Minute, DoubleOptIn: true, LogFormat: config.LogJSON,
	}
	sameZone := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	if diff := cmp.Diff(want, c, sameZone); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoad_takesEachVariable(t *testing.T) {
	for _, tt := range []struct {
		pairs []string
		got   func(*config.Config) any
		want  any
	}{
		{[]string{"PORT", "0"}, func(c *config.Config) any { return c.Port }, 0},
		{[]string{"PORT", "9", "SITE_NAME", " MSSN "}, func(c *config.Config) any { return c.PublicURL + c.SiteName },
			"http://localhost:9MSSN"},
		{[]string{"HOST", "::1"}, func(c *config.Config) any { return c.Host }, "::1"},
		{[]string{"TIME_ZONE", "UTC"}, func(c *config.Config) any { return c.Zone.String() }, "UTC"},
		{[]string{"PUBLIC_URL", "https://a.example/"}, func(c *config.Config) any { return c.PublicURL },
			"https://a.example"},
		{[]string{"FLY_APP_NAME", "app"}, func(c *config.Config) any { return string(c.Platform) + c.PublicURL },
			"Fly.iohttps://app.fly.dev"},
		{[]string{"RENDER", "true", "RENDER_EXTERNAL_URL", "https://r.example"},
			func(c *config.Config) any { return string(c.Platform) + c.PublicURL }, "Renderhttps://r.example"},
		{[]string{"RENDER", "true"}, func(c *config.Config) any { return len(c.TrustedProxies) }, 1},
		{[]string{"RENDER", "true", "TRUSTED_PROXIES", "none"}, func(c *config.Config) any {
			return len(c.TrustedProxies)
		}, 0},
		{[]string{"TRUSTED_PROXIES", "10.1.2.3, fd00::/8"}, func(c *config.Config) any {
			return fmt.Sprint(c.TrustedProxies)
		},
			fmt.Sprint([]netip.Prefix{netip.MustParsePrefix("10.1.2.3/32"), netip.MustParsePrefix("fd00::/8")})},
		{[]string{"LOG_LEVEL", "warn", "LOG_FORMAT", "text"}, func(c *config.Config) any {
			return c.LogLevel.String() + string(c.LogFormat)
		}, "WARNtext"},
		{[]string{"ALLOW_EPHEMERAL_DATA", "1"}, func(c *config.Config) any { return c.AllowEphemeralData }, true},
		{[]string{"BACKUP_KEEP", "0", "RUN_AS", "65532"}, func(c *config.Config) any { return c.BackupKeep + c.RunAs },
			65532},
		{[]string{"AUDIT_RETENTION", "24h"}, func(c *config.Config) any { return c.AuditRetention }, 24 * time.Hour},
		{[]string{"N8N_WEBHOOK_URL", "http://10.0.0.5:5678/webhook/x"}, func(c *config.Config) any {
			return c.WebhookURL.Reveal()
		}, "http://10.0.0.5:5678/webhook/x"},
		{[]string{"WEBHOOK_SECRET", "plain", "WEBHOOK_TIMEOUT", "1s"}, func(c *config.Config) any {
			return c.WebhookSecret.Reveal() + c.WebhookTimeout.String()
		}, "plain1s"},
		{[]string{"DOUBLE_OPT_IN", "false"}, func(c *config.Config) any { return c.DoubleOptIn }, false},
		{nil, func(c *config.Config) any { return c.DoubleOptIn }, true},
		{[]string{"ADMIN_PASSWORD", "lantern otter"}, func(c *config.Config) any { return c.AdminPassword.Reveal() },
			"lantern otter"},
		{[]string{"ADMIN_PASSWORD", "lantern otter\r\n"}, func(c *config.Config) any {
			return c.AdminPassword.Reveal()
		}, "lantern otter"},
		{[]string{"ADMIN_PASSWORD_RESET", " admin:2\n"}, func(c *config.Config) any {
			return c.AdminPasswordReset.Reveal()
		}, "admin:2"},
		{[]string{"METRICS_ADDR", ":9091"}, func(c *config.Config) any { return c.MetricsAddr }, ":9091"},
		{[]string{"TOKEN_RELOAD_INTERVAL", "5s"}, func(c *config.Config) any { return c.ReloadInterval },
			5 * time.Second},
		{[]string{"TOKEN_OVERLAP", "10m"}, func(c *config.Config) any { return c.TokenOverlap }, 10 * time.Minute},
		{[]string{"N8N_API_TOKEN_FILE", "/run/t", "TOKEN_SOURCE", "file"}, func(c *config.Config) any {
			return c.TokenFile
		}, "/run/t"},
	} {
		pairs := append([]string{"N8N_API_TOKEN", token}, tt.pairs...)
		c, err := config.Load(env(pairs...), config.Options{Token: true})
		if err != nil {
			t.Errorf("%v: %v", tt.pairs, err)
			continue
		}
		if got := tt.got(c); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.pairs, got, tt.want)
		}
	}
}

func TestLoad_reportsAllProblemsTogether(t *testing.T) {
	_, err := config.Load(env(
		"PORT", "70000", "HOST", "localhost:80", "SITE_NAME", "a\nb", "TIME_ZONE", "Lagos", "PUBLIC_URL",
		"example.org/x",
		"TRUSTED_PROXIES", "10.0.0.0/33,x", "TOKEN_RELOAD_INTERVAL", "1s", "TOKEN_OVERLAP", "-1s", "LOG_LEVEL",
		"loud", "LOG_FORMAT", "xml",
		"TOKEN_SOURCE", "magic", "ALLOW_EPHEMERAL_DATA", "perhaps", "BACKUP_KEEP", "-1", "AUDIT_RETENTION", "23h",
		"RUN_AS", "x", "METRICS_ADDR", "9091", "DOUBLE_OPT_IN", "maybe",
		"N8N_WEBHOOK_URL", "n8n:5678/x", "WEBHOOK_TIMEOUT", "0s", "WEBHOOK_RETENTION", "1h", "WEBHOOK_SECRET",
		"a", "WEBHOOK_SECRET_FILE", "b", "N8N_WEBHOOK_FORMAT", "V1", "N8N_WEBHOOK_REPORT_WITHIN", "25h",
	), config.Options{Token: true})
	complaints, ok := errors.AsType[config.Complaints](err)
	if !ok {
		t.Fatalf("err = %v", err)
	}
	var names []string
	for _, c := range complaints {
		name, _, _ := strings.Cut(c, ":")
		names = append(names, name)
	}
	want := []string{"PORT", "HOST", "ALLOW_EPHEMERAL_DATA", "BACKUP_KEEP", "AUDIT_RETENTION", "RUN_AS", "METRICS_ADDR",
		"DOUBLE_OPT_IN", "SITE_NAME", "TIME_ZONE", "TOKEN_RELOAD_INTERVAL", "TOKEN_OVERLAP",
		"N8N_WEBHOOK_URL", "WEBHOOK_SECRET", "N8N_WEBHOOK_FORMAT", "WEBHOOK_TIMEOUT", "WEBHOOK_RETENTION",
		"N8N_WEBHOOK_REPORT_WITHIN", "LOG_LEVEL", "LOG_FORMAT",
		"PUBLIC_URL",
		"TRUSTED_PROXIES", "TRUSTED_PROXIES", "TOKEN_SOURCE"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("complaints about (-want +got):\n%s", diff)
	}
}

func TestLoad_refusesAWebhookURLThatLeadsNowhere(t *testing.T) {
	for _, url := range []string{"http://n8n:99999/x", "http://n8n:0/x", "http://:5678/x", "http:///x", "/webhook/x",
		"ftp://n8n/x", "http://n8n/x#y", "http://a b/"} {
		_, err := config.Load(env("N8N_WEBHOOK_URL", url), config.Options{})
		if err == nil || !strings.Contains(err.Error(), "N8N_WEBHOOK_URL") || strings.Contains(err.Error(), url) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestLoad_namesThreeWaysWhenNoTokenIsConfigured(t *testing.T) {
	for _, pairs := range [][]string{nil, {"TOKEN_SOURCE", "env"}, {"TOKEN_SOURCE", "file", "N8N_API_TOKEN", token}} {
		_, err := config.Load(env(pairs...), config.Options{Token: true})
		for _, way := range []string{"N8N_API_TOKEN ", "N8N_API_TOKEN_FILE", "VAULT_ADDR", "namets token generate"} {
			if err == nil || !strings.Contains(err.Error(), way) {
				t.Errorf("%v: error %v does not name %q", pairs, err, way)
			}
		}
	}
	if _, err := config.Load(env(), config.Options{}); err != nil {
		t.Errorf("a command that needs no token: %v", err)
	}
}

func TestLoad_takesALoginToVault(t *testing.T) {
	const login = "s.4f1c0d9e8b7a"
	at := []string{"VAULT_ADDR", "https://v.example:8200"}
	for _, tt := range []struct {
		pairs []string
		want  config.Vault
	}{
		{[]string{"VAULT_TOKEN", login + "\n"}, config.Vault{Token: secret.New(login)}},
		{[]string{"VAULT_TOKEN_FILE", " /run/vault-token"}, config.Vault{TokenFile: "/run/vault-token"}},
		{[]string{"VAULT_ROLE_ID", "role", "VAULT_SECRET_ID", login},
			config.Vault{RoleID: secret.New("role"), SecretID: secret.New(login)}},
		{[]string{"VAULT_ROLE_ID_FILE", "/r", "VAULT_SECRET_ID_FILE", "/s"},
			config.Vault{RoleIDFile: "/r", SecretIDFile: "/s"}},
	} {
		c, err := config.Load(env(append(at, tt.pairs...)...), config.Options{Token: true})
		if err != nil {
			t.Errorf("%v: %v", tt.pairs, err)
			continue
		}
		tt.want.Address, tt.want.KVPath, tt.want.Field = "https://v.example:8200", "secret/namets", "N8N_API_TOKEN"
		if diff := cmp.Diff(tt.want, c.Vault); diff != "" || c.TokenSource != config.TokenFromVault {
			t.Errorf("%v: source %s (-want +got):\n%s", tt.pairs, c.TokenSource, diff)
		}
		if printed := fmt.Sprintf("%+v", c); strings.Contains(printed, login) {
			t.Errorf("the login shows in %s", printed)
		}
	}
	if _, err := config.Load(env(at...), config.Options{Token: true}); err == nil ||
		!strings.Contains(err.Error(), "VAULT_TOKEN: there is no login") {
		t.Errorf("without a login: %v", err)
	}
	if _, err := config.Load(env(append(at, "N8N_API_TOKEN", token)...), config.Options{Token: true}); err == nil ||
		!strings.Contains(err.Error(), "more than one") {
		t.Errorf("with a token in the environment too: %v", err)
	}
}

func TestLoad_refusesTwoTokenSourcesUnlessOneIsNamed(t *testing.T) {
	two := []string{"N8N_API_TOKEN", token, "N8N_API_TOKEN_FILE", "/run/t"}
	if _, err := config.Load(env(two...), config.Options{Token: true}); err == nil ||
		!strings.Contains(err.Error(), "more than one") {
		t.Errorf("err = %v", err)
	}
	c, err := config.Load(env(append(two, "TOKEN_SOURCE", "file")...), config.Options{Token: true})
	if err != nil || c.TokenSource != config.TokenFromFile {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestVariables_areAllReadAndAllThatIsReadIsListed(t *testing.T) {
	known := map[string]bool{"FLY_APP_NAME": true, "RENDER": true, "RENDER_EXTERNAL_URL": true}
	for _, v := range config.Variables() {
		known[v.Name] = true
	}
	read := map[string]bool{}
	_, _ = config.Load(func(name string) string { read[name] = true; return "" }, config.Options{})
	for name := range read {
		if !known[name] && !known[strings.TrimSuffix(name, "_FILE")] {
			t.Errorf("%s is read and not listed", name)
		}
	}
	for name := range known {
		if !read[name] {
			t.Errorf("%s is listed and not read", name)
		}
	}
}

func TestLoad_takesABlankFileForNoSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(" \n\t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(env("WEBHOOK_SECRET_FILE", file), config.Options{})
	if err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("webhooks would go out unsigned: %v", err)
	}
}
