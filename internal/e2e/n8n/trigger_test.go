package n8n_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
	"namets/internal/testlong"
	"namets/internal/webhook"
)

// TestN8N_keepsTheHookOfTheTrigger has Namets Trigger in a real n8n listen for a test event, lose
// its secret in every way, and lose its hook. Everybody gets each e-mail once.
func TestN8N_keepsTheHookOfTheTrigger(t *testing.T) {
	if !testlong.On() {
		t.Skip("it waits for attempts that are repeated: .ci/long runs it")
	}
	r := newCommunityRig(t)
	r.n8n.ImportWorkflows(t, []byte(mailWorkflow))
	r.n8n.Publish(t, "mailEach")
	const key = "n8n:mailEach:trigger-1"
	r.wantHooks(t, "published", key)
	mailed := 0
	want := func(title string) {
		t.Helper()
		r.publish(t, title)
		r.wantMails(t, title, r.people...)
		mailed++
		r.wantReported(t, mailed)
	}

	r.n8n.Listen(t, "mailEach", "Namets Trigger")
	r.wantHooks(t, "while it listens", key, key+":test")
	want("Tried")
	r.wantTestEvent(t, len(r.people))
	r.wantHooks(t, "after the test event", key)
	r.n8n.Listen(t, "mailEach", "Namets Trigger")
	r.n8n.Edit(t, "DELETE", "test-webhook/mailEach", nil, nil)
	r.wantHooks(t, "when it listens no longer", key)
	want("Not tried")

	r.send(t, http.MethodPost, "/api/v1/hooks/"+key+"/secret")
	want("Another secret in namets")
	r.forget(t)
	want("No secret in n8n")
	r.refusesWhatIsOld(t)

	r.send(t, http.MethodDelete, "/api/v1/hooks/"+key)
	r.wantHooks(t, "deleted in namets")
	r.n8n.Stop()
	r.n8n.Start(t)
	r.wantHooks(t, "after a restart", key)
	want("Registered again")
	select {
	case m := <-r.box.came:
		t.Errorf("one e-mail too many: %+v", m)
	default:
	}
}

// wantHooks waits until namets knows just the active hooks with the keys.
func (r *communityRig) wantHooks(t *testing.T, when string, keys ...string) {
	t.Helper()
	want := strings.Join(keys, " ")
	harness.Eventually(t, time.Minute, when+": the hooks are "+want, func() bool {
		var got []string
		for _, h := range r.hooks(t) {
			if h.Status == "active" {
				got = append(got, h.Key)
			}
		}
		return strings.Join(got, " ") == want
	})
}

// wantTestEvent waits for the execution of a test that gave so many items.
func (r *communityRig) wantTestEvent(t *testing.T, items int) {
	t.Helper()
	harness.Eventually(t, time.Minute, "the test event is shown", func() bool {
		var list struct {
			Data []struct {
				Mode, Status string
				Data         struct {
					ResultData struct {
						RunData map[string][]struct {
							Data struct {
								Main [][]struct {
									JSON struct{ Email, Subject string }
								}
							}
						}
					}
				}
			}
		}
		if status := r.n8n.Do(t, "GET", "executions?workflowId=mailEach&includeData=true&limit=100", nil,
			&list); status != http.StatusOK {
			t.Fatalf("list the executions: status %d", status)
		}
		for _, e := range list.Data {
			run := e.Data.ResultData.RunData
			if e.Mode == "manual" && e.Status == "success" && len(run) == 1 && len(run["Namets Trigger"]) == 1 {
				got := run["Namets Trigger"][0].Data.Main[0]
				return len(got) == items && got[0].JSON.Email == r.people[0] && got[0].JSON.Subject == "Tried"
			}
		}
		return false
	})
}

// send makes a request without a body to the open API, which must succeed.
func (r *communityRig) send(t *testing.T, method, path string) {
	t.Helper()
	if got := r.Do(t, method, path, "X-N8N-Token", harness.APIToken); got.Status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
	}
}

// forget makes n8n lose what the trigger remembers.
func (r *communityRig) forget(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.folder, ".n8n", "database.sqlite")+
		"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.ExecContext(t.Context(), `update workflow_entity set staticData = null where id = 'mailEach'`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d workflows, %v", n, err)
	}
}

// refusesWhatIsOld sends the trigger webhooks that are signed with its secret.
func (r *communityRig) refusesWhatIsOld(t *testing.T) {
	t.Helper()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	var key secret.Value
	harness.Write(t, r.env, func(ctx context.Context, db *sqlite.DB) error {
		list, err := db.Hooks(ctx)
		if err != nil {
			return err
		}
		key, err = db.HookSecret(ctx, list[0].ID)
		return err
	})
	for _, tt := range []struct {
		age    time.Duration
		status int
	}{{4 * time.Minute, http.StatusOK}, {6 * time.Minute, http.StatusUnauthorized},
		{-6 * time.Minute, http.StatusUnauthorized}} {
		client, err := webhook.NewClient(webhook.ClientConfig{URL: secret.New(r.hooks(t)[0].URL),
			Now:  func() time.Time { return time.Now().Add(-tt.age) },
			Keys: func() []secret.Value { return []secret.Value{key} }})
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]any{"id": "msg_1", "type": namets.TypePing, "data": map[string]any{}})
		if err != nil {
			t.Fatal(err)
		}
		if got := client.Send(t.Context(), "msg_1", body); got.Status != tt.status {
			t.Errorf("signed %v ago: status %d, want %d: %s", tt.age, got.Status, tt.status, got.Answer)
		}
	}
}
