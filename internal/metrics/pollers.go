package metrics

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"namets/internal/namets"
)

// pollersTimeout limits the database query of one scrape.
const pollersTimeout = 5 * time.Second

// mostConsumers is the maximum number of consumers with series of their own, those registered
// first.
const mostConsumers = 100

// pollerCollector exports who asks, and who is late, at each scrape. It identifies consumers by
// their ids, because their names are free text of authors of workflows.
type pollerCollector struct {
	pollers func(context.Context) ([]namets.Poller, error)

	late, consumerLate, consumerInterval, pathLate, pathInterval *prometheus.Desc
}

func newPollerCollector(pollers func(context.Context) ([]namets.Poller, error)) *pollerCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("namets_"+name, help, labels, nil)
	}
	return &pollerCollector{
		pollers:      pollers,
		late:         desc("late", "Consumers that have stopped asking, and paths that nothing reads any more."),
		consumerLate: desc("consumer_late", "1 while the consumer is late, else 0.", "consumer"),
		consumerInterval: desc("consumer_interval_seconds", "How often the consumer usually asks; missing until that "+
			"is known.", "consumer"),
		pathLate: desc("path_late", "1 while nothing reads the path as often as usual, else 0.", "route"),
		pathInterval: desc("path_interval_seconds", "How often the path is usually read; missing until that is known.",
			"route"),
	}
}

// Describe implements prometheus.Collector.
func (c *pollerCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector. There are no series while the database cannot be read.
func (c *pollerCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), pollersTimeout)
	defer cancel()
	list, err := c.pollers(ctx)
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	sum, consumers := 0.0, 0
	for _, p := range list {
		late, interval, label := c.pathLate, c.pathInterval, p.Path
		if p.Path == "" {
			late, interval, label = c.consumerLate, c.consumerInterval, strconv.FormatInt(p.ConsumerID, 10)
			consumers++
		}
		sum += number(p.Late)
		if consumers > mostConsumers && p.Path == "" {
			continue
		}
		gauge(late, number(p.Late), label)
		if p.Usual > 0 {
			gauge(interval, p.Usual.Seconds(), label)
		}
	}
	gauge(c.late, sum)
}
