package v1

import (
	"errors"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/namets"
)

// Changed selects rows by the time of their last change.
type Changed struct {
	UpdatedSince time.Time `query:"updated_since" doc:"Rows that changed then or later; deleted rows are not listed, consumers have them" example:"2026-03-01T00:00:00Z"`
}

// Found selects rows by a part of their text.
type Found struct {
	Q string `query:"q" minLength:"1" maxLength:"200" doc:"A part of the text by which people know the row, in any letter case"`
}

// Linked adds personal links to people.
type Linked struct {
	Links string `query:"links" enum:"0,1" default:"0" doc:"1: with manage_url and unsubscribe_url, which are null for patrons"`
}

// moment is a bound of a time: an instant, or a whole day of the site's zone.
type moment struct {
	at  time.Time
	day namets.Date // zero for an instant
}

// Schema describes the parameter.
func (moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, MaxLength: new(64), Examples: []any{"2026-03-01"}}
}

// UnmarshalText reads an RFC 3339 time or a day.
func (m *moment) UnmarshalText(text []byte) (err error) {
	if m.day, err = namets.ParseDate(string(text)); err == nil {
		return nil
	}
	if m.at, err = time.Parse(time.RFC3339, string(text)); err != nil || !namets.InRange(m.at) {
		return errors.New("must be a day (2026-03-01) or a time with an offset (2026-03-01T18:00:00+01:00)")
	}
	return nil
}

// begin returns the first instant, zero if there is no bound.
func (m moment) begin(zone *time.Location) time.Time {
	if m.day == (namets.Date{}) {
		return m.at
	}
	return time.Date(m.day.Year, m.day.Month, m.day.Day, 0, 0, 0, 0, zone)
}

// end returns the last instant to the microsecond, zero if there is no bound.
func (m moment) end(zone *time.Location) time.Time {
	if m.day == (namets.Date{}) {
		return m.at
	}
	next := m.day.AddDays(1)
	return time.Date(next.Year, next.Month, next.Day, 0, 0, 0, 0, zone).Add(-time.Microsecond)
}

// Day is a calendar day as a parameter.
type Day struct{ namets.Date }

// Schema describes the parameter.
func (Day) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-03-01"}}
}

// UnmarshalText reads YYYY-MM-DD.
func (d *Day) UnmarshalText(text []byte) (err error) {
	if d.Date, err = namets.ParseDate(string(text)); err != nil {
		return errors.New("must be a day of the form YYYY-MM-DD")
	}
	return nil
}

// Wishes are topics of a subscription, joined by commas.
type Wishes struct{ namets.Preferences }

// Schema describes the parameter.
func (Wishes) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString,
		Pattern:  "^(announcements|events|prayer)(,(announcements|events|prayer))*$",
		Examples: []any{"announcements,events"}}
}

// UnmarshalText reads the topics.
func (w *Wishes) UnmarshalText(text []byte) error {
	for _, topic := range strings.Split(string(text), ",") {
		switch topic {
		case "announcements":
			w.Announcements = true
		case "events":
			w.Events = true
		case "prayer":
			w.PrayerChanges = true
		default:
			return errors.New("takes announcements, events and prayer, joined by commas")
		}
	}
	return nil
}
