package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"namets/internal/namets"
)

// discard is an answer that goes nowhere and allocates nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// benchmark asks for what target returns for the number of each request.
func benchmark(b *testing.B, s *site, target func(i int) (path, query string)) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), "GET", "/", nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-N8N-Token", goodToken)
	w := &discard{http.Header{}}
	r.URL.Path, r.URL.RawQuery = target(0)
	s.echo.ServeHTTP(w, r) // makes the snapshot
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.URL.Path, r.URL.RawQuery = target(i)
		s.echo.ServeHTTP(w, r)
	}
}

func BenchmarkSubscribers_1000(b *testing.B) {
	s := newSite(b, goldenNow)
	s.store(b, &namets.Dataset{Subscribers: someSubscribers(1000)})
	benchmark(b, s, func(int) (string, string) { return "/api/subscribers/", "" })
}

func BenchmarkSubscribers_1000Filtered(b *testing.B) {
	s := newSite(b, goldenNow)
	s.store(b, &namets.Dataset{Subscribers: someSubscribers(1000)})
	benchmark(b, s, func(int) (string, string) { return "/api/communications/subscribers/", "events=1&links=1" })
}

func BenchmarkPrayerToday(b *testing.B) {
	benchmark(b, newGoldenSite(b), func(int) (string, string) { return "/api/prayer/today/", "" })
}

// 30 of 10,000 announcements, with another since in every request.
func BenchmarkAnnouncements_since(b *testing.B) {
	s := newSite(b, goldenNow)
	all := make([]namets.Announcement, 10_000)
	for i := range all {
		all[i] = namets.Announcement{ID: int64(i + 1), Title: "Friday talk", Slug: fmt.Sprint(i),
			Content:  fmt.Sprintf("%180d", i),
			Category: namets.General, IsActive: true, IsPinned: i%10 == 0,
			PublishAt: goldenNow().Add(-time.Duration(i) * time.Minute)}
	}
	s.store(b, &namets.Dataset{Announcements: all})
	queries := make([]string, 1000)
	for i := range queries {
		queries[i] = "since=" + goldenNow().Add(-30*time.Minute+
			time.Duration(i+1)*time.Millisecond).Format(time.RFC3339Nano)
	}
	benchmark(b, s, func(i int) (string, string) { return "/api/announcements/new/", queries[i%len(queries)] })
}
