package webhook_test

import (
	"fmt"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/webhook"
)

// BenchmarkWorker_drainsABacklog reports how many deliveries a second reach a receiver on the same
// machine.
func BenchmarkWorker_drainsABacklog(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		b.StopTimer()
		db, rec := newDB(b), newReceiver(b, nil)
		data := &namets.Dataset{}
		for i := range n {
			data.Subscribers = append(data.Subscribers,
				namets.Subscriber{ID: int64(i + 1), Email: fmt.Sprint(i, "@example.org"),
					Token: namets.NewUUID(), SubscribedAt: time.Now(), Notify: namets.Preferences{Announcements: true}})
		}
		if _, err := db.Import(b.Context(), by, data, namets.ImportOptions{}); err != nil {
			b.Fatal(err)
		}
		if err := backlog(b, db, n); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		began := time.Now()
		_, stop := start(b, webhook.Config{Store: db, Client: newClient(b, rec.URL, webhook.ClientConfig{}),
			Hints: db.Queued()})
		for range n {
			rec.next(b)
		}
		b.ReportMetric(n/time.Since(began).Seconds(), "deliveries/s")
		stop()
	}
}

func backlog(b *testing.B, db *sqlite.DB, n int) error {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	_, err := db.ChangeSubscribers(b.Context(), by, ids, namets.BulkActivate)
	return err
}

// BenchmarkWorker_changeToPOST reports how long a change takes to reach a receiver on the same
// machine.
func BenchmarkWorker_changeToPOST(b *testing.B) {
	db, rec := newDB(b), newReceiver(b, nil)
	start(b, webhook.Config{Store: db, Client: newClient(b, rec.URL, webhook.ClientConfig{}), Hints: db.Queued()})
	ping(b, db)
	rec.next(b)
	var sum time.Duration
	n := 0
	for b.Loop() {
		ping(b, db)
		committed := time.Now()
		sum += rec.next(b).at.Sub(committed)
		n++
	}
	b.ReportMetric(float64(sum.Microseconds())/float64(n), "µs-after-commit/op")
}
