package site_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"testing"
	"time"

	"namets/internal/testlong"
)

// lockDatabase makes another program hold the write lock until the test ends.
func (w *world) lockDatabase() {
	w.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(5000)")
	w.must(err)
	raw.SetMaxOpenConns(1)
	w.t.Cleanup(func() { raw.Close() })
	_, err = raw.ExecContext(w.t.Context(), "begin immediate")
	w.must(err)
}

// size returns how many rows the tables hold that forms write into.
func (w *world) size() (rows int) {
	w.t.Helper()
	raw, err := sql.Open("sqlite", "file:"+w.path+"?mode=ro")
	w.must(err)
	defer raw.Close()
	w.must(raw.QueryRowContext(w.t.Context(), `
		select (select count(*) from confirmations) + (select count(*) from deliveries) + (select count(*)
			from audit)`).Scan(&rows))
	return rows
}

func TestForms_areLimitedForOneClient(t *testing.T) {
	w := newWorld(t, setting{})
	count := map[int]int{}
	for i := range 100 {
		rec := w.do("POST", subscribe, fmt.Sprintf("email=a%d@example.org", i))
		count[rec.Code]++
		if rec.Code == http.StatusTooManyRequests {
			if seconds, err := strconv.Atoi(rec.Header().Get("Retry-After")); err != nil || seconds < 1 || seconds > 6 {
				t.Fatalf("Retry-After: %q", rec.Header().Get("Retry-After"))
			}
			w.page(rec)
		}
	}
	if count[http.StatusSeeOther] != 30 || count[http.StatusTooManyRequests] != 70 {
		t.Errorf("answers: %v", count)
	}
	w.want("another client", w.do("POST", subscribe, "email=b@example.org", "X-Forwarded-For", "192.0.2.8"),
		http.StatusSeeOther, checkInbox)
	w.want("a client that names another one", w.do("POST", subscribe, "email=c@example.org", "X-Forwarded-For",
		"192.0.2.9, 192.0.2.7"), http.StatusTooManyRequests, "")
	w.step(6 * time.Second)
	w.want("in time", w.do("POST", subscribe, "email=d@example.org"), http.StatusSeeOther, checkInbox)
	for i := range 31 {
		rec := w.do("POST", subscribe, fmt.Sprintf("email=e%d@example.org", i), "X-Forwarded-For",
			fmt.Sprintf("2001:db8::%x", i+1))
		if want := i < 30; (rec.Code == http.StatusSeeOther) != want {
			t.Errorf("address %d of one IPv6 network: %d", i, rec.Code)
		}
	}
}

func TestForms_areLimitedForOneAddress(t *testing.T) {
	w := newWorld(t, setting{})
	count := map[int]int{}
	for i := range 20 {
		rec := w.do("POST", subscribe, []string{"email=a@example.org", "email=A@EXAMPLE.org"}[i%2], "X-Forwarded-For",
			fmt.Sprintf("192.0.2.%d", i))
		count[rec.Code]++
	}
	if count[http.StatusSeeOther] != 6 || count[http.StatusTooManyRequests] != 14 ||
		w.kinds() != "subscriber_confirmation" {
		t.Errorf("answers: %v", count)
	}
}

func TestForms_surviveAFloodFromManyClients(t *testing.T) { flood(t, testlong.Size(4_000, 20_000)) }

// BenchmarkForms_surviveAFlood is the test before with more: run it with -benchtime 1000000x.
func BenchmarkForms_surviveAFlood(b *testing.B) { flood(b, max(b.N, 10)) }

// flood sends n forms, half of them from one client and half from as many clients, and looks at
// what that costs.
func flood(t testing.TB, n int) {
	w := newWorld(t, setting{})
	w.do("POST", subscribe, "email=first@example.org")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	count := map[int]int{}
	for i := range n {
		from := "192.0.2.66"
		if i%2 == 0 {
			from = fmt.Sprintf("%d.%d.%d.%d", 20+i>>24, i>>16&255, i>>8&255, i&255)
		}
		count[w.do("POST", subscribe, "email=a"+strconv.Itoa(i)+"@example.org", "X-Forwarded-For", from).Code]++
		if i%(n/10) == 0 {
			w.want("another visitor meanwhile", w.do("GET", "/", "", "X-Forwarded-For", "198.51.100.1"),
				http.StatusOK, "")
			other := fmt.Sprintf("198.%d.100.1", i*10/n)
			w.want("who subscribes", w.do("POST", subscribe, "email=other"+other+"@example.org", "X-Forwarded-For",
				other), http.StatusSeeOther, checkInbox)
			w.step(time.Second)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	if rows := w.size(); rows > 3*350 {
		t.Errorf("%d rows were stored", rows)
	}
	if count[http.StatusSeeOther]+count[http.StatusTooManyRequests] != n || count[http.StatusSeeOther] > 330 {
		t.Errorf("answers: %v", count)
	}
	w.step(time.Hour)
	w.want("afterwards", w.do("POST", subscribe, "email=late@example.org", "X-Forwarded-For", "198.51.100.1"),
		http.StatusSeeOther, checkInbox)
}
