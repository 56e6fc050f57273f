package api_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"namets/internal/api"
	"namets/internal/namets"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

func TestParseSince_readsEveryDocumentedForm(t *testing.T) {
	lagos := zone(t, "Africa/Lagos")
	for _, test := range []struct{ value, want string }{
		{"2026-02-20", "2026-02-19T23:00:00Z"},
		{"20260220", "2026-02-19T23:00:00Z"},
		{"2026-02-20T05", "2026-02-20T04:00:00Z"},
		{"2026-02-20 05", "2026-02-20T04:00:00Z"},
		{"2026-02-20t05:06", "2026-02-20T04:06:00Z"},
		{"2026-02-20T05:06:07", "2026-02-20T04:06:07Z"},
		{"2026-02-20T0506", "2026-02-20T04:06:00Z"},
		{"2026-02-20T050607", "2026-02-20T04:06:07Z"},
		{"20260220T05:06:07", "2026-02-20T04:06:07Z"},
		{"2026-02-20T05:06:07.5", "2026-02-20T04:06:07.5Z"},
		{"2026-02-20T050607,000001", "2026-02-20T04:06:07.000001Z"},
		{"2026-02-20T05:06:07.9999999999999999", "2026-02-20T04:06:07.999999Z"},
		{"2026-02-20T05:06.5", "2026-02-20T04:06:00.5Z"}, // of a second, as in the original
		{"2026-02-20T05,25+01:00", "2026-02-20T04:00:00.25Z"},
		{"2026-02-20 0506.0000019 0100", "2026-02-20T04:06:00.000001Z"},
		{"2026-02-20T05:06:07Z", "2026-02-20T05:06:07Z"},
		{"2026-02-20T05:06:07.25z", "2026-02-20T05:06:07.25Z"},
		{"2026-02-20T05Z", "2026-02-20T05:00:00Z"},
		{"2026-02-20T05:06+02", "2026-02-20T03:06:00Z"},
		{"2026-02-20T05:06-0230", "2026-02-20T07:36:00Z"},
		{"2026-02-20T0506+02:30", "2026-02-20T02:36:00Z"},
		{"2026-02-20T05:06:07-23:59", "2026-02-21T05:05:07Z"},
		{"2026-02-20T00:00:00 01:00", "2026-02-19T23:00:00Z"},
		{"2026-02-20 00:00:00 +01:00", "2026-02-19T23:00:00Z"},
		{"2026-02-20T00:00 -0100", "2026-02-20T01:00:00Z"},
		{"2026-02-20 00:00:00 Z", "2026-02-20T00:00:00Z"},
		{"2026-02-20 00:00 0100", "2026-02-19T23:00:00Z"},
		{"2026-02-20 00 01", "2026-02-19T23:00:00Z"},
		{"2026-02-20 00:00", "2026-02-19T23:00:00Z"},
		{"2024-02-29", "2024-02-28T23:00:00Z"},
		{"0001-01-01", "0001-01-01T00:00:00Z"},
		{"0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.999999Z"},
	} {
		got, ok := api.ParseSince(test.value, lagos)
		if !ok {
			t.Errorf("%q: refused, want %s", test.value, test.want)
			continue
		}
		if s := got.Format(time.RFC3339Nano); s != test.want {
			t.Errorf("%q: got %s, want %s", test.value, s, test.want)
		}
	}
}

func TestParseSince_refusesEverythingElse(t *testing.T) {
	for _, value := range []string{
		"", " ", "Z", "now", "2026", "2026-02", "202602", "2026-0220", "202602-20", "2026-2-5", "2026-02-30",
		"2025-02-29",
		"2026-13-01", "2026-00-01", "2026-01-00", "0000-01-01", "2026-02-20T", "2026-02-20 ", "2026-02-20Z",
		"2026-02-20+01:00",
		"2026-02-20x05", "2026-02-20T5", "2026-02-20T24:00", "2026-02-20T24:00:00", "2026-02-20T05:60",
		"2026-02-20T05:06:60",
		"2026-02-20T05:0607", "2026-02-20T0506:07", "2026-02-20T05:", "2026-02-20T05:06:", "2026-02-20T05:06:07.",
		"2026-02-20T05:06.", "2026-02-20T05,Z", "2026-02-20.5", "2026-02-20T05:.5", "2026-02-20T05:06:07+",
		"2026-02-20T05:06:07+1", "2026-02-20T05:06:07+24:00",
		"2026-02-20T05:06:07+01:60", "2026-02-20T05:06:07+01:", "2026-02-20T05:06:07+01:00:00", "2026-02-20T05:06:07 ",
		"2026-02-20T05:06:07  01:00", "2026-02-20T05:06:07ZZ", "2026-02-20T05:06:07Z ", " 2026-02-20", "-2026-02-20",
		"12026-02-20", "2026-W08-5", "2026-051", "٢٠٢٦-02-20", "2026-02-2٠", "2026-02-20T05:06:07−01:00",
		"2026-02-20\x00",
	} {
		if got, ok := api.ParseSince(value, time.UTC); ok {
			t.Errorf("%q: got %s, want it refused", value, got)
		}
	}
}

// The wanted instants are those of Python's zoneinfo with fold=0.
func TestParseSince_takesTheOffsetBeforeAChangeOfTheClocks(t *testing.T) {
	for _, test := range []struct{ zone, value, want string }{
		{"Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z"},
		{"Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"}, // skipped
		{"Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25T01:59:59", "2026-10-24T23:59:59Z"},
		{"Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"}, // twice
		{"Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"},
		{"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"},
		{"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"}, // a whole day skipped
		{"Africa/Lagos", "1800-01-01T00:00:00", "1799-12-31T23:46:25Z"},
		{"Europe/Berlin", "2500-07-01T12:00:00", "2500-07-01T10:00:00Z"},
		{"Europe/Berlin", "4001-01-01T01:00:00", "4001-01-01T00:00:00Z"}, // time.ZoneBounds ends before its start here
	} {
		got, ok := api.ParseSince(test.value, zone(t, test.zone))
		if s := got.Format(time.RFC3339Nano); !ok || s != test.want {
			t.Errorf("%s in %s: got %s, %v, want %s", test.value, test.zone, s, ok, test.want)
		}
	}
}

func FuzzSince(f *testing.F) {
	for _, seed := range []string{"2026-02-20", "20260220T050607,123456789-0230", "2026-02-20 00:00 01:00",
		"9999-12-31T23:59:59.9-23:59"} {
		f.Add(seed)
	}
	zones := []*time.Location{time.UTC, zone(f, "Africa/Lagos"), zone(f, "Europe/Berlin"), zone(f, "Pacific/Apia")}
	f.Fuzz(func(t *testing.T, value string) {
		for _, z := range zones {
			got, ok := api.ParseSince(value, z)
			if !ok {
				continue
			}
			if !namets.InRange(got) || got.Location() != time.UTC || got.Nanosecond()%1000 != 0 {
				t.Fatalf("%q in %s: %s", value, z, got)
			}
			// What an answer tells in X-Since can be sent back as it is.
			again, ok := api.ParseSince(got.Format(time.RFC3339Nano), z)
			if !ok || !again.Equal(got) {
				t.Fatalf("%q in %s: %s does not survive a second reading: %s", value, z, got, again)
			}
		}
	})
}
