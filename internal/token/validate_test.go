package token_test

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"

	"namets/internal/testlong"
	"namets/internal/token"
)

func TestValidate_refusesWhatIsNoToken(t *testing.T) {
	for _, tt := range []struct {
		says   string
		values []string
	}{
		{"is blank", []string{"", " ", " \t\r\n"}},
		{"fewer than 16", []string{"a1b2c3d4e5f6a7b", "s3cr3t-4f9c", "  a1b2c3d4e5f6a7b  "}},
		{"more than 512", []string{strings.Repeat("a1b2c3d4e5f6a7b", 40)}},
		{"holds a blank", []string{"golden token 0123456789", "golden\ttoken-0123456789", "golden-token\n0123456789",
			"golden-tokén-0123456789", "golden-token-\x000123456789", "golden-token-\xff0123456789"}},
		{"placeholder", []string{
			"changeme", "ChangeMe", "CHANGE_ME", "changemechangeme", "change-me-change-me", "changeme12345678",
			"change_me_please",
			"your_api_token", "your_api_token_here", "YOUR-API-TOKEN-HERE", "your-secret-token",
			"yourtokenyourtoken", "your_n8n_api_token_goes_here",
			"<token>", "<your-api-token>", "<golden-0123456789>", "[golden-0123456789]",
			"replace-with-your-token", "replace_this_with_a_real_token", "REPLACE_ME_REPLACE_ME",
			"insert-your-token-here", "put-your-token-here",
			"${N8N_API_TOKEN}", "$(N8N_API_TOKEN)", "$N8N_API_TOKEN", "{{golden0123456789}}", "%N8N_API_TOKEN%",
			"$N8N_API_TOKEN_VALUE",
			"xxxxxxxxxxxxxxxx", "XXXX-XXXX-XXXX-XXXX", "aaaaaaaaaaaaaaaaaaaaaaaa", "0000000000000000",
			"****************", "----------------", "!@#$%^&*()!@#$%^&*()",
			"abcabcabcabcabcabc", "1234567812345678", "12345678901234567890", "0123456789abcdef0123456789abcdef",
			"test-token-test-token-1", "testtesttesttest1", "example-token-12345", "n8n-api-token-secret",
			"placeholder-12345678", "my-secret-token-value", "secretsecretsecret",
			"undefined-undefined", "some_random_secret_string", "password12345678",
		}},
	} {
		for _, value := range tt.values {
			err := token.Validate(value)
			if !errors.Is(err, token.ErrInvalid) {
				t.Errorf("%q: got %v, want ErrInvalid", value, err)
				continue
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "namets token generate") {
				t.Errorf("%q: got %q, want it to say %q and how to make one", value, err, tt.says)
			}
			if trimmed := strings.TrimSpace(value); len(trimmed) > 8 && strings.Contains(err.Error(), trimmed) {
				t.Errorf("the refusal repeats the value: %v", err)
			}
		}
	}
}

func TestValidate_acceptsTokens(t *testing.T) {
	for _, value := range []string{
		tokenA, tokenB, tokenC, " " + tokenA + "\n",
		"a1b2c3d4e5f6a7b8", "1029384756665748", "kX9$mPq2!vR7@nL4", "correct-horse-battery-staple",
		"token-9c41e07ab2d65f38", "{json}-is-9c41e07ab2d65f38",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJuOG4ifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		"hvs.CAESIJ0pTvR4mB6yS3Fz", "~!@#golden%^&*()token_+=-",
	} {
		if err := token.Validate(value); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestGenerate_makesTokensOf256BitsThatTheRulesAccept(t *testing.T) {
	hex64 := regexp.MustCompile(`^[0-9a-f]{64}$`)
	seen := map[string]bool{}
	for range 1000 {
		value := token.Generate().Reveal()
		if !hex64.MatchString(value) || seen[value] {
			t.Fatalf("%q is no new token of 64 hex digits", value)
		}
		seen[value] = true
		if err := token.Validate(value); err != nil {
			t.Fatalf("%q: %v", value, err)
		}
	}
}

func TestValidate_acceptsWhateverIsRandom(t *testing.T) {
	for _, size := range []int{12, 16, 32} {
		random := make([]byte, size)
		for range testlong.Size(1000, 5000) {
			rand.Read(random)
			for _, value := range []string{base64.RawURLEncoding.EncodeToString(random),
				strings.ToLower(base32.StdEncoding.EncodeToString(random))} {
				if err := token.Validate(value); err != nil {
					t.Fatalf("%q: %v", value, err)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", " ", tokenA, "changemechangeme", "$", "<", "\ufeff" + tokenA,
		strings.Repeat("a", 600)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		secret, err := token.Parse(value)
		if err != nil {
			if !errors.Is(err, token.ErrInvalid) || !secret.IsZero() {
				t.Fatalf("refused with %v and a secret", err)
			}
			return
		}
		got := secret.Reveal()
		if len(got) < 16 || len(got) > 512 ||
			strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("accepted %q", got)
		}
		again, err := token.Parse(got)
		if err != nil || !again.Equal(secret) {
			t.Fatalf("accepted %q once and not twice: %v", got, err)
		}
	})
}

func TestParseSigning_wantsBase64AfterThePrefix(t *testing.T) {
	for _, tt := range []struct {
		value, want string
		refused     bool
	}{
		{value: "  ", want: ""},
		{value: "plain text key\n", want: "plain text key"},
		{value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", want: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		{value: "whsec_", refused: true},
		{value: "whsec_not base64 at all", refused: true},
	} {
		got, err := token.ParseSigning(tt.value)
		if got.Reveal() != tt.want || errors.Is(err, token.ErrInvalid) != tt.refused {
			t.Errorf("%q: got %q, %v", tt.value, got.Reveal(), err)
		}
	}
}
