package n8n_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/n8n"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/webhook"
)

const (
	signingKey = "whsec_bmFtZXRzIHNpZ25zIHdpdGggdGhpcyBpbiBhIHRlc3Q="
	sender     = "NAMETS <news@namets.example>"
)

// n8nRig is a running namets, an n8n with its workflow, and the mailbox for the workflow's e-mails.
type n8nRig struct {
	*harness.Service
	env   harness.Environment
	n8n   *e2e.N8NServer
	box   *mailbox
	links map[string]string // address of an active subscriber → its personal link
}

func newN8NRig(t *testing.T) *n8nRig { return newN8NRigOf(t, harness.Fixture) }

// newN8NRigOf serves the rows of a file, with more variables.
func newN8NRigOf(t *testing.T, file string, more ...string) *n8nRig {
	t.Helper()
	// one execution at a time: the results of the first are complete before those of the second
	r := &n8nRig{n8n: e2e.N8N(t, "N8N_CONCURRENCY_PRODUCTION_LIMIT=1"), box: newMailbox(t), links: map[string]string{}}
	r.env = harness.NewEnvironment(t, append([]string{"WEBHOOK_SECRET", signingKey, "N8N_WEBHOOK_URL",
		r.n8n.URL + "/webhook/namets-events"}, more...)...)
	if code, _, stderr := harness.Call(t, r.env, "import", file); code != 0 {
		t.Fatal(stderr)
	}
	r.Service = harness.StartServe(t, r.env)
	var subscribers []struct {
		Email string
		URL   string `json:"unsubscribe_url"`
	}
	if err := json.Unmarshal([]byte(r.Get(t, "/api/subscribers/?links=1").Body), &subscribers); err != nil {
		t.Fatal(err)
	}
	for _, s := range subscribers {
		r.links[s.Email] = s.URL
	}
	return r
}

// importCredentials creates the credentials under the names that the workflow uses.
func (r *n8nRig) importCredentials(t *testing.T) {
	t.Helper()
	r.n8n.ImportCredentials(t, fmt.Appendf(nil, `[
		{"id":"cred1","name":"namets webhook","type":"httpHeaderAuth","data":{"name":"X-Namets-Webhook-Token",
			"value":%q}},
		{"id":"cred2","name":"namets signature","type":"crypto","data":{"hmacSecret":%q}},
		{"id":"cred3","name":"namets API","type":"httpHeaderAuth","data":{"name":"X-N8N-Token","value":%q}},
		{"id":"cred4","name":"SMTP account","type":"smtp","data":{"user":"","password":"","host":"127.0.0.1",
			"port":%d,"secure":false,"disableStartTls":true}}]`,
		webhook.HeaderToken(secret.New(signingKey)).Reveal(), signingKey, harness.APIToken, r.box.port))
}

// change replaces the content of a credential.
func (r *n8nRig) change(t *testing.T, id string, data map[string]string) {
	t.Helper()
	if status := r.n8n.Do(t, "PATCH", "credentials/"+id, map[string]any{"data": data}, nil); status != http.StatusOK {
		t.Fatalf("change the credential %s: status %d", id, status)
	}
}

// workflow returns the workflow of namets, with a sender in each e-mail node, after the changes in
// more.
func (r *n8nRig) workflow(t *testing.T, from string, more ...func(node map[string]any)) []byte {
	t.Helper()
	return r.workflowOf(t, "events", from, more...)
}

// workflowOf is workflow for another workflow.
func (r *n8nRig) workflowOf(t *testing.T, name, from string, more ...func(node map[string]any)) []byte {
	t.Helper()
	var wf map[string]any
	if err := json.Unmarshal([]byte(r.Do(t, "GET", n8n.WorkflowPath(name)).Body), &wf); err != nil {
		t.Fatal(err)
	}
	for _, node := range wf["nodes"].([]any) {
		n := node.(map[string]any)
		if n["type"] == "n8n-nodes-base.emailSend" {
			n["parameters"].(map[string]any)["fromEmail"] = from
		}
		for _, change := range more {
			change(n)
		}
	}
	filled, err := json.Marshal(wf)
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

// tamper changes a request after it was signed.
type tamper func(*http.Request)

func (f tamper) RoundTrip(req *http.Request) (*http.Response, error) {
	f(req)
	return http.DefaultTransport.RoundTrip(req)
}

// send sends a notification to the workflow, as the worker does.
func (r *n8nRig) send(t *testing.T, id string, n namets.Notification, recipients []string,
	change tamper) webhook.Result {
	t.Helper()
	return r.sendAt(t, time.Now, id, n, recipients, change)
}

// sendAt is send with its own clock.
func (r *n8nRig) sendAt(t *testing.T, now func() time.Time, id string, n namets.Notification, recipients []string,
	change tamper) webhook.Result {
	t.Helper()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	client, err := webhook.NewClient(webhook.ClientConfig{
		URL: secret.New(r.env["N8N_WEBHOOK_URL"]), Now: now, Transport: change,
		Keys: func() []secret.Value { return []secret.Value{secret.New(signingKey)} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return client.Send(t.Context(), id, n.Body(recipients))
}

func unchanged(*http.Request) {}

// TestN8N_sendsTheEmailsOfTheWebhooks imports the workflow into a real n8n, configures it as its
// notes say, and sends it every kind.
func TestN8N_sendsTheEmailsOfTheWebhooks(t *testing.T) {
	r := newN8NRig(t)
	r.n8n.ImportWorkflows(t, r.workflow(t, ""))
	if status := r.n8n.Do(t, "POST", "workflows/nametsEvents/activate", map[string]string{},
		nil); status != http.StatusBadRequest {
		t.Errorf("n8n publishes a workflow that is not configured: status %d", status)
	}
	r.importCredentials(t)
	r.n8n.ImportWorkflows(t, r.workflow(t, sender))
	r.n8n.Publish(t, "nametsEvents")

	news := namets.NewAnnouncementNotification(&namets.Announcement{Title: "Jumu'ah & more",
		Content: "At 13:00 – الجمعة <b>\n\nCome early.", PublishAt: time.Now()}, time.UTC)
	people := []string{"amina@example.org", "UPPER.Case@Example.ORG", "zed@example.edu"} // the last is a patron
	want := []mailing{
		{people[0], sender, "Jumu'ah & more", r.withFooter("At 13:00 – الجمعة <b>\n\nCome early.", people[0])},
		{people[1], sender, "Jumu'ah & more", r.withFooter("At 13:00 – الجمعة <b>\n\nCome early.", people[1])},
		{people[2], sender, "Jumu'ah & more", "At 13:00 – الجمعة <b>\n\nCome early."},
	}
	sortMails(want)
	r.change(t, "cred3", map[string]string{"name": "X-N8N-Token", "value": "not-the-token-of-namets"})
	// The credential is not valid for namets: no 2xx response, no e-mail, and the delivery succeeds
	// when it is repeated.
	if got := r.send(t, "msg_1", news, people, unchanged); got.Status != http.StatusServiceUnavailable {
		t.Errorf("without personal links: status %d, want 503: %s", got.Status, got.Answer)
	}
	r.change(t, "cred3", map[string]string{"name": "X-N8N-Token", "value": harness.APIToken})
	for range 2 { // the second sends no e-mail
		if got := r.send(t, "msg_1", news, people, unchanged); !got.Delivered() {
			t.Errorf("%d %s", got.Status, got.Answer)
		}
	}
	if diff := cmp.Diff(want, r.box.next(t, len(want))); diff != "" {
		t.Errorf("e-mails (-want +got):\n%s", diff)
	}

	r.refusesForgeries(t, news, people)
	r.change(t, "cred2", map[string]string{"hmacSecret": ""})
	if got := r.send(t, "msg_2", news, people, unchanged); got.Status != http.StatusUnauthorized {
		t.Errorf("without a signing key: status %d, want 401: %s", got.Status, got.Answer)
	}
	r.change(t, "cred2", map[string]string{"hmacSecret": signingKey})
	for _, tt := range r.kinds() {
		if got := r.send(t, "msg_"+string(tt.notification.Kind), tt.notification, tt.to, unchanged); !got.Delivered() ||
			got.Answer != `{"message":"received"}` {
			t.Errorf("%s: %d %s", tt.notification.Kind, got.Status, got.Answer)
		}
		var want []mailing
		for _, to := range tt.to {
			text := tt.text
			if tt.footer {
				text = r.withFooter(text, to)
			}
			want = append(want, mailing{to, sender, tt.subject, text})
		}
		sortMails(want)
		if diff := cmp.Diff(want, r.box.next(t, len(want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.notification.Kind, diff)
		}
	}
	r.mailsWhatIsPublished(t)
	r.checksStandardWebhooks(t)
}

func (r *n8nRig) withFooter(text, to string) string {
	return text + "\n\n-- \nTo get no more of these e-mails: " + r.links[to]
}

func (r *n8nRig) refusesForgeries(t *testing.T, n namets.Notification, people []string) {
	t.Helper()
	for name, tt := range map[string]struct {
		forge  tamper
		status int
	}{
		"another header value": {func(req *http.Request) {
			req.Header.Set("X-Namets-Webhook-Token", strings.Repeat("0", 64))
		}, 403},
		"no header value": {func(req *http.Request) { req.Header.Del("X-Namets-Webhook-Token") }, 403},
		"another signature": {func(req *http.Request) {
			req.Header.Set("X-Namets-Signature", "sha256="+strings.Repeat("0", 64))
		}, 401},
		"no signature":       {func(req *http.Request) { req.Header.Del("X-Namets-Signature") }, 401},
		"an empty signature": {func(req *http.Request) { req.Header.Set("X-Namets-Signature", "") }, 401},
		"another body": {func(req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			body = bytes.Replace(body, []byte("amina@example.org"), []byte("amiga@example.org"), 1)
			req.Body = io.NopCloser(bytes.NewReader(body))
		}, 401},
		"one more blank in the body": {func(req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(append(body, ' '))), int64(len(body)+1)
		}, 401},
	} {
		if got := r.send(t, "msg_forged", n, people, tt.forge); got.Status != tt.status {
			t.Errorf("%s: status %d, want %d: %s", name, got.Status, tt.status, got.Answer)
		}
	}
}

// sent is a notification and the expected e-mails.
type sent struct {
	notification  namets.Notification
	to            []string
	subject, text string
	footer        bool // with the recipient's personal link
}

// kinds returns one notification of each kind of contract section 7, except the announcement.
func (r *n8nRig) kinds() []sent {
	amina := []string{"amina@example.org"}
	both := []string{"UPPER.Case@Example.ORG", "amina@example.org"}
	prefs := namets.Preferences{Announcements: true, PrayerChanges: true}
	const prefsText = "Announcements: yes\nEvents: no\nChanges of prayer times: yes"
	subscriber := &namets.Subscriber{Email: amina[0], Notify: prefs}
	start := time.Date(2026, 3, 6, 12, 30, 0, 0, time.UTC)
	event := &namets.Event{Title: "Iftar", Description: "For all.", Start: start, End: start.Add(time.Hour),
		Location: "Main hall"}
	const hour = namets.TimeOfDay(time.Hour / time.Microsecond)
	times := namets.PrayerTimes{
		FajrAdhan: 5 * hour, FajrIqama: 5*hour + hour/3, DhuhrAdhan: 12 * hour, DhuhrIqama: 13 * hour,
		AsrAdhan: 15 * hour, AsrIqama: 16 * hour,
		MaghribAdhan: 18 * hour, MaghribIqama: 18*hour + hour/6, IshaAdhan: 19 * hour, IshaIqama: 20 * hour,
	}
	const confirm, manage = "https://namets.example/communications/subscribe/confirm/s3cret/",
		"https://namets.example/communications/preferences/1/"
	return []sent{
		{namets.NewPing(), nil, "", "", false},
		{namets.NewEventNotification(event, time.FixedZone("WAT", 3600)), both, "Iftar",
			"For all.\n\nWhen: Friday, 6 March 2026, 13:30\nWhere: Main hall", true},
		{namets.NewPrayerNotification(&namets.PrayerSchedule{Date: namets.Date{Year: 2026, Month: 3, Day: 1},
			PrayerTimes: times}), both,
			"Prayer times of Sunday, 1 March 2026", "Prayer times of Sunday, 1 March 2026\n\nFajr: adhan 05:00, " +
				"iqama 05:20\nDhuhr: adhan 12:00, iqama 13:00\n" +
				"Asr: adhan 15:00, iqama 16:00\nMaghrib: adhan 18:00, iqama 18:10\nIsha: adhan 19:00, iqama 20:00",
			true},
		{namets.NewMessageNotification("From the chairman", "{{ 1 + 1 }} is not two."), amina, "From the chairman",
			"{{ 1 + 1 }} is not two.", true},
		{namets.NewSubscriberNotification(namets.SubscriberJoined, subscriber), amina, "You are subscribed",
			"Welcome! This is what we will write to you about:\n\n" + prefsText, false},
		{namets.NewSubscriberNotification(namets.SubscriberUpdated, subscriber), amina,
			"What you get from us has changed",
			"From now on we will write to you about:\n\n" + prefsText, false},
		{namets.NewUnsubscribedNotification("gone@example.org"), []string{"gone@example.org"},
			"You are no longer subscribed",
			"gone@example.org is no longer subscribed, and gets no more e-mails from us after this one.", false},
		{namets.NewConfirmationNotification("new@example.org", confirm, prefs), []string{"new@example.org"},
			"Please confirm your subscription",
			"Somebody, we hope it was you, asked us to write to new@example.org about:\n\n" + prefsText +
				"\n\nIf you want that, confirm it here:\n" + confirm +
				"\n\nIf you do not, do nothing.", false},
		{namets.NewLinkNotification(amina[0], manage), amina, "Your personal link",
			"Here you can change what you get from us, or unsubscribe:\n" + manage +
				"\n\nAnyone who has this link can do so: do not pass it on. If you did not ask for it, do nothing.",
			false},
	}
}

// mailsWhatIsPublished checks that serve's own worker sends the e-mails of a row of the database.
func (r *n8nRig) mailsWhatIsPublished(t *testing.T) {
	t.Helper()
	if code, stdout, stderr := harness.Call(t, r.env, "deliveries", "test"); code != 0 {
		t.Error(stdout, stderr)
	}
	harness.Write(t, r.env, func(ctx context.Context, db *sqlite.DB) error {
		_, err := db.CreateAnnouncement(ctx, namets.Actor{}, harness.Announcement("published", time.Now()))
		return err
	})
	const interested = 8 // of the fixture's subscribers; and one patron
	for _, got := range r.box.next(t, interested+1) {
		want := mailing{got.To, sender, "T & <b>", "c"}
		for email := range r.links {
			if strings.EqualFold(email, got.To) {
				want.Text = r.withFooter(want.Text, email)
			}
		}
		if (want.Text == "c") != (got.To == "zed@example.edu") {
			t.Errorf("only the patron has no personal link, not %s", got.To)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("e-mails (-want +got):\n%s", diff)
		}
	}
}

// checksStandardWebhooks inserts the Code node of the documentation into the workflow.
func (r *n8nRig) checksStandardWebhooks(t *testing.T) {
	t.Helper()
	_, code, found := strings.Cut(harness.Section(t, harness.Doc(t, "author/verify.md"), "## Refuse replays"),
		"```js\n")
	code, _, closed := strings.Cut(code, "```")
	if !found || !closed {
		t.Fatal("the page has no code")
	}
	code = strings.ReplaceAll(code, "WHAT FOLLOWS whsec_", strings.TrimPrefix(signingKey, "whsec_"))
	r.n8n.ImportWorkflows(t, r.workflow(t, sender, func(node map[string]any) {
		switch node["name"] {
		case "Signature":
			delete(node, "credentials")
			node["type"], node["typeVersion"] = "n8n-nodes-base.code", 2
			node["parameters"] = map[string]any{"mode": "runOnceForAllItems", "language": "javaScript", "jsCode": code}
		case "Genuine?":
			condition := map[string]any{"id": "1", "leftValue": "={{ $json.genuine }}", "rightValue": "",
				"operator": map[string]any{"type": "boolean", "operation": "true", "singleValue": true}}
			node["parameters"].(map[string]any)["conditions"].(map[string]any)["conditions"] = []any{condition}
		}
	}))
	r.n8n.Publish(t, "nametsEvents")
	ago := func(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(-d) } }
	for name, tt := range map[string]struct {
		now    func() time.Time
		change tamper
		status int
	}{
		"genuine":      {time.Now, unchanged, 200},
		"a minute old": {ago(time.Minute), unchanged, 200},
		"an hour old":  {ago(time.Hour), unchanged, 401},
		"made younger": {ago(time.Hour), func(req *http.Request) {
			req.Header.Set("Webhook-Timestamp", fmt.Sprint(time.Now().Unix()))
		}, 401},
		"another id":   {time.Now, func(req *http.Request) { req.Header.Set("Webhook-Id", "msg_2") }, 401},
		"no signature": {time.Now, func(req *http.Request) { req.Header.Del("Webhook-Signature") }, 401},
		"two signatures": {time.Now, func(req *http.Request) {
			req.Header.Set("Webhook-Signature", "v1,ä "+req.Header.Get("Webhook-Signature"))
		}, 200},
	} {
		if got := r.sendAt(t, tt.now, "msg_standard", namets.NewPing(), nil, tt.change); got.Status != tt.status {
			t.Errorf("%s: status %d, want %d: %s", name, got.Status, tt.status, got.Answer)
		}
	}
}

func TestN8N_printsTheWorkflowThatServeProvides(t *testing.T) {
	env := harness.NewEnvironment(t, "PUBLIC_URL", "https://namets.example/")
	s := harness.StartServe(t, env)
	served := s.Do(t, "GET", n8n.WorkflowPath("events"))
	code, printed, stderr := harness.Call(t, env, "n8n", "workflow", "events")
	if code != 0 || printed != served.Body || !strings.Contains(printed, `"https://namets.example/api/subscribers/"`) {
		t.Errorf("code %d, %s; printed\n%s\nserved\n%s", code, stderr, printed, served.Body)
	}
	if got := served.Header.Get("Content-Type"); served.Status != http.StatusOK || got != "application/json" {
		t.Errorf("status %d, Content-Type %q", served.Status, got)
	}
	if strings.Contains(printed, harness.APIToken) {
		t.Error("the workflow contains the token")
	}
	if got := s.Do(t, "POST", n8n.WorkflowPath("events")).Status; got != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", got)
	}
	for _, args := range [][]string{{"n8n"}, {"n8n", "workflow"}, {"n8n", "workflow", "others"},
		{"n8n", "flow", "events"}, {"n8n", "workflow", "events", "x"}} {
		if code, stdout, _ := harness.Call(t, env, args...); code != 2 || stdout != "" {
			t.Errorf("%v: code %d, printed %q", args, code, stdout)
		}
	}
}
