package web_test

import (
	"testing"
	"time"

	"namets/web"
)

func TestEnglishSpan(t *testing.T) {
	lagos := time.FixedZone("WAT", 3600)
	start := time.Date(2026, 1, 2, 23, 5, 0, 0, lagos)
	for end, want := range map[time.Time]string{
		start:                        "Fri 2 January 2026, 23:05",
		start.Add(-time.Hour):        "Fri 2 January 2026, 23:05",
		start.Add(30 * time.Minute):  "Fri 2 January 2026, 23:05–23:35",
		start.Add(100 * time.Minute): "Fri 2 January 2026, 23:05 – Sat 3 January 2026, 00:45",
	} {
		if got := web.EnglishSpan(start, end); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDates_areWrittenInTheZoneOfTheTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 14, 5, 6, 0, time.FixedZone("WAT", 3600))
	for got, want := range map[string]string{
		web.MachineTime(at):       "2026-01-02T14:05:06+01:00",
		web.MachineDay(at):        "2026-01-02",
		web.EnglishTime(at):       "Fri 2 January 2026, 14:05",
		web.EnglishShortTime(at):  "Fri 2 Jan 2026, 14:05",
		web.EnglishClock(at):      "14:05",
		web.EnglishDay(at):        "Friday, 2 January 2026",
		web.EnglishPlainDay(at):   "2 January 2026",
		web.EnglishShortDay(at):   "Fri 2\u00a0Jan",
		web.EnglishMonth(at):      "January 2026",
		web.EnglishDayOfMonth(at): "Fri 2",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
