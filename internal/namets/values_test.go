package namets_test

import (
	"testing"
	"time"

	"namets/internal/namets"
)

func TestFormatDateTime_isTheFormOfSection4(t *testing.T) {
	lagos, err := time.LoadLocation("Africa/Lagos")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		at   time.Time
		zone *time.Location
		want string
	}{
		{at, lagos, "2026-03-01T10:30:00+01:00"},
		{at.Add(5 * time.Microsecond), lagos, "2026-03-01T10:30:00.000005+01:00"},
		{at.Add(5 * time.Nanosecond), lagos, "2026-03-01T10:30:00+01:00"},
		{at, time.UTC, "2026-03-01T09:30:00Z"},
		{time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), lagos, "1900-01-01T00:13:35+00:13:35"},
	} {
		if got := namets.FormatDateTime(tt.at, tt.zone); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.at, got, tt.want)
		}
	}
}
