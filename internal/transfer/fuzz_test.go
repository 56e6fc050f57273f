package transfer_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"namets/internal/transfer"
)

// FuzzDecode looks for files that crash the reader, that are refused without a position, or that
// do not survive a round through an export. Its seeds are small: large ones make the fuzzer shrink
// them instead of trying new ones.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte(dump))
	for _, bad := range badRows {
		f.Add([]byte(strings.Replace(strings.Replace(sound, bad.from, bad.to, 1), "§", "", 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := transfer.Decode(bytes.NewReader(text))
		if bad, ok := errors.AsType[*transfer.Complaints](err); ok {
			checkComplaints(t, bad)
			return
		}
		if err != nil {
			t.Fatalf("not a complaint: %v", err)
		}
		again := decode(t, export(t, &file.Data))
		if diff := cmp.Diff(file.Data, again.Data); diff != "" {
			t.Errorf("data after a round (-first +second):\n%s", diff)
		}
	})
}

func checkComplaints(t *testing.T, bad *transfer.Complaints) {
	t.Helper()
	if len(bad.List) == 0 || len(bad.List) > 1000 {
		t.Errorf("%d complaints", len(bad.List))
	}
	address := regexp.MustCompile(`\w@\w`)
	for _, c := range bad.List {
		if c.At.Line < 1 || c.At.Column < 1 || c.Message == "" {
			t.Errorf("complaint without position or message: %+v", c)
		}
		if line := c.String(); address.MatchString(line) || strings.Contains(line, "\n") || !utf8.ValidString(line) {
			t.Errorf("complaint holds an address or control characters: %q", line)
		}
	}
}
