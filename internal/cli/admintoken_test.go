package cli

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/secret"
)

// ask opens a page, or sends a form to it when there are fields, and returns the status and the
// page at the end of all redirects.
func (m *adminUser) ask(path string, fields url.Values) (status int, page string) {
	m.t.Helper()
	var resp *http.Response
	var err error
	if fields == nil {
		resp, err = m.Get(m.s.url + path)
	} else {
		resp, err = m.PostForm(m.s.url+path, fields)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.StatusCode, html.UnescapeString(string(body))
}

// rotate opens the form for a new token and sends it; it returns the status, the page and the
// token on it.
func (m *adminUser) rotate(now bool) (status int, page, next string) {
	m.t.Helper()
	_, form := m.ask("/admin/token/rotate", nil)
	fields := url.Values{}
	for _, input := range regexp.MustCompile(`type="hidden" name="(\w+)" value="(\w*)"`).FindAllStringSubmatch(form,
		-1) {
		fields.Set(input[1], input[2])
	}
	if now {
		fields.Set("now", "on")
	}
	status, page = m.ask("/admin/token/rotate", fields)
	if found := regexp.MustCompile(`id="new-token">(\w+)<`).FindStringSubmatch(page); found != nil {
		next = found[1]
	}
	return status, page, next
}

// newOwner is the owner that ADMIN_PASSWORD makes, signed in.
func newOwner(t *testing.T, s *service) *adminUser {
	t.Helper()
	m := newUser(t, s)
	m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
	return m
}

// wantPage wants a page to hold all of these.
func wantPage(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not in\n%s", text, page)
		}
	}
}

func TestAdminToken_rotatesInVault(t *testing.T) {
	vault := e2e.Vault(t, e2e.VaultOptions{})
	env := vaultEnvironment(t, vault, "TOKEN_OVERLAP", "10m", "ADMIN_PASSWORD", adminPassword)
	s := startServe(t, env)
	m := newOwner(t, s)

	_, page, second := m.rotate(false)
	s.wantStatuses(t, "in the overlap", map[string]int{second: 200, testToken: 200})
	if got := secretOf(t, vault, env); got["N8N_API_TOKEN"] != second || got["other"] != "stays" {
		t.Errorf("the secret holds %v", got)
	}
	wantPage(t, page, "The token before is accepted until")
	_, _, third := m.rotate(true)
	s.wantStatuses(t, "refused at once", map[string]int{third: 200, second: 403, testToken: 403})
	if got := secretOf(t, vault, env); got["revoke_previous"] != true || got["other"] != "stays" {
		t.Errorf("the secret holds %v", got)
	}

	path := strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1)
	vault.Do(t, "DELETE", path, nil, nil)
	_, page = m.ask("/admin/token/reload", url.Values{})
	wantPage(t, page, "The token is deleted at its source", "revoked", "The secret was deleted in Vault.")
	s.wantStatuses(t, "after the secret was deleted", map[string]int{third: 403})
	_, page, fourth := m.rotate(false)
	wantPage(t, page, "the secret holds the token only now")
	s.wantStatuses(t, "after a new one was written", map[string]int{fourth: 200, third: 403})

	vault.Stop()
	status, page, none := m.rotate(false)
	if status != http.StatusServiceUnavailable || none != "" {
		t.Errorf("with Vault down: %d, a token %t", status, none != "")
	}
	wantPage(t, page, "It was not possible just now.", "Nothing was changed: the token "+
		secret.New(fourth).Fingerprint()+" is in force as before")
	_, page = m.ask("/admin/token/reload", url.Values{})
	wantPage(t, page, "degraded", "Vault does not answer")
	s.wantStatuses(t, "with Vault down", map[string]int{fourth: 200})
	s.end(t)
	tokens := []string{testToken, second, third, fourth}
	wantAbsent(t, "what serve printed", s.stdout.String()+s.stderr.String(), tokens)
	wantAbsent(t, "what was stored", stored(t, env["DATA_DIR"]), tokens)
}

func TestAdminToken_endsTheOverlapOfAFile(t *testing.T) {
	env := inTokenFile(t, "TOKEN_OVERLAP", "10m")
	s := startServe(t, env)
	m := newOwner(t, s)
	_, _, second := m.rotate(false)
	s.wantStatuses(t, "in the overlap", map[string]int{second: 200, testToken: 200})
	_, page, third := m.rotate(true)
	s.wantStatuses(t, "refused at once", map[string]int{third: 200, second: 403, testToken: 403})
	wantPage(t, page, "The token before is refused.")
	_, _, fourth := m.rotate(false)
	s.wantStatuses(t, "in the next overlap", map[string]int{fourth: 200, third: 200, second: 403})
}

func TestAdminToken_saysThatAFileCannotBeWritten(t *testing.T) {
	env := inTokenFile(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(env["N8N_API_TOKEN_FILE"], link); err != nil {
		t.Fatal(err)
	}
	env["N8N_API_TOKEN_FILE"] = link
	s := startServe(t, env)
	status, page, next := newOwner(t, s).rotate(false)
	if status != http.StatusConflict || next != "" {
		t.Errorf("%d, a token %t", status, next != "")
	}
	wantPage(t, page, "namets cannot write the token there.", "it is a symbolic link", "is in force as before")
	s.wantStatuses(t, "after that", map[string]int{testToken: 200})
}
