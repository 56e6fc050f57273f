package data_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// atATime is how many recipients a run mails before it reports on them.
const atATime = 10

// partReceiver is the target of a hook. If it reports, a workflow behind it mails the recipients of
// each part and reports on them.
type partReceiver struct {
	t       *testing.T
	url     string
	reports bool
	step    chan struct{}  // an offer, or an acknowledged report
	running sync.WaitGroup // the runs of the workflow

	mu       sync.Mutex
	alive    context.Context // ends with the serving process
	kill     context.CancelFunc
	parts    map[string]*mailPart // by webhook-id
	reported map[string]bool      // address → a report of it was acknowledged
	mailed   map[string]int       // address → number of e-mails
	again    int                  // offers under a webhook-id that had come before
}

// mailPart is a part with its last run.
type mailPart struct {
	number, of int
	recipients []string // of the first offer
	run        *mailRun
}

// mailRun is a run of the workflow: it has mailed the first of its list, and reported fewer.
type mailRun struct {
	reportURL        string
	list             []string
	mailed, reported int
	done             chan struct{} // closed when everybody is reported
}

func newPartReceiver(t *testing.T, reports bool) *partReceiver {
	t.Helper()
	r := &partReceiver{t: t, reports: reports, step: make(chan struct{}, 10_000), parts: map[string]*mailPart{},
		reported: map[string]bool{}, mailed: map[string]int{}}
	s := httptest.NewServer(r)
	t.Cleanup(func() {
		s.Close()
		r.running.Wait()
	})
	r.url = s.URL + "/webhook/x"
	r.begin()
	return r
}

// hook returns the body that registers the receiver.
func (r *partReceiver) hook(ack string) string {
	return fmt.Sprintf(`{"url":%q,"events":["announcement.published"],"ack":%q,"report_within":"PT30S"}`, r.url, ack)
}

// steps waits for so many offers and acknowledged reports.
func (r *partReceiver) steps(n int) {
	r.t.Helper()
	deadline := time.After(time.Minute)
	for range n {
		select {
		case <-r.step:
		case <-deadline:
			r.t.Fatal("nothing more is offered")
		}
	}
}

// begin takes the offers of a process that is about to start, and lets runs report to it.
func (r *partReceiver) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.alive, r.kill = context.WithCancel(r.t.Context())
}

// stop ends the runs, which cannot report to the killed process, and waits for them. What that has
// sent and nobody has read yet is lost.
func (r *partReceiver) stop() {
	r.mu.Lock()
	r.kill()
	r.mu.Unlock()
	r.running.Wait()
}

// resume continues the runs of the webhook-ids. The others are lost.
func (r *partReceiver) resume(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.start(r.parts[id].run)
	}
}

func (r *partReceiver) start(run *mailRun) {
	ctx := r.alive
	r.running.Go(func() { r.work(ctx, run) })
}

// offered is the body of a webhook.
type offered struct {
	ID   string
	Data struct {
		Part, Parts int
		Recipients  []struct{ Email string }
		ReportURL   string `json:"report_url"`
	}
}

func (r *partReceiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	var body offered
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return // the sender was killed
	}
	if id := req.Header.Get("Webhook-Id"); id != body.ID {
		r.t.Errorf("the header says %s, the body %s", id, body.ID)
	}
	run := r.take(&body)
	if run == nil || !r.reports || rand.IntN(2) == 0 {
		return
	}
	select { // answers at the end, as n8n does "When Last Node Finishes"
	case <-run.done:
	case <-req.Context().Done():
	}
}

// take checks an offer, and returns its run.
func (r *partReceiver) take(body *offered) *mailRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alive.Err() != nil {
		return nil // the sender was killed
	}
	var list []string
	for _, to := range body.Data.Recipients {
		list = append(list, to.Email)
	}
	p := r.parts[body.ID]
	if p == nil {
		p = &mailPart{number: body.Data.Part, of: body.Data.Parts, recipients: list}
		r.parts[body.ID] = p
	} else {
		r.again++
	}
	if p.number != body.Data.Part || p.of != body.Data.Parts {
		r.t.Errorf("part %d of %d was part %d of %d before", body.Data.Part, body.Data.Parts, p.number, p.of)
	}
	for _, email := range list {
		if r.reported[email] {
			r.t.Errorf("%s is offered again, and the report was acknowledged", email)
		}
		if !slices.Contains(p.recipients, email) {
			r.t.Errorf("%s is new in part %d", email, p.number)
		}
	}
	p.run = &mailRun{reportURL: body.Data.ReportURL, list: list, done: make(chan struct{})}
	r.step <- struct{}{}
	if r.reports {
		r.start(p.run)
	}
	return p.run
}

// refuses reports whether the mail server refuses the address: of every hundred one.
func refuses(email string) bool { return strings.HasSuffix(email, "07@example.org") }

// work mails and reports until the list is done, or the process that has to hear of it is killed.
func (r *partReceiver) work(ctx context.Context, run *mailRun) {
	for run.reported < len(run.list) && ctx.Err() == nil {
		upTo := min(run.reported+atATime, len(run.list))
		r.mu.Lock()
		for ; run.mailed < upTo; run.mailed++ {
			r.mailed[run.list[run.mailed]]++
		}
		r.mu.Unlock()
		var sent, failed []string
		for _, email := range run.list[run.reported:upTo] {
			if refuses(email) {
				failed = append(failed, fmt.Sprintf(`{"email":%q,"reason":"550 no such mailbox"}`, email))
			} else {
				sent = append(sent, fmt.Sprintf("%q", email))
			}
		}
		status, answer, err := ask(ctx, http.MethodPost, run.reportURL, "application/json",
			`{"sent":[`+strings.Join(sent, ",")+`],"failed":[`+strings.Join(failed, ",")+`]}`)
		if err != nil {
			return // killed
		}
		if status != http.StatusOK {
			r.t.Errorf("a report was answered with %d: %s", status, answer)
			return
		}
		r.mu.Lock()
		for ; run.reported < upTo; run.reported++ {
			r.reported[run.list[run.reported]] = true
		}
		r.mu.Unlock()
		if upTo == len(run.list) {
			close(run.done)
		}
		r.step <- struct{}{}
	}
}
