package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/store/storetest"
)

// planOf returns SQLite's plan of the query.
func planOf(t *testing.T, db *sqlite.DB, query string, args ...any) string {
	t.Helper()
	rows, err := db.Reader().QueryContext(t.Context(), "explain query plan "+query, args...)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var a, b, c int
		var detail string
		if err := rows.Scan(&a, &b, &c, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// TestPages_useTheirIndexes checks the query plans behind the six API paths and the public pages.
func TestPages_useTheirIndexes(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Config{})
	data := &namets.Dataset{}
	for i := range 2000 {
		at := storetest.Now().Add(time.Duration(i-1000) * time.Hour)
		a := namets.Announcement{ID: int64(i + 1), Slug: fmt.Sprint("a", i), Category: namets.General, PublishAt: at,
			IsActive: true}
		if i%2 == 0 {
			a.ExpireAt = new(at.Add(time.Minute))
		}
		data.Announcements = append(data.Announcements, a)
		data.Events = append(data.Events, namets.Event{ID: int64(i + 1), Slug: fmt.Sprint("e", i), Start: at,
			End: at.Add(time.Hour), IsActive: true})
	}
	storetest.MustImport(t, db.DB, data, namets.ImportOptions{})
	indexes := map[string]string{
		"recipients":              "SCAN subscribers", // all rows, in the order of the table
		"active announcements":    "announcements_active",
		"active events":           "events_active",
		"active prayer schedules": "prayer_schedules_active",
		"public announcements":    "announcements_public",
		"public events":           "events_public",
		"public prayer schedules": "prayer_schedules",
		"refused sign-ins":        "audit_folded (fold>?)",
		"confirmations":           "confirmations_address",
	}
	statements := db.PageStatements()
	statements["confirmations"] = "select id from confirmations where used_at is null and email_key = $1 " +
		"order by id desc"
	for name, index := range indexes {
		plan := planOf(t, db, statements[name], 1, 2, 3, 4, 5, 6)
		if !strings.Contains(plan, index) || strings.Contains(plan, "B-TREE") {
			t.Errorf("the plan of %s is not %s without sorting:\n%s", name, index, plan)
		}
	}
}

// TestOutbox_readsNoMoreThanItNeeds checks the query plans of what the worker and the pages run
// frequently.
func TestOutbox_readsNoMoreThanItNeeds(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Config{})
	for name, query := range db.OutboxStatements() {
		plan := planOf(t, db, query, 1, 1, 1, 1, 1)
		whole := strings.Contains(plan, "SCAN deliver") || strings.Contains(plan, "SCAN announcements")
		if whole || strings.Contains(plan, "B-TREE") {
			t.Errorf("%s reads a whole table, or sorts:\n%s", name, plan)
		}
		index := map[string]string{
			"claim": "deliveries_ready", "claim urgent": "deliveries_urgent", "claim newest": "deliveries_urgent",
			"upcoming": "events_public", "wake": "deliveries_waiting", "wake urgent": "deliveries_waiting_urgent",
			"last attempt of a hook": "deliveries_hook",
		}[name]
		if !strings.Contains(plan, "INDEX "+index+" ") && index != "" {
			t.Errorf("%s does not use its index:\n%s", name, plan)
		}
	}
}

// TestReports_useTheirIndexes checks the query plans of what the pages show of sent e-mails.
func TestReports_useTheirIndexes(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Config{})
	indexes := map[string][]string{
		"mail counts": {"deliveries_entity", "SEARCH r USING PRIMARY KEY"},
		"mails to":    {"delivery_reports_address"},
	}
	for name, query := range db.ReportStatements() {
		plan := planOf(t, db, query, 1, 1)
		for _, index := range indexes[name] {
			if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN deliver") {
				t.Errorf("%s does not use %s:\n%s", name, index, plan)
			}
		}
	}
}

// TestConsumers_readNoMoreThanTheyGet checks the query plans of a consumer that asks.
func TestConsumers_readNoMoreThanTheyGet(t *testing.T) {
	db := sqlitetest.Open(t, sqlite.Config{})
	indexes := map[string][]string{
		"ask": {"changes_due (due_at<?)", "changes_seq (topic=? AND seq>?)", "SEARCH p USING PRIMARY KEY (topic=?)",
			"SEARCH c USING PRIMARY KEY (topic=? AND entity_id=?)",
			"events_public (start_datetime>? AND start_datetime<?)"},
		"deletions": {"changes_deleted (at<?)"},
	}
	for name, query := range db.ChangeStatements() {
		plan := planOf(t, db, query, 1, 1, 1)
		for _, index := range indexes[name] {
			if !strings.Contains(plan, index) {
				t.Errorf("%s does not use %s:\n%s", name, index, plan)
			}
		}
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "B-TREE") {
			t.Errorf("%s reads a whole table, or sorts:\n%s", name, plan)
		}
	}
}
