package token_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"namets/internal/token"
)

func TestSecret_printsAsNothing(t *testing.T) {
	secret := token.NewSecret(tokenA)
	type hidden struct {
		secret  token.Secret
		pointer *token.Secret
	}
	type open struct {
		Secret  token.Secret
		Pointer *token.Secret
		List    []token.Secret
		Map     map[string]token.Secret
	}
	values := []any{
		secret, &secret, []token.Secret{secret}, hidden{secret, &secret}, &hidden{secret, &secret},
		open{secret, &secret, []token.Secret{secret}, map[string]token.Secret{"k": secret}},
		fmt.Errorf("wrapped: %v", secret),
	}
	var out bytes.Buffer
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T",
			"%-50.3v", "%U"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("message", "value", v)
		}
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		if b, err := xml.Marshal(v); err == nil {
			out.Write(b)
		}
		if err := template.Must(template.New("").Parse(`{{.}}<script>var x = {{.}}</script>`)).Execute(&out,
			v); err != nil {
			t.Error(err)
		}
	}
	for _, form := range []string{tokenA, fmt.Sprintf("%x", tokenA), fmt.Sprintf("%X", tokenA),
		fmt.Sprintf("%d", []byte(tokenA))} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the value got out as %s", form)
		}
	}
	if got, want := fmt.Sprintf("%v %s %d %#v %x", secret, secret, secret, secret, secret), strings.Repeat(" [secret]",
		5)[1:]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecret_revealsAndComparesByValue(t *testing.T) {
	a, again, b, zero := token.NewSecret(tokenA), token.NewSecret(tokenA), token.NewSecret(tokenB), token.Secret{}
	if a.Reveal() != tokenA || zero.Reveal() != "" || a.IsZero() || !zero.IsZero() || !token.NewSecret("").IsZero() {
		t.Error("reveal and is-zero do not say what was put in")
	}
	if !a.Equal(again) || a.Equal(b) || a.Equal(zero) || !zero.Equal(token.Secret{}) {
		t.Error("equal does not compare values")
	}
	// echo -n abc | sha256sum
	if got, want := token.NewSecret("abc").Fingerprint(), "ba7816bf"; got != want {
		t.Errorf("fingerprint %q, want %q", got, want)
	}
	if got := zero.Fingerprint() + (token.Digest{}).Fingerprint(); got != "" {
		t.Errorf("the empty secret has the fingerprint %q", got)
	}
}
