package postgres_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"namets/internal/e2e"
	"namets/internal/store/postgres"
	"namets/internal/store/sqlite/sqlitetest"
)

// TestStatements_areUnderstood prepares on a real server what other tests have recorded in the
// folder that NAMETS_STATEMENTS names, with the types of parameters with which it was carried out.
func TestStatements_areUnderstood(t *testing.T) {
	folder := os.Getenv("NAMETS_STATEMENTS")
	if folder == "" {
		t.Skip("NAMETS_STATEMENTS names no folder: record with NAMETS_RECORD=FOLDER go test ./...")
	}
	statements, err := sqlitetest.Statements(folder)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), e2e.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	text, err := postgres.Migrations.ReadFile("migration/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	// A restore compares the database with the one that it replaces.
	for _, schema := range []string{"old", "main"} {
		begin := "create schema " + schema + "; set search_path = " + schema + ";\n"
		if _, err := conn.Exec(t.Context(), begin+string(text)); err != nil {
			t.Fatal(err)
		}
	}
	refused, seen := 0, map[string]bool{}
	for _, s := range statements {
		key := s.Text + strings.Join(s.Types, ",")
		if seen[key] {
			continue
		}
		seen[key] = true
		if _, err := conn.PgConn().Prepare(t.Context(), "", s.Text, typesOf(t, s.Types)); err != nil {
			refused++
			place, types := strings.Join(s.Place, "\n  called by "), strings.Join(s.Types, ", ")
			t.Errorf("%s\n%v\n%s\n%s", place, err, types, s.Text)
		}
	}
	t.Logf("%d statements, %d refused", len(seen), refused)
	if len(seen) < 300 {
		t.Errorf("%d statements: the tests record more", len(seen))
	}
}

// typesOf returns PostgreSQL's types of parameters as the driver sends them.
func typesOf(t *testing.T, names []string) []uint32 {
	t.Helper()
	known := map[string]uint32{
		"int64": pgtype.Int8OID, "string": pgtype.TextOID, "[]uint8": pgtype.ByteaOID, "bool": pgtype.BoolOID,
		"float64": pgtype.Float8OID, "": 0, // null: the server finds out
	}
	types := make([]uint32, len(names))
	for i, name := range names {
		oid, ok := known[name]
		if !ok {
			t.Fatalf("a parameter of type %s", name)
		}
		types[i] = oid
	}
	return types
}
