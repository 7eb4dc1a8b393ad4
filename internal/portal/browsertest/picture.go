package browsertest

import (
	"context"

	"github.com/chromedp/chromedp"
)

// Whole is a picture of the whole page, as PNG, for somebody to look at.
func (p *Tab) Whole() []byte {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	return png
}
