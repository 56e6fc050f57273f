package store_test

import (
	"strings"
	"testing"
)

// TestOutbox_readsNoMoreThanItNeeds looks at the plans of what the worker and the pages ask again
// and again.
func TestOutbox_readsNoMoreThanItNeeds(t *testing.T) {
	o := newOutbox(t)
	for name, query := range o.OutboxStatements() {
		rows, err := o.Reader().QueryContext(t.Context(), "explain query plan "+query, 1, 1, 1, 1)
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
		whole := strings.Contains(plan.String(), "SCAN deliver") ||
			strings.Contains(plan.String(), "SCAN announcements")
		if whole || strings.Contains(plan.String(), "B-TREE") {
			t.Errorf("%s reads a whole table, or sorts:\n%s", name, plan.String())
		}
		index := map[string]string{
			"claim": "deliveries_ready", "claim urgent": "deliveries_urgent", "claim newest": "deliveries_urgent",
			"wake": "deliveries_waiting", "wake urgent": "deliveries_waiting_urgent",
		}[name]
		if !strings.Contains(plan.String(), "INDEX "+index+" ") && index != "" {
			t.Errorf("%s does not use its index:\n%s", name, plan.String())
		}
	}
}
