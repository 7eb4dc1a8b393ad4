package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// OnPaper shows the page as it is printed, or as it is on a screen again.
func (p *Tab) OnPaper(paper bool) {
	p.t.Helper()
	medium := ""
	if paper {
		medium = "print"
	}
	p.emulate(medium, "none")
}

// Pinches puts two fingers beside a place of the window, one on each side of it, and
// moves them so far from it as each number says, in CSS pixels. They stay there until
// LetsTo.
func (p *Tab) Pinches(x, y float64, apart ...float64) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true, MaxTouchPoints: 2})
		return err
	}))
	for i, d := range apart {
		kind := input.DispatchTouchEventTypeTouchMove
		if i == 0 {
			kind = input.DispatchTouchEventTypeTouchStart
		}
		one, two := 1.0, 2.0
		p.touch(kind, &input.TouchPoint{X: x - d, Y: y, ID: &one}, &input.TouchPoint{X: x + d, Y: y, ID: &two})
	}
}

// LetsTo takes all fingers from the window, which leads to another page, and waits
// until it is there. It fails where the page's title does not begin with title.
func (p *Tab) LetsTo(title string) {
	p.t.Helper()
	p.leadsTo(title, touching(input.DispatchTouchEventTypeTouchEnd))
}

func (p *Tab) touch(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
	p.t.Helper()
	p.Do(touching(kind, points...))
}

func touching(kind input.DispatchTouchEventType, points ...*input.TouchPoint) chromedp.Action[chromedp.Void] {
	if points == nil {
		points = []*input.TouchPoint{}
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
		return err
	})
}
