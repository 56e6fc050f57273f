package n8n_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"namets/internal/n8n"
	"namets/internal/namets"
)

const site = "https://namets.example"

// workflow is as much of n8n's format as the tests look at.
type workflow struct {
	Active bool
	Nodes  []struct {
		Name, Type, OnError string
		TypeVersion         float64
		Disabled            bool
		Credentials         map[string]struct {
			ID   *string
			Name string
		}
		Parameters struct {
			URL, FromEmail, ToEmail, Subject, Text string
			Operation, ErrorMessage                string
			Options                                struct {
				RawBody, AppendAttribution *bool
				Scope                      string
				HistorySize                int
			}
			Rules struct{ Values []struct{ OutputKey string } }
		}
	}
	Connections map[string]struct {
		Main [][]struct{ Node string }
	}
}

// here is the instance whose workflows the tests read.
func here() n8n.Site { return n8n.Site{URL: site, Name: "Al-Noor", Zone: "Africa/Lagos"} }

// newWorkflow returns "events" in the legacy form, also as text.
func newWorkflow(t *testing.T) (wf workflow, text string) {
	t.Helper()
	return newWorkflowOf(t, "events", n8n.Legacy)
}

// newWorkflowOf returns a workflow of the site, also as text.
func newWorkflowOf(t *testing.T, name string, form n8n.Form) (wf workflow, text string) {
	t.Helper()
	b, err := n8n.Workflow(name, form, here())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &wf); err != nil {
		t.Fatal(err)
	}
	return wf, string(b)
}

func TestWorkflow_hasAMailForEachKind(t *testing.T) {
	wf, _ := newWorkflow(t)
	kinds, mails := map[string]string{}, map[string]bool{} // kind → the node behind its output; names of e-mail nodes
	for _, n := range wf.Nodes {
		for i, rule := range n.Parameters.Rules.Values {
			kinds[rule.OutputKey] = wf.Connections[n.Name].Main[i][0].Node
		}
		if n.Type != "n8n-nodes-base.emailSend" {
			continue
		}
		mails[n.Name] = true
		p := n.Parameters
		if p.FromEmail != "" || p.ToEmail != "={{ $json.to }}" || p.Subject == "" || p.Text == "" || n.Disabled {
			t.Errorf("%s is not ready but for its sender: %+v", n.Name, p)
		}
		if p.Options.AppendAttribution == nil || *p.Options.AppendAttribution {
			t.Errorf("%s advertises n8n", n.Name)
		}
	}
	if len(kinds) != len(namets.ContractKinds()) || len(mails) != len(kinds)-1 {
		t.Errorf("%d outputs for %d kinds, %d e-mails", len(kinds), len(namets.ContractKinds()), len(mails))
	}
	for _, kind := range namets.ContractKinds() {
		if behind := kinds[string(kind)]; behind == "" || mails[behind] == (kind == namets.Ping) {
			t.Errorf("behind %s is %q", kind, behind)
		}
		delete(mails, kinds[string(kind)])
	}
	if len(mails) > 0 {
		t.Errorf("two kinds share an e-mail, and nobody has %v", mails)
	}
}

func TestWorkflow_holdsNoSecretAndNoOtherHost(t *testing.T) {
	wf, text := newWorkflow(t)
	if wf.Active {
		t.Error("it wants to be active before it is filled in")
	}
	for _, n := range wf.Nodes {
		for kind, c := range n.Credentials {
			if c.ID != nil || c.Name == "" {
				t.Errorf("%s: the credential %s has an id, or no name by which n8n finds it", n.Name, kind)
			}
		}
	}
	for _, address := range regexp.MustCompile(`https?:[^"\s]*`).FindAllString(text, -1) {
		if !strings.HasPrefix(address, site) {
			t.Errorf("it names %s", address)
		}
	}
	if strings.Contains(text, "PUBLIC-URL") {
		t.Error("an address is not filled in")
	}
}

func TestWorkflow_hasTheVersionsThatItNeeds(t *testing.T) {
	least := map[string]float64{
		"httpRequest": 4.4, // keeps the credential from other hosts
		"crypto":      2,   // has its key in a credential
		"webhook":     2.1, "if": 2.3, "switch": 3.4, "code": 2, "removeDuplicates": 2, "respondToWebhook": 1.5,
		"emailSend": 2.1,
	}
	wf, _ := newWorkflow(t)
	for _, n := range wf.Nodes {
		name := strings.TrimPrefix(n.Type, "n8n-nodes-base.")
		if n.TypeVersion < max(least[name], 1) {
			t.Errorf("%s: typeVersion %v, want %v", n.Name, n.TypeVersion, least[name])
		}
		if name == "webhook" && (n.Parameters.Options.RawBody == nil || !*n.Parameters.Options.RawBody) {
			t.Error("the signature is not checked over the raw body")
		}
		if name == "httpRequest" && n.Parameters.URL != site+"/api/subscribers/" {
			t.Errorf("%s asks %s", n.Name, n.Parameters.URL)
		}
		delete(least, name)
	}
	if len(least) > 0 {
		t.Errorf("it has no %v", least)
	}
}

// TestWorkflow_answersForItselfWhateverFails looks at what is before the answer: when one of
// those nodes fails and nothing is done about it, n8n answers 200.
func TestWorkflow_answersForItselfWhateverFails(t *testing.T) {
	wf, _ := newWorkflow(t)
	connected := []string{"Webhook"}
	for i := 0; i < len(connected); i++ {
		for _, output := range wf.Connections[connected[i]].Main {
			for _, to := range output {
				if !slices.Contains(connected, to.Node) {
					connected = append(connected, to.Node)
				}
			}
		}
	}
	for _, n := range wf.Nodes {
		switch strings.TrimPrefix(n.Type, "n8n-nodes-base.") {
		case "stickyNote":
			continue
		case "crypto", "httpRequest":
			if n.OnError != "continueErrorOutput" || len(wf.Connections[n.Name].Main) != 2 {
				t.Errorf("%s has no output for its errors", n.Name)
			}
		}
		if !slices.Contains(connected, n.Name) {
			t.Errorf("nothing leads to %s", n.Name)
		}
	}
}

// TestWorkflow_endsVisiblyWhenAMailFails looks at the e-mails: an address that is refused must
// neither end the run for the others nor be passed over in silence.
func TestWorkflow_endsVisiblyWhenAMailFails(t *testing.T) {
	wf, _ := newWorkflow(t)
	ends := map[string]bool{}
	for _, n := range wf.Nodes {
		if n.Type == "n8n-nodes-base.stopAndError" && n.Parameters.ErrorMessage != "" {
			ends[n.Name] = true
		}
	}
	for _, n := range wf.Nodes {
		if n.Type != "n8n-nodes-base.emailSend" {
			continue
		}
		outputs := wf.Connections[n.Name].Main
		if n.OnError != "continueErrorOutput" || len(outputs) != 2 || len(outputs[1]) != 1 ||
			!ends[outputs[1][0].Node] {
			t.Errorf("%s: on an error it does %q, and leads to %+v", n.Name, n.OnError, outputs)
		}
	}
}

// TestWorkflow_knowsWhatCameBefore looks at the nodes that share one history. n8n refuses to look
// into one that is full.
func TestWorkflow_knowsWhatCameBefore(t *testing.T) {
	wf, _ := newWorkflow(t)
	const byDefault = 10_000
	sizes := map[string]int{}
	for _, n := range wf.Nodes {
		if n.Type != "n8n-nodes-base.removeDuplicates" {
			continue
		}
		onError, outputs := "continueErrorOutput", 2
		if n.Parameters.Operation == "clearDeduplicationHistory" {
			onError, outputs = "continueRegularOutput", 1
		}
		if got := len(wf.Connections[n.Name].Main); n.Parameters.Options.Scope != "workflow" || n.OnError != onError ||
			got != outputs {
			t.Errorf("%s: scope %q, on an error it does %q with %d outputs", n.Name, n.Parameters.Options.Scope,
				n.OnError, got)
		}
		sizes[n.Name] = cmp.Or(n.Parameters.Options.HistorySize, byDefault)
	}
	if len(sizes) != 4 || sizes["First time?"] >= sizes["Really new?"] {
		t.Errorf("sizes %v: who looks into a full history needs a larger one", sizes)
	}
}

func TestWorkflow_takesTheAddressOfASite(t *testing.T) {
	for address, want := range map[string]string{
		"http://localhost:8080":  `"http://localhost:8080/api/subscribers/"`,
		"https://a.example/":     `"https://a.example/api/subscribers/"`,
		"https://a.example/x/":   `"https://a.example/x/api/subscribers/"`,
		`https://a"b.example/"c`: `"https://a\"b.example/%22c/api/subscribers/"`,
	} {
		b, err := n8n.Workflow("events", n8n.Legacy, n8n.Site{URL: address})
		if err != nil || !strings.Contains(string(b), want) || !json.Valid(b) {
			t.Errorf("%s: %v, or it does not ask %s", address, err, want)
		}
	}
	for _, address := range []string{"", "namets.example", "ftp://a.example", "https://", "https://u:p@a.example",
		"https://a.example/?x=1", "https://a.example/#x", "https://%zz"} {
		if _, err := n8n.Handler("events", n8n.Site{URL: address}, nil); err == nil {
			t.Errorf("%q: no error", address)
		}
	}
}

func TestHandler_servesTheForm(t *testing.T) {
	handler, err := n8n.Handler("events", here(), func(context.Context) (n8n.Form, error) { return n8n.V1, nil })
	if err != nil {
		t.Fatal(err)
	}
	_, legacy := newWorkflow(t)
	_, v1 := newWorkflowOf(t, "events", n8n.V1)
	for _, tt := range []struct {
		method, query string
		status        int
		body          string
	}{
		{"GET", "", 200, v1}, {"HEAD", "", 200, ""}, {"GET", "?form=v1", 200, v1}, {"GET", "?form=legacy", 200, legacy},
		{"GET", "?form=V2", 400, "form is legacy or v1\n"},
	} {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequest(tt.method, n8n.WorkflowPath("events")+tt.query, nil))
		if rec.Code != tt.status || rec.Body.String() != tt.body {
			t.Errorf("%s %s: status %d, %d bytes", tt.method, tt.query, rec.Code, rec.Body.Len())
		}
		if got := rec.Header().Get("Content-Type"); tt.status == 200 && got != "application/json" {
			t.Errorf("%s %s: %s", tt.method, tt.query, got)
		}
	}
}

// TestWorkflow_isReadyToFillIn checks all workflows and forms.
func TestWorkflow_isReadyToFillIn(t *testing.T) {
	address := regexp.MustCompile(`https?:[^"\s]*`)
	for _, info := range n8n.Workflows() {
		for _, form := range n8n.Forms() {
			name := info.Name + " " + string(form)
			wf, text := newWorkflowOf(t, info.Name, form)
			most, nodes := 7, 0
			if info.Name == "events" {
				if most = 12; form == n8n.Legacy {
					most = 40
				}
			}
			for _, n := range wf.Nodes {
				switch n.Type {
				case "n8n-nodes-base.stickyNote":
					continue
				case "n8n-nodes-base.code":
					if form == n8n.V1 {
						t.Errorf("%s: %s is a Code node", name, n.Name)
					}
				}
				nodes++
				for kind, c := range n.Credentials {
					if c.ID != nil || c.Name == "" {
						t.Errorf("%s: %s: the credential %s has an id or no name", name, n.Name, kind)
					}
				}
			}
			if nodes > most || wf.Active {
				t.Errorf("%s: %d nodes, at most %d; active: %v", name, nodes, most, wf.Active)
			}
			for _, a := range address.FindAllString(text, -1) {
				if !strings.HasPrefix(a, site) && !strings.HasPrefix(a, "https://YOUR-TABLE/") {
					t.Errorf("%s names %s", name, a)
				}
			}
			for _, placeholder := range []string{"PUBLIC-URL", "SITE-NAME", "SITE/ZONE"} {
				if strings.Contains(text, placeholder) {
					t.Errorf("%s: %s is not filled in", name, placeholder)
				}
			}
		}
	}
}
