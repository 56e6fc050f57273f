package n8n_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/testlong"
)

// TestN8N_runsTheReadyMadeWorkflows runs the workflows that namets serves, with events in the v1
// form, in one n8n: quickly events alone, at length all of them.
func TestN8N_runsTheReadyMadeWorkflows(t *testing.T) {
	file, people := crowd(t, 3)
	port := harness.FreePort(t)
	r := newN8NRigOf(t, file, "N8N_WEBHOOK_FORMAT", "v1", "PORT", port, "PUBLIC_URL", "http://127.0.0.1:"+port)
	r.importCredentials(t)
	r.importFormPassword(t)
	table := newTable(t)
	r.n8n.ImportWorkflows(t, r.workflow(t, sender))
	if !testlong.On() {
		r.n8n.Publish(t, "nametsEvents")
		r.eventsAreMailed(t, people)
		r.wantNoMail(t, "at the end")
		return
	}
	for _, name := range []string{"import", "cancel"} {
		r.n8n.ImportWorkflows(t, r.workflowOf(t, name, sender))
	}
	r.importPrayer(t)
	r.n8n.ImportWorkflows(t, r.byHand(t, "remind"))
	r.n8n.ImportWorkflows(t, r.byHand(t, "sync", func(node map[string]any) {
		if node["name"] == "Table" {
			p := node["parameters"].(map[string]any)
			p["url"] = strings.Replace(p["url"].(string), "https://YOUR-TABLE", table.URL, 1)
		}
	}))
	for _, id := range []string{"nametsEvents", "nametsImport", "nametsCancel"} {
		r.n8n.Publish(t, id)
	}
	r.eventsAreMailed(t, people)
	r.peopleAreImported(t)
	r.prayerTimesAreMailed(t)
	r.peopleAreCopied(t, table)
	r.eventsAreRemindedOfAndCancelled(t, append(slices.Clone(people), "zaynab@example.org"))
	r.wantNoMail(t, "at the end")
}

// importPrayer imports prayer for a group.
func (r *n8nRig) importPrayer(t *testing.T) {
	t.Helper()
	r.n8n.ImportWorkflows(t, r.byHand(t, "prayer", func(node map[string]any) {
		if node["name"] == "E-mail" {
			node["parameters"].(map[string]any)["toEmail"] = "group@example.org"
		}
	}))
}

// byHand returns a workflow with a schedule in a form that n8n's command line can run: a Manual
// trigger takes the place of the schedule.
func (r *n8nRig) byHand(t *testing.T, name string, more ...func(node map[string]any)) []byte {
	t.Helper()
	return r.workflowOf(t, name, sender, append(more, func(node map[string]any) {
		if node["type"] == "n8n-nodes-base.scheduleTrigger" {
			node["type"], node["typeVersion"], node["parameters"] = "n8n-nodes-base.manualTrigger", 1, map[string]any{}
		}
	})...)
}

// run executes a workflow, which must succeed.
func (r *n8nRig) run(t *testing.T, id string) {
	t.Helper()
	if got := r.n8n.Execute(t, id); got.Failed {
		t.Fatalf("%s: %s", id, got.Output)
	}
}

// write calls the open API and returns the row.
func (r *n8nRig) write(t *testing.T, method, path, body string) (row map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-N8N-Token", harness.APIToken)
	req.Header.Set("Content-Type", "application/json")
	status, answer := send(t, req)
	if err := json.Unmarshal(answer, &row); err != nil || status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return row
}

func send(t *testing.T, req *http.Request) (status int, body []byte) {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// wantTexts checks that each of the people gets one e-mail with the subject and the text.
func (r *n8nRig) wantTexts(t *testing.T, subject, text string, people ...string) {
	t.Helper()
	slices.Sort(people)
	for i, m := range r.box.next(t, len(people)) {
		if m.To != people[i] || m.Subject != subject || !strings.Contains(m.Text, text) {
			t.Errorf("e-mail %d: %+v, want %q with %q to %s", i, m, subject, text, people[i])
		}
	}
}

// eventsAreMailed publishes an announcement while the mail server refuses one of the people.
func (r *n8nRig) eventsAreMailed(t *testing.T, people []string) {
	t.Helper()
	r.box.refuse(people[1])
	r.write(t, "PUT", "/api/v1/announcements/by-key/road", `{"title":"The road","content":"It is closed.",
		"send_email":true}`)
	r.wantTexts(t, "The road", "It is closed.", people[0], people[2])
	r.wantFailure(t, 1, "Not sent", "1 of 3")
	harness.Eventually(t, time.Minute, "the workflow has reported", func() bool {
		_, list, _ := harness.Call(t, r.env, "deliveries", "--state", "delivered")
		return strings.Contains(list, "announcement_created")
	})
	r.box.refuse()
}

// TestN8N_losesNoMailWhenItIsKilled kills n8n while events in the v1 form sends the e-mails of the
// first of two deliveries: only its e-mails may be sent a second time.
func TestN8N_losesNoMailWhenItIsKilled(t *testing.T) {
	if !testlong.On() {
		t.Skip("it waits for half a minute: .ci/long runs it")
	}
	file, people := crowd(t, namets.MaxPart+10)
	port := harness.FreePort(t)
	r := newN8NRigOf(t, file, "N8N_WEBHOOK_FORMAT", "v1", "N8N_WEBHOOK_REPORT_WITHIN", "30s", "PORT", port,
		"PUBLIC_URL", "http://127.0.0.1:"+port)
	r.importCredentials(t)
	r.n8n.ImportWorkflows(t, r.workflow(t, sender))
	r.n8n.Publish(t, "nametsEvents")
	third, over := make(chan struct{}), make(chan struct{})
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
	r.write(t, "PUT", "/api/v1/announcements/by-key/crash", `{"title":"C","content":"c","send_email":true}`)
	select {
	case <-third:
	case <-time.After(time.Minute):
		t.Fatal("n8n does not reach the last third")
	}
	r.n8n.Stop()
	close(over)
	first := recipients(r.box.next(t, len(people)/3))
	r.box.refuse()
	r.n8n.Start(t)
	again := recipients(r.box.next(t, len(people)))
	if diff := cmp.Diff(people, again); diff != "" {
		t.Errorf("after the crash (-want +got):\n%s", diff)
	}
	harness.Eventually(t, time.Minute, "all is reported", func() bool {
		_, list, _ := harness.Call(t, r.env, "deliveries", "--state", "delivered")
		return strings.Count(list, "announcement_created") == 2
	})
	for _, to := range first {
		if !slices.Contains(people[:namets.MaxPart], to) {
			t.Errorf("%s of the second delivery was sent before the first was reported", to)
		}
	}
	r.wantNoMail(t, "at the end")
}

// form returns the request that sends a form of n8n, without its password.
func (r *n8nRig) form(t *testing.T, name string, fill func(*multipart.Writer)) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	fill(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.n8n.URL+"/form/"+name, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return req
}

// withPassword returns the request again, with the password of the forms.
func withPassword(t *testing.T, req *http.Request) *http.Request {
	t.Helper()
	again := req.Clone(t.Context())
	again.SetBasicAuth("form", formPassword)
	body, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	again.Body = body
	return again
}

// formPassword is the password of the forms.
const formPassword = "only for a test"

// importFormPassword creates the credential of the forms.
func (r *n8nRig) importFormPassword(t *testing.T) {
	t.Helper()
	r.n8n.ImportCredentials(t, []byte(`[{"id":"cred5","name":"namets form","type":"httpBasicAuth",
		"data":{"user":"form","password":"`+formPassword+`"}}]`))
}

// submit sends a form of n8n.
func (r *n8nRig) submit(t *testing.T, name string, fill func(*multipart.Writer)) {
	t.Helper()
	req := r.form(t, name, fill)
	again := withPassword(t, req)
	if status, answer := send(t, req); status != http.StatusUnauthorized {
		t.Errorf("a form without its password: %d %s", status, answer)
	}
	status, answer := send(t, again)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", name, status, answer)
	}
}

// peopleCSV fills in the form of import: one person, and a row that is refused.
func peopleCSV(t *testing.T, w *multipart.Writer) {
	t.Helper()
	part, err := w.CreateFormFile("field-0", "people.csv")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, "email,notify_events,consent,consent_at,consent_source\n"+
		"zaynab@example.org,true,confirmed,2026-01-01T00:00:00Z,paper form\nno address,,,,\n")
}

func (r *n8nRig) peopleAreImported(t *testing.T) {
	t.Helper()
	r.submit(t, "namets-import", func(w *multipart.Writer) { peopleCSV(t, w) })
	harness.Eventually(t, time.Minute, "the person is there", func() bool {
		return strings.Contains(r.Get(t, "/api/subscribers/").Body, "zaynab@example.org")
	})
	r.box.next(t, 1) // the welcome
}

// storePrayerTimes stores those of today.
func (r *n8nRig) storePrayerTimes(t *testing.T) {
	t.Helper()
	r.write(t, "PUT", "/api/v1/prayer-days/"+time.Now().In(lagos(t)).Format(time.DateOnly), `{"fajr_adhan":"05:01",
		"fajr_iqama":"05:20","dhuhr_adhan":"12:30","dhuhr_iqama":"13:00","asr_adhan":"15:40","asr_iqama":"16:00",
		"maghrib_adhan":"18:10","maghrib_iqama":"18:15","isha_adhan":"19:20","isha_iqama":"19:45"}`)
}

func (r *n8nRig) prayerTimesAreMailed(t *testing.T) {
	t.Helper()
	r.storePrayerTimes(t)
	r.run(t, "nametsPrayer")
	r.wantTexts(t, "Prayer times of "+time.Now().In(lagos(t)).Format("Monday, 2 January 2006"),
		"adhan 05:01, iqama 05:20", "group@example.org")
}

func lagos(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Africa/Lagos")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// table is a table of people that is written over HTTP.
type table struct {
	*httptest.Server
	mu   sync.Mutex
	rows map[string]string // path → row
}

func newTable(t *testing.T) *table {
	t.Helper()
	tb := &table{rows: map[string]string{}}
	tb.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		tb.mu.Lock()
		defer tb.mu.Unlock()
		if req.Method == http.MethodPut {
			tb.rows[req.URL.Path] = string(body)
		} else {
			delete(tb.rows, req.URL.Path)
		}
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(tb.Close)
	return tb
}

// peopleAreCopied runs sync after people were added, changed and deleted.
func (r *n8nRig) peopleAreCopied(t *testing.T, tb *table) {
	t.Helper()
	r.run(t, "nametsSync")
	want := func(when string, rows int, path, text string) {
		t.Helper()
		tb.mu.Lock()
		defer tb.mu.Unlock()
		if len(tb.rows) != rows || !strings.Contains(tb.rows[path], text) {
			t.Errorf("%s: %d rows, %s is %q", when, len(tb.rows), path, tb.rows[path])
		}
	}
	want("at first", 4, "/people/1", "person01@example.org")
	r.write(t, "PATCH", "/api/v1/subscribers/1?notify=0", `{"phone":"+2348012345678"}`)
	r.write(t, "DELETE", "/api/v1/subscribers/2?notify=0", "")
	r.run(t, "nametsSync")
	want("changed", 3, "/people/1", "+2348012345678")
	r.run(t, "nametsSync")
	want("again", 3, "/people/2", "")
}

func (r *n8nRig) eventsAreRemindedOfAndCancelled(t *testing.T, people []string) {
	t.Helper()
	people = without(people, "person02@example.org")
	start := time.Now().Add(30 * time.Hour).UTC().Format(time.RFC3339)
	event := r.write(t, "PUT", "/api/v1/events/by-key/iftar", `{"title":"Iftar","start_datetime":"`+start+`",
		"location":"Main hall","send_email":true}`)
	r.wantTexts(t, "Iftar", "Main hall", people...)
	r.run(t, "nametsRemind")
	r.wantNoMail(t, "30 hours before")
	start = time.Now().Add(20 * time.Hour).UTC().Format(time.RFC3339)
	r.write(t, "PUT", "/api/v1/events/by-key/iftar?notify=0", `{"start_datetime":"`+start+`"}`)
	r.run(t, "nametsRemind")
	r.wantTexts(t, "Reminder: Iftar", "Main hall", people...)
	r.run(t, "nametsRemind")
	r.submit(t, "namets-cancel", func(w *multipart.Writer) {
		_ = w.WriteField("field-0", fmt.Sprint(event["id"]))
		_ = w.WriteField("field-1", "It rains.")
	})
	r.wantTexts(t, "Cancelled: Iftar", "It rains.", people...)
}
