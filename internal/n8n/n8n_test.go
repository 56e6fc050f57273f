package n8n_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"namets/internal/e2e"
	"namets/internal/n8n"
	"namets/internal/secret"
)

const (
	apiKey   = "n8n_api_5d0c2f9b7e"
	newToken = "9b2e57d1c4f8a06e3d7b1f94"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func keyFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newClient(t *testing.T, address string) *n8n.Client {
	t.Helper()
	c, err := n8n.New(address, keyFile(t, apiKey+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestClient_putsATokenIntoACredentialOfARealN8N lets a workflow with the credential call a server
// that wants the token.
func TestClient_putsATokenIntoACredentialOfARealN8N(t *testing.T) {
	server := e2e.N8N(t)
	var got []string // values of the header, one for each call
	called := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, strings.Join(r.Header.Values("X-N8N-Token"), "+"))
		fmt.Fprint(w, `{}`)
	}))
	defer called.Close()
	server.ImportCredentials(t, []byte(`[
		{"id":"cred1","name":"NAMETS","type":"httpHeaderAuth","data":{"name":"X-N8N-Token","value":"the-old-token"}},
		{"id":"cred2","name":"twice","type":"httpHeaderAuth","data":{"name":"a","value":"b"}},
		{"id":"cred3","name":"twice","type":"httpHeaderAuth","data":{"name":"a","value":"b"}},
		{"id":"cred4","name":"basic","type":"httpBasicAuth","data":{"user":"a","password":"b"}}]`))
	server.ImportWorkflows(t, fmt.Appendf(nil, `{"id":"wf1","name":"call","nodes":[
		{"id":"n1","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],
			"parameters":{}},
		{"id":"n2","name":"Call","type":"n8n-nodes-base.httpRequest","typeVersion":4.4,"position":[200,0],
			"parameters":{"url":%q,"authentication":"genericCredentialType","genericAuthType":"httpHeaderAuth",
				"options":{}},
			"credentials":{"httpHeaderAuth":{"id":"cred1","name":"NAMETS"}}}],
		"connections":{"Start":{"main":[[{"node":"Call","type":"main","index":0}]]}},"settings":{},
			"active":false}`, called.URL))
	client, err := n8n.New(server.URL+"/", keyFile(t, server.APIKey))
	if err != nil {
		t.Fatal(err)
	}
	cred, err := client.Credential(t.Context(), "NAMETS")
	if diff := cmp.Diff(n8n.Credential{ID: "cred1", Name: "NAMETS", Type: n8n.HeaderAuth}, cred); diff != "" ||
		err != nil {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	for range 2 { // it may be repeated
		if err := client.SetHeader(t.Context(), cred, "X-N8N-Token", secret.New(newToken)); err != nil {
			t.Fatal(err)
		}
	}
	if run := server.Execute(t, "wf1"); run.Failed {
		t.Error(run.Output)
	}
	if diff := cmp.Diff([]string{newToken}, got); diff != "" {
		t.Errorf("the workflow sent (-want +got):\n%s", diff)
	}

	for name, why := range map[string]string{"nobody": `"NAMETS"`, "twice": "2 credentials", "basic": "httpBasicAuth"} {
		if _, err := client.Credential(t.Context(), name); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: error %v does not say %q", name, err, why)
		}
	}
	stranger := newClient(t, server.URL)
	if _, err := stranger.Credential(t.Context(), "NAMETS"); err == nil || !strings.Contains(err.Error(), "401") ||
		strings.Contains(err.Error(), apiKey) {
		t.Errorf("with a wrong key: %v", err)
	}
	gone := n8n.Credential{ID: "gone", Name: "gone", Type: n8n.HeaderAuth}
	if err := client.SetHeader(t.Context(), gone, "X-N8N-Token", secret.New(newToken)); err == nil ||
		!strings.Contains(err.Error(), "404") {
		t.Errorf("a credential that is gone: %v", err)
	}
}

func TestClient_turnsThePages(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := map[string]any{"data": []n8n.Credential{{ID: "1", Name: "one", Type: n8n.HeaderAuth}},
			"nextCursor": "a+b/c="}
		if r.URL.Query().Get("cursor") == "a+b/c=" {
			page = map[string]any{"data": []n8n.Credential{{ID: "2", Name: "two", Type: n8n.HeaderAuth}},
				"nextCursor": nil}
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	defer server.Close()
	cred, err := newClient(t, server.URL).Credential(t.Context(), "two")
	if err != nil || cred.ID != "2" {
		t.Errorf("%+v, %v", cred, err)
	}
}

func TestClient_doesNotTurnPagesForEver(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":[],"nextCursor":"again"}`)
	}))
	defer server.Close()
	if _, err := newClient(t, server.URL).Credential(t.Context(), "two"); err == nil ||
		!strings.Contains(err.Error(), "pages") {
		t.Errorf("error %v", err)
	}
}

func TestClient_saysWhatIsWrongAndQuotesNothing(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(code)
			fmt.Fprintf(w, "<html>%s %s", r.Header.Get("X-N8N-API-KEY"), body)
		}
	}
	hangUp := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprintf(conn, answer, r.Header.Get("X-N8N-API-KEY"))
			conn.Close()
		}
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		why    string
	}{
		{"the key is wrong", status(401), "make another one"},
		{"the key may not", status(403), "scopes"},
		{"not there", status(404), "public API"},
		{"too old", status(405), "too old"},
		{"refused", status(400), "does not take"},
		{"too many", status(429), "later"},
		{"in trouble", status(502), "try again"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.example/", http.StatusFound)
		}, "redirects"},
		{"a page", status(200), "not n8n's API"},
		{"too long", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"id":"`+strings.Repeat("x", 5<<20)+`"}`)
		}, "not n8n's API"},
		{"another credential", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":"2"}`) },
			"another credential"},
		{"no HTTP", hangUp("%s\r\n\r\n"), "not HTTP"},
		{"hangs up", hangUp("%.0s"), "closed the connection"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.answer)
			defer server.Close()
			err := newClient(t, server.URL).SetHeader(t.Context(), n8n.Credential{ID: "1", Name: "NAMETS"},
				"X-N8N-Token", secret.New(newToken))
			if err == nil || !strings.Contains(err.Error(), tt.why) {
				t.Fatalf("error %v does not say %q", err, tt.why)
			}
			if strings.Contains(err.Error(), apiKey) || strings.Contains(err.Error(), newToken) ||
				strings.Contains(err.Error(), "html") {
				t.Errorf("it quotes: %v", err)
			}
			if !strings.Contains(err.Error(), server.URL) || !strings.Contains(err.Error(), "NAMETS") {
				t.Errorf("it does not name n8n and the credential: %v", err)
			}
		})
	}
}

func TestClient_sendsItsKeyNowhereElse(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request came with key %q", r.Header.Get("X-N8N-API-KEY"))
	}))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	if _, err := newClient(t, server.URL).Credential(t.Context(), "NAMETS"); err == nil {
		t.Error("no error")
	}
}

func TestClient_saysWhenNobodyIsThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	if _, err := newClient(t, "http://"+address).Credential(t.Context(), "NAMETS"); err == nil ||
		!strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v", err)
	}
}

func TestClient_putsNoExpressionIntoACredential(t *testing.T) {
	err := newClient(t, "http://127.0.0.1:1").SetHeader(t.Context(), n8n.Credential{ID: "1"}, "X-N8N-Token",
		secret.New("={{ $env }}"))
	if err == nil || !strings.Contains(err.Error(), "expression") {
		t.Errorf("error %v", err)
	}
}

func TestNew_refusesWhatCannotWork(t *testing.T) {
	good := keyFile(t, apiKey)
	for _, tt := range []struct{ name, address, file, why string }{
		{"no scheme", "n8n.example.org", good, "https://"},
		{"another scheme", "ftp://n8n.example.org", good, "https://"},
		{"a password in it", "https://me:pass@n8n.example.org", good, "https://"},
		{"a query", "https://n8n.example.org/?a=b", good, "https://"},
		{"no file", "https://n8n.example.org", good + "x", "no such file"},
		{"a folder", "https://n8n.example.org", t.TempDir(), "name a file"},
		{"an empty file", "https://n8n.example.org", keyFile(t, " \n"), "API key"},
		{"two keys", "https://n8n.example.org", keyFile(t, apiKey+"\n"+apiKey), "API key"},
		{"a large file", "https://n8n.example.org", keyFile(t, strings.Repeat("x", 1<<20)), "API key"},
	} {
		_, err := n8n.New(tt.address, tt.file)
		if err == nil || !strings.Contains(err.Error(), tt.why) || strings.Contains(err.Error(), apiKey) ||
			strings.Contains(err.Error(), "pass@") {
			t.Errorf("%s: error %v does not say %q", tt.name, err, tt.why)
		}
	}
}
