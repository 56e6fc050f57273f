package data_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
	"namets/internal/testlong"
)

// TestKills_loseNoWebhook kills the serving process, and often the writing process too, at random
// moments, while the receiver is slow, fails, closes the connection or does not respond. Sometimes
// the disk is full, and between two rounds a backup is restored, by a process that is often killed
// too. In the end, every change that was acknowledged, and that no restore has undone, was
// delivered under one id, and every delivered change is in the database. It kills 200 times in
// .ci/long.
func TestKills_loseNoWebhook(t *testing.T) {
	kills := testlong.Size(4, 200)
	if testing.Short() {
		t.Skip("it starts and kills processes")
	}
	r := newMoodyReceiver(t)
	disk := newKillDisk(t, kills)
	env := harness.NewEnvironment(t, "DATA_DIR", disk.data(t), "N8N_WEBHOOK_URL", r.url, "WEBHOOK_TIMEOUT", "1s",
		"WEBHOOK_SECRET", "a plain signing key", "BACKUP_KEEP", "0", "LOG_FORMAT", "json")
	binary := harness.BuildBinary(t)
	acknowledged := map[string]bool{} // addresses whose commit the writer has reported
	restores := restoring{t: t, binary: binary, env: env, disk: disk, acknowledged: acknowledged,
		withdrawn: map[string]bool{}}
	for round := range kills {
		serving, serve := harness.StartBinary(t, binary, env)
		w := startWriter(t, env, round)
		if rand.IntN(4) == 0 {
			disk.fill(t)
		}
		time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { _ = serve.Process.Kill() })
		<-serving.Done
		if rand.IntN(2) == 0 {
			_ = w.cmd.Process.Kill()
		}
		for _, address := range w.finish(t) {
			acknowledged[address] = true
		}
		disk.empty(t)
		restores.between()
	}
	serving, _ := harness.StartBinary(t, binary, env)
	r.calm()
	waitForEmptyQueue(t, env)
	_, _ = serving.End(t)

	committed := committedAddresses(t, env)
	posts, repeated, lost, twice, invented := 0, 0, 0, 0, 0
	for address := range acknowledged {
		if !committed[address] {
			t.Errorf("%s was acknowledged and is not in the database", address)
		}
		if r.taken[address] == 0 {
			lost++
			t.Errorf("%s was acknowledged and never delivered", address)
		}
	}
	for address, ids := range r.ids {
		if len(ids) != 1 {
			twice++
			t.Errorf("%s was sent under %d webhook-ids", address, len(ids))
		}
		if !committed[address] && !restores.withdrawn[address] {
			invented++
			t.Errorf("%s was sent and is not in the database", address)
		}
		for _, n := range ids {
			posts += n
			repeated += min(n-1, 1)
		}
	}
	t.Logf("%d backups, %d restores of which %d were killed or found no room, %d changes taken back by them; the "+
		"disk was full %d times",
		restores.backups, restores.done, restores.failed, len(restores.withdrawn), disk.full)
	t.Logf("%d kills: %d changes acknowledged, %d in the database, %d delivered; %d POSTs, %d changes sent "+
		"more than once; "+
		"%d never delivered, %d under two webhook-ids, %d sent and not in the database",
		kills, len(acknowledged), len(committed), len(r.taken), posts, repeated, lost, twice, invented)
}

// waitForEmptyQueue waits until everything is delivered. It retries at once.
func waitForEmptyQueue(t *testing.T, env harness.Environment) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(env["DATA_DIR"], "namets.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var again time.Time
	harness.Eventually(t, 2*time.Minute, "the queue is empty", func() bool {
		stats, err := db.DeliveryStats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if stats.Waiting > 0 && time.Now().After(again) {
			again = time.Now().Add(2 * time.Second)
			if _, err := db.RetryDeliveries(t.Context(), namets.Actor{},
				namets.DeliveryFilter{State: namets.Pending}); err != nil {
				t.Fatal(err)
			}
		}
		return stats.Pending+stats.Dead+stats.Held == 0
	})
}

// committedAddresses checks the integrity of the database and returns its subscribers.
func committedAddresses(t *testing.T, env harness.Environment) map[string]bool {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(env["DATA_DIR"], "namets.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(t.Context(), "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %q, %v", verdict, err)
	}
	t.Logf("integrity_check: %s", verdict)
	rows, err := db.QueryContext(t.Context(), "select email from subscribers")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var address string
		if err := rows.Scan(&address); err != nil {
			t.Fatal(err)
		}
		all[address] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// writer is a process that adds subscribers to the database and prints the address of each after
// its commit.
type writer struct {
	cmd  *exec.Cmd
	stop io.Closer
	out  *bufio.Scanner
}

func startWriter(t *testing.T, env harness.Environment, first int) *writer {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestWriterProcess$")
	cmd.Env = append(os.Environ(), "NAMETS_TEST_WRITER="+filepath.Join(env["DATA_DIR"], "namets.db"),
		"NAMETS_TEST_FIRST="+strconv.Itoa(first))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &writer{cmd, in, bufio.NewScanner(out)}
}

// finish ends the process and returns the addresses that it has acknowledged.
func (w *writer) finish(t *testing.T) (addresses []string) {
	t.Helper()
	_ = w.stop.Close()
	for w.out.Scan() {
		var line string
		if n, _ := fmt.Sscanf(w.out.Text(), "committed %s", &line); n == 1 {
			addresses = append(addresses, line)
		}
	}
	_ = w.cmd.Wait() // fails if it was killed
	return addresses
}

// TestWriterProcess is not a test but the writer's process. It ends when its standard input is
// closed.
func TestWriterProcess(t *testing.T) {
	path := os.Getenv("NAMETS_TEST_WRITER")
	if path == "" {
		t.Skip("only as a process of TestKills_loseNoWebhook")
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	db, err := sqlite.Open(ctx, sqlite.Config{Path: path})
	if err != nil {
		return
	}
	defer db.Close()
	pace := time.NewTicker(time.Millisecond) // a disk in memory is faster than the receiver
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		<-pace.C
		address := fmt.Sprintf("s%s.%d.%d@example.org", os.Getenv("NAMETS_TEST_FIRST"), os.Getpid(), i)
		_, err := db.CreateSubscriber(ctx, namets.Actor{Kind: namets.Command}, namets.Subscriber{
			Email: address, IsActive: true, Token: namets.NewUUID(), SubscribedAt: time.Now(),
		})
		if err == nil {
			fmt.Println("committed", address)
		}
	}
}

// moodyReceiver is a receiver of webhooks that fails in every possible way.
type moodyReceiver struct {
	url string

	mu    sync.Mutex
	quiet bool
	ids   map[string]map[string]int // address → webhook-id → number of requests
	taken map[string]int            // address → number of responses 200
}

func newMoodyReceiver(t *testing.T) *moodyReceiver {
	t.Helper()
	r := &moodyReceiver{ids: map[string]map[string]int{}, taken: map[string]int{}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.url = s.URL + "/webhook/x"
	return r
}

// calm makes it accept everything from now on.
func (r *moodyReceiver) calm() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = true
}

func (r *moodyReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body struct {
		Data struct{ Email string }
	}
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return // the sender was killed
	}
	address := body.Data.Email
	r.mu.Lock()
	if r.ids[address] == nil {
		r.ids[address] = map[string]int{}
	}
	r.ids[address][req.Header.Get("Webhook-Id")]++
	mood := rand.IntN(6)
	if r.quiet || mood < 2 {
		r.taken[address]++
		mood = 0
	}
	r.mu.Unlock()
	switch mood {
	case 2:
		http.Error(w, "sorry", http.StatusInternalServerError)
	case 3:
		panic(http.ErrAbortHandler)
	case 4: // silent until the sender gives up
		<-req.Context().Done()
	case 5: // slow, then an error
		select {
		case <-time.After(100 * time.Millisecond):
		case <-req.Context().Done():
		}
		http.NotFound(w, req)
	}
}
