package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"namets/internal/auth"
	"namets/internal/namets"
)

// signInCollector exports the counts of sign-ins and refusals at each scrape.
type signInCollector struct {
	stats func() auth.SignInStats

	signIns, refused *prometheus.Desc
}

func newSignInCollector(stats func() auth.SignInStats) *signInCollector {
	desc := func(name, help, label string) *prometheus.Desc {
		return prometheus.NewDesc("namets_"+name, help, []string{label}, nil)
	}
	return &signInCollector{
		stats:   stats,
		signIns: desc("sign_ins_total", "Attempts to sign in to the admin by result.", "result"),
		refused: desc("admin_refused_total", "Refusals at the admin besides sign-ins, by reason.", "reason"),
	}
}

// Describe implements prometheus.Collector.
func (c *signInCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c *signInCollector) Collect(ch chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n int64, label string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), label)
	}
	s := c.stats()
	count(c.signIns, s.SignedIn, "succeeded")
	count(c.signIns, s.Refused[namets.SignInFailed], "failed")
	count(c.signIns, s.Refused[namets.SignInThrottled], "throttled")
	count(c.signIns, s.Refused[namets.SignInBusy], "busy")
	count(c.refused, s.Refused[namets.PasswordRefused], "password")
	count(c.refused, s.Refused[namets.LinkRefused], "link")
	count(c.refused, s.Refused[namets.CrossSiteRefused], "cross_site")
	count(c.refused, s.Refused[namets.RoleRefused], "role")
}
