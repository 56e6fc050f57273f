package postgres_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"namets/internal/e2e"
	"namets/internal/store/postgres"
	"namets/internal/store/sqlite/sqlitetest"
)

// TestStatements_arePortable prepares on a real server the statements that other tests have
// recorded in the folder NAMETS_STATEMENTS, with the parameter types with which they were run.
func TestStatements_arePortable(t *testing.T) {
	folder := os.Getenv("NAMETS_STATEMENTS")
	if folder == "" {
		t.Skip("NAMETS_STATEMENTS is not set: record with NAMETS_RECORD=FOLDER go test ./...")
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
	// A restore compares the database with the replaced one, in the schema "old".
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
		if _, err := conn.PgConn().Prepare(t.Context(), "", s.Text, typesOf(t, s)); err != nil {
			refused++
			place, types := strings.Join(s.Place, "\n  called by "), strings.Join(s.Types, ", ")
			t.Errorf("%s\n%v\n%s\n%s", place, err, types, s.Text)
		}
	}
	for _, call := range storeCalls(t) {
		if !call.recorded(statements) {
			t.Errorf("%s:%d: no test runs the statement", call.file, call.from)
		}
	}
	t.Logf("%d statements, %d refused", len(seen), refused)
	if len(seen) < 300 {
		t.Errorf("%d statements are fewer than the tests record", len(seen))
	}
}

// typesOf returns PostgreSQL's types of the parameters as the driver sends them.
func typesOf(t *testing.T, s sqlitetest.Statement) []uint32 {
	t.Helper()
	known := map[string]uint32{
		"int64": pgtype.Int8OID, "string": pgtype.TextOID, "[]uint8": pgtype.ByteaOID, "bool": pgtype.BoolOID,
		"float64": pgtype.Float8OID, "": 0, // null: the server infers the type
	}
	types := make([]uint32, len(s.Types))
	for i, name := range s.Types {
		oid, ok := known[name]
		if !ok {
			t.Errorf("a parameter has the type %s, unknown to PostgreSQL: %s", name, strings.Join(s.Place, ", "))
		}
		types[i] = oid
	}
	return types
}

// call is a call in internal/store that runs a statement. The statement of a call that no test
// makes is not checked.
type call struct {
	file     string
	from, to int // lines
}

// storeCalls finds the calls in the source.
func storeCalls(t *testing.T) (calls []call) {
	t.Helper()
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := c.Fun.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"QueryContext", "QueryRowContext", "ExecContext"}, method.Sel.Name) {
				calls = append(calls, call{filepath.Base(path), set.Position(c.Pos()).Line, set.Position(c.End()).Line})
			}
			return true
		})
	}
	return calls
}

// recorded reports whether one of the statements comes from the call.
func (c call) recorded(statements []sqlitetest.Statement) bool {
	return slices.ContainsFunc(statements, func(s sqlitetest.Statement) bool {
		return slices.ContainsFunc(s.Place, func(place string) bool {
			file, rest, _ := strings.Cut(place, ":")
			text, _, _ := strings.Cut(rest, " ")
			line, err := strconv.Atoi(text)
			return err == nil && file == c.file && c.from <= line && line <= c.to
		})
	})
}
