package webhook_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/store/sqlite/sqlitetest"
	"namets/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var by = namets.Actor{Kind: namets.Command, Name: "test"}

func openDB(t testing.TB, path string, now func() time.Time) *sqlite.DB {
	t.Helper()
	return sqlitetest.Open(t, sqlite.Config{Path: path, Now: now})
}

func newDB(t testing.TB) *sqlite.DB {
	return openDB(t, "", nil)
}

// call is one webhook that a receiver got.
type call struct {
	id, body string
	at       time.Time
}

// receiver is an n8n that answers as the test wants.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []call
	arrive chan call
}

// newReceiver starts a receiver; answer, unless nil, says what it does after it has read the
// request.
func newReceiver(t testing.TB, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{arrive: make(chan call, 100_000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		c := call{req.Header.Get("webhook-id"), string(body), time.Now()}
		r.mu.Lock()
		r.got = append(r.got, c)
		r.mu.Unlock()
		if answer != nil {
			answer(w, req)
		}
		r.arrive <- c
	}))
	t.Cleanup(r.Close)
	return r
}

// deadline is how long a test waits for what is to happen soon.
const deadline = 20 * time.Second

// next waits for a webhook.
func (r *receiver) next(t testing.TB) call {
	t.Helper()
	return within(t, r.arrive, "no webhook arrives")
}

// within returns what comes through the channel, or ends the test when nothing does.
func within[T any](t testing.TB, c <-chan T, missing string) (got T) {
	t.Helper()
	select {
	case got = <-c:
	case <-time.After(deadline):
		t.Fatal(missing)
	}
	return got
}

func (r *receiver) calls() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call(nil), r.got...)
}

func newClient(t testing.TB, url string, cfg webhook.ClientConfig) *webhook.Client {
	t.Helper()
	cfg.URL = secret.New(url)
	c, err := webhook.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start runs a worker until the test ends or the returned function is called.
func start(t testing.TB, cfg webhook.Config) (*webhook.Worker, func()) {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	w := webhook.New(cfg)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return w, stop
}

func ping(t testing.TB, db *sqlite.DB) int64 {
	t.Helper()
	id, err := db.QueuePing(context.Background(), by)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func subscribe(t testing.TB, db *sqlite.DB, email string) int64 {
	t.Helper()
	id, err := db.CreateSubscriber(context.Background(), by, namets.Subscriber{Email: email, IsActive: true,
		Notify: namets.Preferences{Announcements: true}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWorker_sendsWhatACommitQueued(t *testing.T) {
	db, rec := newDB(t), newReceiver(t, nil)
	w, _ := start(t, webhook.Config{Store: db, Client: newClient(t, rec.URL, webhook.ClientConfig{}),
		Hints: db.Queued()})
	subscribe(t, db, "a@example.org")
	got := rec.next(t)
	if want := `{"event":"subscriber_joined","data":{"recipients":["a@example.org"],"email":"a@example.org",` +
		`"preferences":{"announcements":true,"events":false,"prayer":false}}}`; got.body != want {
		t.Errorf("got %s\nwant %s", got.body, want)
	}
	if !regexp.MustCompile(`^msg_[A-Z2-7]{26}$`).MatchString(got.id) {
		t.Errorf("webhook-id %q", got.id)
	}
	untilState(t, db, 1, namets.Delivered)
	if s := w.Stats(); s.Delivered != 1 || s.Failed != 0 || !s.FailingSince.IsZero() {
		t.Errorf("%+v", s)
	}
}

// untilState waits until the delivery is in the state.
func untilState(t *testing.T, db *sqlite.DB, id int64, state namets.DeliveryState) namets.Delivery {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.Now().Add(deadline)
	defer tick.Stop()
	for {
		d, _, err := db.Delivery(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if d.State == state {
			return d
		}
		if time.Now().After(end) {
			t.Fatalf("delivery %d is still %s: %+v", id, d.State, d)
		}
		<-tick.C
	}
}

func TestWorker_sendsWhatAnotherProcessQueued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "namets.db")
	db, other, rec := openDB(t, path, nil), openDB(t, path, nil), newReceiver(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	watching := make(chan error)
	go func() { watching <- db.Watch(ctx, nil) }()
	start(t, webhook.Config{Store: db, Client: newClient(t, rec.URL, webhook.ClientConfig{}), Hints: db.Queued()})
	ping(t, db)
	rec.next(t) // the worker runs
	began := time.Now()
	ping(t, other)
	if at := rec.next(t).at; at.Sub(began) > 5*time.Second {
		t.Errorf("it took %v", at.Sub(began))
	}
	cancel()
	if err := <-watching; err != nil {
		t.Error(err)
	}
}

func TestWorker_keepsWhatThereIsNoURLFor(t *testing.T) {
	db, rec := newDB(t), newReceiver(t, nil)
	var log bytes.Buffer
	w, stop := start(t, webhook.Config{Store: db, Hints: db.Queued(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	subscribe(t, db, "a@example.org")
	const n = 40
	for range n {
		ping(t, db)
	}
	w.Wake()
	stop()
	stats, err := db.DeliveryStats(t.Context())
	if err != nil || stats.Pending != n+1 || stats.Waiting != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "N8N_WEBHOOK_URL is not set") {
		t.Errorf("log: %s", got)
	}
	start(t, webhook.Config{Store: db, Client: newClient(t, rec.URL, webhook.ClientConfig{})})
	for range n + 1 {
		rec.next(t)
	}
	// Sixteen at a time are under way; who was queued later than that is never seen before.
	position := map[string]int{}
	for i, c := range rec.calls() {
		position[c.id] = i
	}
	list, err := db.Deliveries(t.Context(), namets.DeliveryFilter{Limit: n + 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if p := position[d.WebhookID]; p >= int(d.ID)-1+webhook.Parallel || p <= int(d.ID)-1-webhook.Parallel {
			t.Errorf("delivery %d arrived as number %d", d.ID, p+1)
		}
	}
}

func TestWorker_isHeldUpByNoStuckDelivery(t *testing.T) {
	free := make(chan struct{})
	rec := newReceiver(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("webhook-id") != "" && r.ContentLength > 30 { // the subscriber's, not a ping
			<-free
		}
	})
	db := newDB(t)
	start(t, webhook.Config{Store: db, Client: newClient(t, rec.URL, webhook.ClientConfig{}), Hints: db.Queued()})
	subscribe(t, db, "stuck@example.org")
	const n = 200
	for range n {
		ping(t, db)
	}
	for range n {
		if c := rec.next(t); !strings.Contains(c.body, "ping") {
			t.Errorf("%s arrived", c.body)
		}
	}
	close(free)
	rec.next(t)
}

func TestWorker_keepsTheOrderOfEachRow(t *testing.T) {
	var mu sync.Mutex
	failures := 0
	rec := newReceiver(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if failures++; failures%3 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	db := newDB(t)
	const people, changes = 4, 6
	for p := range people {
		id := subscribe(t, db, fmt.Sprint(p, "@example.org"))
		for c := range changes {
			yes := c%2 == 0
			if err := db.UpdateSubscriber(t.Context(), by, id, 0, namets.SubscriberPatch{Events: &yes}); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Failed ones are set back at once, so that the test need not wait for the schedule.
	start(t, webhook.Config{Store: impatient{db}, Client: newClient(t, rec.URL, webhook.ClientConfig{}),
		Hints: db.Queued()})
	for id := int64(1); id <= people*(changes+1); id++ {
		untilState(t, db, id, namets.Delivered)
	}
	webhookIDs := map[string]int64{}
	list, err := db.Deliveries(t.Context(), namets.DeliveryFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	entity := map[int64]int64{}
	for _, d := range list {
		webhookIDs[d.WebhookID], entity[d.ID] = d.ID, d.EntityID
	}
	last := map[int64]int64{} // subscriber → delivery
	for _, c := range rec.calls() {
		id := webhookIDs[c.id]
		if id < last[entity[id]] {
			t.Errorf("delivery %d came after %d", id, last[entity[id]])
		}
		last[entity[id]] = id
	}
}

// impatient is the outbox of a test that does not want to wait for retries.
type impatient struct{ *sqlite.DB }

func (s impatient) RecordOutcomes(ctx context.Context, outcomes []namets.Outcome) error {
	return s.DB.RecordOutcomes(ctx, atOnce(outcomes))
}

func (s impatient) RecordAndClaim(ctx context.Context, outcomes []namets.Outcome, limits []namets.ClaimLimits,
	lease time.Duration) ([]namets.Claim, bool, error) {
	return s.DB.RecordAndClaim(ctx, atOnce(outcomes), limits, lease)
}

func atOnce(outcomes []namets.Outcome) []namets.Outcome {
	for i := range outcomes {
		outcomes[i].Next = time.Time{}.Add(time.Hour)
	}
	return outcomes
}

func TestWorker_redeliversUnderTheSameIDAfterACrash(t *testing.T) {
	arrived := make(chan struct{})
	hold := make(chan struct{})
	rec := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		select {
		case arrived <- struct{}{}:
			<-hold
		default:
		}
	})
	path := filepath.Join(t.TempDir(), "namets.db")
	db := openDB(t, path, nil)
	_, stop := start(t, webhook.Config{Store: db, Client: newClient(t, rec.URL, webhook.ClientConfig{}),
		Hints: db.Queued()})
	ping(t, db)
	within(t, arrived, "no webhook arrives")
	if err := db.Close(); err != nil { // between the claim and its result
		t.Fatal(err)
	}
	close(hold)
	rec.next(t)
	stop()

	db = openDB(t, path, nil)
	start(t, webhook.Config{Store: db, Client: newClient(t, rec.URL, webhook.ClientConfig{}), Hints: db.Queued()})
	rec.next(t)
	calls := rec.calls()
	if len(calls) != 2 || calls[0].id != calls[1].id || calls[0].body != calls[1].body {
		t.Errorf("calls: %+v", calls)
	}
	if d := untilState(t, db, 1, namets.Delivered); d.Attempts != 1 {
		t.Errorf("%+v", d)
	}
}

func TestWorker_logsOneLineForEachChangeOfTheTarget(t *testing.T) {
	w := &wire{answer: func(n int, _ *http.Request) (*http.Response, error) {
		if n <= 20 {
			return respond(404), nil
		}
		return respond(200), nil
	}}
	path := filepath.Join(t.TempDir(), "namets.db")
	var log bytes.Buffer
	var stats, later webhook.Stats
	synctest.Test(t, func(t *testing.T) {
		db := openDB(t, path, nil)
		worker, stop := start(t,
			webhook.Config{Store: db, Hints: db.Queued(), Log: slog.New(slog.NewTextHandler(&log, nil)),
				Client: newClient(t, "http://user:pass@n8n.example/webhook/secret-path?q=secret",
					webhook.ClientConfig{Transport: w, Keys: keys("signing-secret")})})
		for range 10 {
			subscribe(t, db, rand.Text()+"@example.org")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		stats = worker.Stats()
		time.Sleep(time.Hour)
		synctest.Wait()
		later = worker.Stats()
		stop()
	})
	if stats.FailingSince.IsZero() || stats.LastError == "" || stats.Failed == 0 {
		t.Errorf("while it fails: %+v", stats)
	}
	if !later.FailingSince.IsZero() || later.LastError != "" || later.Delivered != 10 || later.Failed != 20 ||
		later.InFlight != 0 {
		t.Errorf("afterwards: %+v", later)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "do not arrive") || !strings.Contains(lines[1], "arrive again") {
		t.Errorf("log: %s", log.String())
	}
	for _, leak := range []string{"secret", "pass", "@example.org", "/webhook/"} {
		if strings.Contains(log.String(), leak) {
			t.Errorf("the log holds %q: %s", leak, log.String())
		}
	}
}
