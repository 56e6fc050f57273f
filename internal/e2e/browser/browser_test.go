package browser_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
)

// screenshots is the directory for images of the pages; empty: none. To see all of them:
// .ci/screenshots FOLDER
func screenshots() string { return os.Getenv("NAMETS_SCREENSHOTS") }

// allViewports are the viewports in which every page is checked. Every other one differs only in
// its colors.
func allViewports() []e2e.Viewport {
	return []e2e.Viewport{{Width: 360}, {Width: 360, Dark: true}, {Width: 1280, Dark: true}, {Width: 1280}}
}

// viewports are the viewports in which a user goes through the pages; each page is checked in all
// of allViewports.
func viewports() []e2e.Viewport {
	return []e2e.Viewport{{Width: 1280}, {Width: 360, NoScript: true}}
}

// announced is a webhook about a subscriber.
type announced struct {
	Event string
	Data  struct {
		Recipients []string
		Email      string
		ConfirmURL string `json:"confirm_url"`
		ManageURL  string `json:"manage_url"`
	}
}

// inbox reads the webhooks, each once even if it is sent several times.
type inbox struct {
	got  chan harness.Received
	seen map[string]bool // the webhook-ids that were read
	// about is the address of the visitor whose webhooks are read.
	about string
}

// next returns the next webhook, which must be of the kind.
func (in inbox) next(t *testing.T, kind string) (w announced) {
	t.Helper()
	for {
		r := harness.Next(t, in.got)
		id := r.Header.Get("Webhook-Id")
		if in.seen[id] {
			continue // sent again after a lost response
		}
		in.seen[id] = true
		if !strings.Contains(strings.ToLower(r.Body), strings.ToLower(in.about)) {
			continue // about an earlier visitor
		}
		if err := json.Unmarshal([]byte(r.Body), &w); err != nil || w.Event != kind {
			t.Fatalf("webhook %s %s, %v, want %s", id, r.Body, err, kind)
		}
		return w
	}
}

// visitor is a user with a browser and a running service.
type visitor struct {
	*e2e.Page
	t        *testing.T
	viewport e2e.Viewport
	service  *harness.Service
}

// see checks the current page in all viewports, and makes images of it.
func (v *visitor) see(name, title string) {
	v.t.Helper()
	if got := v.Text("h1"); got != title {
		v.t.Errorf("%s: the title is %q, want %q", name, got, title)
	}
	v.inspect(name)
}

// inspect is see for any title.
func (v *visitor) inspect(name string) {
	v.t.Helper()
	if v.viewport.NoScript {
		return
	}
	for i, viewport := range allViewports() {
		v.Viewport(viewport)
		barriers := v.Contrasts
		if i%2 == 0 {
			barriers = v.Barriers
		}
		if found := barriers(); found != "" {
			v.t.Errorf("%s %v:\n%s", name, viewport, found)
		}
		v.Screenshot(screenshots(), name+"-"+viewport.String())
	}
	v.Viewport(v.viewport)
}

// open opens a path and checks the status.
func (v *visitor) open(path string, status int64) {
	v.t.Helper()
	if got := v.Open(v.service.URL + path); got != status {
		v.t.Errorf("%s: %d, want %d", path, got, status)
	}
}

// TestBrowser_subscribesChoosesAndLeaves does what a subscriber does, with and without JavaScript.
func TestBrowser_subscribesChoosesAndLeaves(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	url, got, _ := harness.Receiver(t)
	n8n := inbox{got: got, seen: map[string]bool{}}
	s := harness.StartServe(t, harness.NewEnvironment(t, "N8N_WEBHOOK_URL", url, "SITE_NAME", "NAMETS Jos"))
	for _, viewport := range viewports() {
		t.Run(viewport.String(), func(t *testing.T) {
			v := &visitor{browser.Page(t, viewport), t, viewport, s}
			email := "amina." + viewport.String() + "@example.org"
			n8n.about = `"` + email + `"`
			v.open("/", http.StatusOK)
			v.Fill("#email", email)
			v.Click("input[name=notify_events]")
			v.Follow("form .button")
			v.see("check-mail", "Check your inbox")

			confirm := n8n.next(t, "subscriber_confirmation").Data.ConfirmURL
			v.Open(reachable(s, confirm))
			v.see("confirm", "Confirm your subscription")
			v.Follow("form .button")
			v.see("welcome", "Your subscription")
			own := v.Address()
			if w := n8n.next(t, "subscriber_joined"); w.Data.Email != email {
				t.Errorf("joined: %+v", w)
			}
			v.Open(reachable(s, confirm))
			v.see("used", "Already confirmed")

			v.Open(own)
			v.Click("input[name=notify_announcements]")
			v.Follow("form .button")
			v.see("saved", "Your subscription")
			n8n.next(t, "subscriber_updated")

			v.open("/communications/unsubscribe/", http.StatusOK)
			v.see("ask-link", "Change or end a subscription")
			v.Fill("#email", strings.ToUpper(email))
			v.Follow("form .button")
			v.see("link-sent", "Check your inbox")
			v.Open(reachable(s, n8n.next(t, "subscriber_link").Data.ManageURL))
			v.Follow("main form ~ p a")
			v.see("leave", "Unsubscribe?")
			v.Follow("form .button")
			v.see("left", "You have unsubscribed")
			n8n.next(t, "subscriber_unsubscribed")
			v.Open(own)
			v.see("no-link", "This link does not work")
			v.wantOwnRequests()
		})
	}
}

// wantOwnRequests checks that the page has sent requests only to the service.
func (v *visitor) wantOwnRequests() {
	v.t.Helper()
	requests := v.Requests()
	for _, url := range requests {
		if !strings.HasPrefix(url, v.service.URL+"/") && !strings.HasPrefix(url, "data:") { // the browser's own icons
			v.t.Errorf("the page requested %s", url)
		}
	}
	if len(requests) < 3 {
		v.t.Errorf("only %d requests were recorded", len(requests))
	}
}

// reachable returns a link of a webhook with the address under which the test reaches the service.
func reachable(s *harness.Service, link string) string {
	_, path, _ := strings.Cut(strings.TrimPrefix(link, "http://"), "/")
	return s.URL + "/" + path
}

// TestBrowser_showsPagesThatEverybodyCanUse checks every other public page.
func TestBrowser_showsPagesThatEverybodyCanUse(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	s := harness.Start(t, harness.Environment{"PORT": "0", "SITE_NAME": "NAMETS Jos"}, "demo")
	s.WaitForAddress(t)
	viewport := e2e.Viewport{Width: 1280}
	v := &visitor{browser.Page(t, viewport), t, viewport, s}
	for _, page := range []struct {
		name, path, title string
		status            int64
	}{
		{"home", "/", "NAMETS Jos", http.StatusOK},
		{"announcements", "/communications/announcements/", "Announcements", http.StatusOK},
		{"announcement", "/communications/announcements/taaleem-starts-on-saturday/", "Ta’aleem starts on Saturday",
			http.StatusOK},
		{"events", "/events/", "Events", http.StatusOK},
		{"event", "/events/annual-dinner/", "Annual dinner", http.StatusOK},
		{"prayer-times", "/communications/prayer-times/", "Prayer times", http.StatusOK},
		{"subscribe", "/communications/subscribe/", "Subscribe", http.StatusOK},
		{"docs", "/docs/", "Documentation of namets", http.StatusOK},
		{"docs-search", "/docs/?q=backup", "Search results", http.StatusOK},
		{"docs-install", "/docs/operator/install", "Install", http.StatusOK},
		{"docs-token", "/docs/operator/token", "Rotate the token", http.StatusOK},
		{"docs-contract", "/docs/reference/contract", "The NAMETS API contract", http.StatusOK},
		{"docs-publish", "/docs/committee/publish", "Announcements and events", http.StatusOK},
		{"docs-unknown", "/docs/nothing", "Page not found", http.StatusNotFound},
		{"dead-link", "/communications/subscribe/confirm/x/", "This link does not work", http.StatusNotFound},
		{"not-found", "/nothing", "Page not found", http.StatusNotFound},
	} {
		v.open(page.path, page.status)
		v.see(page.name, page.title)
	}
	v.open("/communications/subscribe/", http.StatusOK)
	v.Fill("#email", "amina@example")
	v.Follow("form .button")
	v.see("wrong", "Subscribe")
	v.wantOwnRequests()
}

// TestBrowser_showsPublicPagesWithoutContent checks the pages of a new site.
func TestBrowser_showsPublicPagesWithoutContent(t *testing.T) {
	browser := e2e.OpenBrowser(t)
	s := harness.StartServe(t, harness.NewEnvironment(t))
	viewport := e2e.Viewport{Width: 1280}
	v := &visitor{browser.Page(t, viewport), t, viewport, s}
	for name, path := range map[string]string{
		"home": "/", "announcements": "/communications/announcements/", "events": "/events/",
		"prayer-times": "/communications/prayer-times/",
	} {
		v.open(path, http.StatusOK)
		v.inspect("empty-" + name)
	}
	v.wantOwnRequests()
}
