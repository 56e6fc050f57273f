package sqlite_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// tokenHistory is a status with the current token, one in its overlap and one that is refused.
func tokenHistory() token.Status {
	digest := func(b byte) secret.Digest { return secret.Digest(bytes.Repeat([]byte{b}, 32)) }
	return token.Status{
		Source: "vault", State: token.OK, Fingerprint: "aaaaaaaa", LastSuccess: now(),
		Generations: []token.Generation{
			{Role: token.Current, Fingerprint: "aaaaaaaa", Digest: digest(1), Version: "2", Since: now(), Requests: 7,
				LastUsed:    now(),
				LastAddress: "203.0.113.7", LastUserAgent: "n8n"},
			{Role: token.Previous, Fingerprint: "bbbbbbbb", Digest: digest(2), Since: now().Add(-time.Hour),
				AcceptedUntil: now().Add(time.Minute)},
			{Role: token.Retired, Fingerprint: "cccccccc", AcceptedUntil: now().Add(-time.Hour), RefusedSince: 3},
		},
	}
}

func TestTokenHistory_isReadAsItWasSaved(t *testing.T) {
	missing, err := sqlite.ReadTokenStatus(t.Context(), filepath.Join(t.TempDir(), "namets.db"))
	if err != nil || !missing.Saved.IsZero() {
		t.Errorf("without a database: %+v, %v", missing, err)
	}
	db, path := newTestDB(t)
	if s, err := db.TokenStatus(t.Context()); err != nil || !s.Saved.IsZero() || s.Generations != nil {
		t.Errorf("before the first save: %+v, %v", s, err)
	}
	first := tokenHistory()
	second := token.Status{State: token.Unknown, Generations: first.Generations[:1]}
	for _, want := range []token.Status{first, second} {
		if err := db.SaveTokenHistory(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		wantTokenHistory(t, token.SavedStatus{Status: want, Saved: now()}, db, path)
	}
}

// wantTokenHistory checks that both the open database and a command read this.
func wantTokenHistory(t *testing.T, want token.SavedStatus, db *sqlite.DB, path string) {
	t.Helper()
	got, err := db.TokenStatus(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("status: %v (-want +got):\n%s", err, diff)
	}
	got, err = sqlite.ReadTokenStatus(t.Context(), path)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("status for a command: %v (-want +got):\n%s", err, diff)
	}
	generations, err := db.TokenHistory(t.Context())
	if diff := cmp.Diff(want.Generations, generations); diff != "" || err != nil {
		t.Errorf("generations: %v (-want +got):\n%s", err, diff)
	}
	generations, err = sqlite.ReadTokenHistory(t.Context(), path)
	if diff := cmp.Diff(want.Generations, generations); diff != "" || err != nil {
		t.Errorf("generations for a command: %v (-want +got):\n%s", err, diff)
	}
}

func TestSaveTokenHistory_keepsTheStatusAsItEncodesIt(t *testing.T) {
	db, path := newTestDB(t)
	if err := db.SaveTokenHistory(t.Context(), tokenHistory()); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := rawDB(t, path).QueryRow(`select status from token_status`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	status := tokenHistory()
	status.Generations = nil // they are stored as rows
	want, err := json.Marshal(status)
	if err != nil || got != string(want) || strings.Contains(got, "bbbbbbbb") {
		t.Errorf("%v, got %s, want %s", err, got, want)
	}
}

func TestTokenHistory_changesNoGenerationAndWritesNoAuditRow(t *testing.T) {
	db, path := newTestDB(t)
	before := generations(db)
	if err := db.SaveTokenHistory(t.Context(), tokenHistory()); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.ReadTokenHistory(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveTokenHistory(t.Context(), tokenHistory()); err != nil { // also checks for other writes
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, generations(db)); diff != "" {
		t.Errorf("generations (-before +after):\n%s", diff)
	}
	if rows := auditDetails(t, path); len(rows) != 0 {
		t.Errorf("audit rows: %v", rows)
	}
}

func generations(db *sqlite.DB) []uint64 {
	var all []uint64
	for _, kind := range namets.ContentKinds() {
		all = append(all, db.Generation(kind)())
	}
	return all
}

func TestTokenHistory_isReadWhileAWriterIsOpen(t *testing.T) {
	db, path := newTestDB(t)
	if err := db.SaveTokenHistory(t.Context(), tokenHistory()); err != nil {
		t.Fatal(err)
	}
	tx, err := rawDB(t, path).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	began := time.Now()
	if b, err := sqlite.ReadTokenHistory(t.Context(), path); err != nil || len(b) != 3 ||
		time.Since(began) > time.Second {
		t.Errorf("%+v, %v after %v", b, err, time.Since(began))
	}
}

func TestReadTokenHistory_isEmptyForAnOlderDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	if _, err := rawDB(t, path).Exec(`create table migrations (version integer primary key)`); err != nil {
		t.Fatal(err)
	}
	if b, err := sqlite.ReadTokenHistory(t.Context(), path); err != nil || b != nil {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestRecordTokenChange_writesAnAuditRow(t *testing.T) {
	db, path := newTestDB(t)
	err := db.RecordTokenChange(t.Context(), namets.Actor{Kind: namets.System}, token.Change{
		Kind: token.Rotated, At: now(), Source: "vault", Version: "3", Fingerprint: "aaaaaaaa", Previous: "bbbbbbbb",
		AcceptedUntil: time.Date(2026, 3, 1, 9, 40, 0, 0, time.UTC), Reason: "the source delivers another token",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`system rotated token ` +
		`{"source":"vault","version":"3","fingerprint":"aaaaaaaa","previous":"bbbbbbbb",` +
		`"previous_accepted_until":"2026-03-01T09:40:00Z","reason":"the source delivers another token"}`}
	if diff := cmp.Diff(want, auditDetails(t, path)); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func TestRevokeBefore_isKnownToTheServingProcess(t *testing.T) {
	serving, path := newTestDB(t)
	command := openTestDB(t, path)
	if fingerprint, err := serving.RevokedBefore(t.Context()); err != nil || fingerprint != "" {
		t.Errorf("%q, %v", fingerprint, err)
	}
	for _, fingerprint := range []string{"aaaaaaaa", "bbbbbbbb"} {
		if err := command.RevokeBefore(t.Context(), namets.Actor{Kind: namets.Command, Name: "token rotate"},
			fingerprint); err != nil {
			t.Fatal(err)
		}
		if got, err := serving.RevokedBefore(t.Context()); err != nil || got != fingerprint {
			t.Errorf("%q, %v; want %s", got, err, fingerprint)
		}
	}
	want := []string{`command revoke_previous token {"fingerprint":"aaaaaaaa"}`,
		`command revoke_previous token {"fingerprint":"bbbbbbbb"}`}
	if diff := cmp.Diff(want, auditDetails(t, path)); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

// auditDetails returns the rows of the audit, oldest first.
func auditDetails(t *testing.T, path string) []string {
	t.Helper()
	rows, err := rawDB(t, path).Query(`select actor_kind || ' ' || action || ' ' || entity || ' ' || detail from ` +
		`audit order by id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}
