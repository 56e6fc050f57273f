package app

import (
	"database/sql"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
)

func TestTokenHistory_writesLaterWhatTheAuditCouldNotTake(t *testing.T) {
	dir := t.TempDir()
	open := func() *sqlite.DB {
		t.Helper()
		return sqlitetest.Open(t, sqlite.Config{Path: filepath.Join(dir, "namets.db")})
	}
	closed := open()
	_ = closed.Close()
	l := &tokenHistory{db: closed, log: slog.New(slog.DiscardHandler)}
	l.recordChange(token.Change{Kind: token.Loaded})
	l.recordChange(token.Change{Kind: token.Rotated})
	l.db = open()
	for range 2 {
		if err := l.Save(t.Context(), token.Status{}); err != nil {
			t.Fatal(err)
		}
	}
	l.recordChange(token.Change{Kind: token.OverlapEnded})
	if got, want := auditActions(t, dir), []string{"loaded", "rotated", "overlap_ended"}; !slices.Equal(got, want) {
		t.Errorf("audit rows %v, want %v", got, want)
	}
}

// auditActions returns what the audit says of the token, the oldest first.
func auditActions(t *testing.T, dataDir string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dataDir, "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `select action from audit where entity = 'token' order by id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			t.Fatal(err)
		}
		all = append(all, action)
	}
	return all
}
