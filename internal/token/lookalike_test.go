package token_test

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"namets/internal/testlong"
	"namets/internal/token"
)

func TestValidate_refusesWhatPeopleHavePutInThePlaceOfAToken(t *testing.T) {
	content, err := os.ReadFile("testdata/settings/61-unresolved-references.txt")
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(strings.TrimSpace(string(content)), "\n")
	if len(values) < 20 {
		t.Fatalf("read %d values", len(values))
	}
	for _, value := range values {
		wantRefusal(t, value, "")
	}
}

func TestValidate_saysWhatAValueLooksLike(t *testing.T) {
	const hex40 = "5971c87b2d30a8849630fed36ac2b4d5d5836a00"
	for _, tt := range []struct {
		says   string
		values []string
	}{
		{"quotation marks", []string{
			`"` + hex40 + `"`, `'` + hex40 + `'`, "`" + hex40 + "`", `"` + hex40, hex40 + `'`, "“" + hex40 +
				"”", "«" + hex40 + "»",
			`"op://vault/namets/token"`, `"${N8N_API_TOKEN}"`,
		}},
		{"authentication scheme", []string{"Bearer " + hex40, "bearer " + hex40, "Token " + hex40}},
		{"NAME=value", []string{
			"N8N_API_TOKEN=" + hex40, "export N8N_API_TOKEN=" + hex40, "token=" + hex40, "apiKey=" +
				hex40, "X-N8N-Token=" + hex40,
			"N8N_API_TOKEN = " + hex40, "N8N_API_TOKEN=K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", "foo=" + hex40,
			"N8N_API_TOKEN=\"" + hex40 + "x", "set TOKEN=" + hex40, "-e N8N_API_TOKEN=" + hex40,
		}},
		{"nothing has filled in", []string{
			"${N8N_API_TOKEN}", "prefix-${N8N_API_TOKEN}", "${N8N_API_TOKEN:-}", "$(N8N_API_TOKEN)", "$(cat " +
				"/run/secrets/tok)", "{{golden0123456789}}",
			"${{ secrets.N8N_API_TOKEN }}", "x-{{ .Values.token }}-y", "%N8N_API_TOKEN%", "<%= ENV['N8N_API_TOKEN'] %>",
			"#{N8N_API_TOKEN_PROD}",
			"%{N8N_API_TOKEN_PROD}", "__N8N_API_TOKEN__", "@@N8N_API_TOKEN@@", "##N8N_API_TOKEN##",
			"$env:N8N_API_TOKEN", "$N8N_API_TOKEN",
			"$n8n_api_token_value", "process.env.N8N_API_TOKEN", "secrets.N8N_API_TOKEN", "var.n8n_api_token_value",
			"<put-9c41e07ab2d65f38-here>",
			"!secret n8n_token", "!Ref N8nApiTokenParameter", "[golden-0123456789]", "!vault | 61383830",
		}},
		{"hash of a password", []string{
			"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$2y$12$abcdefghijklmnopqrstuv",
			"$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
			"$6$rounds=5000$salt$hashhashhash", "pbkdf2_sha256$600000$abcdefgh$0123456789abcdef=",
			"{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "{bcrypt}$2a$10$abcdefgh",
		}},
		{"reference to a secret", []string{
			"op://vault/namets/token", "vault:secret/data/namets#N8N_API_TOKEN",
			"arn:aws:secretsmanager:eu-west-1:123456789012:secret:namets-AbCdEf",
			"@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/namets/)",
			"@Microsoft.KeyVault(VaultName=x", "ref+vault://secret/namets#/N8N_API_TOKEN",
			"sm://project/namets-token", "ssm:/prod/namets/token", "infisical://prod/N8N_API_TOKEN",
			"doppler://N8N_API_TOKEN_NAMETS", "keyring:namets-api-token",
			"file:///run/secrets/n8n_api_token", "https://vault.example.org/v1/secret/data/namets",
			"sops:N8N_API_TOKEN_PROD", "X-N8N-Token:" + hex40,
			"ENC[AES256_GCM,data:Tr7o1w==,iv:1vIeXC,tag:x,type:str]", "ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)",
			"env(N8N_API_TOKEN_PROD)", "gcp-sm://x/y/z-0123456789",
			"vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX", "bws:8f1d2c3b-0000-4000-8000-1234567890ab",
			"some-new-store:path-to-the-thing",
		}},
		{"looks like the path", []string{
			"/run/secrets/n8n_api_token", "./secrets/n8n_api_token.txt", "../secrets/n8n_api_token.txt",
			"~/secrets/n8n-api-token", "projects/123/secrets/namets/versions/latest",
			"secret/data/namets", "secret/namets", "run/secrets/N8N_API_TOKEN", "/etc/namets/n8n-token.key",
			"/home/Amina/Desktop/the-token", `C:\secrets\n8n-token.txt`,
			`secrets\namets\n8n_api_token`, `\\server\share\token`, "mosque/website/bearer",
			"/var/lib/namets/n8n.token", "/srv/kX9mPq2vR7nL4/the.token",
			"vault.example.org/v1/kv/namets", "team/a/kv/app/namets-1", "/mosque/website-prod/bearer1",
		}},
	} {
		for _, value := range tt.values {
			wantRefusal(t, value, tt.says)
			wantRefusal(t, " "+value+"\r\n", tt.says)
		}
	}
}

// wantRefusal wants value to be refused with what it looks like and without a part of it.
func wantRefusal(t *testing.T, value, says string) {
	t.Helper()
	err := token.Validate(value)
	if !errors.Is(err, token.ErrInvalid) {
		t.Errorf("%q: got %v, want ErrInvalid", value, err)
		return
	}
	text := err.Error()
	if !strings.Contains(text, says) || !strings.Contains(text, "namets token generate") {
		t.Errorf("%q: got %q, want it to say %q and how to make one", value, text, says)
	}
	if says == "" && (strings.Contains(text, "blank") || strings.Contains(text, "fewer than")) {
		t.Errorf("%q: got %q, want it to say what it looks like", value, text)
	}
	if strings.Contains(text, strings.TrimSpace(value)) || strings.Contains(text, "5971c87b") {
		t.Errorf("the refusal repeats the value: %v", err)
	}
}

func TestValidate_acceptsTheTokensOfOthers(t *testing.T) {
	for _, value := range []string{
		"5971c87b2d30a8849630fed36ac2b4d5d5836a0094daf72b585cbf64c84e8bfa", "5971C87B2D30A8849630FED36AC2B4D5", // hex
		"8f1d2c3b-45e6-4f70-8a91-b2c3d4e5f607", "8F1D2C3B-45E6-4F70-8A91-B2C3D4E5F607", // UUID
		"K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=", "q83vEjRWeJCrze8SNFZ4kA==",
		"/9j4AAQSkZJRgABAQEAYABgAAD/2wBDAAM=", "c2VjcmV0LXRva2VuLTEyMw==",
		"ab/cDe9Fgh1JkLm2NoPq/x", "Zm9vYmFyYmF6cXV4/3Rv", // base64
		"7oSZ8eXHnVgVkS_Xk3kz6W0u4Xx-3Wm1sRjv8bq2L9A", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U", // base64url, base32
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "github_pat_11ABCDEFG0_abcdefghijklmnopqrstuvwxyz",
		"glpat-9kQz3bVx7nLmR2tYpWs4", "sk_live_51H8xk2eZvKYlo2C0",
		"xoxb-2147483647-2147483648-9kQz3bVx7nLmR2tYpWs4", "npm_9kQz3bVx7nLmR2tYpWs49kQz3bVx7nLm",
		"dop_v1_5971c87b2d30a8849630fed36ac2b4d5", "pk.eyJ1Ijoia3giLCJhIjoiY2sifQ.9kQz3bVx",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AIzaSyD9kQz3bVx7nLmR2tYpWs49kQz3bVx7nLm",
		"SG.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf09kqeF8tAmbihYzrnopKc1s5cr",
		"123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "1//0gkX9mPq2vR7nL4-abcDEF", "abc8Q~dEf.9kQz3bVx7nLmR2tYpWs4_x",
		"Atza|IwEBIPq9kQz3bVx7nLmR2tYpWs4",
		"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzExkQz3bVx", "hvs.CAESIJ0pTvR4mB6yS3Fz", "s.4f1c0d9e8b7a6c5d4e3f2a1b",
		"v2.local.QAxIpVe-ECVNI1z4xQbm_qQYomyT3h8FtV8bxkz8pBJWkT8f7HtlOpbroPDEZUKop",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJuOG4ifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		"correct-horse-battery-staple", "kX9$mPq2!vR7@nL4", "~!@#golden%^&*()token_+=-",
		"django-insecure-9k#z3b$x7n!m^2t&p(s4*x7nlmr",
	} {
		if err := token.Validate(value); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// Whatever is random passes, in each of the usual forms, with and without a prefix, also if it has
// slashes and an = at its end.
func TestValidate_acceptsWhateverIsRandomInEveryForm(t *testing.T) {
	forms := map[string]func([]byte) string{
		"base64":        base64.StdEncoding.EncodeToString,
		"base64 raw":    base64.RawStdEncoding.EncodeToString,
		"base64url":     base64.URLEncoding.EncodeToString,
		"base64url raw": base64.RawURLEncoding.EncodeToString,
		"base32":        base32.StdEncoding.EncodeToString,
		"hex":           hex.EncodeToString,
		"HEX":           func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) },
		"xoxb": func(b []byte) string {
			return "xoxb-123456789012-" + base64.RawURLEncoding.EncodeToString(b)
		},
		"prefix": func(b []byte) string { return "namets_live_" + base64.RawURLEncoding.EncodeToString(b) },
		"jwt": func(b []byte) string {
			return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString(b[:len(b)/2]) + "." +
				base64.RawURLEncoding.EncodeToString(b[len(b)/2:])
		},
	}
	for name, form := range forms {
		for _, size := range []int{16, 20, 24, 32, 33, 48} {
			random := make([]byte, size)
			for range testlong.Size(300, 2000) {
				rand.Read(random)
				if err := token.Validate(form(random)); err != nil {
					t.Fatalf("%s: %q: %v", name, form(random), err)
				}
			}
		}
	}
}

func TestValidate_refusesATokenOnceItIsWrapped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rapid.SliceOfN(rapid.Byte(), 16, 48).Draw(t, "random")
		value := base64.StdEncoding.EncodeToString(random)
		name := rapid.StringMatching(`[A-Z][A-Z0-9_]{2,20}`).Draw(t, "name")
		word := rapid.StringMatching(`[a-z][a-z0-9+-]{1,12}`).Draw(t, "word")
		for _, wrapped := range []string{
			`"` + value + `"`, "'" + value + "'", name + "=" + value, "export " + name + "=" + value, word + ":" +
				value, word + "://" + value,
			"${" + name + "}", "{{ " + name + " }}", "%" + name + "%", "$(" + value + ")", "/run/secrets/" +
				name, "./" + value, "Bearer " + value,
		} {
			err := token.Validate(wrapped)
			if !errors.Is(err, token.ErrInvalid) {
				t.Fatalf("%q is accepted: %v", wrapped, err)
			}
			if strings.Contains(err.Error(), value) || strings.Contains(err.Error(), wrapped) {
				t.Fatalf("the refusal repeats %q: %v", wrapped, err)
			}
		}
	})
}
