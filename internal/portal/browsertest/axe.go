package browsertest

import (
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// violation is one rule that a page breaks, and where.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// Axe looks at the page with axe-core and fails the test for everything that
// it finds: the rules of WCAG 2.2 at A and AA, and axe's best practices. Where
// axe is not installed it says so and skips.
func (p *Tab) Axe() {
	p.t.Helper()
	script, err := os.ReadFile(filepath.Join(assets(), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		p.t.Skip("skipped: axe-core is not installed; install it with: make assets")
	}
	p.Do(chromedp.Evaluate[chromedp.Void](string(script)))
	for _, f := range Eval[[]violation](p, axeRun) {
		for _, n := range f.Nodes {
			p.t.Errorf("axe: %s (%s) at %s: %s", f.ID, f.Help, n.HTML, n.FailureSummary)
		}
	}
	if Eval[int](p, "window.axePasses") == 0 {
		p.t.Error("axe looked at nothing")
	}
}

const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then(r => { window.axePasses = r.passes.length; return r.violations.map(v => ({ID: v.id, Help: v.help,
		Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary || ""}))})); })`
