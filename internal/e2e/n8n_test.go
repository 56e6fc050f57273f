package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"namets/internal/e2e"
)

// TestN8N_runsAWorkflow starts n8n once, because a start takes long, and tests all methods of the
// helper.
func TestN8N_runsAWorkflow(t *testing.T) {
	asked := make(chan string, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("X-N8N-Token")
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`[{"id":1},{"id":2}]`))
	}))
	defer api.Close()
	n8n := e2e.N8N(t)

	n8n.ImportCredentials(t, []byte(`[{"id":"cred1","name":"namets","type":"httpHeaderAuth",
		"data":{"name":"X-N8N-Token","value":"a-token-for-n8n"}}]`))
	var credentials struct {
		Data []struct{ ID, Name string }
	}
	n8n.Do(t, "GET", "credentials", nil, &credentials)
	if len(credentials.Data) != 1 || credentials.Data[0].ID != "cred1" {
		t.Errorf("n8n lists the credentials %+v, want the one that was imported", credentials.Data)
	}

	n8n.ImportWorkflows(t, []byte(strings.ReplaceAll(workflow, "API_URL", api.URL)))
	run := n8n.Execute(t, "flow1")
	if run.Failed || len(run.Items["List"]) != 2 {
		t.Fatalf("%d items, failed: %t, want 2 items\n%s", len(run.Items["List"]), run.Failed, run.Output)
	}
	if got := <-asked; got != "a-token-for-n8n" {
		t.Errorf("n8n sent the token %q, want the credential's", got)
	}
	var item struct{ ID int }
	if err := json.Unmarshal(run.Items["List"][1], &item); err != nil || item.ID != 2 {
		t.Errorf("second item %s, want id 2", run.Items["List"][1])
	}

	if status := post(t, n8n.URL+"/webhook/hello"); status != http.StatusNotFound {
		t.Errorf("status %d from a workflow that is not published, want 404", status)
	}
	n8n.Publish(t, "flow1")
	if status := post(t, n8n.URL+"/webhook/hello"); status != http.StatusOK {
		t.Errorf("status %d from a published workflow, want 200", status)
	}

	n8n.Stop()
	n8n.Start(t)
	if status := post(t, n8n.URL+"/webhook/hello"); status != http.StatusOK {
		t.Errorf("status %d after a restart, want 200", status)
	}

	api.Close()
	if run := n8n.Execute(t, "flow1"); !run.Failed {
		t.Errorf("a workflow whose node cannot reach its server did not fail:\n%s", run.Output)
	}
}

// post sends an empty event and returns the status, or 0 without a response.
func post(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(`{"event":"ping","data":{}}`))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

const workflow = `{
  "id": "flow1", "name": "hello", "active": false, "settings": {"executionOrder": "v1"},
  "nodes": [
    {"id": "1", "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0],
       "parameters": {}},
    {"id": "2", "name": "List", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.4, "position": [200, 0],
     "parameters": {"url": "API_URL", "authentication": "genericCredentialType", "genericAuthType": "httpHeaderAuth"},
     "credentials": {"httpHeaderAuth": {"id": "cred1", "name": "namets"}}},
    {"id": "3", "name": "Hook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 200],
     "webhookId": "5e7c1ab8-2a5d-4b5d-9f0e-3d8b8d1c2f10", "parameters": {"httpMethod": "POST", "path": "hello",
        "options": {}}}
  ],
  "connections": {"Start": {"main": [[{"node": "List", "type": "main", "index": 0}]]}}
}`
