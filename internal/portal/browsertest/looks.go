package browsertest

import (
	"context"
	_ "embed"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed looks.js
var looks string

// The windows that a page is looked at in, in CSS pixels: a desk, the same desk
// at 400 % (WCAG 2.2, 1.4.10), and a sheet of A4 between margins of a centimetre.
const (
	deskWide, deskHigh     = 1280, 800
	narrowWide, narrowHigh = 320, 640
	sheetWide, sheetHigh   = 718, 1047
)

// For lets another test go on with the tab.
func (p *Tab) For(t testing.TB) *Tab {
	p.t = t
	return p
}

// Visit opens a page in the same tab, whatever its title, and forgets what was
// asked for by the one before.
func (p *Tab) Visit(address string) {
	p.t.Helper()
	p.mu.Lock()
	p.asked = nil
	p.mu.Unlock()
	p.Do(chromedp.Navigate(address))
}

// Looks fails the test for everything in which the page can not be seen or used:
// by axe, in contrast, by the focus of the keyboard, in a window of 320 pixels,
// on paper, in forced colours and without colours. Each is looked for in the
// whole page. What is folded is unfolded after axe looked at it as it comes.
func (p *Tab) Looks() {
	p.t.Helper()
	p.Axe()
	p.Do(chromedp.Evaluate[chromedp.Void](looks))
	p.faults("in a window", `looks.open(); return [...looks.pale(), ...looks.wide(false), ...looks.bare(), ...looks.grey(), ...looks.focus(false)]`)
	p.Sized(narrowWide, narrowHigh)
	p.faults("in a window of 320 pixels", `return looks.wide(false)`)
	p.axe(axeTargets)
	p.Sized(sheetWide, sheetHigh)
	p.emulate("print", "none")
	p.faults("on paper", `return looks.paper()`)
	p.Sized(deskWide, deskHigh)
	p.emulate("screen", "active")
	p.faults("in forced colours", `return [...looks.forced(), ...looks.focus(true)]`)
	p.emulate("", "none")
}

// Charts is how many charts the page has, for a test that they were looked at.
func (p *Tab) Charts() int {
	p.t.Helper()
	return Eval[int](p, "looks.charts()")
}

func (p *Tab) faults(where, script string) {
	p.t.Helper()
	for _, f := range Eval[[]string](p, "(() => { "+script+" })()") {
		p.t.Errorf("%s: %s", where, f)
	}
}

// emulate shows the page as a medium does, with colours forced (CSS Color
// Adjustment, section 3) or not.
func (p *Tab) emulate(medium, forced string) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: medium, Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: forced}}})
		return err
	}))
}
