package portal

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// Without JavaScript and by keyboard alone, on a telephone and on a desk: somebody
// finds a result, looks closer, changes the unit, compares two, and is warned
// before one that is hard to read.
func TestJourneyResults(t *testing.T) {
	t.Parallel()
	for name, wide := range map[string]int64{"telephone": 375, "desk": 1280} {
		t.Run(name, func(t *testing.T) {
			h := live(t)
			h.setUp()
			gwen := h.linked("Gwen", "gwen")
			h.tested("gwen")
			h.hardResult("gwen")
			p := browsertest.Start(t).Open(t, h.url+"/")
			p.WithoutScripts()
			p.Do(chromedp.EmulateViewport(wide, 800))
			p.SetCookie(h.url, sessionCookie, gwen.cookies[sessionCookie].Value)
			fits := func() {
				t.Helper()
				if over := browsertest.Eval[int](p, "document.documentElement.scrollWidth - window.innerWidth"); over > 0 {
					t.Errorf("%s is %d pixels too wide", browsertest.Eval[string](p, "document.title"), over)
				}
			}
			p.Go(h.url+"/record/results", "Results")
			p.Says("Lower than the usual range.")
			fits()
			p.FocusOn("Compare Haemoglobin")
			p.Press(" ")
			p.FocusOn("Compare Sugar")
			p.Press(" ")
			p.FocusOn("Show those I ticked together")
			p.PressTo(kb.Enter, "Results together")
			p.Says("Sugar: 2 values")
			fits()
			p.FocusOn("Back to all results")
			p.PressTo(kb.Enter, "Results")
			p.FocusOn("Haemoglobin")
			p.PressTo(kb.Enter, "Haemoglobin")
			p.Says("The last one is lower than the first.")
			fits()
			shown := `document.querySelector("svg.bevan-chart").getBoundingClientRect().width`
			if w := browsertest.Eval[float64](p, shown); w < 250 || w > float64(wide) {
				t.Errorf("the chart is %g pixels wide", w)
			}
			p.FocusOn("Closer")
			p.PressTo(kb.Enter, "Haemoglobin")
			p.Says("one value, 121 g/L")
			p.FocusOn("All of it")
			p.PressTo(kb.Enter, "Haemoglobin")
			p.FocusOn("g/dL")
			p.PressTo(kb.Enter, "Haemoglobin")
			p.Says("as written: 109 g/L")
			p.FocusOn("9 March 2026")
			p.PressTo(kb.Enter, "")
			p.Go(h.url+"/record/results/loinc%7C69548-6", "Before you look at this result")
			fits()
			p.FocusOn("Show me the result")
			p.PressTo(kb.Enter, "Test of the zebra gene")
			p.Says("Zebra stripes were found")
			p.AsksNobodyElse()
		})
	}
}
