package api_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"namets/internal/namets"
)

const million = 1_000_000

// BenchmarkMillion is the list of a million subscribers: ten readers at once, then ten that have
// begun to read when a write makes another list. It reports how long the first bytes took and the
// most memory that the process, in which the readers run too, ever held. Run it alone, with
// -benchtime 1x.
func BenchmarkMillion(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(300 << 20))
	s := newSite(b, goldenNow)
	fill(b, s)
	address := s.listen(b)
	for b.Loop() {
		debug.FreeOSMemory()
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // forget the peak
			b.Skip(err)
		}
		cold := dial(b, address)
		b.ReportMetric(float64(cold.firstByte.Milliseconds()), "cold-ms")
		size := cold.finish(b)
		warm := dial(b, address)
		b.ReportMetric(float64(warm.firstByte.Milliseconds()), "warm-ms")
		warm.finish(b)
		b.ReportMetric(peak(b), "one-MB")

		var readers sync.WaitGroup
		for range 10 {
			readers.Go(func() { dial(b, address).finish(b) })
		}
		readers.Wait()
		b.ReportMetric(peak(b), "ten-MB")

		var slow [10]*download
		for i := range slow {
			slow[i] = dial(b, address)
		}
		s.store(b, &namets.Dataset{Subscribers: []namets.Subscriber{
			{ID: 2 * million, Email: "new@example.org", IsActive: true, Token: namets.NewUUID(),
				SubscribedAt: goldenNow()},
		}})
		if dial(b, address).finish(b) <= size {
			b.Error("the new list is not longer")
		}
		for _, d := range slow {
			if got := d.finish(b); got != size {
				b.Errorf("a slow reader got %d bytes of %d", got, size)
			}
		}
		b.ReportMetric(peak(b), "slow-MB")
		b.ReportMetric(float64(size)/1e6, "list-MB")
	}
}

// fill stores a million subscribers without holding them in memory.
func fill(tb testing.TB, s *site) {
	tb.Helper()
	db, err := sql.Open("sqlite", s.path)
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(tb.Context(), `
		with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
		insert into subscribers (id, email, email_key, is_verified, is_active, notify_announcements, notify_events,
			notify_prayer_changes, token, subscribed_at)
		select i, printf('m%07d@example.org', i), printf('m%07d@example.org', i), 1, 1, i % 2, i % 3 = 0, i % 5 = 0,
			printf('%08x-0000-4000-8000-000000000000', i), 0 from n`, million); err != nil {
		tb.Fatal(err)
	}
}

// download is an answer of which the first byte has come.
type download struct {
	conn      net.Conn
	body      *bufio.Reader
	size      int64 // as it was declared
	firstByte time.Duration
}

func dial(tb testing.TB, address string) *download {
	start := time.Now()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		tb.Error(err)
		return nil
	}
	fmt.Fprintf(conn, "GET /api/subscribers/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-N8N-Token: %s\r\n\r\n",
		goodToken)
	body := bufio.NewReader(conn)
	response, err := http.ReadResponse(body, nil)
	if err != nil {
		tb.Error(err)
		return nil
	}
	return &download{conn, bufio.NewReader(response.Body), response.ContentLength, time.Since(start)}
}

// finish reads the rest and returns the number of all bytes of the body.
func (d *download) finish(tb testing.TB) int64 {
	defer d.conn.Close()
	n, err := io.Copy(io.Discard, d.body)
	if err != nil || n != d.size {
		tb.Errorf("%d bytes of %d: %v", n, d.size, err)
	}
	return n
}

// peak returns the most resident memory since it was last forgotten, in megabytes.
func peak(tb testing.TB) float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Skip(err)
	}
	_, after, _ := strings.Cut(string(raw), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return float64(kilobytes) / 1024
}
