package n8n_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/n8n/node"
	"namets/internal/namets"
	"namets/internal/store/sqlite"
)

// communityRig is a running namets and an n8n with the community node that it serves.
type communityRig struct {
	*harness.Service
	env    harness.Environment
	n8n    *e2e.N8NServer
	box    *mailbox
	people []string
	folder string // of n8n
}

// newCommunityRig takes more settings of n8n.
func newCommunityRig(t *testing.T, settings ...string) *communityRig {
	t.Helper()
	e2e.NeedN8N(t)
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed")
	}
	file, people := crowd(t, 3)
	port := harness.FreePort(t)
	env := harness.NewEnvironment(t, "PORT", port, "PUBLIC_URL", "http://127.0.0.1:"+port)
	harness.Import(t, env, file)
	r := &communityRig{Service: harness.StartServe(t, env), env: env, box: newMailbox(t), people: people}
	folder := t.TempDir()
	r.folder = folder
	nodes := filepath.Join(folder, ".n8n", "nodes")
	if err := os.MkdirAll(nodes, 0o700); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), npm, "install", "--omit=peer", "--ignore-scripts", "--no-audit",
		"--no-fund", "--prefix", nodes, "--cache", t.TempDir(), env["PUBLIC_URL"]+node.Path)
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, output)
	}
	r.n8n = e2e.N8N(t, append(settings, "N8N_USER_FOLDER="+folder, "N8N_COMMUNITY_PACKAGES_ENABLED=true",
		"N8N_VERIFIED_PACKAGES_ENABLED=false")...)
	r.n8n.ImportCredentials(t, fmt.Appendf(nil, `[
		{"id":"namets","name":"namets","type":"nametsApi","data":{"url":"%s/","token":%q}},
		{"id":"smtp","name":"SMTP account","type":"smtp","data":{"user":"","password":"","host":"127.0.0.1",
			"port":%d,"secure":false,"disableStartTls":true}}]`, env["PUBLIC_URL"], harness.APIToken, r.box.port))
	return r
}

// hooks returns the hooks that namets knows.
func (r *communityRig) hooks(t *testing.T) (hooks []struct{ Key, Status, URL, Ack string }) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Get(t, "/api/v1/hooks").Body), &hooks); err != nil {
		t.Fatal(err)
	}
	return hooks
}

// wantMails checks that each of the people gets one e-mail with the subject, and nobody a second.
func (r *communityRig) wantMails(t *testing.T, subject string, people ...string) {
	t.Helper()
	got := r.box.next(t, len(people))
	for i, m := range got {
		if m.To != people[i] || m.Subject != subject || !strings.Contains(m.Text, "Come early.") {
			t.Errorf("e-mail %d: %+v, want %q to %s", i, m, subject, people[i])
		}
	}
}

// publish publishes an announcement that goes out by e-mail.
func (r *communityRig) publish(t *testing.T, title string) {
	t.Helper()
	harness.Write(t, r.env, func(ctx context.Context, db *sqlite.DB) error {
		a := harness.Announcement(strings.ToLower(title), time.Now())
		a.Title, a.Content = title, "Come early."
		_, err := db.CreateAnnouncement(ctx, namets.Actor{}, a)
		return err
	})
}

// wantReported waits until namets knows what became of every e-mail.
func (r *communityRig) wantReported(t *testing.T, delivered int) {
	t.Helper()
	harness.Eventually(t, time.Minute, "the workflow has reported", func() bool {
		_, list, _ := harness.Call(t, r.env, "deliveries", "--state", "delivered")
		return strings.Count(list, "\n") == delivered+1 // and a line of headings
	})
}

// TestN8N_runsTheCommunityNode installs the package that namets serves into a real n8n, and has its
// nodes publish an announcement and mail it.
func TestN8N_runsTheCommunityNode(t *testing.T) {
	r := newCommunityRig(t)
	r.n8n.ImportWorkflows(t, []byte(mailWorkflow))
	r.n8n.Publish(t, "mailEach")
	hooks := r.hooks(t)
	if len(hooks) != 1 || hooks[0].Key != "n8n:mailEach:trigger-1" || hooks[0].Status != "active" ||
		hooks[0].Ack != "report" {
		t.Fatalf("hooks: %+v", hooks)
	}

	r.n8n.ImportWorkflows(t, []byte(writeWorkflow))
	run := r.n8n.Execute(t, "writeAll")
	if run.Failed {
		t.Fatal(run.Output)
	}
	var row struct{ Outcome, Title, Key string }
	if err := json.Unmarshal(run.Items["Upsert"][0], &row); err != nil || row.Outcome != "created" ||
		row.Key != "iftar" {
		t.Errorf("upsert: %s, error %v", run.Items["Upsert"], err)
	}
	if n := len(run.Items["Get Many"]); n != 3 {
		t.Errorf("get many: %d items: %s", n, run.Items["Get Many"])
	}
	for i, item := range run.Items["Batch"] { // in two requests
		var verdict struct {
			Row            int
			Email, Outcome string
		}
		if err := json.Unmarshal(item, &verdict); err != nil || verdict.Row != i+1 || verdict.Email != r.people[i] ||
			verdict.Outcome != "unchanged" {
			t.Errorf("batch, item %d: %s, error %v", i, item, err)
		}
	}
	if n := len(run.Items["Batch"]); n != 3 {
		t.Errorf("batch: %d items", n)
	}
	if wrong := run.Items["Wrong"]; len(wrong) != 1 || !strings.Contains(string(wrong[0]), "/title") {
		t.Errorf("an error under On Error → Continue: %s", wrong)
	}
	wantChain(t, run.Items, len(r.people))
	r.wantMails(t, "Iftar", r.people...)
	r.wantReported(t, 1)

	r.n8n.Stop()
	r.n8n.Start(t)
	if got := r.hooks(t); !slices.Equal(got, hooks) {
		t.Errorf("after a restart: %+v, want %+v", got, hooks)
	}
	r.box.refuse(r.people[1])
	r.publish(t, "Second")
	r.wantMails(t, "Second", r.people[0], r.people[2])
	r.wantReported(t, 2)

	r.refusesForgedEvents(t, hooks[0].URL)
	if status := r.n8n.Do(t, "POST", "workflows/mailEach/deactivate", map[string]string{},
		nil); status != http.StatusOK {
		t.Fatalf("deactivate: status %d", status)
	}
	if got := r.hooks(t); len(got) != 0 {
		t.Errorf("after deactivation: %+v", got)
	}
	select {
	case m := <-r.box.came:
		t.Errorf("one e-mail too many: %+v", m)
	default:
	}
}

// wantChain checks what the nodes answered from the consumer to the audience of so many people.
func wantChain[T ~[]byte](t *testing.T, items map[string][]T, people int) {
	t.Helper()
	for name, want := range map[string]string{
		"Next": `"key": "iftar"`, "Acknowledge": `"remaining": 0`, "Event": `"title": "Dinner"`,
		"Cancel": `"status": "cancelled"`, "Update": `"location": "Hall"`, "Delete": `"title": "Dinner"`,
	} {
		if got := items[name]; len(got) != 1 || !strings.Contains(string(got[0]), want) {
			t.Errorf("%s: %s, want one item with %s", name, got, want)
		}
	}
	if got := items["Audience"]; len(got) != people {
		t.Errorf("audience: %s, want %d people", got, people)
	}
}

// refusesForgedEvents checks that the trigger answers 401 to what namets has not signed.
func (r *communityRig) refusesForgedEvents(t *testing.T, url string) {
	t.Helper()
	for name, headers := range map[string][]string{
		"no signature": nil,
		"wrong signature": {"webhook-id", "msg_1", "webhook-timestamp", fmt.Sprint(time.Now().Unix()),
			"webhook-signature", "v1,AAAA"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(`{"type":"x","data":{}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: status %d, want 401", name, resp.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// mailWorkflow mails each new announcement, and reports.
const mailWorkflow = `{"id": "mailEach", "name": "Mail each new announcement", "active": false, "nodes": [
	{"id": "trigger-1", "name": "Namets Trigger", "type": "n8n-nodes-namets.nametsTrigger", "typeVersion": 1,
		"position": [0, 0], "webhookId": "5a2a3c1e-0c0f-4c0e-9a51-3e3d6a1c0001",
		"credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"events": ["announcement.published"], "items": "recipient", "acknowledge": "report"}},
	{"id": "mail-1", "name": "Send Email", "type": "n8n-nodes-base.emailSend", "typeVersion": 2.1, "position": [220, 0],
		"onError": "continueRegularOutput", "credentials": {"smtp": {"id": "smtp", "name": "SMTP account"}},
		"parameters": {"resource": "email", "operation": "send", "fromEmail": "news@namets.example",
			"toEmail": "={{ $json.email }}", "subject": "={{ $json.subject }}", "emailFormat": "text",
			"text": "={{ $json.text }}", "options": {"appendAttribution": false}}},
	{"id": "report-1", "name": "Report", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [440, 0],
		"credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "delivery", "operation": "report",
			"reportUrl": "={{ $('Namets Trigger').item.json.report_url }}",
			"email": "={{ $('Namets Trigger').item.json.email }}", "outcome": "automatic"}}],
	"connections": {
		"Namets Trigger": {"main": [[{"node": "Send Email", "type": "main", "index": 0}]]},
		"Send Email": {"main": [[{"node": "Report", "type": "main", "index": 0}]]}},
	"settings": {"executionOrder": "v1"}}`

// writeWorkflow reads and writes with the node Namets.
const writeWorkflow = `{"id": "writeAll", "name": "Write", "active": false, "nodes": [
	{"id": "1", "name": "Manual", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0],
		"parameters": {}},
	{"id": "2", "name": "Upsert", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [200, 0],
		"credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "announcement", "operation": "upsert", "key": "iftar",
			"fields": {"title": "Iftar", "content": "Come early.", "send_email": true}}},
	{"id": "3", "name": "Wrong", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [400, 0],
		"onError": "continueRegularOutput", "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "announcement", "operation": "upsert", "key": "wrong",
			"fields": {"title": "", "content": "c"}}},
	{"id": "4", "name": "Get Many", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [600, 0],
		"credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "subscriber", "operation": "getMany", "returnAll": true,
			"filters": {"wants": ["announcements"]}}},
	{"id": "5", "name": "Batch", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [800, 0],
		"credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "subscriber", "operation": "batch", "email": "={{ $json.email }}",
			"fields": {"notify_events": true}, "options": {"size": 2, "notify": false}}},
	{"id": "6", "name": "Consumer", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [1000, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "consumer", "operation": "upsert", "name": "copy", "topics": ["announcements"],
			"options": {"start": "beginning"}}},
	{"id": "7", "name": "Next", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [1200, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "consumer", "operation": "next", "name": "copy", "limit": 50}},
	{"id": "8", "name": "Acknowledge", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [1400, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "consumer", "operation": "ack", "name": "copy", "lease": "={{ $json.lease }}"}},
	{"id": "9", "name": "Event", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [1600, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "event", "operation": "create", "title": "Dinner",
			"start_datetime": "2040-03-01T18:00:00Z", "end_datetime": "2040-03-01T20:00:00Z"}},
	{"id": "10", "name": "Cancel", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [1800, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "event", "operation": "cancel", "by": "id", "id": "={{ $json.id }}"}},
	{"id": "11", "name": "Update", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [2000, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "event", "operation": "update", "by": "id", "id": "={{ $json.id }}",
			"fields": {"location": "Hall"}}},
	{"id": "12", "name": "Delete", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [2200, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "event", "operation": "delete", "by": "id", "id": "={{ $json.id }}"}},
	{"id": "13", "name": "Audience", "type": "n8n-nodes-namets.namets", "typeVersion": 1, "position": [2400, 0],
		"executeOnce": true, "credentials": {"nametsApi": {"id": "namets", "name": "namets"}},
		"parameters": {"resource": "audience", "operation": "getMany", "topic": "announcements"}}],
	"connections": {
		"Manual": {"main": [[{"node": "Upsert", "type": "main", "index": 0}]]},
		"Upsert": {"main": [[{"node": "Wrong", "type": "main", "index": 0}]]},
		"Wrong": {"main": [[{"node": "Get Many", "type": "main", "index": 0}]]},
		"Get Many": {"main": [[{"node": "Batch", "type": "main", "index": 0}]]},
		"Batch": {"main": [[{"node": "Consumer", "type": "main", "index": 0}]]},
		"Consumer": {"main": [[{"node": "Next", "type": "main", "index": 0}]]},
		"Next": {"main": [[{"node": "Acknowledge", "type": "main", "index": 0}]]},
		"Acknowledge": {"main": [[{"node": "Event", "type": "main", "index": 0}]]},
		"Event": {"main": [[{"node": "Cancel", "type": "main", "index": 0}]]},
		"Cancel": {"main": [[{"node": "Update", "type": "main", "index": 0}]]},
		"Update": {"main": [[{"node": "Delete", "type": "main", "index": 0}]]},
		"Delete": {"main": [[{"node": "Audience", "type": "main", "index": 0}]]}},
	"settings": {"executionOrder": "v1"}}`
