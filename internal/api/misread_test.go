package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
)

// sinceHeader asks path with since, encoded, and returns the header X-Since.
func sinceHeader(t *testing.T, s *site, path, since string) string {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path+"?since="+url.QueryEscape(since), http.NoBody)
	req.Header.Set("X-N8N-Token", goodToken)
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		t.Fatalf("%s of %q: status %d", path, since, rec.Code)
	}
	return rec.Header().Get("X-Since")
}

// What workflows really send: a time is read, also with blanks or quotation marks around it; the
// rest gets the default and is counted with its route.
func TestSince_takesWhatPeopleReallySendOrCountsIt(t *testing.T) {
	content, err := os.ReadFile("testdata/settings/30-since-values.txt")
	if err != nil {
		t.Fatal(err)
	}
	const standard = "2026-02-28T09:30:00Z" // a day before the moment of the recorded cases
	read := map[string]string{
		"2026-03-01T10:30:00.000+01:00":  "2026-03-01T09:30:00Z",
		"2026-03-01 10:30:00.000 +01:00": "2026-03-01T09:30:00Z",
		`"2026-03-01T09:30:00.000Z"`:     "2026-03-01T09:30:00Z",
		" 2026-03-01T09:30:00.000Z":      "2026-03-01T09:30:00Z",
		"2026-03-01T09:30:00.000Z ":      "2026-03-01T09:30:00Z",
		"2026-03-01T09:30:00.000 Z":      "2026-03-01T09:30:00Z",
		"2026-03-01T09:30Z":              "2026-03-01T09:30:00Z",
		"2026-03-01T10:30:00.123456789Z": "2026-03-01T10:30:00.123456Z",
		"2026-03-01T09:30:00.000+0000":   "2026-03-01T09:30:00Z",
		"20260301T103000Z":               "2026-03-01T10:30:00Z",
	}
	for i, path := range []string{"/api/announcements/new/", "/api/communications/announcements/new/"} {
		s := newGoldenSite(t)
		found, counted := 0, int64(0)
		for _, value := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
			want, ok := read[value]
			if ok {
				found++
			} else {
				want, counted = standard, counted+1
			}
			if got := sinceHeader(t, s, path, value); got != want {
				t.Errorf("%q: X-Since %s, want %s", value, got, want)
			}
			if got := s.api.SinceStats()[i].NotUnderstood; got != counted {
				t.Fatalf("%q: %d not understood, want %d", value, got, counted)
			}
		}
		if found != len(read) || counted != 30 {
			t.Errorf("read %d values and counted %d", found, counted)
		}
		stats, other := s.api.SinceStats()[i], s.api.SinceStats()[1-i]
		if stats.Route != path || !stats.Last.Equal(goldenNow()) || other.NotUnderstood != 0 || !other.Last.IsZero() {
			t.Errorf("stats %+v, of the other route %+v", stats, other)
		}
	}
}

func TestSince_takesOffWhatStandsAroundATime(t *testing.T) {
	s := newGoldenSite(t)
	for _, value := range []string{
		"'2026-02-25T12:00:00Z'", "“2026-02-25T12:00:00Z”", "`2026-02-25T12:00:00Z`", ` "2026-02-25T12:00:00Z" `,
		`" 2026-02-25T12:00:00Z "`,
		"\t2026-02-25T12:00:00Z\r\n", "\u00a02026-02-25T12:00:00Z", `"2026-02-25T13:00:00 01:00"`,
		`"2026-02-25T13:00:00"`,
	} {
		if got := sinceHeader(t, s, "/api/announcements/new/", value); got != "2026-02-25T12:00:00Z" {
			t.Errorf("%q: X-Since %s", value, got)
		}
	}
	if n := s.api.SinceStats()[0].NotUnderstood; n != 0 {
		t.Errorf("counted %d times that were read", n)
	}
	for _, value := range []string{"", " ", `""`, `"`, `"2026-02-25T12:00:00Z`, `'2026-02-25"`, `""2026-02-25""`} {
		sinceHeader(t, s, "/api/announcements/new/", value)
	}
	if n := s.api.SinceStats()[0].NotUnderstood; n != 4 {
		t.Errorf("counted %d, want those that are neither a time nor empty", n)
	}
}

// The good path pays nothing for what the bad one counts.
func TestSince_costsNothingMoreWhenItIsATime(t *testing.T) {
	s := newGoldenSite(t)
	allocations := func(since string) float64 {
		req := httptest.NewRequest(http.MethodGet, "/api/announcements/new/?since="+since, http.NoBody)
		req.Header.Set("X-N8N-Token", goodToken)
		return testing.AllocsPerRun(200, func() { s.echo.ServeHTTP(httptest.NewRecorder(), req) })
	}
	good, bad := allocations("2026-02-25T12:00:00Z"), allocations("yesterday")
	if good > bad {
		t.Errorf("%.1f allocations for a time, %.1f for none", good, bad)
	}
	if !s.api.SinceStats()[0].Last.Equal(goldenNow()) {
		t.Error("what is no time was not counted")
	}
}
