package sqlitetest

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// TokenActions returns the actions on the token in the audit of the database in dataDir, oldest
// first.
func TokenActions(tb testing.TB, dataDir string) (actions []string) {
	tb.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dataDir, "namets.db"))
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(tb.Context(), `select action from audit where entity = 'token' order by id`)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			tb.Fatal(err)
		}
		actions = append(actions, action)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return actions
}
