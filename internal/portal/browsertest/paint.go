package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// ForgetFiles throws away what the browser kept of all pages, as on a first
// visit.
func (p *Tab) ForgetFiles() {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.ClearBrowserCache, cdp.Empty{})
		return err
	}))
}

// FirstPaint is after how many milliseconds from asking for the page its first
// words or pictures were drawn (Paint Timing, first-contentful-paint).
func (p *Tab) FirstPaint() float64 {
	p.t.Helper()
	return Eval[float64](p, `new Promise(done => new PerformanceObserver(list => {
		const at = list.getEntriesByName("first-contentful-paint");
		if (at.length) done(at[0].startTime);
	}).observe({type: "paint", buffered: true}))`)
}
