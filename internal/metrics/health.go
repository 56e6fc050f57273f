package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"namets/internal/backup"
	"namets/internal/datadir"
)

// readyTimeout limits the readiness check of one scrape.
const readyTimeout = 2 * time.Second

// health describes the state of the service itself.
type health interface {
	// Ready returns why the service cannot do its work now, or nil.
	Ready(ctx context.Context) error
	// Damaged reports whether the database was found damaged.
	Damaged() bool
	// Replaced reports whether the database files were replaced or removed while the process ran.
	Replaced() bool
	// Space returns the space on the disk of the data directory.
	Space() (datadir.Space, error)
	// LastBackup returns the result of this process's last backup.
	LastBackup() backup.Result
	// Backups returns all copies of the database in the data directory, newest first.
	Backups() ([]backup.File, error)
}

// healthCollector turns the state of the service into metrics at each scrape.
type healthCollector struct {
	from Sources

	build, ready, damaged, replaced      *prometheus.Desc
	free, total                          *prometheus.Desc
	backupAge, backupSuccess, backupSize *prometheus.Desc
}

func newHealthCollector(from Sources) *healthCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("namets_"+name, help, labels, nil)
	}
	return &healthCollector{
		from:    from,
		build:   desc("build_info", "1, with the version of the program and of Go.", "version", "goversion"),
		ready:   desc("ready", "1 while /readyz answers ready, else 0."),
		damaged: desc("database_damaged", "1 when the database was found damaged, else 0."),
		replaced: desc("database_replaced", "1 once the database's files were replaced or removed under the "+
			"process, else 0."),
		free:      desc("disk_free_bytes", "Room that is left on the disk of DATA_DIR."),
		total:     desc("disk_total_bytes", "Size of the disk of DATA_DIR."),
		backupAge: desc("backup_age_seconds", "Age of the newest backup of any kind; missing while there is none."),
		backupSuccess: desc("backup_last_success", "1 when the last backup that this process tried to make was made, "+
			"0 when it failed; missing before the first."),
		backupSize: desc("backup_bytes", "Size of all backups, and of the databases that restores have replaced."),
	}
}

// Describe implements prometheus.Collector.
func (c *healthCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector. It omits values that are unknown, because a missing
// value is better than a wrong one.
func (c *healthCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	h := c.from.Health
	gauge(c.build, 1, c.from.Version, c.from.GoVersion)
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	gauge(c.ready, number(h.Ready(ctx) == nil))
	gauge(c.damaged, number(h.Damaged()))
	gauge(c.replaced, number(h.Replaced()))
	if space, err := h.Space(); err == nil {
		gauge(c.free, float64(space.Free))
		gauge(c.total, float64(space.Total))
	}
	if last := h.LastBackup(); !last.At.IsZero() {
		gauge(c.backupSuccess, number(last.Err == nil))
	}
	c.collectBackups(gauge)
}

func (c *healthCollector) collectBackups(gauge func(*prometheus.Desc, float64, ...string)) {
	files, err := c.from.Health.Backups()
	if err != nil {
		return
	}
	size, age := int64(0), time.Duration(-1)
	for _, f := range files { // the newest first
		size += f.Size
		if since := time.Since(f.Made); f.Kind != backup.Replaced && age < 0 && since >= 0 {
			age = since
		}
	}
	gauge(c.backupSize, float64(size))
	if age >= 0 {
		gauge(c.backupAge, age.Seconds())
	}
}

// number is 1 for true and 0 for false.
func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
