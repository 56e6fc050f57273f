package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// pageTimeout is the longest use of a page; on a busy machine a walk through all pages takes some
// minutes.
const pageTimeout = 10 * time.Minute

// Viewport is the window and the settings with which a page is shown.
type Viewport struct {
	Width    int  // in CSS pixels; 360 is a phone
	Dark     bool // the system's color scheme is dark
	NoScript bool // pages may not run JavaScript
}

// String names the viewport, as in "360-dark".
func (l Viewport) String() string {
	name := fmt.Sprint(l.Width)
	if l.Dark {
		name += "-dark"
	}
	if l.NoScript {
		name += "-noscript"
	}
	return name
}

// Browser is a running browser. Its pages share only the program.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// OpenBrowser starts a browser; it ends with the test.
func OpenBrowser(t testing.TB) *Browser {
	t.Helper()
	path := Chromium(t)
	scratch, err := os.MkdirTemp("", "browser-") // the path of a socket in it must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(scratch) }) // an ended browser leaves files behind
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Env("TMPDIR="+scratch, "HOME="+scratch),
		chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start a browser: %v", err)
	}
	return &Browser{t, ctx}
}

// Page is a browser tab in use. A failed action ends the test. It is not safe for concurrent use.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string
}

// OpenPage starts a browser with one empty tab; it ends with the test.
func OpenPage(t testing.TB, viewport Viewport) *Page {
	t.Helper()
	return OpenBrowser(t).Page(t, viewport)
}

// Page opens an empty tab with cookies of its own; it ends with the test.
func (b *Browser) Page(t testing.TB, viewport Viewport) *Page {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, pageTimeout)
	t.Cleanup(cancel)
	ctx, closeTab := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	p := &Page{t: t, ctx: ctx}
	p.do("open a tab", chromedp.EmulateViewport(int64(viewport.Width), 800))
	p.must("record requests", chromedp.Listen(ctx, p.record))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	p.must("record requests", err)
	_, err = chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: viewport.NoScript})
	p.must("switch scripts", err)
	p.Viewport(viewport)
	return p
}

// Viewport changes the width of the window and the color scheme of the system.
func (p *Page) Viewport(viewport Viewport) {
	p.t.Helper()
	p.do("resize", chromedp.EmulateViewport(int64(viewport.Width), 800))
	scheme := "light"
	if viewport.Dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	p.must("choose colours", err)
}

// record records the address of each request, and confirms that the page may be left if it asks.
func (p *Page) record(event any) {
	switch event := event.(type) {
	case *page.EventJavascriptDialogOpening:
		go func() {
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *network.EventRequestWillBeSent:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.requests = append(p.requests, event.Request.URL)
	}
}

// Requests returns the addresses of all requests of the page.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

func (p *Page) must(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

func (p *Page) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.must(what, chromedp.Do(p.ctx, actions...))
}

// Open navigates to an address and returns the status of the response.
func (p *Page) Open(url string) int64 {
	p.t.Helper()
	return p.arrive("open "+url, chromedp.Navigate(url))
}

// Follow clicks on the element of the selector, which leads to another page, and returns the status
// of the final response.
func (p *Page) Follow(selector string) int64 {
	p.t.Helper()
	return p.arrive("follow "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Submit sends a form without the validation of the page and the browser, and returns the status of
// the response.
func (p *Page) Submit(selector string) int64 {
	p.t.Helper()
	return p.arrive("send "+selector, chromedp.Submit(chromedp.CSS(selector)))
}

func (p *Page) arrive(what string, action chromedp.Action[chromedp.Void]) int64 {
	p.t.Helper()
	resp, err := chromedp.RunResponse(p.ctx, action)
	p.must(what, err)
	return resp.Status
}

// Click clicks on the element of the selector.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Fill types text into an empty field.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Upload chooses a file in a file field.
func (p *Page) Upload(selector, path string) {
	p.t.Helper()
	p.do("choose a file in "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// Choose selects an option by its value.
func (p *Page) Choose(selector, value string) {
	p.t.Helper()
	p.do("choose in "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Empty clears a field.
func (p *Page) Empty(selector string) {
	p.t.Helper()
	Eval[any](p, fmt.Sprintf("(e => { e.value = ''; e.dispatchEvent(new Event('input', {bubbles: true})) "+
		"})(document.querySelector(%q))", selector))
}

// Press presses keys: "\t", "\r" and "\x1b" are tab, enter and escape.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press keys", chromedp.KeyEvent(keys))
}

// Text returns the text of the first element that matches the selector.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS(selector)))
	p.must("read "+selector, err)
	return text
}

// Address returns the address of the page.
func (p *Page) Address() string {
	p.t.Helper()
	address, err := chromedp.Run(p.ctx, chromedp.Location())
	p.must("read the address", err)
	return address
}

// Eval returns the value of a JavaScript expression.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	p.must("evaluate", err)
	return value
}

// violation is a finding of axe-core.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Barriers returns the accessibility problems of the page, by the rules of axe-core, and the
// elements that do not fit into the window; empty if there are none.
func (p *Page) Barriers() string { return p.barriers("{resultTypes: ['violations']}") }

// Contrasts is Barriers for a page that was already checked in other colors: it checks only what
// depends on them.
func (p *Page) Contrasts() string {
	return p.barriers("{resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']}")
}

func (p *Page) barriers(options string) string {
	p.t.Helper()
	if !Eval[bool](p, "'axe' in window") {
		Eval[any](p, Axe(p.t)+";null")
	}
	found := Eval[json.RawMessage](p, "axe.run("+options+").then(r => r.violations)")
	var violations []violation
	p.must("read what axe-core says", json.Unmarshal(found, &violations))
	var b strings.Builder
	for _, v := range violations {
		fmt.Fprintf(&b, "%s: %s\n", v.ID, v.Help)
		for _, n := range v.Nodes {
			fmt.Fprintf(&b, "  %s\n  %s\n", n.HTML, n.FailureSummary)
		}
	}
	for _, misfit := range Eval[[]string](p, misfits) {
		fmt.Fprintf(&b, "%s\n", misfit)
	}
	return b.String()
}

// misfits returns the elements that do not fit into the window and, on a phone, those that are too
// small for a finger.
const misfits = `(() => {
  const found = [];
  const root = document.documentElement;
  const name = (e) => e.outerHTML.slice(0, 120);
  if (root.scrollWidth > root.clientWidth) {
    found.push('the page is wider than the window');
    for (const e of document.body.querySelectorAll('*')) {
      const box = e.getBoundingClientRect();
      if (box.width && box.right > root.clientWidth + 1 && !e.closest('.scroll, pre')) found.push('  ' + name(e));
    }
  }
  if (root.clientWidth > 500) return found;
  for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
    const box = (e.closest('label, td.tick') ?? e).getBoundingClientRect();
    const inline = e.matches('a') && getComputedStyle(e).display === 'inline' && !e.closest('th');
    if (inline || !box.width || e.closest('.visually-hidden, .skip, .trap') ||
      e.matches('.visually-hidden, .skip')) continue;
    if (box.height < 43.5 && found.length < 9) found.push('too low for a finger, ' + box.height + 'px: ' + name(e));
  }
  return found;
})()`

// Screenshot writes an image of the whole page to dir/name.png, or does nothing if dir is empty.
func (p *Page) Screenshot(dir, name string) {
	p.t.Helper()
	if dir == "" {
		return
	}
	image, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	p.must("make a screenshot", err)
	p.must("make a screenshot", os.MkdirAll(dir, 0o755))
	p.must("make a screenshot", os.WriteFile(filepath.Join(dir, name+".png"), image, 0o644))
}

// Picture writes an image of the window's content, as WebP, to dir/name.webp, or does nothing if
// dir is empty.
func (p *Page) Picture(dir, name string) {
	p.t.Helper()
	if dir == "" {
		return
	}
	quality := int64(70)
	got, err := chromedp.Call(p.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatWebp, Quality: &quality,
	})
	p.must("take a picture", err)
	p.must("take a picture", os.MkdirAll(dir, 0o755))
	p.must("take a picture", os.WriteFile(filepath.Join(dir, name+".webp"), got.Data, 0o644))
}
