package portal

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// On a telephone and on a desk, without JavaScript and by keyboard alone:
// somebody sees on the first page what is new, looks through their timeline for a
// word, adds a reading, opens the record of their child and comes back.
func TestJourneyHomeAndTimelineWithoutJavaScript(t *testing.T) {
	t.Parallel()
	for name, size := range map[string][2]int64{"phone": {360, 740}, "desk": {1280, 800}} {
		t.Run(name, func(t *testing.T) {
			h := live(t)
			h.setUp()
			p := browsertest.Start(t).Open(t, h.url+"/")
			p.Plug()
			h.join(p, "Ann")
			h.link(p, "Ann", "ann")
			h.filled("ann")
			h.child("Sam Hill", "sam2", "2021-05-04", numberSam)
			h.parent(p, "sam2")
			p.WithoutScripts()
			p.Sized(size[0], size[1])
			p.Go(h.url+"/", "Your health record")
			p.Fits()
			p.Says("New in the last 30 days")
			p.Says("Weight: 71.50 kg")
			p.FocusOn("My timeline")
			p.PressTo(kb.Enter, "My timeline")
			p.Fits()
			p.Says("Knee operation")
			p.FocusOn("Choose what is shown")
			p.Press(kb.Enter)
			p.Type("Which words?", "knee")
			p.PressTo(kb.Enter, "My timeline")
			p.Fits()
			p.Says("Letter of the knee clinic")
			if got := browsertest.Eval[string](p, "document.body.innerText"); strings.Contains(got, "Penicillin") {
				t.Error("it shows more than was asked for")
			}
			p.Go(h.url+"/record", "My record")
			p.Fits()
			p.FocusOn("Add something")
			p.PressTo(kb.Enter, "Add to my record")
			p.FocusOn("A reading")
			p.PressTo(kb.Enter, "A reading")
			p.Fits()
			p.FocusOn("What did you measure?")
			p.Press("Pu")
			p.Type("What was the number?", "62")
			p.PressTo(kb.Enter, "My timeline")
			p.Says("Pulse: 62 beats a minute")
			p.Says("You added this")
			p.FocusOn("Change person")
			p.Press(kb.Enter)
			p.FocusOn("Sam Hill")
			p.PressTo(kb.Enter, "Record of Sam Hill (You are acting for Sam Hill)")
			p.Fits()
			p.Says("MMR vaccine")
			p.FocusOn("Change person")
			p.Press(kb.Enter)
			p.FocusOn("My own record")
			p.PressTo(kb.Enter, "Family and people I help")
			p.AsksNobodyElse()
		})
	}
}

// parent gives whoever is signed in at a tab the right of a parent.
func (h *here) parent(p *browsertest.Tab, child string) {
	h.t.Helper()
	s, err := h.cfg.Accounts.Session(h.t.Context(), p.Cookies()[sessionCookie])
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.cfg.Mandates.GiveAsStaff(h.t.Context(), surgery, mandate.Grant{Patient: child, Account: s.Account, Name: "Ann", Kind: mandate.KindParent, Basis: mandate.Parent,
		May: mandate.Look | mandate.Ask | mandate.Manage, Evidence: []string{"BRTH"}}); err != nil {
		h.t.Fatal(err)
	}
}
