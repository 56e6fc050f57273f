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
	"github.com/chromedp/chromedp"
)

// pageTimeout is how long a page may be used; nothing takes near as long.
const pageTimeout = 2 * time.Minute

// Look is how a page is looked at.
type Look struct {
	Width    int  // in CSS pixels; 360 is a phone
	Dark     bool // the system asks for dark colours
	NoScript bool // pages may not run JavaScript
}

// String names the look, as in "360-dark".
func (l Look) String() string {
	name := fmt.Sprint(l.Width)
	if l.Dark {
		name += "-dark"
	}
	if l.NoScript {
		name += "-noscript"
	}
	return name
}

// Page is a tab of a browser that somebody uses. What cannot be done ends the
// test. It is not safe for concurrent use.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string
}

// OpenPage starts a browser with one empty tab; it ends with the test.
func OpenPage(t testing.TB, look Look) *Page {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(Chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(context.Background(), pageTimeout)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	p := &Page{t: t, ctx: ctx}
	p.do("start a browser", chromedp.EmulateViewport(int64(look.Width), 800))
	p.must("note requests", chromedp.Listen(ctx, p.note))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	p.must("note requests", err)
	_, err = chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: look.NoScript})
	p.must("switch scripts", err)
	scheme := "light"
	if look.Dark {
		scheme = "dark"
	}
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	p.must("choose colours", err)
	return p
}

// note keeps the address of each request.
func (p *Page) note(event any) {
	sent, ok := event.(*network.EventRequestWillBeSent)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, sent.Request.URL)
}

// Requests returns the addresses of all requests that the page has made.
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

// Open goes to an address and returns the status of the answer.
func (p *Page) Open(url string) int64 {
	p.t.Helper()
	return p.arrive("open "+url, chromedp.Navigate(url))
}

// Follow clicks on what the selector chooses, which leads to another page, and
// returns the status of the answer at its end.
func (p *Page) Follow(selector string) int64 {
	p.t.Helper()
	return p.arrive("follow "+selector, chromedp.Click(chromedp.CSS(selector)))
}

func (p *Page) arrive(what string, action chromedp.Action[chromedp.Void]) int64 {
	p.t.Helper()
	resp, err := chromedp.RunResponse(p.ctx, action)
	p.must(what, err)
	return resp.Status
}

// Click clicks on what the selector chooses.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Fill types text into an empty field.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.do("fill "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Upload chooses a file in a field for files.
func (p *Page) Upload(selector, path string) {
	p.t.Helper()
	p.do("choose a file in "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// Choose selects an option by its value.
func (p *Page) Choose(selector, value string) {
	p.t.Helper()
	p.do("choose in "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Text returns the text of the first element that the selector chooses.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS(selector)))
	p.must("read "+selector, err)
	return text
}

// Address returns where the page is.
func (p *Page) Address() string {
	p.t.Helper()
	address, err := chromedp.Run(p.ctx, chromedp.Location())
	p.must("read the address", err)
	return address
}

// Eval returns what a JavaScript expression gives.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	p.must("evaluate", err)
	return value
}

// violation is what axe-core has found.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Barriers returns what keeps people from using the page, by the rules of
// axe-core, and whether it is wider than the window; empty when nothing does.
func (p *Page) Barriers() string {
	p.t.Helper()
	Eval[any](p, Axe(p.t)+";null")
	found := Eval[json.RawMessage](p, "axe.run().then(r => r.violations)")
	var violations []violation
	p.must("read what axe-core says", json.Unmarshal(found, &violations))
	var b strings.Builder
	for _, v := range violations {
		fmt.Fprintf(&b, "%s: %s\n", v.ID, v.Help)
		for _, n := range v.Nodes {
			fmt.Fprintf(&b, "  %s\n  %s\n", n.HTML, n.FailureSummary)
		}
	}
	if Eval[bool](p, "document.documentElement.scrollWidth > document.documentElement.clientWidth") {
		b.WriteString("the page is wider than the window\n")
	}
	return b.String()
}

// Screenshot writes an image of the whole page to dir/name.png, or does nothing
// when dir is empty.
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
