// Package browsertest opens pages in a real browser, for tests: looks at them
// with axe, walks through them by keyboard, and notes every address that they
// ask for. It is for tests only; nothing that serves imports it.
package browsertest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Env names the environment variable with the path of a Chromium to use.
const Env = "BEVAN_CHROMIUM"

// patience is how long one step may take before the test is given up.
const patience = 60 * time.Second

// Browser is one running Chromium with a profile of its own.
type Browser struct{ ctx context.Context }

// Start starts a browser, which ends with the test. Where there is none it
// skips the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		t.Skip("skipped: no Chromium was found. On Debian: apt-get install chromium")
	}
	// The sandbox needs rights that a test run as root in a container has not;
	// the pages are our own. Nothing in the background may call out.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true), chromedp.WSURLReadTimeout(patience))
	all, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(all)
	if err := chromedp.Do(ctx); err != nil {
		closeTab()
		stop()
		t.Fatalf("Chromium does not start: %v", err)
	}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until it has let its profile go
		closeTab()
		stop()
	})
	return &Browser{ctx}
}

func find() string {
	if path := os.Getenv(Env); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Tab is one open page.
type Tab struct {
	t    testing.TB
	ctx  context.Context
	stop context.CancelFunc

	mu    sync.Mutex
	asked []string
}

// Open opens a page.
func (b *Browser) Open(t testing.TB, address string) *Tab {
	t.Helper()
	return b.open(t, address)
}

// OpenApart opens a page as another browser would: it shares no cookies with
// the others.
func (b *Browser) OpenApart(t testing.TB, address string) *Tab {
	t.Helper()
	return b.open(t, address, chromedp.WithNewBrowserContext())
}

func (b *Browser) open(t testing.TB, address string, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx, options...)
	t.Cleanup(stop)
	tab := &Tab{t: t, ctx: ctx, stop: stop}
	err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			tab.mu.Lock()
			tab.asked = append(tab.asked, e.Request.URL)
			tab.mu.Unlock()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	tab.Do(chromedp.Navigate(address))
	if len(tab.Asked()) == 0 {
		t.Fatal("the browser does not tell what it asks for")
	}
	return tab
}

// Close closes the page before the test is over.
func (p *Tab) Close() { p.stop() }

// Frames are the addresses of what the page shows: its own and those of the
// frames in it. A frame that the browser refused has the address of no page.
func (p *Tab) Frames() []string {
	p.t.Helper()
	var all []string
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		tree, err := cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return err
		}
		all = append(all, tree.FrameTree.Frame.URL)
		for _, f := range tree.FrameTree.ChildFrames {
			all = append(all, f.Frame.URL)
		}
		return nil
	}))
	return all
}

// Do runs steps in the page and fails the test where one fails.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// Eval gives what an expression of JavaScript gives in the page, or what its
// promise comes to.
func Eval[V any](p *Tab, expression string) V {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[V](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

// Press presses keys, such as kb.Tab and kb.Enter, as a person does who uses no
// mouse.
func (p *Tab) Press(keys string) {
	p.t.Helper()
	p.Do(chromedp.KeyEvent(keys))
}

// PressTo presses keys that lead to another page, and waits until it is there.
// It fails where the page's title does not begin with title.
func (p *Tab) PressTo(keys, title string) {
	p.t.Helper()
	p.leadsTo(title, chromedp.KeyEvent(keys))
}

// Go opens another page in the same tab.
func (p *Tab) Go(address, title string) {
	p.t.Helper()
	p.leadsTo(title, chromedp.Navigate(address))
}

// Back is the button of the browser that goes back.
func (p *Tab) Back(title string) {
	p.t.Helper()
	p.Do(chromedp.NavigateBack())
	p.Titled(title)
}

func (p *Tab) leadsTo(title string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, steps...); err != nil {
		p.t.Fatalf("nothing leads to %q: %v; the page is %q", title, err, Eval[string](p, "document.title + ': ' + document.body.innerText"))
	}
	p.Titled(title)
}

// Titled fails the test where the page's title does not begin so.
func (p *Tab) Titled(title string) {
	p.t.Helper()
	if got := Eval[string](p, "document.title"); !strings.HasPrefix(got, title) {
		p.t.Fatalf("the page is %q, want %q: %s", got, title, Eval[string](p, "document.body.innerText"))
	}
}

// Says fails the test where nobody can read a text on the page.
func (p *Tab) Says(text string) {
	p.t.Helper()
	if got := Eval[string](p, "document.body.innerText"); !strings.Contains(got, text) {
		p.t.Errorf("the page does not say %q: %s", text, got)
	}
}

// Until waits until an expression is true in the page. It looks before each
// picture that the browser draws.
func (p *Tab) Until(expression string) {
	p.t.Helper()
	Eval[bool](p, `new Promise(done => { const look = () => (`+expression+`) ? done(true) : requestAnimationFrame(look); look(); })`)
}

// Comes waits until the tab shows a page whose title begins so, over as many
// pages as lead there by themselves. It looks before each picture that the
// browser draws; a page that goes away meanwhile is looked for again.
func (p *Tab) Comes(title string) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	last := ""
	for ctx.Err() == nil {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`new Promise(done => requestAnimationFrame(() => done(document.title)))`, chromedp.EvalAwaitPromise))
		if err != nil {
			continue
		}
		if last = got; strings.HasPrefix(got, title) {
			return
		}
	}
	p.t.Fatalf("the page is %q, and never %q: %s", last, title, Eval[string](p, "location.href + ' ' + document.body.innerText"))
}

// Type presses the keys of a text into the field whose label begins with name,
// in the place of what is there.
func (p *Tab) Type(name, text string) {
	p.t.Helper()
	p.FocusOn(name) // the tab key selects what is in a field
	p.Press(text)
}

// FocusOn presses the tab key until the focus is on the element whose text or
// label begins with name. It fails where the focus comes round without it, or
// where what has the focus can not be seen to have it.
func (p *Tab) FocusOn(name string) {
	p.t.Helper()
	const most = 100
	for range most {
		p.Press(kb.Tab)
		if strings.HasPrefix(Eval[string](p, focused), name) {
			return
		}
	}
	p.t.Fatalf("the tab key never leads to %q", name)
}

// focused gives the name of what has the focus, as a screen reader has it in
// the simple cases.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return "";
	const label = e.labels && e.labels[0] ? e.labels[0].innerText : "";
	return (e.getAttribute("aria-label") || label || e.innerText || e.value || "").replace(/\s+/g, " ").trim();
})()`

// Asked are the addresses that the page has asked for so far.
func (p *Tab) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

// AsksNobodyElse fails the test where the page asked another host than its own.
func (p *Tab) AsksNobodyElse() {
	p.t.Helper()
	home, err := url.Parse(Eval[string](p, "location.origin"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, a := range p.Asked() {
		if u, err := url.Parse(a); err != nil || u.Scheme != "data" && u.Host != home.Host {
			p.t.Errorf("the page asks %s", a)
		}
	}
}

// assets is the folder whose packages npm installs for building and testing
// pages.
func assets() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "assets")
}
