package portal

import (
	"os"
	"testing"

	"github.com/bevanhealth/bevan/internal/portal/browsertest"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

// In a language that is read from right to left the pages are laid out the other
// way round: what stands at the left edge in English stands at the right one. The
// language is Arabic by name only, with English words.
func TestPagesAreMirroredFromRightToLeft(t *testing.T) {
	h := live(t)
	h.setUp()
	if h.style == "" {
		t.Skip("skipped: the style sheet is not built; build it with: make assets")
	}
	made := words.English()
	made.Lang, made.Dir, made.Name = "ar", "rtl", "Made up"
	h.tongues = append(h.tongues, made)
	p := browsertest.Start(t).Open(t, h.url+"/sign-in")
	edges := func() (main, service, account float64) {
		at := `(s => { const r = document.querySelector(s).getBoundingClientRect(); return (r.left + r.right) / 2 / document.documentElement.clientWidth })`
		return browsertest.Eval[float64](p, at+`("h1 + p")`), browsertest.Eval[float64](p, at+`(".nhsuk-header__service")`), browsertest.Eval[float64](p, at+`(".nhsuk-header__account")`)
	}
	_, service, account := edges()
	p.SetCookie(h.url, languageCookie, made.Lang)
	p.Go(h.url+"/sign-in", "Sign in")
	if got := browsertest.Eval[string](p, "document.documentElement.dir"); got != "rtl" {
		t.Errorf("the page is read from %q", got)
	}
	_, rtlService, rtlAccount := edges()
	if !(service < account && rtlService > rtlAccount) {
		t.Errorf("the header is at %.2f and %.2f, and mirrored at %.2f and %.2f", service, account, rtlService, rtlAccount)
	}
	if got := browsertest.Eval[string](p, `getComputedStyle(document.querySelector("h1")).textAlign + " " + getComputedStyle(document.querySelector("h1")).direction`); got != "start rtl" {
		t.Errorf("the title is set %q", got)
	}
	if wide := browsertest.Eval[bool](p, "document.documentElement.scrollWidth > document.documentElement.clientWidth"); wide {
		t.Error("the page is wider than the window")
	}
	p.Axe()
	if to := os.Getenv("BEVAN_RTL_PICTURE"); to != "" {
		p.Go(h.url+"/sign-in/recovery", "Sign in with a recovery code")
		if err := os.WriteFile(to, p.Whole(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
