package metrics

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"namets/internal/namets"
)

// gathered returns the values of the pollers by metric and label.
func gathered(t *testing.T, list []namets.Poller, err error) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(newPollerCollector(func(context.Context) ([]namets.Poller, error) { return list, err }))
	families, failure := registry.Gather()
	if failure != nil {
		t.Fatal(failure)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "namets_")
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue()
		}
	}
	return got
}

func TestPollers_sayWhoIsLate(t *testing.T) {
	got := gathered(t, []namets.Poller{
		{ConsumerID: 3, Consumer: "amina", Usual: time.Minute, Late: true},
		{ConsumerID: 4, Consumer: "new"},
		{Path: "/api/subscribers/", Usual: time.Hour},
	}, nil)
	want := map[string]float64{"late": 1, "consumer_late consumer=3": 1, "consumer_interval_seconds consumer=3": 60,
		"consumer_late consumer=4": 0, "path_late route=/api/subscribers/": 0,
		"path_interval_seconds route=/api/subscribers/": 3600}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := gathered(t, nil, errors.New("the database cannot be read")); len(got) > 0 {
		t.Errorf("without a database: %v", got)
	}
}

func TestPollers_areBounded(t *testing.T) {
	var list []namets.Poller
	for i := range 3 * mostConsumers {
		list = append(list, namets.Poller{ConsumerID: int64(i + 1), Late: true})
	}
	got := gathered(t, append(list, namets.Poller{Path: "/p/", Late: true}), nil)
	if len(got) != 1+mostConsumers+1 || got["late"] != 3*mostConsumers+1 || got["path_late route=/p/"] != 1 {
		t.Errorf("%d series, late %v", len(got), got["late"])
	}
}
