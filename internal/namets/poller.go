package namets

import (
	"fmt"
	"time"
)

// Poller is a program that asks again and again: a consumer, or whatever reads one of the six paths
// of the contract.
type Poller struct {
	Path string // empty for a consumer
	// ConsumerID, TokenID and Consumer are the id, the token and the name of the consumer.
	ConsumerID, TokenID int64
	Consumer            string
	SeenAt              time.Time     // the last request
	Usual               time.Duration // its usual interval; 0: not known
	// Late means that three usual intervals have passed since; see [Heartbeat].
	Late bool
}

// NewSilentAlert says that p is late, with times in the given zone.
func NewSilentAlert(p *Poller, zone *time.Location) Notification {
	about, habit := p.Consumer, "The consumer "+p.Consumer+" is late: it usually asks "
	if p.Path != "" {
		about, habit = p.Path, "Nothing reads "+p.Path+" any more: it was usually read "
	}
	return NewAlert(N8NSilent, about, habit+Every(p.Usual)+", and last on "+
		p.SeenAt.In(zone).Format("2 January 2006 at 15:04 MST")+
		". Check in n8n whether the workflow is active and what it last reported.")
}

// Every says how often something happens: "every hour", "every 5 minutes". It rounds by at most a
// twentieth.
func Every(interval time.Duration) string {
	for _, unit := range [...]struct {
		name string
		d    time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		n := interval.Round(unit.d) / unit.d
		switch {
		case n < 1 || (n*unit.d-interval).Abs() > interval/20:
		case n == 1:
			return "every " + unit.name
		default:
			return fmt.Sprintf("every %d %ss", n, unit.name)
		}
	}
	return "every " + interval.String()
}
