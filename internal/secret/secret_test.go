package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"namets/internal/secret"
)

const (
	text  = "golden-secret-0123456789"
	other = "silver-secret-0123456789"
)

func TestValue_printsAsNothing(t *testing.T) {
	value := secret.New(text)
	type hidden struct {
		value   secret.Value
		pointer *secret.Value
	}
	type open struct {
		Value   secret.Value
		Pointer *secret.Value
		List    []secret.Value
		Map     map[string]secret.Value
	}
	values := []any{
		value, &value, []secret.Value{value}, hidden{value, &value}, &hidden{value, &value},
		open{value, &value, []secret.Value{value}, map[string]secret.Value{"k": value}},
		fmt.Errorf("wrapped: %v", value),
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
	for _, form := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text),
		fmt.Sprintf("%d", []byte(text))} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret got out as %s", form)
		}
	}
	if got, want := fmt.Sprintf("%v %s %d %#v %x", value, value, value, value, value), strings.Repeat(" [secret]",
		5)[1:]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestValue_revealsAndCompares(t *testing.T) {
	a, again, b, zero := secret.New(text), secret.New(text), secret.New(other), secret.Value{}
	if a.Reveal() != text || zero.Reveal() != "" || a.IsZero() || !zero.IsZero() || !secret.New("").IsZero() {
		t.Error("reveal and is-zero do not say what was put in")
	}
	if !a.Equal(again) || a.Equal(b) || a.Equal(zero) || !zero.Equal(secret.Value{}) {
		t.Error("equal does not compare what is held")
	}
}

func TestFingerprint(t *testing.T) {
	// echo -n abc | sha256sum
	const want = "ba7816bf"
	if got := secret.New("abc").Fingerprint(); got != want {
		t.Errorf("fingerprint of a value %q, want %q", got, want)
	}
	if got := secret.DigestOf("abc").Fingerprint(); got != want {
		t.Errorf("fingerprint of a digest %q, want %q", got, want)
	}
	if got := (secret.Value{}).Fingerprint() + (secret.Digest{}).Fingerprint(); got != "" {
		t.Errorf("the empty secret has the fingerprint %q", got)
	}
}
