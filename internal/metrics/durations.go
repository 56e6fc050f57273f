package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"namets/internal/server"
)

// Durations are the histograms of the response times of each route. Create them with
// [NewDurations].
type Durations struct{ histograms *prometheus.HistogramVec }

// NewDurations returns the histograms, without any route.
func NewDurations() Durations {
	return Durations{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "namets_http_request_duration_seconds",
		Help:    "Time to answer by route.",
		Buckets: []float64{0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30},
	}, []string{"route"})}
}

// Of returns the histogram of one route. From then on it is part of the metrics.
func (d Durations) Of(route string) server.Observer { return d.histograms.WithLabelValues(route) }
