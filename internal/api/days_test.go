package api_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"namets/internal/api"
	"namets/internal/namets"
)

func TestParseDays_takesWhatTheOriginalTook(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	for value, want := range map[string]string{
		"7": "2026-03-08", " 7 ": "2026-03-08", "+7": "2026-03-08", "-7": "2026-02-22", "07": "2026-03-08",
		"0":  "2026-03-01",
		"-0": "2026-03-01", "1_0": "2026-03-11", "0_0": "2026-03-01", "٣_٤": "2026-04-04", "７": "2026-03-08",
		"+٣":            "2026-03-04",
		"\u00a07\u3000": "2026-03-08", "\u00857": "2026-03-08", "\t\n7\r\f\v": "2026-03-08", "𝟟": "2026-03-08",
		"7௨":      "2026-05-12",
		"2912383": "9999-12-31", "-739675": "0001-01-01", strings.Repeat("0", 5000) + "7": "2026-03-08",
	} {
		got, ok := api.ParseDays(value, now)
		if s := got.Format(time.DateOnly); !ok || s != want ||
			!strings.HasPrefix(got.Format("T15:04:05"), "T09:30:00") {
			t.Errorf("%q: got %s, %v, want %s", value, s, ok, want)
		}
	}
	for _, value := range []string{
		"", " ", "abc", "7.0", "7d", "0x10", "1e3", "NaN", "--1", "+-1", "+ 7", "- 7", "1__0", "_1", "1_", "+_1", "1_ ",
		"1,000", "7\x00",
		"\ufeff7", "7\u200b", "\u180e7", "−7", "²", "½", "一", "2912384", "-739676", "999999999", "99999999999999999999",
		"-99999999999999999999", strings.Repeat("9", 5000),
	} {
		if got, ok := api.ParseDays(value, now); ok {
			t.Errorf("%q: got %s, want it refused", value, got)
		}
	}
}

func TestParseInt_knowsTheValueOfEveryDecimalDigit(t *testing.T) {
	next := 0 // the digits of a script follow each other from zero to nine
	for r := range unicode.MaxRune {
		if !unicode.Is(unicode.Nd, r) {
			if next != 0 {
				t.Fatalf("digits end before %U with %d", r, next)
			}
			continue
		}
		if got, ok := api.ParseInt(string(r)); !ok || got != next {
			t.Errorf("%U: got %d, %v, want %d", r, got, ok, next)
		}
		next = (next + 1) % 10
	}
}

func FuzzDays(f *testing.F) {
	for _, seed := range []string{"7", " +1_0\u00a0", "-٣", "99999999999999999999", "2912500", "7௨"} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		end, ok := api.ParseDays(value, now)
		if !ok {
			return
		}
		if !namets.InRange(end) || end.Sub(now)%(24*time.Hour) != 0 && end.Year() > 1800 && end.Year() < 2200 {
			t.Fatalf("%q: %s", value, end)
		}
	})
}
