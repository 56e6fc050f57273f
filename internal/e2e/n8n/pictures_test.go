package n8n_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// TestN8N_showsTheNodeInItsEditor opens what the pictures of the community node's README show, in
// the editor of a real n8n: the credential with its test, both nodes, and a workflow. With the
// variable NAMETS_PICTURES it writes the pictures to that folder: .ci/pictures
func TestN8N_showsTheNodeInItsEditor(t *testing.T) {
	folder := os.Getenv("NAMETS_PICTURES")
	if folder == "" && !testlong.On() {
		t.Skip("the editor of n8n takes a minute: .ci/long runs it")
	}
	r := newCommunityRig(t, "N8N_DISABLE_UI=false")
	r.n8n.ImportWorkflows(t, twoNodes(t))
	r.n8n.ImportWorkflows(t, []byte(writeWorkflow))
	p := e2e.OpenPage(t, e2e.Viewport{Width: 1000})
	p.Open(r.n8n.URL + "/signin")
	waitFor(t, p, "[data-test-id=auth-form]", "Sign in")
	if status := e2e.Eval[int](p, signIn); status != 200 {
		t.Fatalf("sign in: status %d", status)
	}
	for _, picture := range []struct{ name, path, selector, text string }{
		{"namets", "/workflow/writeAll/5", "body", "Notify of Events"},
		{"workflow", "/workflow/mailEach", "[data-test-id=canvas-node]", "Namets Trigger"},
		{"credential", "/home/credentials/namets", "[role=dialog]", "Connection tested successfully"},
		{"trigger", "/workflow/mailEach/trigger-1", "body", "Announcement Published"},
	} {
		e2e.Eval[any](p, fmt.Sprintf("void location.assign(%q)", r.n8n.URL+picture.path))
		waitFor(t, p, picture.selector, picture.text)
		p.Picture(folder, picture.name)
	}
}

// signIn makes the page's browser that of n8n's owner, and returns the status.
const signIn = `fetch('/rest/login', {method: 'POST', headers: {'Content-Type': 'application/json',
	'browser-id': localStorage.getItem('n8n-browserId') ?? ''}, body: JSON.stringify({
	emailOrLdapLoginId: 'owner@example.org', password: 'Only-4-a-test'})}).then(r => r.status)`

// waitFor waits until an element that matches the selector shows the text and nothing is left to
// load, and for a second more, in which what moves comes to rest.
func waitFor(t *testing.T, p *e2e.Page, selector, text string) {
	t.Helper()
	arguments, err := json.Marshal([]string{selector, text})
	if err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, 2*time.Minute, selector+" shows "+text, func() bool {
		return e2e.Eval[bool](p, fmt.Sprintf(shows, arguments))
	})
	e2e.Eval[any](p, "new Promise(done => setTimeout(done, 1000))")
}

// shows is an expression with the selector and the text.
const shows = `(([selector, text]) => [...document.querySelectorAll(selector)].some(e =>
	e.textContent.includes(text) && !e.textContent.includes('Loading fields')))(%s)`

// twoNodes returns mailWorkflow without the node that reports.
func twoNodes(t *testing.T) []byte {
	t.Helper()
	var workflow map[string]any
	if err := json.Unmarshal([]byte(mailWorkflow), &workflow); err != nil {
		t.Fatal(err)
	}
	workflow["nodes"] = workflow["nodes"].([]any)[:2]
	delete(workflow["connections"].(map[string]any), "Send Email")
	short, err := json.Marshal(workflow)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.ReplaceAll(string(short), `"acknowledge":"report"`, `"acknowledge":"2xx"`))
}
