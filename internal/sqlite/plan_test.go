package sqlite_test

import (
	"strings"
	"testing"

	"namets/internal/sqlite"
)

// TestOutbox_readsNoMoreThanItNeeds looks at the plans of what the worker and the pages ask again and again.
func TestOutbox_readsNoMoreThanItNeeds(t *testing.T) {
	o := newOutbox(t)
	for name, query := range map[string]string{
		"claim": sqlite.ClaimSQL, "agenda": sqlite.AgendaSQL, "prune": sqlite.PruneSQL, "strip": sqlite.StripSQL,
		"stats": sqlite.DeliveryStatsSQL,
	} {
		rows, err := o.Reader().QueryContext(t.Context(), "explain query plan "+query, 1, 1, 1)
		if err != nil {
			t.Fatal(name, err)
		}
		var plan strings.Builder
		for rows.Next() {
			var a, b, c int
			var detail string
			o.must(rows.Scan(&a, &b, &c, &detail))
			plan.WriteString(detail + "\n")
		}
		o.must(rows.Close())
		whole := strings.Contains(plan.String(), "SCAN deliver") || strings.Contains(plan.String(), "SCAN announcements")
		if whole || strings.Contains(plan.String(), "B-TREE") {
			t.Errorf("%s reads a whole table, or sorts:\n%s", name, plan.String())
		}
		if name == "claim" && !strings.Contains(plan.String(), "deliveries_ready") {
			t.Errorf("%s does not use its index:\n%s", name, plan.String())
		}
	}
}
