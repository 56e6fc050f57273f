package sqlitetest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"namets/internal/store/sqlite"
	"namets/internal/testlong"
)

// Statement is a statement of the store that a test has run.
type Statement struct {
	// Text is the statement for PostgreSQL.
	Text string
	// Types are the Go types of its parameters, such as "int64" and "[]uint8"; empty for null.
	Types []string
	// Place is where it was run, and up to two callers, such as "claim.go:133
	// store.(*tx).claimSome".
	Place []string
}

// WithZero is the type of a text with U+0000, which PostgreSQL refuses.
const WithZero = "string with U+0000"

// Driver returns a driver that does not wait for the disk: what a write must survive in a test is
// the end of a process, not a power cut, and waiting takes most of a test's time. It records
// statements in the folder [testlong.Record], one JSON file for each [Statement]; without a folder,
// nothing is recorded. Only statements of internal/store itself are recorded: those of tests and of
// the SQLite engine need not be portable.
func Driver(tb testing.TB) *sqlite.Driver {
	return driverWith(tb, "synchronous(OFF)")
}

// Impatient is [Driver] for a test that holds the write lock: nothing waits for it.
func Impatient(tb testing.TB) *sqlite.Driver {
	return driverWith(tb, "synchronous(OFF)", "busy_timeout(1)")
}

// driverWith returns the driver, whose connections have these pragmas in place of those of the same
// names.
func driverWith(tb testing.TB, pragmas ...string) *sqlite.Driver {
	folder := testlong.Record()
	if folder == "" {
		return &sqlite.Driver{Dialect: sqlite.Dialect{}, Connect: func(dsn string) (*sql.DB, error) {
			return sql.Open("sqlite", withPragmas(dsn, pragmas))
		}}
	}
	r := &recorder{tb: tb, folder: folder, seen: map[string]bool{}}
	return &sqlite.Driver{Dialect: bothDialects{}, Connect: func(dsn string) (*sql.DB, error) {
		dsn = withPragmas(dsn, pragmas)
		plain, err := sql.Open("sqlite", dsn)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector{r, plain.Driver(), dsn}), plain.Close()
	}}
}

// withPragmas returns the data source name with the pragmas in place of those of the same names.
func withPragmas(dsn string, pragmas []string) string {
	file, query, _ := strings.Cut(dsn, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err) // [sqlite.Open] encodes it
	}
	for _, pragma := range pragmas {
		name, _, _ := strings.Cut(pragma, "(")
		values["_pragma"] = append(slices.DeleteFunc(values["_pragma"], func(other string) bool {
			return strings.HasPrefix(other, name+"(")
		}), pragma)
	}
	return file + "?" + values.Encode()
}

// recorder writes statements into a folder, each once.
type recorder struct {
	tb     testing.TB
	folder string

	mu   sync.Mutex
	seen map[string]bool // file names
}

// record records the statement if it comes from the store, and returns the text to run on SQLite.
func (r *recorder) record(query string, args []driver.NamedValue) string {
	if place := storeFrames(); place != nil {
		s := Statement{Text: render(query, postgresText), Types: make([]string, len(args)), Place: place}
		for i, arg := range args {
			if arg.Value != nil {
				s.Types[i] = fmt.Sprintf("%T", arg.Value)
			}
			if text, ok := arg.Value.(string); ok && strings.Contains(text, "\x00") {
				s.Types[i] = WithZero
			}
		}
		r.write(s)
	}
	return render(query, sqliteText)
}

func (r *recorder) write(s Statement) {
	text, err := json.Marshal(s)
	if err != nil {
		r.tb.Error(err)
		return
	}
	name := fmt.Sprintf("%x", sha256.Sum256(text))[:32]
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[name] {
		return
	}
	r.seen[name] = true
	f, err := os.OpenFile(filepath.Join(r.folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return
	}
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		r.tb.Error(err)
	}
}

// storeFrames returns up to three innermost running functions of internal/store, or nil if the
// innermost function of this module is in another package or a test.
func storeFrames() (place []string) {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for more := true; more && len(place) < 3; {
		var f runtime.Frame
		f, more = frames.Next()
		if !strings.HasPrefix(f.Function, "namets/") {
			continue
		}
		// The package is taken from the file, because an inlined function is named after its
		// caller's package.
		switch folder, file := path.Split(f.File); {
		case strings.HasSuffix(folder, "/internal/store/sqlite/sqlitetest/"):
		case strings.HasSuffix(folder, "/internal/store/") && !strings.HasSuffix(file, "_test.go"):
			name := f.Function[strings.LastIndex(f.Function, "/")+1:]
			place = append(place, fmt.Sprintf("%s:%d %s", file, f.Line, name))
		default:
			return place
		}
	}
	return place
}

// connector makes recording connections.
type connector struct {
	recorder *recorder
	driver   driver.Driver
	dsn      string
}

// Connect implements [driver.Connector].
func (c connector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return conn{opened.(sqliteConn), c.recorder}, nil
}

// Driver implements [driver.Connector].
func (c connector) Driver() driver.Driver { return c.driver }

// sqliteConn is the part of a connection of modernc.org/sqlite that [database/sql] uses.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection whose statements are recorded.
type conn struct {
	sqliteConn
	recorder *recorder
}

// ExecContext implements [driver.ExecerContext].
func (c conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.sqliteConn.ExecContext(ctx, c.recorder.record(query, args), args)
}

// QueryContext implements [driver.QueryerContext].
func (c conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.sqliteConn.QueryContext(ctx, c.recorder.record(query, args), args)
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	prepared, err := c.sqliteConn.PrepareContext(ctx, render(query, sqliteText))
	if err != nil {
		return nil, err
	}
	return stmt{prepared.(sqliteStmt), query, c.recorder}, nil
}

// sqliteStmt is the part of a statement of modernc.org/sqlite that [database/sql] uses.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// stmt is a prepared statement that is recorded each time it runs.
type stmt struct {
	sqliteStmt
	query    string
	recorder *recorder
}

// ExecContext implements [driver.StmtExecContext].
func (s stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.recorder.record(s.query, args)
	return s.sqliteStmt.ExecContext(ctx, args)
}

// QueryContext implements [driver.StmtQueryContext].
func (s stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.recorder.record(s.query, args)
	return s.sqliteStmt.QueryContext(ctx, args)
}

// Statements returns the statements recorded in the folder, ordered by place.
func Statements(folder string) ([]Statement, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	list := make([]Statement, len(files))
	for i, file := range files {
		text, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &list[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	slices.SortFunc(list, func(a, b Statement) int { return slices.Compare(a.Place, b.Place) })
	return list, nil
}
