package api

import (
	"strings"
	"sync/atomic"
	"time"

	"namets/internal/namets"
)

// The paths with the parameter since.
const (
	announcementsPath     = "/api/announcements/new/"
	longAnnouncementsPath = "/api/communications/announcements/new/"
)

// misread counts parameter values that could not be understood. The zero value is ready to use.
type misread struct {
	count atomic.Int64
	last  atomic.Int64 // nanoseconds since 1970, 0: never
}

// SinceStats says how often a route got a since that is not a time, so that the default was used.
type SinceStats struct {
	Route         string
	NotUnderstood int64     // since the start of this process
	Last          time.Time // zero: never
}

// SinceStats returns the counts of each route with the parameter, always in the same order. It does
// not block.
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

// sinceOtherwise returns the instant for a value that [parseSince] has refused. It ignores blanks
// and one pair of quotation marks around a time, which a form or an n8n expression may leave there.
// For any other value it returns the default, and m counts the value unless it is empty.
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

// unwrap removes blanks and one pair of quotation marks from both ends of value.
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
