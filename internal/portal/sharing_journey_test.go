package portal

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// By keyboard alone: somebody says no to their apps and staff for results, sees
// what it hides before it is saved, changes their mind about a word, saves it,
// and ends it again.
func TestJourneyMakeAChoice(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	p := browsertest.Start(t).Open(t, h.url+"/")
	p.Plug()
	h.join(p, "Ann")
	h.link(p, "Ann", "ann")
	org, err := h.cfg.Staff.AddOrganisation(t.Context(), "console:test", "RSH", "Shore Hospital", "")
	if err != nil {
		t.Fatal(err)
	}
	h.put(`{"resourceType":"Encounter","id":"annhosp","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"},"serviceProvider":{"reference":"Organization/` + org.ID + `"},"period":{"start":"2026-05-01"}}`)
	app := access.Who{Actor: "account:x", Kind: access.Person, Role: access.RoleSelf, App: "x", Grant: "g", Patient: "ann", Bound: access.AllTypes(access.AllVerbs)}

	p.Go(h.url+"/account", "My account")
	p.FocusOn("Who may see my record")
	p.PressTo(kb.Enter, "Who may see my record")
	p.Says("You have made no choices yet.")
	p.FocusOn("Make a choice")
	p.PressTo(kb.Enter, "Make a choice")
	p.FocusOn("See what it does")
	p.PressTo(kb.Enter, "There is a problem: Make a choice")
	p.Says("Say whether they may see it.")
	for _, q := range [][2]string{{"May they see it?", "N"}, {"Whom is it about?", "E"}, {"What is it about?", "m"}} {
		p.FocusOn(q[0])
		p.Press(q[1])
	}
	p.FocusOn("See what it does")
	p.PressTo(kb.Enter, "What this choice does")
	p.Says("Everybody but you may not see mental health.")
	p.FocusOn("Change it")
	p.PressTo(kb.Enter, "Make a choice")
	p.FocusOn("What is it about?")
	p.Press("res")
	p.FocusOn("See what it does")
	p.PressTo(kb.Enter, "What this choice does")
	p.Says("Everybody but you may not see results of tests.")
	p.Says("Staff of Shore Hospital")
	if !h.sees(app, access.Own, "ann", "Observation", "anna") {
		t.Error("it hides before it is saved")
	}
	p.FocusOn("Save this choice")
	p.PressTo(kb.Enter, "Who may see my record")
	p.Says("Your choice is saved.")
	if h.sees(app, access.Own, "ann", "Observation", "anna") {
		t.Error("it hides nothing")
	}
	p.FocusOn("Read or end it Everybody but you may not see results of tests.")
	p.PressTo(kb.Enter, "One of your choices")
	p.FocusOn("End this choice")
	p.PressTo(kb.Enter, "Who may see my record")
	p.Says("Your choice has ended.")
	if !h.sees(app, access.Own, "ann", "Observation", "anna") {
		t.Error("what ended still hides")
	}
}
