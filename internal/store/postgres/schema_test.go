package postgres_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"namets/internal/e2e"
	"namets/internal/store/postgres"
	"namets/internal/store/sqlite"
)

// openPostgres returns a new database on a real server, with the tables.
func openPostgres(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", e2e.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	steps, err := postgres.Migrations.ReadDir("migration")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		text, err := postgres.Migrations.ReadFile("migration/" + step.Name())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
			t.Fatal(step.Name(), err)
		}
	}
	return db
}

// openSQLite returns a new database of the other engine.
func openSQLite(t *testing.T) *sql.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "namets.db")
	made, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestSchema_matchesSQLite compares the tables as the rest of the program sees them: columns with
// their types, nullability and defaults, keys and references. Indexes that only make statements
// fast may differ.
func TestSchema_matchesSQLite(t *testing.T) {
	want, got := sqliteSchema(t, openSQLite(t)), postgresSchema(t, openPostgres(t))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the schemas differ (-SQLite +PostgreSQL):\n%s", diff)
	}
	if len(want) < 200 {
		t.Errorf("compared only %d lines", len(want))
	}
}

// sqliteSchema describes the tables, with a line for each column and each constraint, in
// PostgreSQL's terms.
func sqliteSchema(t *testing.T, db *sql.DB) (lines []string) {
	t.Helper()
	tables := rows(t, db, `
		select name, sql from sqlite_schema where type = 'table' and name not like 'sqlite\_%' escape '\'`)
	flags := map[string]bool{}
	for _, table := range tables {
		for _, flag := range regexp.MustCompile(`check \((\w+) in \(0, 1\)\)`).FindAllStringSubmatch(table[1], -1) {
			flags[flag[1]] = true
		}
	}
	for _, table := range tables {
		name, text := table[0], table[1]
		lines = append(lines, sqliteColumns(t, db, name, strings.Contains(text, "autoincrement"), flags)...)
		for _, index := range rows(t, db, `
			select (select group_concat(name, ', ') from pragma_index_info(l.name)) from pragma_index_list($1) l
			where "unique" and origin <> 'pk'`, name) {
			lines = append(lines, fmt.Sprintf("%s: unique (%s)", name, index[0]))
		}
		for _, f := range rows(t, db, `
			select "from", "table", "to", lower(on_delete) from pragma_foreign_key_list($1)`, name) {
			lines = append(lines, fmt.Sprintf("%s: (%s) refers to %s (%s), on delete %s, deferred %t",
				name, f[0], f[1], f[2], f[3], strings.Contains(text, "initially deferred")))
		}
	}
	slices.Sort(lines)
	return lines
}

// sqliteColumns describes the columns of a table and its primary key, if it has one. Columns named
// like flags are booleans in PostgreSQL.
func sqliteColumns(t *testing.T, db *sql.DB, table string, identity bool, flags map[string]bool) (lines []string) {
	t.Helper()
	var key []string
	for _, c := range rows(t, db, `
		select name, lower(type), "notnull", coalesce(dflt_value, ''), pk from pragma_table_info($1)`, table) {
		keyed := c[4] != "0"
		column := column{table: table, name: c[0], kind: c[1], required: keyed || c[2] == "1", preset: c[3],
			identity: keyed && identity}
		switch {
		case flags[c[0]]:
			column.kind = "boolean"
			column.preset = map[string]string{"0": "false", "1": "true"}[c[3]]
		case c[1] == "integer":
			column.kind = "bigint"
		case c[1] == "blob":
			column.kind = "bytea"
		}
		lines = append(lines, column.String())
		if keyed {
			key = append(key, c[4]+" "+c[0]) // with its position in the key
		}
	}
	if len(key) == 0 {
		return lines
	}
	slices.Sort(key)
	for i := range key {
		_, key[i], _ = strings.Cut(key[i], " ")
	}
	return append(lines, fmt.Sprintf("%s: primary key (%s)", table, strings.Join(key, ", ")))
}

// postgresSchema describes the tables as [sqliteSchema] does.
func postgresSchema(t *testing.T, db *sql.DB) (lines []string) {
	t.Helper()
	for _, c := range rows(t, db, `
		select table_name, column_name, data_type, (is_nullable = 'NO')::text, coalesce(column_default, ''),
			(is_identity = 'YES')::text, coalesce(collation_name, '')
		from information_schema.columns where table_schema = 'public'`) {
		lines = append(lines, column{table: c[0], name: c[1], kind: c[2], required: c[3] == "true",
			preset: strings.TrimSuffix(c[4], "::text"), identity: c[5] == "true"}.String())
		if c[2] == "text" && c[6] != "C" {
			t.Errorf("%s.%s does not sort by bytes", c[0], c[1])
		}
	}
	for _, k := range rows(t, db, `
		select relname, case when indisprimary then 'primary key' else 'unique' end,
			(select string_agg(attname, ', ' order by n) from unnest(indkey) with ordinality as key (place, n)
				join pg_attribute on attrelid = indrelid and attnum = place)
		from pg_index join pg_class on pg_class.oid = indrelid
		where indisunique and relnamespace = 'public'::regnamespace`) {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", k[0], k[1], k[2]))
	}
	for _, f := range rows(t, db, `
		select conrelid::regclass::text, own.attname, confrelid::regclass::text, other.attname,
			case confdeltype when 'c' then 'cascade' when 'a' then 'no action' else confdeltype::text end,
			condeferred::text
		from pg_constraint
			join pg_attribute own on own.attrelid = conrelid and own.attnum = conkey[1]
			join pg_attribute other on other.attrelid = confrelid and other.attnum = confkey[1]
		where contype = 'f'`) {
		lines = append(lines, fmt.Sprintf("%s: (%s) refers to %s (%s), on delete %s, deferred %s",
			f[0], f[1], f[2], f[3], f[4], f[5]))
	}
	slices.Sort(lines)
	return lines
}

// column is the description of a column on which both engines must agree.
type column struct {
	table, name, kind, preset string
	required, identity        bool
}

func (c column) String() string {
	text := c.table + "." + c.name + " " + strings.ToLower(c.kind)
	if c.required {
		text += " not null"
	}
	if c.identity {
		text += " identity"
	}
	if c.preset != "" {
		text += " default " + c.preset
	}
	return text
}

// rows returns the result of a query, each value as text.
func rows(t *testing.T, db *sql.DB, query string, args ...any) (list [][]string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		row := make([]string, len(names))
		places := make([]any, len(names))
		for i := range row {
			places[i] = &row[i]
		}
		if err := found.Scan(places...); err != nil {
			t.Fatalf("%v in %s", err, query)
		}
		list = append(list, row)
	}
	if err := found.Err(); err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	return list
}
