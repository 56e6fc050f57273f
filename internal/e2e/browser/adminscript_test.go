package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
)

// becomes waits until a JavaScript expression is true.
func (v *visitor) becomes(what, expression string) {
	v.t.Helper()
	harness.Eventually(v.t, 10*time.Second, what, func() bool { return e2e.Eval[bool](v.Page, expression) })
}

// TestBrowser_scriptsImproveTheAdmin tests the features that need JavaScript.
func TestBrowser_scriptsImproveTheAdmin(t *testing.T) {
	v, ids := newCommittee(t, e2e.OpenBrowser(t), e2e.Viewport{Width: 1280})
	for _, part := range []struct {
		name string
		try  func(*testing.T, *visitor)
	}{
		{"a list follows the search", tryLiveSearch},
		{"a form shows problems at the field", tryFeedback},
		{"a form is sent once, and again after going back", trySendingOnce},
		{"a text is not lost by leaving", tryLeaving},
		{"a delivery refreshes itself", tryRefresh},
		{"colors change at once", tryColors},
		{"escape closes the menu", tryMenu},
	} {
		t.Run(part.name, func(t *testing.T) { part.try(t, &visitor{v.Page, t, v.viewport, v.service}) })
	}
	_ = ids
}

func tryLiveSearch(t *testing.T, v *visitor) {
	v.open("/admin/subscribers", http.StatusOK)
	v.Fill("#f-q", "fresher.3.")
	v.becomes("the list holds what was searched", `document.querySelectorAll('#list tbody tr').length === 2`)
	v.becomes("the address can be kept", `location.search === '?q=fresher.3.'`)
	v.becomes("the count is told", `document.getElementById('say').textContent === '2 subscribers found'`)
	if got := e2e.Eval[string](v.Page, "document.activeElement.id"); got != "f-q" {
		t.Errorf("the focus is on %q", got)
	}
	if got := v.Text("#head .lead"); got != "2 subscribers found" {
		t.Errorf("the page shows %q", got)
	}
	v.Fill("#f-q", "nobody")
	v.becomes("nobody is found", `document.getElementById('say').textContent === 'Nobody is found'`)
}

func tryFeedback(t *testing.T, v *visitor) {
	v.open("/admin/subscribers/new", http.StatusOK)
	v.Fill("#f-email", "not an address")
	v.Press("\t")
	v.becomes("the field is marked",
		`document.querySelector('#f-email[aria-invalid=true][aria-describedby~=e-email]') && `+
			`document.getElementById('e-email').textContent !== ''`)
	v.Click("main form .button")
	if got := v.Address(); !strings.HasSuffix(got, "/new") {
		t.Errorf("it was sent anyway: %s", got)
	}
	v.Empty("#f-email")
	v.Fill("#f-email", "zainab@example.org")
	v.becomes("the mark is gone", `!document.getElementById('e-email') && !document.querySelector('[aria-invalid]')`)

	v.open("/admin/announcements/new", http.StatusOK)
	v.Fill("#f-title", "Jumu’ah: 13:30 & after")
	v.becomes("the address is shown before", `document.querySelector('#f-slug + .hint').textContent === 'Its page: `+
		`/communications/announcements/jumuah-13-30-after/'`)
	v.Fill("#f-title", strings.Repeat("x", 150))
	v.becomes("the length is counted", `document.getElementById('n-title')?.textContent === '172 of 200 characters'`)
	v.Click("main form .button")
	v.becomes("what is required is asked for", `document.activeElement.id === 'f-content' && `+
		`document.getElementById('e-content').textContent === 'Text must not be empty.'`)
}

func trySendingOnce(t *testing.T, v *visitor) {
	v.open("/admin/event-categories/new", http.StatusOK)
	v.Fill("#f-name", "Seminar")
	e2e.Eval[any](v.Page, `window.sent = 0; addEventListener('submit', (e) => { if (!e.defaultPrevented) sent++; `+
		`e.preventDefault(); })`)
	v.Click("main form .button")
	v.Click("main form .button")
	if sent := e2e.Eval[int](v.Page, "sent"); sent != 1 {
		t.Errorf("it was sent %d times", sent)
	}
	e2e.Eval[any](v.Page, `dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))`)
	v.Click("main form .button")
	if sent := e2e.Eval[int](v.Page, "sent"); sent != 2 {
		t.Errorf("after going back it was sent %d times", sent-1)
	}
	e2e.Eval[any](v.Page, `document.querySelector('main form').reset()`)
}

func tryLeaving(t *testing.T, v *visitor) {
	const asks = `!dispatchEvent(new Event('beforeunload', {cancelable: true}))`
	v.open("/admin/message", http.StatusOK)
	if e2e.Eval[bool](v.Page, asks) {
		t.Error("an unchanged form asks before leaving")
	}
	v.Fill("#f-subject", "Salaam")
	if !e2e.Eval[bool](v.Page, asks) {
		t.Error("a text is lost without a warning")
	}
	e2e.Eval[any](v.Page, `document.querySelector('main form').reset()`)
	if e2e.Eval[bool](v.Page, asks) {
		t.Error("a form that was reset asks before leaving")
	}
}

func tryRefresh(t *testing.T, v *visitor) {
	v.open("/admin/deliveries", http.StatusOK)
	v.Follow("form[action='/admin/deliveries/test'] .button")
	e2e.Eval[any](v.Page, "window.same = true")
	v.becomes("the end shows on the page", `document.querySelector('#delivery .badge').textContent === 'delivered'`)
	if !e2e.Eval[bool](v.Page, "window.same === true") {
		t.Error("the page was reloaded")
	}
	if !e2e.Eval[bool](v.Page, "!document.querySelector('[data-refresh]')") {
		t.Error("it still polls")
	}
}

func tryColors(t *testing.T, v *visitor) {
	v.open("/admin/account", http.StatusOK)
	v.Click(".theme")
	v.becomes("it is dark", `document.documentElement.dataset.theme === 'dark' && `+
		`document.querySelector('.theme').textContent === 'Light colours'`)
	v.becomes("it is told", `document.getElementById('say').textContent === 'The colours are changed in this browser.'`)
	v.open("/admin/users", http.StatusOK)
	if got := e2e.Eval[string](v.Page, "document.documentElement.dataset.theme"); got != "dark" {
		t.Errorf("the next page is %q", got)
	}
	v.Click(".theme")
	v.becomes("it is light", `document.documentElement.dataset.theme === 'light'`)
}

func tryMenu(t *testing.T, v *visitor) {
	v.Viewport(e2e.Viewport{Width: 360})
	v.open("/admin/users", http.StatusOK)
	v.Click(".menu summary")
	v.Press("\t")
	v.Press("\x1b")
	v.becomes("it is closed", `!document.querySelector('.menu').open && document.activeElement === `+
		`document.querySelector('.menu summary')`)
}

// TestBrowser_everythingCanBeReachedByKeyboard walks through pages with the tab key alone.
func TestBrowser_everythingCanBeReachedByKeyboard(t *testing.T) {
	v, ids := newCommittee(t, e2e.OpenBrowser(t), e2e.Viewport{Width: 1280})
	for _, path := range []string{"/admin/", "/admin/announcements?q=day",
		fmt.Sprint("/admin/announcements/", ids["/admin/announcements"]), "/admin/users", "/admin/patrons"} {
		v.open(path, http.StatusOK)
		all := e2e.Eval[int](v.Page,
			`[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
			.filter((e) => e.type !== 'hidden' &&
				e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})).length`)
		v.Press("\t")
		if got := e2e.Eval[string](v.Page, "document.activeElement.className"); got != "skip" {
			t.Errorf("%s: the first tab stop is %q", path, got)
		}
		seen := 1
		const viewport = `(() => {
			const e = document.activeElement;
			if (e === document.body || e.dataset.seen === location.href) return 'end';
			e.dataset.seen = location.href;
			const style = getComputedStyle(e);
			return style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2 ?
				'no outline: ' + e.outerHTML.slice(0, 200) : '';
		})()`
		for e2e.Eval[string](v.Page, viewport); ; seen++ {
			v.Press("\t")
			trouble := e2e.Eval[string](v.Page, viewport)
			if trouble == "end" && e2e.Eval[bool](v.Page, "document.activeElement.matches('[type=date], [type=time], "+
				"[type=datetime-local]')") {
				seen-- // contains other tab stops
				continue
			}
			if trouble == "end" {
				break
			}
			if trouble != "" {
				t.Errorf("%s: %s", path, trouble)
			}
		}
		if seen < all {
			t.Errorf("%s: the tab key reaches %d of %d", path, seen, all)
		}
	}
	v.open("/admin/users", http.StatusOK)
	v.Press("\t")
	v.Press("\r")
	if got := e2e.Eval[string](v.Page, "document.activeElement.id"); got != "main" {
		t.Errorf("the skip link leads to %q", got)
	}
}
