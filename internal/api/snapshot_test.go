package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"namets/internal/api"
	"namets/internal/namets"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slowStore is storage whose subscribers can be changed and whose reading can be held up.
type slowStore struct {
	apiStore
	value   atomic.Int64 // the id of the only subscriber
	changes atomic.Uint64
	reads   atomic.Int64
	held    chan func() // what a reading does after it has read, before it returns; nil: readings are not held up
}

func (s *slowStore) write() { s.value.Add(1); s.changes.Add(1) }

func (s *slowStore) Generation(kind namets.Kind) func() uint64 {
	if kind == namets.KindSubscribers {
		return s.changes.Load
	}
	return func() uint64 { return 0 }
}

func (s *slowStore) Recipients(ctx context.Context, yield func(*namets.Recipient) error) error {
	s.reads.Add(1)
	row := namets.Recipient{ID: s.value.Load()}
	if s.held != nil {
		(<-s.held)()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return yield(&row)
}

func (s *slowStore) ActiveEvents(context.Context, func(*namets.Event) error) error { return nil }

// asking is a request for the subscribers that is under way.
type asking struct {
	answer *httptest.ResponseRecorder
	err    error
	cancel context.CancelFunc
	done   chan struct{}
}

// ask begins a request in a goroutine of its own.
func (s *site) ask(t *testing.T) *asking {
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "GET", "/api/subscribers/", nil)
	r.Header.Set("X-N8N-Token", goodToken)
	a := &asking{httptest.NewRecorder(), nil, cancel, make(chan struct{})}
	go func() {
		defer close(a.done)
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				a.err = fmt.Errorf("panic: %v", p)
			}
		}()
		c := s.echo.NewContext(r, a.answer)
		s.echo.Router().Find(r.Method, r.URL.Path, c)
		a.err = c.Handler()(c)
	}()
	return a
}

// shows checks that the request was answered with the subscriber id.
func (a *asking) shows(t *testing.T, id int64) {
	t.Helper()
	<-a.done
	if want := fmt.Sprintf(`[{"id":%d,"email":"",`, id); a.err != nil ||
		!strings.HasPrefix(a.answer.Body.String(), want) {
		t.Errorf("got %s, %v, want %s…", a.answer.Body, a.err, want)
	}
}

func newSlowSite(t *testing.T) (*slowStore, *site) {
	store := &slowStore{held: make(chan func())}
	return store, mount(nil, newAPI(t, store, startedSource(t)))
}

func pass() {}

func TestSnapshot_isMadeOnceForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := newSlowSite(t)
		var all [50]*asking
		for i := range all {
			all[i] = s.ask(t)
		}
		synctest.Wait()
		store.held <- pass
		for _, a := range all {
			a.shows(t, 0)
		}
		s.ask(t).shows(t, 0)
		if n := store.reads.Load(); n != 1 {
			t.Errorf("read %d times", n)
		}
	})
}

func TestSnapshot_isNeverOlderThanTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := newSlowSite(t)
		early := s.ask(t)
		synctest.Wait() // early has read, and is held up
		store.write()
		late := s.ask(t)
		synctest.Wait()
		store.held <- pass
		early.shows(t, 0)
		store.held <- pass
		late.shows(t, 1)
		s.ask(t).shows(t, 1)
	})
}

func TestSnapshot_countsAWriteDuringTheReadingAsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := newSlowSite(t)
		early := s.ask(t)
		store.held <- store.write
		early.shows(t, 0)
		late := s.ask(t)
		store.held <- pass
		late.shows(t, 1)
	})
}

func TestSnapshot_waitingEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := newSlowSite(t)
		maker := s.ask(t)
		synctest.Wait()
		waiter, patient := s.ask(t), s.ask(t)
		synctest.Wait()
		waiter.cancel()
		<-waiter.done
		if !errors.Is(waiter.err, context.Canceled) {
			t.Errorf("got %v", waiter.err)
		}
		maker.cancel() // others wait for what it makes
		store.held <- pass
		patient.shows(t, 0)
		<-maker.done
		if n := store.reads.Load(); n != 1 {
			t.Errorf("read %d times", n)
		}
	})
}

func TestSnapshot_survivesACrashWhileItIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, s := newSlowSite(t)
		maker := s.ask(t)
		synctest.Wait()
		waiter := s.ask(t)
		synctest.Wait()
		store.held <- func() { panic("torn page") }
		<-maker.done
		<-waiter.done
		if waiter.err == nil || maker.err == nil {
			t.Errorf("got %v and %v", maker.err, waiter.err)
		}
		again := s.ask(t)
		store.held <- pass
		again.shows(t, 0)
	})
}

func TestSnapshot_isOfOneTable(t *testing.T) {
	now := goldenNow()
	store := &slowStore{}
	s := mount(nil, api.New(api.Config{Store: store, Token: newToken(t), Zone: time.UTC, LinkPrefix: linkPrefix,
		Now: func() time.Time { return now }}))
	s.get("/api/subscribers/")
	s.get("/api/events/upcoming/")
	now = now.Add(time.Minute)
	store.write()
	s.get("/api/subscribers/")
	s.get("/api/events/upcoming/")
	s.get("/api/communications/subscribers/?events=1")
	now = now.Add(time.Second)
	want := []api.SnapshotStats{
		{Kind: "subscribers", Builds: 2, Age: time.Second},
		{Kind: "announcements"},
		{Kind: "events", Builds: 1, Age: time.Minute + time.Second},
		{Kind: "prayer_schedules"},
	}
	if diff := cmp.Diff(want, s.api.Stats()); diff != "" {
		t.Error(diff)
	}
}

// Every write that was acknowledged before a request is in its answer, with many at once.
func TestSnapshot_showsEveryAcknowledgedWrite(t *testing.T) {
	s := newGoldenSite(t)
	var writers sync.WaitGroup
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					s.get("/api/subscribers/")
				}
			}
		})
	}
	for w := range 8 {
		writers.Go(func() {
			for i := range 10 {
				email := fmt.Sprintf("w%d-%d@example.org", w, i)
				row := namets.Subscriber{ID: int64(1000 + w*100 + i), Email: email, IsActive: true,
					Token: namets.NewUUID(), SubscribedAt: goldenNow()}
				data := &namets.Dataset{Subscribers: []namets.Subscriber{row}}
				if _, err := s.db.Import(t.Context(), testActor(), data, namets.ImportOptions{}); err != nil {
					t.Error(err)
					return
				}
				for _, path := range []string{"/api/subscribers/", "/api/communications/subscribers/?links=1"} {
					if got := s.get(path); !strings.Contains(got.Body.String(), `"`+email+`"`) {
						t.Errorf("%s does not show %s, which is stored", path, email)
					}
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
