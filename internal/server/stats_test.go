package server_test

import (
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"namets/internal/server"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestStats_countByRouteMethodAndStatus(t *testing.T) {
	clock := time.Now()
	durations := recorder{map[string][]float64{}}
	s := server.New(server.Config{
		Durations: durations.of,
		Now:       func() time.Time { clock = clock.Add(2 * time.Millisecond); return clock },
		Mounts: []func(*echo.Echo){func(e *echo.Echo) {
			e.Any("/p/:name", func(c echo.Context) error {
				if c.Param("name") == "bad" {
					return echo.NewHTTPError(400)
				}
				return c.NoContent(204)
			})
		}},
	})
	for _, r := range [][2]string{
		{"GET", "/p/a"}, {"GET", "/p/b?x"}, {"GET", "/p/bad"}, {"POST", "/p/a"}, {"GET", "/none"}, {"GET", "/none2"},
		{"BREW", "/none"}, {"GET", "/healthz"},
	} {
		s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(r[0], r[1], nil))
	}
	got := s.Stats()
	want := server.Stats{
		Requests: []server.RequestCount{
			{Route: "/healthz", Method: "GET", Status: 200, Count: 1},
			{Route: "/p/:name", Method: "GET", Status: 204, Count: 2},
			{Route: "/p/:name", Method: "GET", Status: 400, Count: 1},
			{Route: "/p/:name", Method: "POST", Status: 204, Count: 1},
			{Route: "unmatched", Method: "GET", Status: 404, Count: 2},
			{Route: "unmatched", Method: "OTHER", Status: 404, Count: 1},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := s.Answers(); n != 8 {
		t.Errorf("%d answers, want 8", n)
	}
	seconds := map[string][]float64{
		"/healthz": {0.002}, "/p/:name": {0.002, 0.002, 0.002, 0.002}, "unmatched": {0.002, 0.002, 0.002},
	}
	if diff := cmp.Diff(seconds, durations.seconds); diff != "" {
		t.Error(diff)
	}
}

// recorder notes the durations that the server tells, by route.
type recorder struct{ seconds map[string][]float64 }

func (r recorder) of(route string) server.Observer {
	if r.seconds[route] != nil {
		panic("asked twice for " + route)
	}
	r.seconds[route] = []float64{}
	return observer(func(s float64) { r.seconds[route] = append(r.seconds[route], s) })
}

type observer func(seconds float64)

func (o observer) Observe(seconds float64) { o(seconds) }

func TestStats_countsUnderLoadWithoutLosingAny(t *testing.T) {
	s := server.New(server.Config{Mounts: []func(*echo.Echo){text("/", "home")}})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
				s.Stats()
			}
		})
	}
	wg.Wait()
	if got := s.Stats(); len(got.Requests) != 1 || got.Requests[0].Count != 4000 || got.InFlight != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestStats_showsWhatIsInFlight(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := start(t, server.Config{}, waiting(entered, release))
	done := make(chan struct{})
	go func() {
		do(t, "GET", s.url+"/slow", nil)
		close(done)
	}()
	<-entered
	if got := s.Stats().InFlight; got != 1 {
		t.Errorf("%d in flight, want 1", got)
	}
	close(release)
	<-done
}
