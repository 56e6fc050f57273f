package sqlite_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/secret"
)

// putHook registers a hook of the token and returns its id and, if it is new, its secret.
func (o *outbox) putHook(token int64, key, url string) (int64, secret.Value) {
	o.T.Helper()
	spec := namets.HookSpec{URL: url, Events: []namets.EventType{namets.AnyEvent}}
	spec.Fill()
	h, s, err := o.PutHook(o.T.Context(), by(), token, key, spec)
	o.Must(err)
	return h.ID, s
}

// hookLines returns the hooks as "key url", with "paused" if they are.
func (o *outbox) hookLines() (list []string) {
	o.T.Helper()
	hooks, err := o.Hooks(o.T.Context())
	o.Must(err)
	for _, h := range hooks {
		line := h.Key + " " + strings.TrimPrefix(h.URL, "http://")
		if h.PausedAt != nil {
			line += " paused"
		}
		list = append(list, line)
	}
	return list
}

func TestRestore_leavesHooksAsTheyAreToday(t *testing.T) {
	o := newOutbox(t)
	ctx := t.Context()
	token := o.addToken("n8n", 1)
	changed, _ := o.putHook(0, "changed", "http://old")
	deleted, _ := o.putHook(0, "deleted", "http://deleted")
	gone, _ := o.putHook(token, "gone", "http://gone")
	paused, _ := o.putHook(token, "paused", "http://paused")
	path := o.backup()
	o.putHook(0, "changed", "http://new")
	fresh, err := o.ReplaceHookSecret(ctx, by(), changed)
	o.Must(err)
	o.Must(o.DeleteHook(ctx, by(), gone))
	o.Step(25 * time.Hour)
	_, err = o.PruneDeliveries(ctx, 90*24*time.Hour)
	o.Must(err)
	o.Must(o.DeleteHook(ctx, by(), deleted))
	o.Must(o.PauseHook(ctx, by(), paused, "it answered 410"))
	o.putHook(0, "added", "http://added")
	o.putHook(o.addToken("new", 2), "lost with its token", "http://lost")

	report := o.restore(path, false)
	want := []string{"kept deleted hooks 3 gone", "gone api_tokens 2 new"}
	if diff := cmp.Diff(want, lines(report)); diff != "" || report.HooksPaused != 0 {
		t.Errorf("%d paused (-want +got):\n%s", report.HooksPaused, diff)
	}
	want = []string{"added added", "changed new", "paused paused paused"}
	if diff := cmp.Diff(want, o.hookLines()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s, err := o.HookSecret(ctx, changed); err != nil || !s.Equal(fresh) {
		t.Errorf("an earlier secret is back: %v", err)
	}
	if again, s := o.putHook(0, "deleted", "http://deleted"); again != deleted || s.IsZero() {
		t.Error("the deleted hook is not held any more")
	}
	if next, _ := o.putHook(0, "next", "http://next"); next <= 6 {
		t.Errorf("a new hook has the id %d of another one", next)
	}
}

func TestRestore_pausesHooksThatNobodyCanCheck(t *testing.T) {
	o := newOutbox(t)
	id, _ := o.putHook(0, "k", "http://n8n")
	path := o.backup()
	if report := o.restore(path, true); report.HooksPaused != 1 {
		t.Errorf("%d hooks are paused", report.HooksPaused)
	}
	if diff := cmp.Diff([]string{"k n8n paused"}, o.hookLines()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h, err := o.Hook(t.Context(), id)
	if o.Must(err); !strings.Contains(h.PausedReason, "restore") {
		t.Errorf("the reason is %q", h.PausedReason)
	}
	o.putHook(0, "k", "http://n8n")
	if diff := cmp.Diff([]string{"k n8n"}, o.hookLines()); diff != "" {
		t.Errorf("after a registration (-want +got):\n%s", diff)
	}
}

func TestRestore_pausesHooksOfAnotherBranch(t *testing.T) {
	o := newOutbox(t)
	o.putHook(0, "both", "http://old")
	root := o.backup()
	o.putHook(0, "here", "http://here")
	branch := o.backup()
	o.restore(root, true)
	o.Step(time.Hour)
	o.putHook(0, "both", "http://new")
	report := o.restore(branch, false)
	if report.Compared != namets.OtherBranch || report.HooksPaused != 1 {
		t.Fatalf("compared as %q, %d paused", report.Compared, report.HooksPaused)
	}
	if diff := cmp.Diff([]string{"both new", "here here paused"}, o.hookLines()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRestore_carriesReports(t *testing.T) {
	o := newOutbox(t)
	ctx := t.Context()
	for _, name := range []string{"a", "b", "leaves"} {
		o.AddSubscriber(name + "@example.org")
	}
	a := o.AddAnnouncement(namets.Announcement{PublishAt: o.At, IsActive: true, SendEmail: true})
	c := o.One()
	o.Must(o.RecordOutcomes(ctx, []namets.Outcome{{ID: c.ID, State: namets.Delivered, Recipients: 3,
		Attempt: &namets.Attempt{At: o.At, Status: 200}}}))
	report := func(r namets.MailReport) {
		_, err := o.RecordReport(ctx, by(), c.WebhookID, r)
		o.Must(err)
	}
	report(namets.MailReport{Sent: []string{"leaves@example.org"},
		Failed: []namets.FailedMail{{Email: "a@example.org", Reason: "full"}}})
	path := o.backup()
	report(namets.MailReport{Sent: []string{"a@example.org", "b@example.org"}})
	o.leave(3)
	for _, lost := range []bool{false, true} {
		o.restore(path, lost)
		counts, err := o.MailCounts(ctx, namets.KindAnnouncements, a.ID)
		o.Must(err)
		want := namets.MailCounts{Sent: 3}
		if lost {
			want = namets.MailCounts{Sent: 1, Refused: 1}
		}
		if got := counts[namets.AnnouncementCreated]; got != want {
			t.Errorf("lost %t: %+v, want %+v", lost, got, want)
		}
		mails, err := o.MailsTo(ctx, "leaves@example.org", 10)
		o.Must(err)
		if known := len(mails) > 0; known != lost {
			t.Errorf("lost %t: of who has left: %v", lost, mails)
		}
	}
}
