package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"namets/internal/token"
)

// tokenCollector exports the status of the token source, and the use of the named tokens, at each
// scrape. It identifies the shared token by its fingerprint and named ones by their ids, because
// their names may be those of people.
type tokenCollector struct {
	status func() token.Status
	named  func() map[int64]int64 // requests by id

	up, read, age, inForce, requests, late, refused, reloads, byName *prometheus.Desc
}

func newTokenCollector(status func() token.Status, named func() map[int64]int64) *tokenCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("namets_token_"+name, help, labels, nil)
	}
	return &tokenCollector{
		status: status,
		named:  named,
		up:     desc("source_up", "1 when the last read of the token's source succeeded, else 0."),
		read:   desc("read_age_seconds", "Time since the token's source last gave an answer."),
		age:    desc("age_seconds", "Time since the token was put into force."),
		inForce: desc("accepted", "1 for each token that is accepted, with its role: current, or previous during an "+
			"overlap.", "fingerprint", "role"),
		requests: desc("requests_total", "Requests that a token let in.", "fingerprint"),
		late: desc("late_requests_total", "Requests that brought a token which was in force earlier.",
			"fingerprint"),
		refused: desc("refused_total", "Requests that no token let in, by reason.", "reason"),
		reloads: desc("reloads_total", "Reads of the token's source by result.", "result"),
		byName: desc("named_requests_total", "Requests that a named token let in, by its id since the start.",
			"token"),
	}
}

// Describe implements prometheus.Collector.
func (c *tokenCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c *tokenCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, n int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	s := c.status()
	up := 0.0
	if s.Problem == "" && !s.LastSuccess.IsZero() {
		up = 1
	}
	gauge(c.up, up)
	if !s.LastSuccess.IsZero() {
		gauge(c.read, time.Since(s.LastSuccess).Seconds())
	}
	if !s.Since.IsZero() {
		gauge(c.age, time.Since(s.Since).Seconds())
	}
	for _, g := range s.Generations {
		if g.Role != token.Retired {
			gauge(c.inForce, 1, g.Fingerprint, string(g.Role))
		}
		count(c.requests, g.Requests, g.Fingerprint)
		count(c.late, g.RefusedSince, g.Fingerprint)
	}
	for id, n := range c.named() {
		count(c.byName, n, strconv.FormatInt(id, 10))
	}
	count(c.refused, s.Refused.None, "none")
	count(c.refused, s.Refused.Wrong, "wrong")
	count(c.refused, s.Refused.Expired, "expired")
	count(c.refused, s.Refused.Unavailable, "unavailable")
	count(c.reloads, s.Reloads.OK, "ok")
	count(c.reloads, s.Reloads.Unavailable, string(token.NotAnswering))
	count(c.reloads, s.Reloads.Revoked, string(token.DeletedAtSource))
	count(c.reloads, s.Reloads.Invalid, string(token.BadValue))
	count(c.reloads, s.Reloads.Config, string(token.Misconfigured))
}
