package portal

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// mm is a length in CSS pixels, in millimetres: there are 96 to an inch.
func mm(px float64) float64 { return px / 96 * 25.4 }

// growthTab opens the growth chart of a baby in a browser.
func growthTab(t *testing.T) (*here, *browsertest.Tab) {
	t.Helper()
	h := live(t)
	h.setUp()
	ann := h.grower("mia", numberSam)
	b := browsertest.Start(t)
	p := b.OpenApart(t, h.url+"/assets/")
	p.SetCookie(h.url, sessionCookie, ann.cookies[sessionCookie].Value)
	p.Sized(1280, 960)
	p.Go(h.url+"/family/record/child/growth", "")
	return h, p
}

// A growth chart on paper is held to with a ruler: what the page says of its size is so,
// whatever the screen was, and the page is not wider than a sheet, which would shrink it.
func TestAGrowthChartIsTrueToScaleOnPaper(t *testing.T) {
	_, p := growthTab(t)
	screen := browsertest.Eval[float64](p, `document.querySelector(".bevan-growth-chart").getBoundingClientRect().width`)
	const sheet = 718 // A4 less margins of a centimetre, in CSS pixels
	for _, wide := range []int64{sheet, 1280} {
		p.OnPaper(true)
		p.Sized(wide, 1000)
		lines := browsertest.Eval[[]float64](p, `[...document.querySelectorAll(".bevan-growth-chart .bevan-growth-grid")].map(l => l.getBoundingClientRect()).filter(r => r.width < 1).map(r => r.left)`)
		if len(lines) != 13 {
			t.Fatalf("%d lines for 12 months", len(lines))
		}
		for i := 1; i < len(lines); i++ {
			if got := mm(lines[i] - lines[i-1]); math.Abs(got-10) > 0.1 {
				t.Errorf("at %d pixels a month is %.2f mm on paper, and 10 by what the page says", wide, got)
			}
		}
		ups := browsertest.Eval[[]float64](p, `[...document.querySelectorAll('.bevan-growth-chart .bevan-growth-grid[stroke-opacity="0.28"]')].map(l => l.getBoundingClientRect()).filter(r => r.height < 1).map(r => r.top)`)
		if got := mm(ups[0] - ups[1]); math.Abs(got-12.5) > 0.1 {
			t.Errorf("at %d pixels a kilogram is %.2f mm on paper, and 12.5 by what the page says", wide, got)
		}
		if over := browsertest.Eval[float64](p, `document.documentElement.scrollWidth - innerWidth`); wide == sheet && over > 0 {
			t.Errorf("the page is %g pixels wider than a sheet, and would be shrunk", over)
		}
	}
	if high := browsertest.Eval[float64](p, `document.querySelector(".bevan-growth-chart").getBoundingClientRect().height`); mm(high) > 260 {
		t.Errorf("the chart is %.0f mm high, and does not fit a sheet", mm(high))
	}
	p.OnPaper(false)
	p.Sized(1280, 960)
	if again := browsertest.Eval[float64](p, `document.querySelector(".bevan-growth-chart").getBoundingClientRect().width`); again != screen {
		t.Errorf("on the screen it is %g pixels wide, and was %g", again, screen)
	}
	p.AsksNobodyElse()
}

// Two fingers zoom the chart, to where they are; one finger still moves the page.
func TestAGrowthChartIsPinched(t *testing.T) {
	_, p := growthTab(t)
	p.Until(`document.querySelector(".bevan-pinch") !== null`)
	box := browsertest.Eval[[]float64](p, `(() => { const s = document.querySelector(".bevan-growth-chart"); s.scrollIntoView(); const r = s.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()`)
	x, y := box[0]+box[2]*0.5, box[1]+box[3]*0.4
	whole := browsertest.Eval[string](p, `document.querySelector(".bevan-growth-chart").getAttribute("viewBox")`)
	p.Pinches(x, y, 60, 90, 150)
	p.Until(fmt.Sprintf(`document.querySelector(".bevan-growth-chart").getAttribute("viewBox") !== %q`, whole))
	p.LetsTo("Growth")
	p.Until(`new URLSearchParams(location.search).has("from") && document.readyState === "complete"`)
	got := browsertest.Eval[[]float64](p, `["from", "to"].map(n => Number(new URLSearchParams(location.search).get(n)))`)
	if span := got[1] - got[0]; math.Abs(span-0.4) > 0.02 || got[0] < 0.2 || got[1] > 0.9 {
		t.Errorf("the chart shows the ages %v, and the fingers chose 0.4 years around the middle", got)
	}
	if svg := browsertest.Eval[string](p, `document.querySelector(".bevan-growth-chart").getAttribute("viewBox")`); strings.Contains(svg, "NaN") || !strings.HasPrefix(svg, "0 0 ") {
		t.Errorf("the drawing is %s", svg)
	}
}

// It can be zoomed by keyboard, and without a script.
func TestAGrowthChartIsZoomedByKeyboard(t *testing.T) {
	_, p := growthTab(t)
	p.WithoutScripts()
	p.FocusOn("Closer")
	p.PressTo("\r", "")
	p.Says("Age in weeks")
	p.FocusOn("0 to 2 years")
	p.PressTo("\r", "")
	p.Says("Age in months")
}
