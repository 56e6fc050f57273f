package api_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/api"
	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/server"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/token"
	"namets/internal/transfer"
)

const (
	goodToken  = "golden-token-0123456789"
	linkPrefix = "https://mosque.example/manage/"
)

// goldenNow is the moment at which the cases were recorded.
func goldenNow() time.Time { return time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC) }

// site is the API on a real database.
type site struct {
	db   *sqlite.DB
	path string // of the database
	api  *api.API
	echo *echo.Echo // without the server's middleware
	http.Handler
}

// newSite returns a site with an empty database.
func newSite(tb testing.TB, now func() time.Time) *site {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "namets.db")
	db := sqlitetest.Open(tb, sqlite.Config{Path: path, Now: now})
	a := api.New(api.Config{Store: db, Token: newToken(tb), Zone: zone(tb, "Africa/Lagos"),
		LinkPrefix: linkPrefix, Now: now})
	s := mount(db, a)
	s.path = path
	return s
}

// mount puts a behind the real server, and on a bare router.
func mount(db *sqlite.DB, a *api.API) *site {
	e := echo.New()
	a.Mount(e)
	return &site{db: db, api: a, echo: e,
		Handler: server.New(server.Config{Mounts: []func(*echo.Echo){a.Mount}}).Handler()}
}

func newToken(tb testing.TB) *auth.APIToken { return auth.NewAPIToken(startedSource(tb)) }

func startedSource(tb testing.TB) *token.Source {
	tb.Helper()
	source := token.New(token.Config{Provider: token.NewEnv(secret.New(goodToken)), Name: "env"})
	if err := source.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return source
}

// newGoldenSite returns a site with the data and at the moment of the recorded cases.
func newGoldenSite(tb testing.TB) *site {
	tb.Helper()
	s := newSite(tb, goldenNow)
	f, err := os.Open("testdata/fixture.json")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if _, err := transfer.Import(tb.Context(), s.db, testActor(), f, transfer.Options{Now: goldenNow()}); err != nil {
		tb.Fatal(err)
	}
	return s
}

func testActor() namets.Actor { return namets.Actor{Kind: namets.Command, Name: "test"} }

// store puts rows into the site's database, in place of rows with the same ids.
func (s *site) store(tb testing.TB, data *namets.Dataset) {
	tb.Helper()
	report, err := s.db.Import(tb.Context(), testActor(), data, namets.ImportOptions{Replace: true})
	if err != nil || len(report.Conflicts) > 0 {
		tb.Fatal(err, report.Conflicts)
	}
}

// watch looks at the database over a connection of its own, and returns a function that reports
// whether somebody has written since.
func (s *site) watch(tb testing.TB) (written func() bool) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+s.path+"?mode=ro") // the driver that internal/store/sqlite registers
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1) // data_version tells a connection about the others
	tb.Cleanup(func() { db.Close() })
	version := func() (v int64) {
		if err := db.QueryRow("pragma data_version").Scan(&v); err != nil {
			tb.Fatal(err)
		}
		return v
	}
	before := version()
	return func() bool { return version() != before }
}

// call is one request, passed to the router without a network.
func (s *site) call(method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// get is a GET with the token.
func (s *site) get(target string) *httptest.ResponseRecorder {
	return s.call(http.MethodGet, target, "X-N8N-Token", goodToken)
}

// listen serves the site on a real port and returns its address.
func (s *site) listen(tb testing.TB) string {
	tb.Helper()
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// contractCase is one recorded request with its answer.
type contractCase struct {
	ID, Method, Target string
	Headers            [][2]string
	Expect             struct {
		Status  int
		Headers map[string]string
		Body    *string
	}
}

// request returns the bytes of the request, which net/http would clean.
func (c *contractCase) request() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nConnection: close\r\n", c.Method, c.Target)
	host := "Host: localhost\r\n"
	for _, h := range c.Headers {
		name, value := h[0], h[1]
		if raw, ok := strings.CutPrefix(value, "hex:"); ok {
			decoded, err := hex.DecodeString(raw)
			if err != nil {
				panic(err)
			}
			value = string(decoded)
		}
		if strings.EqualFold(name, "Host") {
			host = ""
		}
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	b.WriteString(host + "\r\n")
	return b.Bytes()
}

func contractCases(tb testing.TB) []contractCase {
	tb.Helper()
	raw, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct{ Cases []contractCase }
	if err := json.Unmarshal(raw, &file); err != nil {
		tb.Fatal(err)
	}
	return file.Cases
}

// exchange sends a request as it is and returns the answer with its whole body.
func exchange(tb testing.TB, address, method string, request []byte) (*http.Response, []byte) {
	tb.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := conn.Write(request); err != nil {
		tb.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		tb.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return response, body
}
