package page

import (
	"time"

	"namets/web"
)

// When is an instant as pages show it, for the part "when".
type When struct {
	Machine  string // for the datetime attribute
	Text     string // in the site's zone: "Fri 2 Jan 2026, 14:05"
	Relative string // "in 2 hours", "5 minutes ago"
}

// When returns how pages show t.
func (v *Visit) When(t time.Time) When {
	local := t.In(v.Zone())
	return When{web.MachineTime(local), web.EnglishShortTime(local), Relative(t, v.Now())}
}

// WhenIf is When for an optional time; nil for nil.
func (v *Visit) WhenIf(t *time.Time) *When {
	if t == nil || t.IsZero() {
		return nil
	}
	w := v.When(*t)
	return &w
}

// Relative returns the distance of t from now in the largest unit that fits.
func Relative(t, now time.Time) string {
	d := t.Sub(now)
	distance := d.Abs()
	switch {
	case distance < time.Minute && d > 5*time.Second:
		return "in a moment"
	case distance < time.Minute:
		return "just now"
	}
	text := ""
	switch {
	case distance < time.Hour:
		text = Count(distance/time.Minute).Of("minute", "minutes")
	case distance < 48*time.Hour:
		text = Count(distance/time.Hour).Of("hour", "hours")
	case distance < 60*24*time.Hour:
		text = Count(distance/(24*time.Hour)).Of("day", "days")
	case distance < 2*365*24*time.Hour:
		text = Count(distance/(30*24*time.Hour)).Of("month", "months")
	default:
		text = Count(distance/(365*24*time.Hour)).Of("year", "years")
	}
	if d > 0 {
		return "in " + text
	}
	return text + " ago"
}

// localForm is the format of a datetime-local input.
const localForm = "2006-01-02T15:04"

// Typed returns the value of a datetime-local input for t; empty for nil.
func (v *Visit) Typed(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(v.Zone()).Format(localForm)
}

// ParseTyped parses the value of a datetime-local input in the site's zone.
func (v *Visit) ParseTyped(s string) (time.Time, error) {
	var t time.Time
	var err error
	for _, layout := range []string{localForm, "2006-01-02T15:04:05"} {
		if t, err = time.ParseInLocation(layout, s, v.Zone()); err == nil {
			return t, nil
		}
	}
	return t, err
}
