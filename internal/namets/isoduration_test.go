package namets_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"namets/internal/namets"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT30S": 30 * time.Second, "PT30M": 30 * time.Minute, "PT24H": 24 * time.Hour, "P1D": 24 * time.Hour,
		"P1DT12H": 36 * time.Hour, "P2W": 14 * 24 * time.Hour, "PT1H30M5S": time.Hour + 30*time.Minute + 5*time.Second,
		"PT0S": 0, "PT90M": 90 * time.Minute,
	} {
		if got, err := namets.ParseDuration(text); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "30m", "PT-5M", "-PT5M", "PT1.5H", "P1M", "P1Y", "pt5m",
		"PT5M ", "PT5S3M", "P1W2D", "PT9999999999S", "P999999999D", "PT999999999H", "PT٣M", "PT5M\n"} {
		if got, err := namets.ParseDuration(text); err != namets.ErrDuration { //nolint:errorlint // it wraps nothing
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestFormatDuration_isReadBack(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "PT0S", 24 * time.Hour: "PT24H", 90 * time.Second: "PT1M30S",
		30*24*time.Hour + time.Second: "PT720H1S"} {
		if got := namets.FormatDuration(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 1<<31).Draw(t, "seconds")) * time.Second
		if got, err := namets.ParseDuration(namets.FormatDuration(d)); got != d || err != nil {
			t.Fatalf("%v came back as %v, %v", d, got, err)
		}
	})
}
