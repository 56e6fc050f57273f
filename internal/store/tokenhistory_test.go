package store_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// tokenHistory is a history with a token in force, one in its overlap and one that is refused.
func tokenHistory() namets.TokenHistory {
	digest := func(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }
	return namets.TokenHistory{
		Status: []byte(`{"source":"vault","state":"ok"}`),
		Generations: []namets.TokenGeneration{
			{Role: "current", Fingerprint: "aaaaaaaa", Digest: digest(1), Version: "2", Since: now, Requests: 7,
				LastUsed:    now,
				LastAddress: "203.0.113.7", LastUserAgent: "n8n"},
			{Role: "previous", Fingerprint: "bbbbbbbb", Digest: digest(2), Since: now.Add(-time.Hour),
				AcceptedUntil: now.Add(time.Minute)},
			{Role: "retired", Fingerprint: "cccccccc", AcceptedUntil: now.Add(-time.Hour), RefusedSince: 3},
		},
	}
}

func TestTokenHistory_isReadAsItWasSaved(t *testing.T) {
	missing, err := sqlite.ReadTokenHistory(t.Context(), filepath.Join(t.TempDir(), "namets.db"))
	if err != nil || missing.Status != nil {
		t.Errorf("without a database: %+v, %v", missing, err)
	}
	db, path := newTestDB(t)
	if b, err := db.TokenHistory(t.Context()); err != nil || b.Status != nil || b.Generations != nil {
		t.Errorf("before the first save: %+v, %v", b, err)
	}
	first := tokenHistory()
	second := namets.TokenHistory{Status: []byte(`{}`), Generations: first.Generations[:1]}
	for _, want := range []namets.TokenHistory{first, second} {
		if err := db.SaveTokenHistory(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		want.Saved = now
		for name, read := range map[string]func() (namets.TokenHistory, error){
			"the same process": func() (namets.TokenHistory, error) { return db.TokenHistory(t.Context()) },
			"a command while it is open": func() (namets.TokenHistory, error) {
				return sqlite.ReadTokenHistory(t.Context(), path)
			},
		} {
			got, err := read()
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
	}
}

func TestTokenHistory_movesNoGenerationAndWritesNoAuditRow(t *testing.T) {
	db, path := newTestDB(t)
	before := generations(db)
	if err := db.SaveTokenHistory(t.Context(), tokenHistory()); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.ReadTokenHistory(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveTokenHistory(t.Context(), tokenHistory()); err != nil { // looks for writes of others too
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
	if b, err := sqlite.ReadTokenHistory(t.Context(), path); err != nil || len(b.Generations) != 3 ||
		time.Since(began) > time.Second {
		t.Errorf("%+v, %v after %v", b, err, time.Since(began))
	}
}

func TestReadTokenHistory_isEmptyForAnOlderDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	if _, err := rawDB(t, path).Exec(`create table migrations (version integer primary key)`); err != nil {
		t.Fatal(err)
	}
	if b, err := sqlite.ReadTokenHistory(t.Context(), path); err != nil || b.Status != nil {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestRecordTokenChange_writesWhatHappenedIntoTheAudit(t *testing.T) {
	db, path := newTestDB(t)
	err := db.RecordTokenChange(t.Context(), namets.Actor{Kind: namets.System}, namets.TokenChange{
		Kind: "rotated", Source: "vault", Version: "3", Fingerprint: "aaaaaaaa", Previous: "bbbbbbbb",
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

// auditDetails returns the rows of the audit, the oldest first.
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
