package api_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"namets/internal/api"
)

func TestLookup_readsAQueryAsTheOriginalDid(t *testing.T) {
	for _, test := range []struct {
		query, want string
		ok          bool
	}{
		{"", "", false},
		{"x=1", "1", true},
		{"x", "", true},
		{"x=", "", true},
		{"X=1", "", false},
		{"x[]=1", "", false},
		{"=1", "", false},
		{"xx=1", "", false},
		{"&&x=1&", "1", true},
		{"x=1&x=2", "2", true},
		{"x=1&x=", "", true},
		{"x=1&x", "", true},
		{"y=1;x=2", "", false},
		{"x=1;y=2", "1;y=2", true},
		{"x=1=2", "1=2", true},
		{"x=a+b", "a b", true},
		{"x=a%2Bb", "a+b", true},
		{"%78=1", "1", true},
		{"+x=1", "", false},
		{"x=%", "%", true},
		{"x=%zz", "%zz", true},
		{"x=%4", "%4", true},
		{"x=%%41", "%A", true},
		{"x=100%25", "100%", true},
		{"x=%E2%9C%93", "✓", true},
		{"x=%e2%9c%93", "✓", true},
		{"x=✓", "✓", true},
		{"x=%ff", "\ufffd", true},
		{"x=\xff", "\ufffd", true},
		{"x=1#y", "1#y", true},
		{"x=1%00", "1\x00", true},
	} {
		got, ok := api.Lookup(test.query, "x")
		if got != test.want || ok != test.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", test.query, got, ok, test.want, test.ok)
		}
	}
}

func TestLookup_allocatesNothingForPlainValues(t *testing.T) {
	const query = "announcements=1&since=2026-02-20T00:00:00Z"
	if n := testing.AllocsPerRun(100, func() { api.Lookup(query, "since") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"since=1", "a=1&since=%2B&since=x+y", "since=%zz;since", "%73ince=\xff%ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got, ok := api.Lookup(query, "since")
		if !utf8.ValidString(got) || !ok && got != "" {
			t.Fatalf("%q: %q, %v", query, got, ok)
		}
		// What is encoded correctly has to be found.
		encoded := url.Values{"since": {query}, "a": {"since=2"}}.Encode()
		if again, ok := api.Lookup(encoded, "since"); !ok || again != strings.ToValidUTF8(query, "\ufffd") {
			t.Fatalf("%q: %q, %v", encoded, again, ok)
		}
	})
}
