package site_test

import (
	"fmt"
	"testing"
	"time"

	"namets/internal/namets"
)

// crowd is a site with 10,000 announcements, half of them over, 10,000 events, nearly all of them
// over, and 200,000 subscribers, of whom it returns one.
func crowd(b *testing.B) (*world, namets.Subscriber) {
	w := newWorld(b, setting{})
	data := &namets.Dataset{Announcements: news(10_000, "Some words that a committee writes. "),
		PrayerSchedules: someDays(30)}
	for i := range data.Announcements {
		if at := startOfWorld; i < 5000 {
			data.Announcements[i].ExpireAt = &at
		}
		at := startOfWorld.Add(time.Duration(i-9990) * time.Hour)
		data.Events = append(data.Events, namets.Event{ID: int64(i + 1), Title: "Event", Slug: fmt.Sprint("event-", i),
			Start: at, End: at.Add(time.Hour), IsActive: true})
	}
	for i := range 200_000 {
		data.Subscribers = append(data.Subscribers,
			namets.Subscriber{ID: int64(i + 1), Email: fmt.Sprintf("s%d@example.org", i), IsActive: true,
				Token: namets.NewUUID(), SubscribedAt: startOfWorld})
	}
	report, err := w.db.Import(b.Context(), namets.Actor{}, data, namets.ImportOptions{})
	if w.must(err); len(report.Conflicts) > 0 {
		b.Fatal(report.Conflicts)
	}
	return w, data.Subscribers[123_456]
}

// BenchmarkPages: every page stays below 10 ms with a crowd.
func BenchmarkPages(b *testing.B) {
	w, s := crowd(b)
	for _, path := range []string{"/", "/communications/announcements/", "/communications/announcements/?page=600",
		"/communications/announcements/news-9999/",
		"/events/", "/events/event-9999/", "/communications/prayer-times/", subscribe,
		"/communications/preferences/" + s.Token.String() + "/", "/communications/unsubscribe/" +
			s.Token.String() + "/"} {
		name := path
		if len(name) > 40 {
			name = name[:30]
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if rec := w.get(path); rec.Code != 200 || rec.Body.Len() > 30_000 {
					b.Fatal(rec.Code, rec.Body.Len())
				}
			}
			if each := b.Elapsed() / time.Duration(b.N); each > 10*time.Millisecond {
				b.Errorf("%v a page", each)
			}
		})
	}
}
