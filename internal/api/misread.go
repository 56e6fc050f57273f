package api

import (
	"strings"
	"sync/atomic"
	"time"

	"namets/internal/namets"
)

// The paths that have the parameter since.
const (
	announcementsPath     = "/api/announcements/new/"
	longAnnouncementsPath = "/api/communications/announcements/new/"
)

// misread counts values of a parameter that could not be understood. The zero value is ready.
type misread struct {
	count atomic.Int64
	last  atomic.Int64 // nanoseconds since 1970, 0: never
}

// SinceStats says how often a route was asked with a since that is no time, so that the default
// counted.
type SinceStats struct {
	Route         string
	NotUnderstood int64     // since the start of this process
	Last          time.Time // zero: never
}

// SinceStats returns the numbers of each route that has the parameter, always in the same order.
// It does not block.
func (a *API) SinceStats() []SinceStats {
	stats := func(route string, m *misread) SinceStats {
		s := SinceStats{Route: route, NotUnderstood: m.count.Load()}
		if last := m.last.Load(); last != 0 {
			s.Last = time.Unix(0, last).UTC()
		}
		return s
	}
	return []SinceStats{stats(announcementsPath, &a.misread), stats(longAnnouncementsPath, &a.misreadLong)}
}

// sinceOtherwise returns the instant for a value that [parseSince] has refused. Blanks and one
// pair of quotation marks around a time, which a form or an expression of n8n has left there, do
// not count. For anything else the default does; unless nothing was given, m counts it.
func (a *API) sinceOtherwise(value string, m *misread) time.Time {
	if value != "" {
		bare := unwrap(value)
		if since, ok := parseSince(bare, a.zone); ok {
			return since
		}
		if bare != "" {
			m.count.Add(1)
			m.last.Store(a.now().UnixNano())
		}
	}
	return namets.Micro(a.now()).Add(-day)
}

// unwrap takes blanks and one pair of quotation marks off both ends of value.
func unwrap(value string) string {
	value = strings.TrimSpace(value)
	for _, pair := range [...][2]string{{`"`, `"`}, {`'`, `'`}, {"`", "`"}, {"“", "”"}, {"‘", "’"}, {"«", "»"}} {
		if inner, ok := strings.CutPrefix(value, pair[0]); ok {
			if inner, ok := strings.CutSuffix(inner, pair[1]); ok {
				return strings.TrimSpace(inner)
			}
		}
	}
	return value
}
