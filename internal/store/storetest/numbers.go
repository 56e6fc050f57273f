package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

func (su suite) TestDayNumbers_usesTheDaysOfTheZone(t *testing.T) {
	db := su.users(t)
	day := namets.DateOf(Now())
	midnight := time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC)
	data := &namets.Dataset{}
	for i, at := range []time.Time{Now(), midnight, midnight.Add(-time.Microsecond), midnight.AddDate(0, 0, -2),
		midnight.AddDate(0, 0, -2).Add(-1)} {
		data.Subscribers = append(data.Subscribers, namets.Subscriber{ID: int64(i + 1), Email: string(rune('a'+i)) +
			"@example.org",
			Token: namets.NewUUID(), SubscribedAt: namets.Micro(at), IsActive: i != 0})
		data.Announcements = append(data.Announcements,
			namets.Announcement{ID: int64(i + 1), Title: "T", Slug: string(rune('a' + i)),
				Category: namets.General, PublishAt: namets.Micro(at.Add(time.Minute)), IsActive: true})
	}
	MustImport(t, db, data, namets.ImportOptions{})
	must(t, db.DeleteSubscriber(t.Context(), namets.Actor{Kind: namets.Visitor}, 2))

	got, err := db.DayNumbers(t.Context(), Now(), 3)
	must(t, err)
	want := []namets.DayNumbers{
		{Day: day.AddDays(-2), Joined: 1, Published: 2},
		{Day: day.AddDays(-1), Joined: 1, Published: 0},
		{Day: day, Joined: 1, Left: 1, Webhooks: 1, Published: 3}, // leaving queues a webhook
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	totals, err := db.Totals(t.Context(), Now())
	must(t, err)
	if want := (namets.Totals{Subscribers: 3, Scheduled: 1, Announcements: 4}); totals != want {
		t.Errorf("got %+v, want %+v", totals, want)
	}
}
