package e2e

import (
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strconv"
	"testing"
	"time"
)

// N8NServer is an n8n with an owner and an API key. Its methods are not safe for concurrent use.
type N8NServer struct {
	URL    string // scheme, host and port; webhooks are at URL/webhook/PATH
	APIKey string // for the header X-N8N-API-KEY under URL/api/v1/

	program string
	env     []string
	child   *child
	owner   *http.Client // the browser in which the owner has signed in
}

// N8N starts an n8n that runs until the test ends. The start takes some seconds. Settings
// (NAME=value) are added to its environment.
func N8N(t testing.TB, settings ...string) *N8NServer {
	t.Helper()
	program := n8nProgram(t)
	port := freePort(t)
	n := &N8NServer{
		URL:     "http://127.0.0.1:" + port,
		program: program,
		env:     append(n8nEnvironment(t.TempDir(), port), settings...),
	}
	n.Start(t)
	n.makeOwner(t)
	return n
}

// NeedN8N skips or fails a test without n8n, as [N8N] does, before it prepares anything.
func NeedN8N(t testing.TB) {
	t.Helper()
	n8nProgram(t)
}

func n8nProgram(t testing.TB) string {
	t.Helper()
	return part{name: "n8n", variable: "NAMETS_N8N"}.find(t)
}

// n8nEnvironment restricts n8n's files to one folder, and n8n to this machine.
func n8nEnvironment(folder, port string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + folder,
		"N8N_USER_FOLDER=" + folder,
		"N8N_ENCRYPTION_KEY=a-key-for-a-test",
		"N8N_HOST=127.0.0.1",
		"N8N_LISTEN_ADDRESS=127.0.0.1",
		"N8N_PORT=" + port,
		"N8N_PROTOCOL=http",
		"N8N_RUNNERS_BROKER_LISTEN_ADDRESS=127.0.0.1",
		"N8N_SECURE_COOKIE=false",
		"N8N_DISABLE_UI=true",
		"N8N_DIAGNOSTICS_ENABLED=false",
		"N8N_VERSION_NOTIFICATIONS_ENABLED=false",
		"N8N_TEMPLATES_ENABLED=false",
		"N8N_PERSONALIZATION_ENABLED=false",
		"N8N_HIRING_BANNER_ENABLED=false",
		"N8N_COMMUNITY_PACKAGES_ENABLED=false",
		"N8N_LICENSE_AUTO_RENEW_ENABLED=false",
		"N8N_SENTRY_DSN=",
		"SCARF_ANALYTICS=false",
		"DB_TYPE=sqlite",
		"NODE_FUNCTION_ALLOW_BUILTIN=crypto",
	}
}

// Stop kills n8n, as a crash would. It may be called repeatedly.
func (n *N8NServer) Stop() { n.child.stop() }

// Start starts a stopped n8n again, at the same URL and with all its data, and waits until it
// responds and its published workflows run.
func (n *N8NServer) Start(t testing.TB) {
	t.Helper()
	log := newOutput("Editor is now accessible")
	n.child = start(t, log, n.commandEnvironment(t), n.program, "start")
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	select {
	case <-log.seen:
		return
	case <-n.child.exited:
		t.Error("n8n ended while it started")
	case <-deadline.C:
		t.Error("n8n was not ready within two minutes")
	}
	n.Stop()
	t.Fatalf("n8n printed:\n%s", log)
}

// commandEnvironment returns the environment of one n8n process; each needs a
// port of its own for its task runner.
func (n *N8NServer) commandEnvironment(t testing.TB) []string {
	t.Helper()
	return append([]string{"N8N_RUNNERS_BROKER_PORT=" + freePort(t)}, n.env...)
}

// makeOwner does what a person does on the first visit: it creates an account and an API key with
// all scopes.
func (n *N8NServer) makeOwner(t testing.TB) {
	t.Helper()
	cookies, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	n.owner = newClient()
	n.owner.Jar = cookies
	ask := func(method, path string, body, answer any) {
		t.Helper()
		if status := n.Edit(t, method, path, body, answer); status != http.StatusOK {
			t.Fatalf("set up n8n: %s %s: status %d", method, path, status)
		}
	}
	ask("POST", "owner/setup", map[string]string{
		"email": "owner@example.org", "firstName": "Test", "lastName": "Owner", "password": "Only-4-a-test",
	}, nil)
	var scopes struct{ Data []string }
	ask("GET", "api-keys/scopes", nil, &scopes)
	var key struct {
		Data struct{ RawAPIKey string }
	}
	ask("POST", "api-keys", map[string]any{"label": "test", "expiresAt": nil, "scopes": scopes.Data}, &key)
	n.APIKey = key.Data.RawAPIKey
}

// freePort returns a TCP port that is currently free.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}
