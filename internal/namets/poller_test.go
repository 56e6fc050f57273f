package namets_test

import (
	"testing"
	"time"

	"namets/internal/namets"
)

func TestEvery_saysHowOften(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "every minute", 70 * time.Second: "every 70 seconds", 5 * time.Minute: "every 5 minutes",
		time.Hour: "every hour", 90 * time.Minute: "every 90 minutes", 23*time.Hour + 55*time.Minute: "every day",
		36 * time.Hour: "every 36 hours", 7 * 24 * time.Hour: "every 7 days", time.Millisecond: "every 1ms",
	} {
		if got := namets.Every(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestNewSilentAlert_saysWhoIsLate(t *testing.T) {
	seen, zone := time.Date(2026, 3, 1, 8, 12, 9, 0, time.UTC), time.FixedZone("WAT", 3600)
	const end = ", and last on 1 March 2026 at 09:12 WAT. Check in n8n whether the workflow is active and what it " +
		`last reported."}`
	for _, test := range []struct {
		of   namets.Poller
		want string
	}{
		{namets.Poller{Consumer: "sync", ConsumerID: 3}, `{"about":"sync","message":"The consumer sync is late: it ` +
			`usually asks every 5 minutes`},
		{namets.Poller{Path: "/api/subscribers/"}, `{"about":"/api/subscribers/","message":"Nothing reads ` +
			`/api/subscribers/ any more: it was usually read every 5 minutes`},
	} {
		test.of.SeenAt, test.of.Usual = seen, 5*time.Minute
		if got := string(namets.NewSilentAlert(&test.of, zone).Data); got != test.want+end {
			t.Errorf("%s", got)
		}
	}
}
