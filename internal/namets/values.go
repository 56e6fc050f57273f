package namets

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Micro returns t in UTC, truncated (not rounded) to the microsecond.
func Micro(t time.Time) time.Time {
	return t.UTC().Truncate(time.Microsecond)
}

// Clamp returns t, or the nearer end of the years 1 to 9999 (UTC) if t is outside. Those are the
// instants that can be stored, with microsecond precision.
func Clamp(t time.Time) time.Time {
	if first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); t.Before(first) {
		return first
	}
	if last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC); t.After(last) {
		return last
	}
	return t
}

// InRange reports whether t is in the years 1 to 9999 (UTC).
func InRange(t time.Time) bool { return Clamp(t).Equal(t) }

// AppendDateTime appends t in the given zone, in the format of the API and the webhooks (section
// 4): a fraction only if the microseconds are not zero, and then with six digits.
func AppendDateTime(b []byte, t time.Time, zone *time.Location) []byte {
	t = t.In(zone)
	layout := "2006-01-02T15:04:05"
	if t.Nanosecond()/1000 != 0 {
		layout = "2006-01-02T15:04:05.000000"
	}
	b = t.AppendFormat(b, layout)
	if _, offset := t.Zone(); offset%60 != 0 { // local mean time, before zones were agreed on
		return t.AppendFormat(b, "Z07:00:00")
	}
	return t.AppendFormat(b, "Z07:00")
}

// FormatDateTime returns what [AppendDateTime] appends.
func FormatDateTime(t time.Time, zone *time.Location) string {
	return string(AppendDateTime(nil, t, zone))
}

// Date is a calendar day without a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the calendar day of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate parses YYYY-MM-DD, years 0001 to 9999.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, errors.New("not a date of the form YYYY-MM-DD")
	}
	return DateOf(t), nil
}

// String returns the form YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// AddDays returns the day n days after d, or before it when n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// Compare returns -1, 0 or 1 if d is before, equal to or after e.
func (d Date) Compare(e Date) int { return strings.Compare(d.String(), e.String()) }

// TimeOfDay is a wall-clock time: microseconds since midnight, from 0 up to but not including 24
// hours.
type TimeOfDay int64

const microsPerDay = 24 * 60 * 60 * 1_000_000

// Valid reports whether t is within one day.
func (t TimeOfDay) Valid() bool { return t >= 0 && t < microsPerDay }

// ParseTimeOfDay parses HH:MM, HH:MM:SS or HH:MM:SS.ffffff (one to six digits).
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	for _, layout := range []string{"15:04", "15:04:05"} { // the second one also takes a fraction
		t, err := time.Parse(layout, s)
		if err != nil || t.Nanosecond()%1000 != 0 || len(s) < len(layout) || s[2] != ':' || strings.Contains(s, ",") {
			continue
		}
		midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		return TimeOfDay(t.Sub(midnight) / time.Microsecond), nil
	}
	return 0, errors.New("not a time of the form HH:MM or HH:MM:SS")
}

// String returns HH:MM:SS, with a six-digit fraction if the microseconds are not zero (section 7).
func (t TimeOfDay) String() string {
	s := t.clock().Format("15:04:05")
	if us := int64(t) % 1_000_000; us != 0 {
		s += fmt.Sprintf(".%06d", us)
	}
	return s
}

// Minutes returns HH:MM, truncated to the minute (section 5, P4).
func (t TimeOfDay) Minutes() string { return t.clock().Format("15:04") }

func (t TimeOfDay) clock() time.Time { return time.UnixMicro(int64(t)).UTC() }

// UUID is a 128-bit identifier (RFC 9562).
type UUID [16]byte

// NewUUID returns a random UUID, version 4.
func NewUUID() UUID {
	var u UUID
	rand.Read(u[:]) // never fails (crypto/rand)
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

// ParseUUID parses 32 hexadecimal digits in groups of 8-4-4-4-12, in either letter case.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, errors.New("not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
	}
	digits := 0
	for i := range len(s) {
		if s[i] == '-' && (i == 8 || i == 13 || i == 18 || i == 23) {
			continue
		}
		value := strings.IndexByte("0123456789abcdef", s[i]|0x20)
		if value < 0 || s[i] < '0' {
			return UUID{}, errors.New("not a UUID: a character is not a hexadecimal digit")
		}
		u[digits/2] = u[digits/2]<<4 | byte(value)
		digits++
	}
	return u, nil
}

// String returns the lower-case form in groups of 8-4-4-4-12 digits.
func (u UUID) String() string {
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
