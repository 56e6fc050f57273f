package data_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/testlong"
)

// TestKills_mailNobodyTwice kills the serving process at random moments while an announcement goes
// out in parts to two hooks, of which one reports on each of its e-mails. Everybody is offered to
// both, nobody to the first again whose report was acknowledged, and in the end the announcement's
// page tells the truth. In .ci/long it kills 36 times, and of each of 12 announcements to 1,129
// people the workflow loses a run.
func TestKills_mailNobodyTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts and kills processes")
	}
	binary := harness.BuildBinary(t)
	for range testlong.Size(1, 12) {
		port := harness.FreePort(t)
		k := &killedMailing{t: t, binary: binary, kills: testlong.Size(2, 3), reporting: newPartReceiver(t, true),
			plain: newPartReceiver(t, false), env: harness.NewEnvironment(t, "PORT", port, "PUBLIC_URL",
				"http://127.0.0.1:"+port, "ADMIN_PASSWORD", harness.AdminPassword)}
		k.run()
	}
}

// killedMailing is one announcement with its recipients.
type killedMailing struct {
	t                *testing.T
	binary           string
	kills            int
	env              harness.Environment
	reporting, plain *partReceiver
	people           []string
}

func (k *killedMailing) run() {
	k.t.Helper()
	serving, serve := k.start()
	k.prepare(serving)
	for kill := range k.kills {
		k.reporting.steps(1 + rand.IntN(len(k.people)/28)) // of at least 23 offers and 23 × 5 reports of 1,129
		time.AfterFunc(time.Duration(rand.IntN(5000))*time.Microsecond, func() { _ = serve.Process.Kill() })
		<-serving.Done
		k.reporting.stop()
		accepted := k.accepted()
		if testlong.On() && kill == 0 {
			accepted = nil // n8n has lost the run: it is offered again when report_within is over
		}
		serving, serve = k.start()
		k.reporting.resume(accepted)
	}
	k.waitUntilDelivered()
	k.verify(serving)
}

func (k *killedMailing) start() (*harness.Service, *exec.Cmd) {
	k.t.Helper()
	k.reporting.begin()
	return harness.StartBinary(k.t, k.binary, k.env)
}

// prepare stores the people and the hooks, and publishes the announcement.
func (k *killedMailing) prepare(s *harness.Service) {
	k.t.Helper()
	table := "email,notify_announcements,consent,consent_at,consent_source\n"
	for i := range testlong.Size(229, 1129) {
		k.people = append(k.people, fmt.Sprintf("person%04d@example.org", i))
		table += k.people[i] + ",true,confirmed,2026-01-01T00:00:00Z,paper form\n"
	}
	for _, r := range []struct{ method, path, mediaType, body string }{
		{http.MethodPost, "subscribers/batch?notify=0", "text/csv", table},
		{http.MethodPut, "hooks/mail", "application/json", k.reporting.hook("report")},
		{http.MethodPut, "hooks/copy", "application/json", k.plain.hook("2xx")},
		{http.MethodPut, "announcements/by-key/news", "application/json",
			`{"title":"News","content":"c","send_email":true}`},
	} {
		status, answer, err := ask(k.t.Context(), r.method, s.URL+"/api/v1/"+r.path, r.mediaType, r.body)
		if err != nil || status/100 != 2 || strings.Contains(answer, `"outcome":"invalid"`) {
			k.t.Fatalf("%s: %d %.300s, %v", r.path, status, answer, err)
		}
	}
}

// ask sends a request with the test's token. An error means that there was no whole answer.
func ask(ctx context.Context, method, url, mediaType, body string) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("X-N8N-Token", harness.APIToken)
	req.Header.Set("Content-Type", mediaType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, string(all), err
}

// accepted returns the webhook-ids of what the reporting hook has accepted as far as the killed
// process has written. What it has not written is offered again at once.
func (k *killedMailing) accepted() (ids []string) {
	k.t.Helper()
	db := k.open()
	defer db.Close()
	rows, err := db.QueryContext(k.t.Context(), `select webhook_id from deliveries
		where accepted_at is not null and leased_until is null and state = 'pending'`)
	if err != nil {
		k.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			k.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		k.t.Fatal(err)
	}
	return ids
}

func (k *killedMailing) waitUntilDelivered() {
	k.t.Helper()
	db := k.open()
	defer db.Close()
	harness.Eventually(k.t, 2*time.Minute, "everything is delivered", func() bool {
		var left int
		err := db.QueryRowContext(k.t.Context(),
			"select count(*) from deliveries where hook_id > 0 and state <> 'delivered'").Scan(&left)
		if err != nil {
			k.t.Fatal(err)
		}
		return left == 0
	})
}

// open opens the database as another process would.
func (k *killedMailing) open() *sql.DB {
	k.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(k.env["DATA_DIR"], "namets.db"))
	if err != nil {
		k.t.Fatal(err)
	}
	return db
}

// verify checks the receivers, and what the announcement's page says.
func (k *killedMailing) verify(s *harness.Service) {
	k.t.Helper()
	parts := (len(k.people) + namets.MaxPart - 1) / namets.MaxPart
	for name, r := range map[string]*partReceiver{"reporting": k.reporting, "plain": k.plain} {
		r.stop()
		if len(r.parts) != parts {
			k.t.Errorf("the %s hook got %d webhook-ids, want %d", name, len(r.parts), parts)
		}
		seen := map[string]bool{}
		for _, p := range r.parts {
			if p.of != parts || p.number < 1 || p.number > parts || seen[fmt.Sprint(p.number)] {
				k.t.Errorf("the %s hook got part %d of %d, once more or of %d", name, p.number, p.of, parts)
			}
			seen[fmt.Sprint(p.number)] = true
			for _, email := range p.recipients {
				if seen[email] {
					k.t.Errorf("%s is in two parts for the %s hook", email, name)
				}
				seen[email] = true
			}
		}
		if len(seen) != parts+len(k.people) {
			k.t.Errorf("the %s hook got %d recipients, want %d", name, len(seen)-parts, len(k.people))
		}
		if r.again > k.kills+1 { // one is in flight, and a run may be lost
			k.t.Errorf("the %s hook got %d offers once more after %d kills", name, r.again, k.kills)
		}
	}
	twice := 0
	for _, email := range k.people {
		twice += min(k.reporting.mailed[email]-1, 1)
	}
	if twice > k.kills*atATime {
		k.t.Errorf("%d people were mailed twice: more than what was in flight", twice)
	}
	owner := harness.NewUser(k.t, s)
	owner.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	want := "Sent to 226, refused 3"
	if testlong.On() {
		want = "Sent to 1,117, refused 12"
	}
	if page := owner.Page("/admin/announcements/1"); !strings.Contains(page, want) {
		k.t.Errorf("the page does not say %q: %s", want, page)
	}
	k.t.Logf("%d kills: %d of %d people mailed twice; %d and %d offers once more; %s", k.kills, twice, len(k.people),
		k.reporting.again, k.plain.again, want)
}
