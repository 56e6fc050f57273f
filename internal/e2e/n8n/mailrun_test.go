package n8n_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// execution is a run of the workflow as n8n's API reports it.
type execution struct {
	ID     int `json:",string"`
	Status string
	Data   struct {
		ResultData struct {
			LastNodeExecuted string
			Error            struct{ Message string }
		}
	}
}

// executions returns the executions that n8n has saved, newest first.
func (r *n8nRig) executions(t *testing.T) []execution {
	t.Helper()
	var list struct{ Data []execution }
	if status := r.n8n.Do(t, "GET", "executions?workflowId=nametsEvents&includeData=true&limit=100", nil,
		&list); status != http.StatusOK {
		t.Fatalf("list the executions: status %d", status)
	}
	return list.Data
}

// wantFailure checks that n executions are saved, and that the newest has failed at the node with
// the words in its message.
func (r *n8nRig) wantFailure(t *testing.T, n int, node string, words ...string) {
	t.Helper()
	var all []execution
	harness.Eventually(t, 2*time.Minute, "the execution has ended", func() bool {
		all = r.executions(t)
		return len(all) >= n && !slices.ContainsFunc(all, func(e execution) bool {
			return e.Status == "running" || e.Status == "new"
		})
	})
	last := all[0]
	if len(all) != n || last.Status != "error" || last.Data.ResultData.LastNodeExecuted != node {
		t.Errorf("of %d saved executions, want %d, the newest is %+v; want it to fail at %q", len(all), n, last, node)
	}
	for _, word := range words {
		if !strings.Contains(last.Data.ResultData.Error.Message, word) {
			t.Errorf("its message lacks %q: %s", word, last.Data.ResultData.Error.Message)
		}
	}
	if strings.Contains(last.Data.ResultData.Error.Message, "@") {
		t.Errorf("its message contains an address: %s", last.Data.ResultData.Error.Message)
	}
}

// crowd writes a file with n subscribers to everything.
func crowd(t *testing.T, n int) (path string, addresses []string) {
	t.Helper()
	var rows []string
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("person%02d@example.org", i+1))
		rows = append(rows, fmt.Sprintf(`{"id":%d,"email":%q,"phone":null,"is_active":true,"is_verified":true,
			"notify_announcements":true,"notify_events":true,
			"notify_prayer_changes":true,"token":"01020300-0000-4000-8000-%012d",
				"subscribed_at":"2026-03-01T07:30:00Z","last_notified":null}`, i+1, addresses[i], i+1))
	}
	path = filepath.Join(t.TempDir(), "crowd.json")
	if err := os.WriteFile(path, []byte(`{"announcements":[],"event_categories":[],"events":[],"patrons":[],
		"prayer_schedules":[],"subscribers":[`+strings.Join(rows, ",")+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, addresses
}

// newMailRun is a rig with the subscribers and the published workflow, after the changes in more.
func newMailRun(t *testing.T, n int, more ...func(node map[string]any)) (r *n8nRig, addresses []string) {
	t.Helper()
	path, addresses := crowd(t, n)
	r = newN8NRigOf(t, path)
	r.importCredentials(t)
	r.n8n.ImportWorkflows(t, r.workflow(t, sender, more...))
	r.n8n.Publish(t, "nametsEvents")
	return r, addresses
}

// publish publishes an announcement and returns the id of its delivery.
func (r *n8nRig) publish(t *testing.T, slug string) (id string) {
	t.Helper()
	harness.Write(t, r.env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.CreateAnnouncement(ctx, namets.Actor{}, harness.Announcement(slug, time.Now()))
		return err
	})
	harness.Eventually(t, time.Minute, "n8n accepts it", func() bool {
		_, list, _ := harness.Call(t, r.env, "deliveries", "--kind", "announcement_created", "--state",
			"delivered", "--limit", "1")
		_, row, _ := strings.Cut(list, "\n")
		id, _, _ = strings.Cut(row, " ")
		return id != ""
	})
	return id
}

// recipients returns the recipients of the e-mails, in order.
func recipients(mails []mailing) (list []string) {
	for _, m := range mails {
		list = append(list, m.To)
	}
	return list
}

func (r *n8nRig) wantMails(t *testing.T, when string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), recipients(r.box.next(t, len(want)))); diff != "" {
		t.Errorf("%s: e-mails (-want +got):\n%s", when, diff)
	}
}

// wantNoMail checks that no more e-mail has arrived.
func (r *n8nRig) wantNoMail(t *testing.T, when string) {
	t.Helper()
	for len(r.box.came) > 0 {
		t.Errorf("%s: one more e-mail to %s", when, (<-r.box.came).To)
	}
}

func without(list []string, out ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(out, s) })
}

// TestMailRun_skipsARejectedAddress runs with a mail server that rejects one recipient
// of 60.
func TestMailRun_skipsARejectedAddress(t *testing.T) {
	r, people := newMailRun(t, 60)
	bad := people[29]
	r.box.refuse(bad)
	id := r.publish(t, "refused")
	r.wantMails(t, "one is refused", without(people, bad)...)
	_, shown, _ := harness.Call(t, r.env, "deliveries", id)
	webhookID := strings.Fields(shown)[1]
	r.wantFailure(t, 1, "Not sent", "1 of 60", "namets deliveries retry "+webhookID+" --to ADDRESS")

	r.box.refuse()
	failed := r.executions(t)[0].ID
	if status := r.n8n.Do(t, "POST", fmt.Sprintf("executions/%d/retry", failed), map[string]any{"loadWorkflow": false},
		nil); status != http.StatusOK {
		t.Errorf("retry the execution: status %d", status)
	}
	r.wantFailure(t, 2, "Not sent", "1 of 60")
	r.wantNoMail(t, "after the execution was retried")
	if code, out, errs := harness.Call(t, r.env, "deliveries", "retry", webhookID, "--to", bad); code != 0 ||
		!strings.Contains(out, "1 person") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	r.wantMails(t, "sent to who is missing", bad)
	r.everyKindPassesOver(t, people[0])
	r.wantNoMail(t, "at the end")
	if log := r.Stderr.String(); strings.Contains(log, "@") {
		t.Errorf("the log contains an address:\n%s", log)
	}
}

// everyKindPassesOver sends each kind to a recipient who is rejected and then to one who is
// accepted.
func (r *n8nRig) everyKindPassesOver(t *testing.T, good string) {
	t.Helper()
	const bad = "refused@example.org"
	r.box.refuse(bad)
	kept := len(r.executions(t))
	for _, tt := range r.kinds() {
		if tt.notification.Kind == namets.Ping {
			continue
		}
		if got := r.send(t, "msg_refused_"+string(tt.notification.Kind), tt.notification, []string{bad, good},
			unchanged); !got.Delivered() {
			t.Errorf("%s: %d %s", tt.notification.Kind, got.Status, got.Answer)
		}
		r.wantMails(t, string(tt.notification.Kind), good)
		kept++
		r.wantFailure(t, kept, "Not sent", "1 of 2")
	}
}

// TestMailRun_reachesTheRestAfterACrash kills n8n after a third of the e-mails.
func TestMailRun_reachesTheRestAfterACrash(t *testing.T) {
	r, people := newMailRun(t, 60)
	third, over := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(over) })
	left := len(people) / 3
	hang := func(string) string {
		if left--; left >= 0 {
			return "250 ok"
		}
		close(third)
		<-over
		return "421 too late"
	}
	r.box.answer.Store(&hang)
	id := r.publish(t, "crash")
	select {
	case <-third:
	case <-time.After(time.Minute):
		t.Fatal("n8n does not reach the last third")
	}
	r.n8n.Stop()
	got := recipients(r.box.next(t, len(people)/3))
	r.box.refuse()
	r.n8n.Start(t)
	harness.Eventually(t, time.Minute, "the webhook responds again", func() bool {
		got := r.send(t, "msg_ping", namets.NewPing(), nil, unchanged)
		return got.Delivered()
	})
	if all := r.executions(t); len(all) != 1 || all[0].Status != "crashed" {
		t.Errorf("n8n shows %+v, want one execution that has crashed", all)
	}
	if code, _, errs := harness.Call(t, r.env, "deliveries", "retry", id); code != 0 {
		t.Error(errs)
	}
	harness.Eventually(t, time.Minute, "it is delivered again", func() bool {
		_, shown, _ := harness.Call(t, r.env, "deliveries", id)
		return strings.Contains(shown, "attempt 2") && strings.Contains(shown, "delivered")
	})
	r.wantNoMail(t, "under the same webhook-id")
	args := []string{"deliveries", "retry", id}
	for _, missing := range without(people, got...) {
		args = append(args, "--to", missing)
	}
	if code, out, errs := harness.Call(t, r.env, args...); code != 0 || !strings.Contains(out, "40 people") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	r.wantMails(t, "the rest", without(people, got...)...)
	if code, out, errs := harness.Call(t, r.env, "deliveries", "retry", "--new-id", id, "--yes"); code != 0 ||
		!strings.Contains(out, "60 people") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	r.wantMails(t, "everybody once more", people...)
	r.wantNoMail(t, "at the end")
}

// TestMailRun_continuesIfItsHistoryIsFull limits n8n's history to three webhooks.
func TestMailRun_continuesIfItsHistoryIsFull(t *testing.T) {
	r, people := newMailRun(t, 2, func(node map[string]any) {
		if options, ok := node["parameters"].(map[string]any)["options"].(map[string]any); ok &&
			options["historySize"] != nil {
			options["historySize"] = 3
		}
	})
	news := namets.NewMessageNotification("News", "Text")
	send := func(n int) {
		t.Helper()
		if got := r.send(t, fmt.Sprintf("msg_%d", n), news, people, unchanged); !got.Delivered() {
			t.Errorf("webhook %d: %d %s", n, got.Status, got.Answer)
		}
	}
	kept := 0
	for n := 1; n <= 8; n++ {
		send(n)
		r.wantMails(t, fmt.Sprint("webhook ", n), people...)
		if n == 4 || n == 7 { // the history was full
			kept++
			r.wantFailure(t, kept, "History was full", "it begins again", "were sent")
		}
		send(n) // again, even while the history is full
	}
	send(7)
	send(8)
	// Executions run one after the other: when this one has failed, all earlier ones have ended.
	r.box.refuse(people[0])
	send(9)
	r.wantMails(t, "the last one", people[1])
	r.wantFailure(t, kept+1, "Not sent", "1 of 2")
	r.wantNoMail(t, "of what came twice")
}
