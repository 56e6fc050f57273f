package config_test

import (
	"os"
	"strings"
	"testing"

	"namets/internal/config"
)

// An env file is handed on as it is by docker run --env-file.
func TestLoad_refusesQuotesOfAnEnvFile(t *testing.T) {
	content, err := os.ReadFile("testdata/settings/60-env-file-quoted.env")
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		pairs = append(pairs, name, value)
	}
	_, err = config.Load(env(pairs...), config.Options{Token: true, ValidToken: func(string) error { return nil }})
	if err == nil || strings.Count(err.Error(), "quotation marks") != 2 ||
		!strings.Contains(err.Error(), "DATA_DIR: ") ||
		!strings.Contains(err.Error(), "SITE_NAME: ") || strings.Contains(err.Error(), "Our Mosque") {
		t.Errorf("got %v", err)
	}
}

func TestLoad_refusesQuotesAroundEverySetting(t *testing.T) {
	for _, v := range config.Variables() {
		if v.Name == "N8N_API_TOKEN" || v.Name == "ADMIN_PASSWORD" {
			continue // the token has rules of its own, a password may have any character
		}
		for _, mark := range []string{`"`, `'`} {
			_, err := config.Load(env("N8N_API_TOKEN", token, "TOKEN_SOURCE", "env", v.Name, " "+mark+"8080"+mark+" "),
				config.Options{Token: true})
			if err == nil || !strings.Contains(err.Error(), v.Name+": it is in quotation marks") ||
				!strings.Contains(err.Error(), "remove them") {
				t.Errorf("%s in %s: %v", v.Name, mark, err)
			}
			if err != nil && strings.Count(err.Error(), v.Name) != 1 {
				t.Errorf("%s in %s is told more than once: %v", v.Name, mark, err)
			}
		}
	}
	for _, name := range []string{"N8N_API_TOKEN_FILE", "VAULT_TOKEN_FILE", "WEBHOOK_SECRET_FILE",
		"ADMIN_PASSWORD_FILE"} {
		_, err := config.Load(env("TOKEN_SOURCE", "env", "N8N_API_TOKEN", token, name, `"/run/x"`),
			config.Options{Token: true})
		if err == nil || !strings.Contains(err.Error(), name+": it is in quotation marks") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoad_takesQuotesInsideAValue(t *testing.T) {
	c, err := config.Load(env("N8N_API_TOKEN", token, "SITE_NAME", `"An-Nur" Mosque`, "ADMIN_PASSWORD",
		`"lantern otter"`), config.Options{Token: true})
	if err != nil || c.SiteName != `"An-Nur" Mosque` || c.AdminPassword.Reveal() != `"lantern otter"` {
		t.Errorf("%+v, %v", c, err)
	}
}

// A directory that was made with quotation marks in its name holds the data.
func TestLoad_saysThatADirectoryInQuotesIsThere(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(`"./data"`, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load(env("N8N_API_TOKEN", token, "DATA_DIR", `"./data"`), config.Options{Token: true})
	if err == nil || !strings.Contains(err.Error(), "rename") {
		t.Errorf("got %v", err)
	}
}
