package v1_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// BenchmarkList reads pages of 200 rows out of 100,000: the first and the last one. The yardstick
// is 3 ms at p50, and the same for both.
func BenchmarkList(b *testing.B) {
	s := newSite(b)
	s.fill(b, 100_000)
	for _, path := range []string{"/subscribers", "/announcements", "/events"} {
		for name, after := range map[string]string{"first": "0", "last": "99749"} {
			b.Run(path[1:]+"/"+name, func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					r := httptest.NewRequest(http.MethodGet, "/api/v1"+path+"?after="+after, nil)
					r.Header.Set("X-N8N-Token", goodToken)
					w := httptest.NewRecorder()
					start := time.Now()
					s.ServeHTTP(w, r)
					took = append(took, time.Since(start))
					if w.Code != http.StatusOK || w.Body.Len() < 20_000 {
						b.Fatal(w.Code, w.Body.Len())
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/p50")
			})
		}
	}
}
