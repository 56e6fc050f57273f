package store

import (
	"context"
	"time"

	"namets/internal/namets"
)

// skipReason returns in plain words why the notification is not worth sending any more, and an
// empty string if it is.
func (db *DB) skipReason(ctx context.Context, c *claimed) (string, error) {
	now := namets.Micro(db.now())
	if c.expires.Valid && c.expires.Int64 <= now.UnixMicro() {
		c.Expired = true
		return "its time was over before it could be delivered", nil
	}
	var err error
	switch c.Kind {
	case namets.AnnouncementCreated:
		var a namets.Announcement
		if a, _, err = db.Announcement(ctx, c.about.id); err == nil {
			return announcementSkipReason(&a, now), nil
		}
	case namets.EventCreated, namets.EventUpdated, namets.EventUpcoming, namets.EventCancelled:
		var e namets.Event
		if e, _, err = db.Event(ctx, c.about.id); err == nil {
			return eventSkipReason(c.Kind, &e, now), nil
		}
		if c.Kind == namets.EventCancelled && namets.CodeOf(err) == namets.NotFound {
			return "", nil // it is deleted now, and still does not take place
		}
	case namets.PrayerUpdated:
		_, _, err = db.PrayerSchedule(ctx, c.about.id)
	}
	if namets.CodeOf(err) == namets.NotFound {
		return "its subject was deleted", nil
	}
	return "", err
}

// announcementSkipReason returns why a is no longer due.
func announcementSkipReason(a *namets.Announcement, now time.Time) string {
	switch {
	case !a.IsActive:
		return "the announcement was withdrawn"
	case a.Expired(now):
		return "the announcement has expired"
	case !a.SendEmail:
		return "send_email was switched off"
	case !a.Due(now):
		return "the announcement was postponed"
	}
	return ""
}

// eventSkipReason returns why the notification of the kind about e is no longer worth sending.
func eventSkipReason(kind namets.NotificationKind, e *namets.Event, now time.Time) string {
	switch {
	case kind == namets.EventCancelled && e.CancelledAt == nil:
		return "the event takes place after all"
	case kind != namets.EventCancelled && e.CancelledAt != nil:
		return "the event was cancelled"
	case !e.IsActive:
		return "the event was withdrawn"
	case !e.End.After(now):
		return "the event is over"
	case !e.SendEmail && kind == namets.EventCreated:
		return "send_email was switched off"
	}
	return ""
}
