package web

import (
	"time"

	"namets/internal/namets"
)

// This file is how pages write days and times. People read the English ones below, in the zone that
// the time has; the texts of the public pages may bring others. Machines read MachineTime and
// MachineDay, which are for datetime attributes.

// MachineTime returns an instant as "2026-01-02T14:05:00+01:00".
func MachineTime(t time.Time) string { return t.Format(time.RFC3339) }

// MachineDay returns a day as "2026-01-02".
func MachineDay(t time.Time) string { return t.Format(time.DateOnly) }

// EnglishTime returns an instant as "Fri 2 January 2026, 14:05".
func EnglishTime(t time.Time) string { return t.Format("Mon 2 January 2006, 15:04") }

// EnglishShortTime returns an instant as "Fri 2 Jan 2026, 14:05".
func EnglishShortTime(t time.Time) string { return t.Format("Mon 2 Jan 2006, 15:04") }

// EnglishClock returns a time of day as "14:05".
func EnglishClock(t time.Time) string { return t.Format("15:04") }

// EnglishDay returns a day as "Friday, 2 January 2026".
func EnglishDay(t time.Time) string { return t.Format("Monday, 2 January 2006") }

// EnglishPlainDay returns a day as "2 January 2026".
func EnglishPlainDay(t time.Time) string { return t.Format("2 January 2006") }

// EnglishShortDay returns one of the coming days as "Fri 2 Jan", which no line break splits.
func EnglishShortDay(t time.Time) string { return t.Format("Mon 2\u00a0Jan") }

// EnglishMonth returns a month as "January 2026".
func EnglishMonth(t time.Time) string { return t.Format("January 2006") }

// EnglishDayOfMonth returns a day of a month that is known as "Fri 2".
func EnglishDayOfMonth(t time.Time) string { return t.Format("Mon 2") }

// EnglishSpan returns the time from start to end: the day once when it is the same, and start alone
// when end is not after it.
func EnglishSpan(start, end time.Time) string {
	switch {
	case !end.After(start):
		return EnglishTime(start)
	case namets.DateOf(start) == namets.DateOf(end):
		return EnglishTime(start) + "–" + EnglishClock(end)
	}
	return EnglishTime(start) + " – " + EnglishTime(end)
}
