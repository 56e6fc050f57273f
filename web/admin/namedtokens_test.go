package admin_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

const namedTokens = "/admin/api-tokens"

// createToken creates a token with the form and returns its value.
func createToken(w *world, name string, more ...string) string {
	w.Helper()
	fields := append(w.form(namets.Owner, namedTokens, namedTokens), "name", name)
	fields = append(fields, more...)
	return w.page(w.post(namets.Owner, namedTokens, fields...), http.StatusOK).One("#new-token").Text()
}

// tokenID returns the id of the token with the name.
func tokenID(w *world, name string) int64 {
	w.Helper()
	found, err := w.db.APITokenByName(w.Context(), name)
	w.must(err)
	return found.ID
}

// tokenPath is the path of the token with the name.
func tokenPath(w *world, name string) string {
	w.Helper()
	return namedTokens + "/" + strconv.FormatInt(tokenID(w, name), 10)
}

func TestNamedTokens_areShownOnce(t *testing.T) {
	w := newWorld(t)
	value := createToken(w, "Calendar", "scopes", "content:read", "scopes", "changes", "expires_at", "2027-01-01T08:00")
	if !regexp.MustCompile(`^nmt_[A-Za-z0-9_-]{43}$`).MatchString(value) {
		t.Fatalf("the page shows no token: %d characters", len(value))
	}
	found, err := w.db.APITokenByName(t.Context(), "Calendar")
	w.must(err)
	if found.Scopes.String() != "content:read changes" || found.CreatedBy != "owner" ||
		!found.ExpiresAt.Equal(time.Date(2027, 1, 1, 7, 0, 0, 0, time.UTC)) {
		t.Errorf("stored %+v", found)
	}
	for _, path := range []string{namedTokens, tokenPath(w, "Calendar"), "/admin/activity"} {
		text := w.page(w.get(namets.Owner, path), http.StatusOK).One("main").Text()
		if strings.Contains(text, value) || !strings.Contains(text, "Calendar") {
			t.Errorf("%s shows %s", path, text)
		}
	}
}

func TestNamedTokens_formSentTwiceMakesOne(t *testing.T) {
	w := newWorld(t)
	fields := append(w.form(namets.Owner, namedTokens, namedTokens), "name", "n8n", "scopes", "hooks")
	first := w.page(w.post(namets.Owner, namedTokens, fields...), http.StatusOK).One("#new-token").Text()
	again := w.page(w.post(namets.Owner, namedTokens, fields...), http.StatusOK).One("#new-token").Text()
	if again != first {
		t.Error("the second click shows another token")
	}
	w.now = w.now.Add(time.Minute)
	text := w.follow(namets.Owner, w.post(namets.Owner, namedTokens, fields...), namedTokens).One("main").Text()
	if !strings.Contains(text, "already made a token") || strings.Contains(text, first) {
		t.Errorf("a reload later says %s", text)
	}
}

func TestNamedTokens_formSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	createToken(w, "taken", "scopes", "hooks")
	for name, tt := range map[string]struct {
		fields []string
		status int
		says   string
	}{
		"empty":     {nil, http.StatusUnprocessableEntity, "Name must not be empty."},
		"no scopes": {[]string{"name", "x"}, http.StatusUnprocessableEntity, "What it may do must not be empty."},
		"a scope that does not exist": {[]string{"name", "x", "scopes", "people"}, http.StatusUnprocessableEntity,
			"What it may do must not be empty."},
		"the past": {[]string{"name", "x", "scopes", "hooks", "expires_at", "2020-01-01T08:00"},
			http.StatusUnprocessableEntity, "must be in the future."},
		"no time": {[]string{"name", "x", "scopes", "hooks", "expires_at", "soon"},
			http.StatusUnprocessableEntity, "must be in the future."},
		"a taken name": {[]string{"name", "Taken", "scopes", "hooks"}, http.StatusConflict,
			"another API token has this name already"},
	} {
		fields := append(w.form(namets.Owner, namedTokens, namedTokens), tt.fields...)
		doc := w.page(w.post(namets.Owner, namedTokens, fields...), tt.status)
		if text := doc.One("#faults").Text(); !strings.Contains(text, tt.says) {
			t.Errorf("%s: %s", name, text)
		}
		if kept := slices.Contains(tt.fields, "hooks"); kept != (len(doc.All("input[value=hooks][checked]")) == 1) {
			t.Errorf("%s: the rights are not as they were sent", name)
		}
	}
	list, err := w.db.APITokens(t.Context())
	w.must(err)
	if len(list) != 1 {
		t.Errorf("stored %d tokens", len(list))
	}
}

func TestNamedTokens_areReplacedAndEnded(t *testing.T) {
	w := newWorld(t)
	first := createToken(w, "n8n", "scopes", "hooks")
	path, id := tokenPath(w, "n8n"), tokenID(w, "n8n")
	spec := namets.HookSpec{URL: "https://n8n.example.org/webhook/8f2b", Events: []namets.EventType{namets.AnyEvent}}
	spec.Fill()
	by := namets.Actor{Kind: namets.Program, Name: "n8n"}
	_, _, err := w.db.PutHook(t.Context(), by, id, "mail-announcements", spec)
	w.must(err)
	for _, page := range []string{path, path + "/replace", path + "/end"} {
		text := w.page(w.get(namets.Owner, page), http.StatusOK).One("main").Text()
		if !strings.Contains(text, "mail-announcements to n8n.example.org") || strings.Contains(text, "8f2b") {
			t.Errorf("%s: %s", page, text)
		}
	}
	form := w.form(namets.Owner, path+"/replace", path+"/replace")
	second := w.page(w.post(namets.Owner, path+"/replace", form...), http.StatusOK).One("#new-token").Text()
	found, err := w.db.APIToken(t.Context(), id)
	w.must(err)
	if second == first || found.ReplacedAt == nil || found.EndedAt != nil {
		t.Errorf("after it was replaced: %+v", found)
	}
	form = w.form(namets.Owner, path+"/end", path+"/end")
	text := w.follow(namets.Owner, w.post(namets.Owner, path+"/end", form...), namedTokens).One("main").Text()
	if !strings.Contains(text, "The token n8n has ended.") {
		t.Errorf("the list says %s", text)
	}
	if h, err := w.db.HookByKey(t.Context(), id, "mail-announcements"); err != nil || h.PausedAt == nil {
		t.Errorf("its webhook goes on (%v)", err)
	}
	doc := w.page(w.get(namets.Owner, path), http.StatusOK)
	if links := doc.All("main .button"); len(links) != 0 {
		t.Errorf("a token that has ended has %d buttons", len(links))
	}
	again := w.post(namets.Owner, path+"/replace", "name", "n8n", "number", "x")
	text = w.follow(namets.Owner, again, path).One("main").Text()
	if !strings.Contains(text, "Nothing was changed: the token has ended.") {
		t.Errorf("replaced afterwards: %s", text)
	}
}

func TestNamedTokens_formsOfAnotherTokenDoNothing(t *testing.T) {
	w := newWorld(t)
	createToken(w, "n8n", "scopes", "hooks")
	path := tokenPath(w, "n8n")
	for _, action := range []string{"/replace", "/end"} {
		w.follow(namets.Owner, w.post(namets.Owner, path+action, "name", "other", "number", "x"), path)
	}
	found, err := w.db.APIToken(t.Context(), tokenID(w, "n8n"))
	w.must(err)
	if found.EndedAt != nil || found.ReplacedAt != nil {
		t.Errorf("got %+v", found)
	}
}

func TestToken_ownerLetsTheSharedOneWrite(t *testing.T) {
	w := newWorld(t)
	w.must(w.db.LetSharedTokenWrite(t.Context(), namets.Actor{Kind: namets.System}, false))
	const rights = "it may read content, read people, follow changes."
	if text := w.page(w.get(namets.Viewer, "/admin/token"), http.StatusOK).One("#writing").Text(); !strings.Contains(
		text, rights) || strings.Contains(text, "may write") {
		t.Errorf("a viewer sees %s", text)
	}
	for _, may := range []bool{true, false} {
		form := w.form(namets.Owner, "/admin/token", "/admin/token/writing")
		doc := w.follow(namets.Owner, w.post(namets.Owner, "/admin/token/writing", form...), "/admin/token")
		access, err := w.db.APIAccess(t.Context())
		w.must(err)
		if text := doc.One("#writing").Text(); access.SharedMayWrite != may || strings.Contains(text, rights) == may {
			t.Errorf("it may write is %v, want %v; the page says %s", access.SharedMayWrite, may, text)
		}
	}
}
