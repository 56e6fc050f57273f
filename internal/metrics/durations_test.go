package metrics

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestDurations_areAHistogramPerRoute(t *testing.T) {
	durations := NewDurations()
	durations.Of("/p/:name").Observe(0.002)
	durations.Of("/p/:name").Observe(0.005)
	durations.Of("/p/:name").Observe(31)
	durations.Of("unmatched").Observe(0.0001)
	registry := prometheus.NewRegistry()
	registry.MustRegister(durations.histograms)
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "namets_http_request_duration_seconds" ||
		len(families[0].GetMetric()) != 2 {
		t.Fatalf("%v, %v", families, err)
	}
	first := families[0].GetMetric()[0]
	if l := first.GetLabel(); len(l) != 1 || l[0].GetName() != "route" || l[0].GetValue() != "/p/:name" {
		t.Errorf("labels %v", l)
	}
	if h := first.GetHistogram(); h.GetSampleCount() != 3 || h.GetSampleSum() != 31.007 {
		t.Errorf("%d answers in %v s", h.GetSampleCount(), h.GetSampleSum())
	}
	got := map[float64]uint64{}
	for _, bucket := range first.GetHistogram().GetBucket() {
		got[bucket.GetUpperBound()] = bucket.GetCumulativeCount()
	}
	want := map[float64]uint64{0.0001: 0, 0.00025: 0, 0.0005: 0, 0.001: 0, 0.005: 2, 0.025: 2, 0.1: 2, 0.5: 2, 1: 2,
		5: 2, 30: 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
