package portal

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// atWorkIn is a browser in which a clinician works who looks after Kit.
func (h *here) atWorkIn(t *testing.T, b *browsertest.Browser) (*browsertest.Tab, *person) {
	t.Helper()
	op := h.setUp()
	op.workAs(staff.Operator)
	org := op.hospital("RXH")
	h.kit()
	h.cared(org)
	ada := h.rescuer(op, org, "Dr Ada Obi")
	p := b.OpenApart(t, h.url+"/")
	p.SetCookie(h.url, sessionCookie, ada.cookies[sessionCookie].Value)
	return p, ada
}

// A clinician finds a person, writes a note and a measurement, marks a mistake and
// keeps the person on their list, by keyboard alone and without JavaScript. From
// the person's page each action is a letter and Enter away.
func TestJourneyClinician(t *testing.T) {
	t.Parallel()
	h := live(t)
	b := browsertest.Start(t)
	p, _ := h.atWorkIn(t, b)
	p.WithoutScripts()
	p.Go(h.url+"/staff", "Where I work")
	p.FocusOn("Find a person")
	p.PressTo(kb.Enter, "Find a person")
	p.Type("NHS number", "9990001022")
	p.FocusOn("Find")
	p.PressTo(kb.Enter, "Find a person")
	p.Says(nobodyFound)
	p.Says("Open a record in an emergency")
	p.Type("NHS number", kitNumber)
	p.FocusOn("Find")
	p.PressTo(kb.Enter, "Kit Marsh")
	p.Says("Penicillin")
	p.AsksNobodyElse()

	// The field has the focus when the page is there: a letter and Enter.
	p.Press("n")
	p.PressTo(kb.Enter, "Write a note")
	p.Type("What is it about?", "Phone call")
	p.Type("Note", "The knee is better.")
	p.FocusOn("Check before you save")
	p.PressTo(kb.Enter, "Check before you save")
	p.Says("The knee is better.")
	p.PressTo(kb.Enter, "An entry") // the button to save has the focus
	p.Says("It is in the record.")
	p.Says("The knee is better.")
	p.FocusOn("Back to the person")
	p.PressTo(kb.Enter, "Kit Marsh")

	p.Press("m")
	p.PressTo(kb.Enter, "Add a measurement")
	choose(p, "What was measured?", "Weight (kg)")
	p.Type("Value", "725")
	p.FocusOn("Check before you save")
	p.PressTo(kb.Enter, "Check before you save")
	p.Says("This value is not likely.")
	p.FocusOn("Change it")
	p.PressTo(kb.Enter, "Add a measurement")
	p.Type("Value", "72.5")
	p.FocusOn("Check before you save")
	p.PressTo(kb.Enter, "Check before you save")
	p.PressTo(kb.Enter, "An entry")
	p.Says("72.5 kg")
	p.FocusOn("Mark it as a mistake")
	p.PressTo(kb.Enter, "Mark an entry as a mistake")
	p.Type("Why is it wrong?", "It was somebody else's weight.")
	p.FocusOn("Mark it as a mistake")
	p.PressTo(kb.Enter, "An entry")
	p.Says("It is marked as a mistake.")
	p.FocusOn("Back to the person")
	p.PressTo(kb.Enter, "Kit Marsh")

	p.Press("k")
	p.PressTo(kb.Enter, "Kit Marsh")
	p.Says("They are on your list.")
	p.Press("y")
	p.PressTo(kb.Enter, "My list")
	p.Says("Kit Marsh")
	p.AsksNobodyElse()
}

// Every action of a person's page is two keystrokes away, in a browser, and no
// letter does anything where the field has not the focus.
func TestEveryActionIsThreeKeystrokesAway(t *testing.T) {
	h := live(t)
	b := browsertest.Start(t)
	p, ada := h.atWorkIn(t, b)
	page := ada.get(kitAt).Body.String()
	n := 0
	for _, part := range strings.Split(page, "<kbd>")[1:] {
		letter, rest, _ := strings.Cut(part, "</kbd> ")
		name, _, _ := strings.Cut(rest, "</a>")
		p.Go(h.url+kitAt, "Kit Marsh")
		p.Press(letter)
		p.PressTo(kb.Enter, "")
		if at := browsertest.Eval[string](p, "location.pathname"); at == kitAt+"/go" || letter != "k" && at == kitAt {
			t.Errorf("%s leads to %s", letter, at)
		}
		if title := browsertest.Eval[string](p, "document.title"); strings.HasPrefix(title, "This did not work") {
			t.Errorf("%s, %s: %s", letter, name, title)
		}
		if name == "" {
			t.Errorf("%s has no name", letter)
		}
		n++
	}
	if n < 9 {
		t.Errorf("there are %d actions", n)
	}
	p.Go(h.url+kitAt, "Kit Marsh")
	browsertest.Eval[bool](p, "(document.activeElement.blur(), true)")
	p.Press("n" + kb.Enter)
	p.Titled("Kit Marsh")
}

// The summary of a person fits on one screen of 1280 by 800, and can be read at
// four times the size: nothing goes off to the side.
func TestASummaryFitsOneScreen(t *testing.T) {
	h := live(t)
	if h.style == "" {
		t.Skip("skipped: the style sheet is not built; build it with: make assets")
	}
	b := browsertest.Start(t)
	p, _ := h.atWorkIn(t, b)
	p.Sized(1280, 800)
	p.Go(h.url+kitAt, "Kit Marsh")
	if bottom := browsertest.Eval[float64](p, `document.querySelector(".bevan-cards").getBoundingClientRect().bottom + window.scrollY`); bottom > 800 {
		t.Errorf("the summary ends at %.0f", bottom)
	}
	p.Axe()
	p.Sized(320, 640) // 1280 pixels at 400%
	p.Go(h.url+kitAt, "Kit Marsh")
	if wide := browsertest.Eval[float64](p, `document.documentElement.scrollWidth`); wide > 320 {
		t.Errorf("the page is %.0f wide", wide)
	}
}
