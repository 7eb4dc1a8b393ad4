package browsertest

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"
)

// violation is one rule that a page breaks, and where.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// found is what axe says of a page: what is broken, and which rules looked at
// something.
type found struct {
	Violations []violation
	Looked     []string
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
	looked := p.axe(axeAll)
	for _, rule := range []string{"color-contrast", "document-title"} {
		if !slices.Contains(looked, rule) {
			p.t.Errorf("axe did not look at %s, but at %v", rule, looked)
		}
	}
}

// axe runs some of its rules, and gives those that looked at something.
func (p *Tab) axe(rules string) []string {
	p.t.Helper()
	all := Eval[found](p, `axe.run(document, {runOnly: [`+rules+`]}).then(r => ({
		Looked: r.passes.concat(r.violations, r.incomplete).map(v => v.id),
		Violations: r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary || ""}))})),
	}))`)
	for _, f := range all.Violations {
		for _, n := range f.Nodes {
			p.t.Errorf("axe: %s (%s) at %s: %s", f.ID, f.Help, n.HTML, n.FailureSummary)
		}
	}
	return all.Looked
}

const (
	axeAll     = `"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"`
	axeTargets = `"target-size"`
)
