package n8n_test

import (
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// gate is a proxy between n8n and namets.
type gate struct {
	*httptest.Server
	hold atomic.Pointer[string] // the method and path whose answers are held; nil: none
	held chan struct{}          // has a value for each answer that is held
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	g := &gate{held: make(chan struct{}, 10)}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		what := req.Method + " " + req.URL.Path
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, req)
		if hold := g.hold.Load(); hold != nil && *hold == what {
			g.held <- struct{}{}
			<-req.Context().Done()
			return
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = answer.Body.WriteTo(w)
	}))
	t.Cleanup(g.Close)
	return g
}

// TestN8N_repeatsNothingWhenItIsKilled kills n8n after namets has carried out a request of import,
// cancel or remind and before the workflow gets the answer, and while prayer sends its e-mail. Each
// workflow, started again, does the rest and repeats nothing.
func TestN8N_repeatsNothingWhenItIsKilled(t *testing.T) {
	if !testlong.On() {
		t.Skip("it starts n8n a dozen times: .ci/long runs it")
	}
	file, people := crowd(t, 3)
	port := harness.FreePort(t)
	g := newGate(t, "http://127.0.0.1:"+port)
	r := newN8NRigOf(t, file, "N8N_WEBHOOK_FORMAT", "v1", "N8N_WEBHOOK_REPORT_WITHIN", "30s", "PORT", port,
		"PUBLIC_URL", g.URL)
	r.importCredentials(t)
	r.importFormPassword(t)
	r.n8n.ImportWorkflows(t, r.workflow(t, sender))
	for _, name := range []string{"import", "cancel"} {
		r.n8n.ImportWorkflows(t, r.workflowOf(t, name, sender))
	}
	r.importPrayer(t)
	r.n8n.ImportWorkflows(t, r.byHand(t, "remind"))
	for _, id := range []string{"nametsEvents", "nametsImport", "nametsCancel"} {
		r.n8n.Publish(t, id)
	}
	r.importIsKilled(t, g)
	people = append(slices.Clone(people), "zaynab@example.org")
	r.cancelIsKilled(t, g, people)
	r.remindIsKilled(t, g, people)
	r.prayerIsKilled(t)
	r.wantNoMail(t, "at the end")
}

// submitAndKill sends a form, and kills n8n when namets has done what the method and path say.
func (r *n8nRig) submitAndKill(t *testing.T, g *gate, what, form string, fill func(*multipart.Writer)) {
	t.Helper()
	g.hold.Store(&what)
	req := withPassword(t, r.form(t, form, fill))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if answer, err := http.DefaultTransport.RoundTrip(req); err == nil {
			answer.Body.Close()
		}
	}()
	select {
	case <-g.held:
	case <-time.After(time.Minute):
		t.Fatalf("%s does not come so far that it is killed", form)
	}
	r.n8n.Stop()
	<-ended
	g.hold.Store(nil)
	r.n8n.Start(t)
}

func (r *n8nRig) importIsKilled(t *testing.T, g *gate) {
	t.Helper()
	r.submitAndKill(t, g, "POST /api/v1/subscribers/batch", "namets-import",
		func(w *multipart.Writer) { peopleCSV(t, w) })
	r.submit(t, "namets-import", func(w *multipart.Writer) { peopleCSV(t, w) })
	if to := recipients(r.box.next(t, 1)); to[0] != "zaynab@example.org" {
		t.Errorf("the welcome went to %s", to)
	}
	if n := strings.Count(r.Get(t, "/api/subscribers/").Body, `"zaynab@example.org"`); n != 1 {
		t.Errorf("the person is there %d times", n)
	}
}

func (r *n8nRig) cancelIsKilled(t *testing.T, g *gate, people []string) {
	t.Helper()
	event := r.event(t, "iftar", "Iftar", people)
	form := func(w *multipart.Writer) {
		_ = w.WriteField("field-0", fmt.Sprint(event))
		_ = w.WriteField("field-1", "It rains.")
	}
	r.submitAndKill(t, g, fmt.Sprint("PATCH /api/v1/events/", event), "namets-cancel", form)
	r.wantNoMail(t, "cancelled, and nothing is said yet")
	r.submitAndKill(t, g, "POST /api/v1/messages", "namets-cancel", form)
	r.wantTexts(t, "Cancelled: Iftar", "It rains.", people...)
	r.submit(t, "namets-cancel", form)
}

// event stores an event in 20 hours, of which the people are told, and returns its id.
func (r *n8nRig) event(t *testing.T, key, title string, people []string) (id any) {
	t.Helper()
	start := time.Now().Add(20 * time.Hour).UTC().Format(time.RFC3339)
	event := r.write(t, "PUT", "/api/v1/events/by-key/"+key, `{"title":"`+title+`","start_datetime":"`+start+`",
		"location":"Main hall","send_email":true}`)
	r.wantTexts(t, title, "Main hall", people...)
	return event["id"]
}

func (r *n8nRig) remindIsKilled(t *testing.T, g *gate, people []string) {
	t.Helper()
	r.run(t, "nametsRemind") // its consumer begins here
	r.event(t, "walk", "Walk", people)
	what := "POST /api/v1/messages"
	g.hold.Store(&what)
	r.n8n.ExecuteAndKill(t, "nametsRemind", g.held)
	g.hold.Store(nil)
	r.wantTexts(t, "Reminder: Walk", "Main hall", people...)
	if _, err := harness.RawDatabase(t, r.env).ExecContext(t.Context(),
		"update consumers set leased_until = 1"); err != nil {
		t.Fatal(err)
	}
	r.run(t, "nametsRemind")
	row := r.write(t, "PUT", "/api/v1/consumers/remind", `{"topics":["events.upcoming"],"before":"PT24H"}`)
	if lag, ok := row["lag"].(float64); !ok || lag != 0 {
		t.Errorf("the consumer lags by %v", row["lag"])
	}
}

func (r *n8nRig) prayerIsKilled(t *testing.T) {
	t.Helper()
	r.storePrayerTimes(t)
	asked, over := make(chan struct{}, 1), make(chan struct{})
	hang := func(string) string {
		asked <- struct{}{}
		<-over
		return "421 too late"
	}
	r.box.answer.Store(&hang)
	r.n8n.ExecuteAndKill(t, "nametsPrayer", asked)
	r.box.refuse()
	close(over)
	r.run(t, "nametsPrayer")
	r.wantTexts(t, "Prayer times of "+time.Now().In(lagos(t)).Format("Monday, 2 January 2006"),
		"adhan 05:01, iqama 05:20", "group@example.org")
}
