package site

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestExcerpt_endsWithAWholeWordWhereItCan(t *testing.T) {
	for _, tt := range []struct {
		text string
		size int
		want string
	}{
		{"", 10, ""},
		{"  all of it\n", 10, "all of it"},
		{"one two three", 10, "one two…"},
		{"one, threefour", 8, "one, thr…"},
		{"onetwothree", 6, "onetwo…"},
		{`""""`, 10, `""…`},
		{"مرحبا بكم", 12, "مرحبا…"},
		{"🕌🕌", 4, "🕌…"},
	} {
		if got, cut := excerpt(tt.text, tt.size); got != tt.want || cut != strings.HasSuffix(tt.want, "…") {
			t.Errorf("%q in %d: %q, %t, want %q", tt.text, tt.size, got, cut, tt.want)
		}
	}
}

func TestExcerpt_fits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, size := rapid.String().Draw(t, "text"), rapid.IntRange(1, 50).Draw(t, "size")
		got, cut := excerpt(text, size)
		if !utf8.ValidString(got) || !cut && got != strings.TrimSpace(text) || cut && len(got) > size+len("…") {
			t.Fatalf("%q", got)
		}
	})
}
