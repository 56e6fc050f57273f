package cli

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// waiting puts n webhooks into the database that have failed and wait for three hours, as an
// outage leaves them behind.
func waiting(t *testing.T, env environment, n int) {
	t.Helper()
	if err := os.MkdirAll(env["DATA_DIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, env, func(ctx context.Context, db *sqlite.DB) error {
		for range n {
			if _, err := db.QueuePing(ctx, namets.Actor{}); err != nil {
				return err
			}
		}
		claims, err := db.ClaimDeliveries(ctx, n, time.Minute)
		if err != nil {
			return err
		}
		var outcomes []namets.Outcome
		for _, c := range claims {
			outcomes = append(outcomes,
				namets.Outcome{ID: c.ID, State: namets.Pending, Next: time.Now().Add(3 * time.Hour),
					Attempt: &namets.Attempt{At: time.Now(), Error: "connection refused"}})
		}
		return db.RecordOutcomes(ctx, outcomes)
	})
}

func TestServe_sendsWhatWaitsWhenN8NIsBack(t *testing.T) {
	const n = 40
	for name, back := range map[string]func(t *testing.T, env environment){
		"with something new": queuePing,
		"after a test": func(t *testing.T, env environment) {
			if code, _, errs := call(t, env, "deliveries", "test"); code != 0 || !strings.Contains(errs, "go out now") {
				t.Errorf("%d %s", code, errs)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, got, status := receiver(t)
			status.Store(http.StatusNotFound)
			env := testEnvironment(t, "N8N_WEBHOOK_URL", url)
			waiting(t, env, n)
			startServe(t, env)
			first := next(t, got).header.Get("Webhook-Id") // one is tried at the start
			eventually(t, 5*time.Second, "its failure is listed", func() bool {
				_, list, _ := call(t, env, "deliveries")
				return strings.Contains(list, "404")
			})
			status.Store(http.StatusOK)
			back(t, env)
			arrived := map[string]bool{}
			for len(arrived) < n+1 { // with the one that is new, or the test
				arrived[next(t, got).header.Get("Webhook-Id")] = true
			}
			if !arrived[first] {
				t.Error("the one that failed at the start did not come again")
			}
		})
	}
}
