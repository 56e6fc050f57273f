package main

import (
	"fmt"
	"strings"
	"time"
)

// sample returns 1,000 subscribers, 10,000 announcements of which 30 lie in the last day, and
// today's prayer times, in the format of namets import.
func sample(now time.Time) map[string]any {
	subscribers := make([]any, 1000)
	for i := range subscribers {
		subscribers[i] = map[string]any{
			"id": i + 1, "email": fmt.Sprintf("student.%06d@example.org", i), "is_verified": true, "is_active": true,
			"notify_announcements": true, "notify_events": i%2 == 0, "notify_prayer_changes": i%3 == 0,
			"token": fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "subscribed_at": "2026-01-01T00:00:00Z",
			"last_notified": nil,
		}
	}
	announcements := make([]any, 10000)
	for i := range announcements {
		at := now.Add(-time.Duration(i+1) * 40 * time.Minute) // 30 of them within the last 20 hours
		if i >= 30 {
			at = now.AddDate(0, 0, -2).Add(-time.Duration(i) * time.Hour)
		}
		announcements[i] = map[string]any{
			"id": i + 1, "title": fmt.Sprintf("Announcement number %d", i), "slug": fmt.Sprint("a-", i),
			"content": strings.Repeat("A line of text. ", 11), "category": "general", "is_pinned": i%10 == 0,
			"publish_at": at.Truncate(time.Second).Format(time.RFC3339), "expire_at": nil, "is_active": true,
			"send_email": false,
		}
	}
	schedule := map[string]any{"id": 1, "date": now.In(time.FixedZone("", 3600)).Format(time.DateOnly),
		"is_active": true, "send_email": false}
	for i, prayer := range []string{"fajr", "dhuhr", "asr", "maghrib", "isha"} {
		schedule[prayer+"_adhan"] = fmt.Sprintf("%02d:10:00", 5+3*i)
		schedule[prayer+"_iqama"] = fmt.Sprintf("%02d:20:00", 5+3*i)
	}
	return map[string]any{
		"subscribers": subscribers, "announcements": announcements, "event_categories": []any{}, "events": []any{},
		"patrons": []any{}, "prayer_schedules": []any{schedule},
	}
}
