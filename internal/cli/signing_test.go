package cli

import (
	"testing"
	"time"
)

func TestSinceFlag_takesTheTimesThatAreListed(t *testing.T) {
	lagos := time.FixedZone("", 60*60)
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                            {},
		"2h":                          now.Add(-2 * time.Hour),
		"2026-03-01T09:30:00Z":        time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
		"2026-03-01T09:30:00.5+01:00": time.Date(2026, 3, 1, 8, 30, 0, 5e8, time.UTC),
		"2026-03-01 10:30:00 +01:00":  time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
		"2026-03-01 10:30":            time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC),
		"2026-03-01T10:30:07":         time.Date(2026, 3, 1, 9, 30, 7, 0, time.UTC),
		"2026-03-01":                  time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC),
	} {
		if got, err := parseSinceFlag(text, now, lagos); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-2h", "2026-02-30", "10:30"} {
		if got, err := parseSinceFlag(text, now, lagos); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
