package admin

import (
	"time"
)

// when is an instant as pages show it, for the part "when".
type when struct {
	Machine  string // for the datetime attribute
	Text     string // in the site's zone: "Fri 2 Jan 2026, 14:05"
	Relative string // "in 2 hours", "5 minutes ago"
}

// when returns how pages show t.
func (v *visit) when(t time.Time) when {
	local := t.In(v.admin.cfg.Zone)
	return when{local.Format(time.RFC3339), local.Format("Mon 2 Jan 2006, 15:04"), relative(t, v.admin.cfg.Now())}
}

// whenIf is when for a time that may be missing: then it is nil.
func (v *visit) whenIf(t *time.Time) *when {
	if t == nil || t.IsZero() {
		return nil
	}
	w := v.when(*t)
	return &w
}

// relative says how far t is from now, in the largest unit that fits.
func relative(t, now time.Time) string {
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
		text = count(distance/time.Minute).of("minute", "minutes")
	case distance < 48*time.Hour:
		text = count(distance/time.Hour).of("hour", "hours")
	case distance < 60*24*time.Hour:
		text = count(distance/(24*time.Hour)).of("day", "days")
	case distance < 2*365*24*time.Hour:
		text = count(distance/(30*24*time.Hour)).of("month", "months")
	default:
		text = count(distance/(365*24*time.Hour)).of("year", "years")
	}
	if d > 0 {
		return "in " + text
	}
	return text + " ago"
}

// localForm is how a datetime-local input writes a time of the site's zone.
const localForm = "2006-01-02T15:04"

// typed returns the value of a datetime-local input for t; empty for nil.
func (a *Admin) typed(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(a.cfg.Zone).Format(localForm)
}

// parseTyped reads what a datetime-local input sends, in the site's zone.
func (a *Admin) parseTyped(s string) (time.Time, error) {
	var t time.Time
	var err error
	for _, layout := range []string{localForm, "2006-01-02T15:04:05"} {
		if t, err = time.ParseInLocation(layout, s, a.cfg.Zone); err == nil {
			return t, nil
		}
	}
	return t, err
}
