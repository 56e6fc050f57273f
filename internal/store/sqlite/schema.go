package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sort"
	"strings"
	"sync"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"namets/internal/store"
)

// ErrForeign means that a database was not created by this program, or that somebody has changed
// its schema.
var ErrForeign = errors.New("not a database of namets")

// CheckRestorable returns an error if the file at path cannot replace the database: the errors of
// [Check], and any table, index, trigger or view that is not exactly as a migration created it. A
// trigger that somebody added would run with every later change. It changes nothing, and runs
// nothing from the file. If the problem is the file itself, the error is a [store.ErrDamaged],
// [ErrForeign] or [ErrNewer].
func CheckRestorable(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	db, err := openSuspect(path)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := checkSchema(ctx, db, path); err != nil {
		return blameFile(err)
	}
	return blameFile(Check(ctx, path))
}

// blameFile returns err as an [ErrForeign] if SQLite cannot interpret the contents of the file and
// there is no other cause.
func blameFile(err error) error {
	cause, ok := errors.AsType[*sqlite.Error](classify(err))
	if ok && cause.Code()&0xff == lib.SQLITE_ERROR && !errors.Is(err, ErrForeign) {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	return err
}

// openSuspect opens an untrusted file for reading, in a way that its schema cannot call functions.
func openSuspect(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, true)+"&"+
		url.Values{"_pragma": {"trusted_schema(0)", "cell_size_check(1)"}}.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// checkSchema compares the schema of the file at path with that of the migrations recorded in it.
func checkSchema(ctx context.Context, db *sql.DB, path string) error {
	var steps, version, least int
	err := db.QueryRowContext(ctx, "select count(*), coalesce(max(version), 0), coalesce(min(version), 0) from "+
		"migrations").Scan(&steps, &version, &least)
	if err != nil {
		if err = classify(err); errors.Is(err, store.ErrDamaged) {
			return err
		}
		return fmt.Errorf("%s is a database, but %w: %w", path, ErrForeign, err)
	}
	if err := known(version); err != nil {
		return err
	}
	if steps != version || (version > 0 && least != 1) || version == 0 {
		return fmt.Errorf("%s is %w: its list of migrations has gaps", path, ErrForeign)
	}
	var encoding string
	if err := db.QueryRowContext(ctx, "pragma encoding").Scan(&encoding); err != nil {
		return classify(err)
	}
	if encoding != "UTF-8" { // it cannot be read together with the replaced database
		return fmt.Errorf("%s is %w: its texts are in %s", path, ErrForeign, encoding)
	}
	want, err := wanted(ctx, version)
	if err != nil {
		return err
	}
	got, err := readSchema(ctx, db)
	if err != nil {
		return fmt.Errorf("read the schema of %s: %w", path, classify(err))
	}
	if difference := compareSchemas(want, got); difference != "" {
		return fmt.Errorf("%s is %w as a migration leaves it (version %d): %s", path, ErrForeign, version, difference)
	}
	return nil
}

// schema contains a normalized statement for each object of a database: "table subscribers" →
// statement.
type schema map[string]string

// wanted is schemaAt, which takes a tenth of a second. For the current version, which nearly every
// backup has, it does that once per process.
func wanted(ctx context.Context, version int) (schema, error) {
	steps, err := steps()
	if err != nil {
		return nil, err
	}
	if version == len(steps) {
		return current()
	}
	return schemaAt(ctx, version)
}

// current returns the schema of the current version. Nobody may change it.
var current = sync.OnceValues(func() (schema, error) {
	steps, err := steps()
	if err != nil {
		return nil, err
	}
	return schemaAt(context.Background(), len(steps))
})

// schemaAt returns the schema that the migrations up to the version create.
func schemaAt(ctx context.Context, version int) (schema, error) {
	steps, err := steps()
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // a second connection would open another in-memory database
	if _, err := db.ExecContext(ctx, createMigrations); err != nil {
		return nil, err
	}
	for _, step := range steps[:version] {
		text, err := migrations.ReadFile(step)
		if err != nil {
			return nil, err
		}
		if _, err := db.ExecContext(ctx, string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
	}
	return readSchema(ctx, db)
}

// readSchema returns the schema of an open database.
func readSchema(ctx context.Context, db *sql.DB) (schema, error) {
	rows, err := db.QueryContext(ctx, "select type, name, tbl_name, coalesce(sql, '') from sqlite_schema")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	s := schema{}
	for rows.Next() {
		var kind, name, table, text string
		if err := rows.Scan(&kind, &name, &table, &text); err != nil {
			return nil, err
		}
		if kind == "table" && strings.HasPrefix(name, "sqlite_stat") {
			continue // statistics of SQLite's query planner
		}
		key := kind + " " + name
		for s[key] != "" {
			key += " (again)"
		}
		s[key] = "on " + table + ": " + normalSQL(text)
	}
	return s, rows.Err()
}

// compareSchemas describes the first difference by name in plain words; it is empty if there is
// none.
func compareSchemas(want, got schema) string {
	var keys []string
	for key := range want {
		keys = append(keys, key)
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		w, wanted := want[key]
		g, there := got[key]
		switch {
		case !there:
			return "the " + key + " is missing"
		case !wanted:
			return "no migration makes the " + key
		case w != g:
			return fmt.Sprintf("the %s is another one", key)
		}
	}
	return ""
}

// normalSQL returns the statement without comments, and with spaces only where they separate two
// words outside of quoted texts. Nothing else matters, and the comments of migrations have been
// reworded.
func normalSQL(text string) string {
	var b strings.Builder
	space := false
	for i := 0; i < len(text); {
		n := 1
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "--"):
			n = ending(text[i:], "\n")
			space = true
			i += n
			continue
		case strings.HasPrefix(text[i:], "/*"):
			n = ending(text[i:], "*/")
			space = true
			i += n
			continue
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			space = true
			i++
			continue
		case c == '\'' || c == '"' || c == '`':
			n = 1 + ending(text[i+1:], string(c))
		case c == '[':
			n = ending(text[i:], "]")
		}
		if space && b.Len() > 0 && inWord(b.String()[b.Len()-1]) && inWord(text[i]) {
			b.WriteByte(' ')
		}
		space = false
		b.WriteString(text[i : i+n])
		i += n
	}
	return b.String()
}

// inWord reports whether the byte may be part of a name, a number or a quoted text.
func inWord(c byte) bool {
	return c == '_' || c == '$' || c == '\'' || c == '"' || c == '`' || c == '[' || c == ']' || c >= 0x80 ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// ending returns the length of text up to and including the first end, or all of it.
func ending(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i + len(end)
	}
	return len(text)
}
