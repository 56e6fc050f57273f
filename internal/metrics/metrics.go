// Package metrics exports the statistics of the other packages as Prometheus metrics.
package metrics

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"namets/internal/api"
	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/server"
	"namets/internal/token"
	"namets/internal/webhook"
)

// Sources provide the values of the metrics. All are safe for concurrent use.
type Sources struct {
	Version, GoVersion string // of the program

	Server    func() server.Stats
	Durations Durations
	API       func() []api.SnapshotStats
	Since     func() []api.SinceStats
	Database  func() (bytes int64, err error)
	Token     func() token.Status
	Named     func() map[int64]int64 // requests by the id of the named token
	Worker    func() webhook.Stats
	Outbox    func(context.Context) (namets.DeliveryStats, error)
	Pollers   func(context.Context) ([]namets.Poller, error)
	Health    health
	SignIns   func() auth.SignInStats
}

// collector exports the statistics of requests, snapshots, the database and the outbox at each
// scrape.
type collector struct {
	from Sources

	requests, inFlight, dropped         *prometheus.Desc
	builds, age, size, misread          *prometheus.Desc
	attempts, queue, oldest, held, dead *prometheus.Desc
	hookAttempts, hookFailing           *prometheus.Desc
	unreported                          *prometheus.Desc
}

func newCollector(from Sources) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("namets_"+name, help, labels, nil)
	}
	return &collector{
		from:     from,
		requests: desc("http_requests_total", "Answers by route, method and status.", "route", "method", "status"),
		inFlight: desc("http_requests_in_flight", "Requests that are being answered."),
		dropped: desc("access_log_dropped_lines_total", "Access log lines given up because the log could not be "+
			"written fast enough."),
		builds: desc("snapshot_builds_total", "Snapshots of a table that were built.", "table"),
		age:    desc("snapshot_age_seconds", "Age of the snapshot of a table.", "table"),
		misread: desc("since_not_understood_total", "Requests whose parameter since is no time, so that the last 24 "+
			"hours counted.", "route"),
		size:     desc("database_bytes", "Size of the database file and its write-ahead log."),
		attempts: desc("webhook_attempts_total", "Attempts to deliver a webhook by result.", "result"),
		queue:    desc("webhook_queue_length", "Webhooks that wait to be delivered."),
		oldest:   desc("webhook_queue_oldest_seconds", "Age of the oldest webhook that waits to be delivered."),
		held: desc("webhook_held", "Webhooks from before a restore that wait for a person to say "+
			"whether they go out."),
		dead: desc("webhook_dead", "Webhooks that were given up and wait for a person."),
		unreported: desc("webhook_unreported", "Those of webhook_dead whose target accepted them without reporting "+
			"on every recipient."),
		hookAttempts: desc("hook_attempts_total", "Attempts to deliver a webhook to a hook by result.", "hook",
			"result"),
		hookFailing: desc("hook_failing", "Whether the last attempt to deliver a webhook to a hook failed.", "hook"),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	value := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	stats := c.from.Server()
	for _, r := range stats.Requests {
		value(c.requests, prometheus.CounterValue, float64(r.Count), r.Route, r.Method, strconv.Itoa(r.Status))
	}
	value(c.inFlight, prometheus.GaugeValue, float64(stats.InFlight))
	value(c.dropped, prometheus.CounterValue, float64(stats.LogLinesDropped))
	for _, s := range c.from.API() {
		value(c.builds, prometheus.CounterValue, float64(s.Builds), string(s.Kind))
		value(c.age, prometheus.GaugeValue, s.Age.Seconds(), string(s.Kind))
	}
	for _, s := range c.from.Since() {
		value(c.misread, prometheus.CounterValue, float64(s.NotUnderstood), s.Route)
	}
	c.collectWebhooks(value)
	if bytes, err := c.from.Database(); err == nil {
		value(c.size, prometheus.GaugeValue, float64(bytes))
	}
}

// outboxTimeout limits the database queries of one scrape.
const outboxTimeout = 5 * time.Second

func (c *collector) collectWebhooks(value func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	worker := c.from.Worker()
	value(c.attempts, prometheus.CounterValue, float64(worker.Delivered), "delivered")
	value(c.attempts, prometheus.CounterValue, float64(worker.Failed), "failed")
	c.collectHooks(worker.Hooks, value)
	ctx, cancel := context.WithTimeout(context.Background(), outboxTimeout)
	defer cancel()
	outbox, err := c.from.Outbox(ctx)
	if err != nil {
		return // a missing series says more than a wrong number
	}
	value(c.queue, prometheus.GaugeValue, float64(outbox.Pending))
	value(c.held, prometheus.GaugeValue, float64(outbox.Held))
	value(c.dead, prometheus.GaugeValue, float64(outbox.Dead))
	value(c.unreported, prometheus.GaugeValue, float64(outbox.Unreported))
	age := 0.0
	if !outbox.OldestPending.IsZero() {
		age = max(0, time.Since(outbox.OldestPending).Seconds()) // the clock may have been ahead
	}
	value(c.oldest, prometheus.GaugeValue, age)
}

// mostHooks is the maximum number of hooks with series of their own, those registered first.
const mostHooks = 100

// collectHooks exports the attempts to hooks. They are named by their ids: a key is free text
// of an author of workflows.
func (c *collector) collectHooks(hooks map[int64]webhook.TargetStats,
	value func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	ids := slices.Sorted(maps.Keys(hooks))
	for _, id := range ids[:min(len(ids), mostHooks)] {
		name, s, failing := strconv.FormatInt(id, 10), hooks[id], 0.0
		if !s.FailingSince.IsZero() {
			failing = 1
		}
		value(c.hookAttempts, prometheus.CounterValue, float64(s.Delivered), name, "delivered")
		value(c.hookAttempts, prometheus.CounterValue, float64(s.Failed), name, "failed")
		value(c.hookFailing, prometheus.GaugeValue, failing, name)
	}
}

// Serve serves /metrics on the listener until ctx ends.
func Serve(ctx context.Context, l net.Listener, from Sources) error {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(from), from.Durations.histograms, newTokenCollector(from.Token, from.Named),
		newHealthCollector(from), newSignInCollector(from.SignIns), newPollerCollector(from.Pollers),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 5 * time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
