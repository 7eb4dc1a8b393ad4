package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Sized shows the page as a window of so many pixels does.
func (p *Tab) Sized(width, height int64) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: false})
		return err
	}))
}

// Fits fails the test where the page is wider than its window, so that it has to
// be moved sideways to be read (WCAG 2.2, 1.4.10).
func (p *Tab) Fits() {
	p.t.Helper()
	if over := Eval[float64](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		p.t.Errorf("%s is %v pixels wider than the window", Eval[string](p, "document.title"), over)
	}
}
