package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Do makes a request to n8n's public API (path without /api/v1/), decodes the JSON response into
// answer, unless that is nil, and returns the status. A request without a response, or with one
// that is not JSON, fails the test.
func (n *N8NServer) Do(t testing.TB, method, path string, body, answer any) int {
	t.Helper()
	header := http.Header{"X-N8n-Api-Key": {n.APIKey}}
	return whileUnavailable(t, func() int {
		return request(t, newClient(), method, n.URL+"/api/v1/"+path, header, body, answer)
	})
}

// Edit is Do for what the editor asks n8n (path without /rest/), on behalf of its owner.
func (n *N8NServer) Edit(t testing.TB, method, path string, body, answer any) int {
	t.Helper()
	return whileUnavailable(t, func() int {
		return request(t, n.owner, method, n.URL+"/rest/"+path, nil, body, answer)
	})
}

// Listen does what "Listen for test event" does in the editor: the next event of the trigger with
// the name starts it, without the nodes behind it.
func (n *N8NServer) Listen(t testing.TB, id, trigger string) {
	t.Helper()
	var workflow struct{ Data json.RawMessage }
	if status := n.Edit(t, "GET", "workflows/"+id, nil, &workflow); status != http.StatusOK {
		t.Fatalf("read workflow %s: status %d", id, status)
	}
	var run struct {
		Data struct{ WaitingForWebhook bool }
	}
	status := n.Edit(t, "POST", "workflows/"+id+"/run", map[string]any{"workflowData": workflow.Data,
		"triggerToStartFrom": map[string]string{"name": trigger},
		"destinationNode":    map[string]string{"nodeName": trigger, "mode": "inclusive"}}, &run)
	if status != http.StatusOK || !run.Data.WaitingForWebhook {
		t.Fatalf("listen for a test event of workflow %s: status %d, %+v", id, status, run)
	}
}

// ImportCredentials imports a JSON array of credentials, as n8n's import:credentials takes it;
// those with an existing id are replaced.
func (n *N8NServer) ImportCredentials(t testing.TB, file []byte) {
	t.Helper()
	n.importFile(t, "import:credentials", file)
}

// ImportWorkflows imports a workflow or a JSON array of workflows, as n8n's import:workflow takes
// it; those with an existing id are replaced and become inactive.
func (n *N8NServer) ImportWorkflows(t testing.TB, file []byte) {
	t.Helper()
	n.importFile(t, "import:workflow", file)
}

func (n *N8NServer) importFile(t testing.TB, command string, file []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "import.json")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := n.command(t, command, "--input="+path); err != nil {
		t.Fatalf("n8n %s: %v\n%s", command, err, output)
	}
}

// Publish activates a workflow: its webhooks respond and its schedules run when Publish returns.
func (n *N8NServer) Publish(t testing.TB, id string) {
	t.Helper()
	if status := n.Do(t, "POST", "workflows/"+id+"/activate", map[string]string{}, nil); status != http.StatusOK {
		t.Fatalf("publish workflow %s: status %d", id, status)
	}
}

// Execution is one run of a workflow.
type Execution struct {
	// Node name → the items of its first output, concatenated over all its runs
	Items  map[string][]json.RawMessage
	Failed bool   // a node failed
	Output string // all that n8n printed, for the messages of tests
}

// Execute runs a workflow, which needs a Manual trigger, and waits for its
// end.
func (n *N8NServer) Execute(t testing.TB, id string) Execution {
	t.Helper()
	output, err := n.command(t, "execute", "--id="+id, "--rawOutput")
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("n8n execute: %v\n%s", err, output)
	}
	items, decodeErr := decodeItems(output)
	if err == nil && decodeErr != nil {
		t.Fatalf("n8n execute: %v in\n%s", decodeErr, output)
	}
	return Execution{Items: items, Failed: err != nil, Output: string(output)}
}

// ExecuteAndKill is Execute for a run that is killed, as by a crash, when a value arrives.
func (n *N8NServer) ExecuteAndKill(t testing.TB, id string, now <-chan struct{}) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	cmd := exec.CommandContext(ctx, n.program, "execute", "--id="+id)
	cmd.Env = n.commandEnvironment(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var result error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		result = cmd.Wait()
	}()
	select {
	case <-now:
		kill()
		<-ended
	case <-ended:
		t.Fatalf("the run of workflow %s has ended before it was killed: %v", id, result)
	case <-time.After(2 * time.Minute):
		t.Fatalf("the run of workflow %s does not come so far that it is killed", id)
	}
}

// decodeItems reads the output of execute --rawOutput: lines of text, then JSON from the first line
// that starts with a brace.
func decodeItems(output []byte) (map[string][]json.RawMessage, error) {
	var printed struct {
		Data struct {
			ResultData struct {
				RunData map[string][]struct {
					Data struct {
						Main [][]struct{ JSON json.RawMessage }
					}
				}
			}
		}
	}
	_, after, _ := bytes.Cut(append([]byte("\n"), output...), []byte("\n{"))
	if err := json.NewDecoder(bytes.NewReader(append([]byte("{"), after...))).Decode(&printed); err != nil {
		return nil, err
	}
	items := make(map[string][]json.RawMessage)
	for node, runs := range printed.Data.ResultData.RunData {
		for _, run := range runs {
			if len(run.Data.Main) == 0 {
				continue
			}
			for _, item := range run.Data.Main[0] {
				items[node] = append(items[node], item.JSON)
			}
		}
	}
	return items, nil
}

// command runs one of n8n's commands while the server runs and returns its output.
func (n *N8NServer) command(t testing.TB, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), n.program, args...)
	cmd.Env = n.commandEnvironment(t)
	cmd.WaitDelay = 10 * time.Second
	return cmd.CombinedOutput()
}
