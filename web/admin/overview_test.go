package admin_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
	"namets/web/admin/system"
)

// concerns returns the problems that the overview lists.
func (w *world) concerns() []string {
	w.Helper()
	var list []string
	w.get(namets.Viewer, "/test/sign-in/viewer") // the session may have ended since
	for _, n := range w.page(w.get(namets.Viewer, "/admin/"), http.StatusOK).All(".attention li strong") {
		list = append(list, n.Text())
	}
	return list
}

func (w *world) wantConcern(part string) {
	w.Helper()
	if text := strings.Join(w.concerns(), "\n"); !strings.Contains(text, part) {
		w.Errorf("%q is missing in\n%s", part, text)
	}
}

// inOrder removes all reasons for concerns.
func (w *world) inOrder() {
	w.Helper()
	w.must(w.backups.Save(w.Context()))
	data := &namets.Dataset{}
	for i := range 10 {
		data.PrayerSchedules = append(data.PrayerSchedules,
			namets.PrayerSchedule{ID: int64(i + 1), Date: namets.DateOf(w.now.In(lagos)).AddDays(i), IsActive: true})
	}
	_, err := w.db.Import(w.Context(), namets.Actor{Kind: namets.System}, data, namets.ImportOptions{})
	w.must(err)
}

func TestOverview_saysThatEverythingIsInOrder(t *testing.T) {
	w := newWorld(t)
	w.inOrder()
	if got := w.page(w.get(namets.Viewer, "/admin/"),
		http.StatusOK).One("main p.notice.good").Text(); got != "Everything is in order." {
		t.Errorf("got %q; concerns %q", got, w.concerns())
	}
}

func TestOverview_listsWhatNeedsAttention(t *testing.T) {
	w := newWorld(t)
	w.wantConcern("no prayer times for today")
	w.wantConcern("no backup")
	w.backups.none = true
	w.wantConcern("BACKUP_KEEP is 0")
	w.backups.none = false
	w.inOrder()
	w.now = w.now.Add(5 * 24 * time.Hour)
	w.wantConcern("Prayer times are missing for 2 of the next 7 days")
	replaced := system.Backup{Name: "namets.db.replaced-x", Replaced: true, Made: w.now}
	w.backups.list = append([]system.Backup{replaced}, w.backups.list...) // not a backup
	w.wantConcern("last backup of the database was made 5 days ago")

	w.must(w.db.RequestSubscription(t.Context(), namets.Actor{Kind: namets.Visitor},
		namets.SubscriptionRequest{Email: "amina@example.org", Notify: namets.Preferences{Events: true},
			DoubleOptIn: true}, "http://namets.example"))
	w.wantConcern("1 person waits for an e-mail")

	_, err := w.db.QueuePing(t.Context(), namets.Actor{Kind: namets.System})
	w.must(err)
	claims, err := w.db.ClaimDeliveries(t.Context(), 10, time.Minute)
	w.must(err)
	for i, c := range claims {
		o := namets.Outcome{ID: c.ID, State: namets.Dead, Attempt: &namets.Attempt{At: w.now, Status: 500, Error: "no"}}
		if i > 0 {
			o.State, o.Next = namets.Pending, w.now.Add(time.Hour)
		}
		w.must(w.db.RecordOutcomes(t.Context(), []namets.Outcome{o}))
	}
	w.wantConcern("1 webhook was given up")
	w.now = w.now.Add(time.Hour)
	w.wantConcern("1 webhook fails and will be retried")
}

func TestOverview_reportsWebhooksWithoutReports(t *testing.T) {
	w := newWorld(t)
	h, _, err := w.db.PutHook(t.Context(), namets.Actor{Kind: namets.System}, 0, "k", namets.HookSpec{
		URL: "https://n8n.example/x", Events: []namets.EventType{namets.AnyEvent}, Ack: namets.AckReport,
		ReportWithin: namets.DefaultReportWithin})
	w.must(err)
	alert := namets.NewAlert(namets.BackupFailed, "", "m")
	for range 2 {
		w.must(w.db.QueueAlert(t.Context(), alert))
	}
	claims, _, err := w.db.RecordAndClaim(t.Context(), nil, []namets.ClaimLimits{{Hook: h.ID, Rest: 9, Urgent: 9}},
		time.Minute)
	w.must(err)
	if len(claims) != 2 {
		t.Fatalf("%d claims", len(claims))
	}
	w.must(w.db.RecordOutcomes(t.Context(), []namets.Outcome{{ID: claims[0].ID, State: namets.Dead,
		Attempt: &namets.Attempt{At: w.now, Status: 500, Error: "no"}}}))
	w.wantConcern("1 webhook was given up: n8n did not accept it")
	w.must(w.db.RecordOutcomes(t.Context(), []namets.Outcome{{ID: claims[1].ID, State: namets.Pending, Accepted: true,
		Next: w.now.Add(time.Hour), Attempt: &namets.Attempt{At: w.now, Status: 200}}}))
	w.must(w.db.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: claims[1].ID, State: namets.Dead, Reason: "no report"}}))
	w.wantConcern("1 webhook was given up: n8n accepted it but did not report")
	w.wantConcern("1 webhook was given up: n8n did not accept it")
	for range 2 {
		w.must(w.db.QueueAlert(t.Context(), alert))
	}
	claims, _, err = w.db.RecordAndClaim(t.Context(), nil, []namets.ClaimLimits{{Hook: h.ID, Rest: 9, Urgent: 9}},
		time.Minute)
	w.must(err)
	for _, c := range claims {
		w.must(w.db.RecordOutcomes(t.Context(), []namets.Outcome{{ID: c.ID, State: namets.Dead,
			Attempt: &namets.Attempt{At: w.now, Status: 500, Error: "no"}}}))
	}
	w.wantConcern("3 webhooks were given up: n8n did not accept them")
}

func TestOverview_reportsUnsentConfirmationsEvenIfEarlierOnesWereSent(t *testing.T) {
	w := newWorld(t)
	ask := func(email string) namets.Claim {
		w.must(w.db.RequestSubscription(t.Context(), namets.Actor{Kind: namets.Visitor},
			namets.SubscriptionRequest{Email: email, DoubleOptIn: true}, "http://namets.example"))
		claims, err := w.db.ClaimDeliveries(t.Context(), 10, time.Minute)
		w.must(err)
		return claims[len(claims)-1]
	}
	first := ask("amina@example.org")
	secret := regexp.MustCompile(`confirm/([^/"]+)/"`).FindSubmatch(first.Body)
	_, err := w.db.Confirm(t.Context(), namets.Actor{Kind: namets.Visitor}, string(secret[1]), "192.0.2.7")
	w.must(err)
	w.must(w.db.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: first.ID, State: namets.Delivered, Attempt: &namets.Attempt{At: w.now, Status: 200}}}))
	second := ask("musa@example.org")
	w.must(w.db.RecordOutcomes(t.Context(),
		[]namets.Outcome{{ID: second.ID, State: namets.Pending, Next: w.now.Add(time.Hour),
			Attempt: &namets.Attempt{At: w.now, Status: 500, Error: "no"}}}))
	w.now = w.now.Add(3 * time.Minute)
	w.wantConcern("1 person waits for an e-mail to confirm the subscription: n8n has not accepted the webhook")
	w.wantConcern("fails and will be retried")
}

func TestOverview_showsChartsWithTables(t *testing.T) {
	w := newWorld(t)
	data := &namets.Dataset{}
	for i := range 3 {
		data.Subscribers = append(data.Subscribers,
			namets.Subscriber{ID: int64(i + 1), Email: fmt.Sprint(i, "@example.org"), Token: namets.NewUUID(),
				SubscribedAt: w.now.AddDate(0, 0, -i), IsActive: true})
	}
	_, err := w.db.Import(t.Context(), namets.Actor{Kind: namets.System}, data, namets.ImportOptions{})
	w.must(err)
	rec := w.get(namets.Viewer, "/admin/")
	if size := rec.Body.Len(); size > 40_000 {
		t.Errorf("the page has %d bytes", size)
	}
	doc := w.page(rec, http.StatusOK)
	charts := doc.All("figure.chart")
	if len(charts) != 4 {
		t.Fatalf("%d charts", len(charts))
	}
	if got := charts[0].One("svg[role=img]").Attr("aria-label"); got != "New subscribers: 3 in 30 days; the most on "+
		"one day, 1, on 25 Feb." {
		t.Errorf("got %q", got)
	}
	rows := charts[0].All("tbody tr")
	if len(rows) != 30 || rows[29].Text() != "27 Feb1" || rows[0].Text() != "29 Jan0" ||
		len(charts[0].All("rect")) != 30 {
		t.Errorf("%d rows, last %q", len(rows), rows[len(rows)-1].Text())
	}
}

func TestOverview_reportsWhoIsLate(t *testing.T) {
	w := newWorld(t)
	w.inOrder()
	ask := putConsumer(w, 0, "sync")
	read := func() { w.db.SawPath("/api/events/upcoming/") }
	w.minutes(7, ask, read)
	if got := w.concerns(); len(got) > 0 {
		t.Errorf("nobody is late: %q", got)
	}
	w.minutes(5)
	const consumer = "The consumer sync is late: it usually asks for changes every minute, and last 6 minutes ago."
	w.wantConcern(consumer)
	w.wantConcern("Nothing reads /api/events/upcoming/ any more: it was usually read every minute, and last 6 " +
		"minutes ago.")
	ask()
	if got := strings.Join(w.concerns(), ""); strings.Contains(got, consumer) {
		t.Errorf("it asks again: %s", got)
	}
	b, c := putConsumer(w, 0, "b"), putConsumer(w, 0, "c")
	w.minutes(7, ask, b, c)
	w.minutes(5)
	w.wantConcern("4 workflows have stopped asking for data: sync, b, c and 1 other.")
}
