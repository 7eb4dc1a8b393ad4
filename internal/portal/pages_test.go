package portal

import (
	"net/http/httptest"
	"testing"

	"github.com/bevanhealth/bevan/internal/portal/browsertest"
	"github.com/chromedp/chromedp/kb"
)

// Every page in a real browser: axe finds nothing, nobody else is asked, and
// the first thing that the tab key reaches leads past the header.
func TestPagesInABrowser(t *testing.T) {
	s := httptest.NewServer(serve(t))
	defer s.Close()
	b := browsertest.Start(t)
	for _, path := range []string{"/", "/nothing-here"} {
		t.Run(path, func(t *testing.T) {
			p := b.Open(t, s.URL+path)
			p.Press(kb.Tab)
			if got := browsertest.Eval[string](p, "document.activeElement.innerText"); got != "Skip to main content" {
				t.Errorf("the tab key leads to %q first", got)
			}
			p.Press(kb.Enter)
			if got := browsertest.Eval[string](p, "document.activeElement.id"); got != "main" {
				t.Errorf("the skip link leads to %q", got)
			}
			p.AsksNobodyElse()
			p.Axe()
		})
	}
}
