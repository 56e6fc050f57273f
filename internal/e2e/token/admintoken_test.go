package token_test

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
	"namets/internal/e2e/harness"
	"namets/internal/secret"
)

// askAdmin opens a page, or sends a form to it if there are fields, and returns the status and the
// page after all redirects.
func askAdmin(m *harness.AdminUser, path string, fields url.Values) (status int, page string) {
	m.T.Helper()
	var resp *http.Response
	var err error
	if fields == nil {
		resp, err = m.Get(m.S.URL + path)
	} else {
		resp, err = m.PostForm(m.S.URL+path, fields)
	}
	if err != nil {
		m.T.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		m.T.Fatal(err)
	}
	return resp.StatusCode, html.UnescapeString(string(body))
}

// rotateInAdmin opens the form for a new token and sends it; it returns the status, the page and
// its token.
func rotateInAdmin(m *harness.AdminUser, now bool) (status int, page, next string) {
	m.T.Helper()
	_, form := askAdmin(m, "/admin/token/rotate", nil)
	fields := url.Values{}
	for _, input := range regexp.MustCompile(`type="hidden" name="(\w+)" value="(\w*)"`).FindAllStringSubmatch(form,
		-1) {
		fields.Set(input[1], input[2])
	}
	if now {
		fields.Set("now", "on")
	}
	status, page = askAdmin(m, "/admin/token/rotate", fields)
	if found := regexp.MustCompile(`id="new-token">(\w+)<`).FindStringSubmatch(page); found != nil {
		next = found[1]
	}
	return status, page, next
}

// newOwner is the signed-in owner that ADMIN_PASSWORD creates.
func newOwner(t *testing.T, s *harness.Service) *harness.AdminUser {
	t.Helper()
	m := harness.NewUser(t, s)
	m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	return m
}

// wantPage checks that a page contains all of these.
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
	env := vaultEnvironment(t, vault, "TOKEN_OVERLAP", "10m", "ADMIN_PASSWORD", harness.AdminPassword)
	s := harness.StartServe(t, env)
	m := newOwner(t, s)

	_, page, second := rotateInAdmin(m, false)
	s.WantStatuses(t, "in the overlap", map[string]int{second: 200, harness.APIToken: 200})
	if got := secretOf(t, vault, env); got["N8N_API_TOKEN"] != second || got["other"] != "stays" {
		t.Errorf("the secret contains %v", got)
	}
	wantPage(t, page, "The previous token is accepted until")
	_, _, third := rotateInAdmin(m, true)
	s.WantStatuses(t, "refused at once", map[string]int{third: 200, second: 403, harness.APIToken: 403})
	if got := secretOf(t, vault, env); got["revoke_previous"] != true || got["other"] != "stays" {
		t.Errorf("the secret contains %v", got)
	}

	path := strings.Replace(env["VAULT_KV_PATH"], "secret/", "secret/data/", 1)
	vault.Do(t, "DELETE", path, nil, nil)
	_, page = askAdmin(m, "/admin/token/reload", url.Values{})
	wantPage(t, page, "The token is deleted at its source", "revoked", "The secret was deleted in Vault.")
	s.WantStatuses(t, "after the secret was deleted", map[string]int{third: 403})
	_, page, fourth := rotateInAdmin(m, false)
	wantPage(t, page, "the secret holds the token only now")
	s.WantStatuses(t, "after a new one was written", map[string]int{fourth: 200, third: 403})

	vault.Stop()
	status, page, none := rotateInAdmin(m, false)
	if status != http.StatusServiceUnavailable || none != "" {
		t.Errorf("with Vault down: %d, a token %t", status, none != "")
	}
	wantPage(t, page, "That did not work just now.", "Nothing was changed: the token "+
		secret.New(fourth).Fingerprint()+" is in force as before")
	_, page = askAdmin(m, "/admin/token/reload", url.Values{})
	wantPage(t, page, "degraded", "Vault does not respond")
	s.WantStatuses(t, "with Vault down", map[string]int{fourth: 200})
	s.End(t)
	tokens := []string{harness.APIToken, second, third, fourth}
	harness.WantAbsent(t, "what serve printed", s.Stdout.String()+s.Stderr.String(), tokens)
	harness.WantAbsent(t, "what was stored", harness.Stored(t, env["DATA_DIR"]), tokens)
}

func TestAdminToken_endsTheOverlapOfAFile(t *testing.T) {
	env := harness.InTokenFile(t, "TOKEN_OVERLAP", "10m")
	s := harness.StartServe(t, env)
	m := newOwner(t, s)
	_, _, second := rotateInAdmin(m, false)
	s.WantStatuses(t, "in the overlap", map[string]int{second: 200, harness.APIToken: 200})
	_, page, third := rotateInAdmin(m, true)
	s.WantStatuses(t, "refused at once", map[string]int{third: 200, second: 403, harness.APIToken: 403})
	wantPage(t, page, "The previous token is refused.")
	_, _, fourth := rotateInAdmin(m, false)
	s.WantStatuses(t, "in the next overlap", map[string]int{fourth: 200, third: 200, second: 403})
}

func TestAdminToken_saysThatAFileCannotBeWritten(t *testing.T) {
	env := harness.InTokenFile(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(env["N8N_API_TOKEN_FILE"], link); err != nil {
		t.Fatal(err)
	}
	env["N8N_API_TOKEN_FILE"] = link
	s := harness.StartServe(t, env)
	status, page, next := rotateInAdmin(newOwner(t, s), false)
	if status != http.StatusConflict || next != "" {
		t.Errorf("%d, a token %t", status, next != "")
	}
	wantPage(t, page, "namets cannot write the token there.", "it is a symbolic link", "is in force as before")
	s.WantStatuses(t, "after that", map[string]int{harness.APIToken: 200})
}
