package api_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"namets/internal/api"
	"namets/internal/namets"
)

func TestAppendString_escapesAsEncodingJSONDoes(t *testing.T) {
	check := func(fatalf func(string, ...any), s string) {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			fatalf("%q: %v", s, err)
		}
		if got := namets.AppendString([]byte("x"), s); string(got) != "x"+
			string(bytes.TrimSuffix(want.Bytes(), []byte("\n"))) {
			fatalf("%q: got %s, want %s", s, got, want.Bytes())
		}
	}
	for c := range 256 {
		check(t.Fatalf, string([]byte{byte(c)}))
		check(t.Fatalf, "é"+string([]byte{byte(c)})+"\u2028<&>")
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t.Fatalf, rapid.OneOf(
			rapid.String(),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.StringOf(rapid.SampledFrom(
				[]rune("a\"\\\b\f\n\r\t\x00\x1f\x7f<>&\u2027\u2028\u2029\u202a\ufffd\ufeff🌙"))),
		).Draw(t, "s"))
	})
}

func TestAppendTime_hasAFractionOfSixDigitsOrNone(t *testing.T) {
	for _, test := range []struct{ time, zone, want string }{
		{"2026-03-01T09:30:00Z", "Africa/Lagos", `"2026-03-01T10:30:00+01:00"`},
		{"2026-03-01T09:30:00.12Z", "Africa/Lagos", `"2026-03-01T10:30:00.120000+01:00"`},
		{"2026-03-01T09:30:00.000001Z", "America/New_York", `"2026-03-01T04:30:00.000001-05:00"`},
		{"2026-03-01T09:30:00Z", "UTC", `"2026-03-01T09:30:00Z"`},
		{"2026-03-01T09:30:00Z", "Europe/London", `"2026-03-01T09:30:00Z"`},
		{"1900-01-01T00:00:00Z", "Africa/Lagos", `"1900-01-01T00:13:35+00:13:35"`},
		{"0001-01-01T00:00:00Z", "UTC", `"0001-01-01T00:00:00Z"`},
	} {
		at, err := time.Parse(time.RFC3339Nano, test.time)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(api.AppendTime(nil, at, zone(t, test.zone))); got != test.want {
			t.Errorf("%s in %s: got %s, want %s", test.time, test.zone, got, test.want)
		}
	}
}

func TestAppendUUID_writesTheFormOfString(t *testing.T) {
	for range 100 {
		u := namets.NewUUID()
		if got := string(api.AppendUUID(nil, u)); got != u.String() {
			t.Errorf("got %s, want %s", got, u)
		}
	}
}
