package app

import (
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
	got, want := sqlitetest.TokenActions(t, dir), []string{"loaded", "rotated", "overlap_ended"}
	if !slices.Equal(got, want) {
		t.Errorf("audit rows %v, want %v", got, want)
	}
}
