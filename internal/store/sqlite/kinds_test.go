package sqlite_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"namets/internal/namets"
)

// columnsOf returns the columns of a table.
func columnsOf(t *testing.T, o *outbox, table namets.Kind) (names []string) {
	t.Helper()
	rows, err := o.db.Reader().QueryContext(t.Context(), "select name from pragma_table_info($1)", string(table))
	o.Must(err)
	defer rows.Close()
	for rows.Next() {
		var name string
		o.Must(rows.Scan(&name))
		names = append(names, name)
	}
	o.Must(rows.Err())
	return names
}

// listed returns the kinds listed in a statement.
func listed(t *testing.T, statement string) (kinds []namets.NotificationKind) {
	t.Helper()
	list := regexp.MustCompile(`kind (?:not )?in \(([^)]*)\)`).FindStringSubmatch(statement)
	if list == nil {
		t.Fatalf("%s has no list of kinds", statement)
	}
	for name := range strings.SplitSeq(list[1], ", ") {
		kinds = append(kinds, namets.NotificationKind(strings.Trim(name, "'")))
	}
	return kinds
}

// The outbox finds urgent deliveries with partial indexes, whose condition its statements repeat.
func TestNotifications_urgentKindsMatchTheIndexes(t *testing.T) {
	o := newOutbox(t)
	var urgent []namets.NotificationKind
	for _, info := range namets.Notifications() {
		if info.Urgent {
			urgent = append(urgent, info.Kind)
		}
	}
	statements := map[string]string{}
	rows, err := o.db.Reader().QueryContext(t.Context(), `
		select name, sql from sqlite_schema where type = 'index' and tbl_name = 'deliveries' and sql like '%+kind%'`)
	o.Must(err)
	defer rows.Close()
	indexes := 0
	for rows.Next() {
		var name, text string
		o.Must(rows.Scan(&name, &text))
		statements[name] = text
		indexes++
	}
	o.Must(rows.Err())
	if indexes < 3 {
		t.Errorf("%d indexes depend on whether a delivery is urgent, want three", indexes)
	}
	for name, text := range statements {
		if got := listed(t, text); !slices.Equal(got, urgent) {
			t.Errorf("%s covers %v, but the urgent kinds are %v: a migration must recreate it", name, got, urgent)
		}
	}
}

func TestNotifications_nameColumnsOfTheirSubjects(t *testing.T) {
	o := newOutbox(t)
	for _, info := range namets.Notifications() {
		columns := columnsOf(t, o, info.Subject)
		if info.Subject != "" && !slices.Contains(columns, "id") {
			t.Errorf("the subject of %s is %s, which is not a table", info.Kind, info.Subject)
		}
		needed := info.Changes
		if info.Once {
			needed = append(needed, "announced_at", "is_active", "send_email")
		}
		for _, name := range needed {
			if !slices.Contains(columns, name) {
				t.Errorf("%s: %s has no column %s", info.Kind, info.Subject, name)
			}
		}
	}
}

// SQLite makes a table of a list of more than two values for each row that a trigger inserts. That
// cost an import of subscribers a fifth of its time.
func TestTables_thatTriggersFillCheckNoList(t *testing.T) {
	o := newOutbox(t)
	rows, err := o.db.Reader().QueryContext(t.Context(), `
		select name, sql, exists (select 1 from sqlite_schema r where r.type = 'trigger'
			and instr(r.sql, 'insert into ' || s.name || ' ')) from sqlite_schema s where type = 'table'`)
	o.Must(err)
	defer rows.Close()
	list := regexp.MustCompile(`\w+ in \([^)]*,[^)]*,[^)]*\)`)
	filled, lists := 0, 0
	for rows.Next() {
		var name, text string
		var byTrigger bool
		o.Must(rows.Scan(&name, &text, &byTrigger))
		found := list.FindString(text)
		if found != "" {
			lists++
		}
		if byTrigger {
			filled++
		}
		if byTrigger && found != "" {
			t.Errorf("triggers insert into %s, which checks %s: write it as x = 'a' or x = 'b'", name, found)
		}
	}
	o.Must(rows.Err())
	if filled < 4 || lists == 0 {
		t.Errorf("the test found %d tables that triggers fill, and %d with a list", filled, lists)
	}
}
