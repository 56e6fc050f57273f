package serve_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/testlong"
)

// waiting stores n webhooks that have failed and wait for three hours, as after an outage.
func waiting(t *testing.T, env harness.Environment, n int) {
	t.Helper()
	if err := os.MkdirAll(env["DATA_DIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	harness.Write(t, env, func(ctx context.Context, db *sqlite.DB) error {
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

func TestServe_sendsPendingDeliveriesWhenN8NIsBack(t *testing.T) {
	n := testlong.Size(12, 40)
	for name, back := range map[string]func(t *testing.T, env harness.Environment){
		"with something new": harness.QueuePing,
		"after a test": func(t *testing.T, env harness.Environment) {
			if code, _, errs := harness.Call(t, env, "deliveries", "test"); code != 0 || !strings.Contains(errs,
				"go out now") {
				t.Errorf("%d %s", code, errs)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, got, status := harness.Receiver(t)
			status.Store(http.StatusNotFound)
			env := harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url)
			waiting(t, env, n)
			harness.StartServe(t, env)
			first := harness.Next(t, got).Header.Get("Webhook-Id") // one is retried at the start
			harness.Eventually(t, 5*time.Second, "its failure is listed", func() bool {
				_, list, _ := harness.Call(t, env, "deliveries")
				return strings.Contains(list, "404")
			})
			status.Store(http.StatusOK)
			back(t, env)
			arrived := map[string]bool{}
			for len(arrived) < n+1 { // with the new ping
				arrived[harness.Next(t, got).Header.Get("Webhook-Id")] = true
			}
			if !arrived[first] {
				t.Error("the one that failed at the start was not sent again")
			}
		})
	}
}
