package portal

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// choose presses the down key in a list until it shows an entry.
func choose(p *browsertest.Tab, list, entry string) {
	p.FocusOn(list)
	p.Press(entry[:1])
	p.Until(`document.activeElement.selectedOptions[0].text === "` + entry + `"`)
}

// Journey 6, by keyboard alone, with two people in two browsers: an operator
// invites somebody, who makes an account for staff, signs out and in, and
// chooses the role; they add an organisation and let an app in; then their
// place is ended, and their next click is refused.
func TestJourneyStaff(t *testing.T) {
	t.Parallel()
	h := live(t)
	op := h.setUp()
	op.workAs(staff.Operator)
	org := op.hospital("RXH")
	browser := browsertest.Start(t)
	olu := browser.Open(t, h.url+"/")
	olu.SetCookie(h.url, sessionCookie, op.cookies[sessionCookie].Value)
	olu.Go(h.url+"/operator", "Run this service")
	olu.FocusOn("Organisations and who works there")
	olu.PressTo(kb.Enter, "Organisations")
	olu.FocusOn("Valley Hospitals")
	olu.PressTo(kb.Enter, "Valley Hospitals")
	olu.FocusOn("See who works here")
	olu.PressTo(kb.Enter, "Who works here")
	olu.FocusOn("Invite somebody")
	olu.PressTo(kb.Enter, "Invite somebody")
	olu.FocusOn("Make the code")
	olu.PressTo(kb.Enter, "There is a problem: Invite somebody")
	olu.Type("Their name at work", "Kit Keeper")
	choose(olu, "Role", "Operator")
	olu.FocusOn("Make the code")
	olu.PressTo(kb.Enter, "Give them this code")
	code := browsertest.Eval[string](olu, `document.querySelector("code.bevan-shown").innerText`)
	olu.AsksNobodyElse()

	kit := browser.OpenApart(t, h.url+"/join")
	kit.Plug()
	kit.Type("Code", "AAAAA AAAAA AAAAA AAAAA")
	kit.PressTo(kb.Enter, "There is a problem: Join as staff")
	kit.Says("This is not an invitation that can be used.")
	kit.Type("Code", strings.ToUpper(code))
	kit.PressTo(kb.Enter, "Make your account for work")
	kit.Says("Operator at Valley Hospitals")
	kit.FocusOn("Make my passkey")
	kit.PressTo(kb.Enter, "Make recovery codes")
	kit.FocusOn("Show me my codes")
	kit.PressTo(kb.Enter, "Keep these codes")
	kit.FocusOn("I have kept them")
	kit.PressTo(kb.Enter, "Where I work")
	kit.FocusOn("Sign out")
	kit.PressTo(kb.Enter, "You are signed out")
	kit.Go(h.url+"/operator", "Sign in")
	kit.FocusOn("Sign in with a passkey")
	kit.PressTo(kb.Enter, "Where I work")
	kit.Says("Valley Hospitals")
	kit.FocusOn("Work as Operator")
	kit.PressTo(kb.Enter, "Run this service")
	kit.Says("Kit Keeper: Operator at Valley Hospitals")
	kit.Axe()

	kit.FocusOn("Organisations and who works there")
	kit.PressTo(kb.Enter, "Organisations")
	kit.FocusOn("Add an organisation")
	kit.PressTo(kb.Enter, "Add an organisation")
	kit.Type("Code", "G12345")
	kit.Type("Name", "Hill Practice")
	kit.PressTo(kb.Enter, "Hill Practice")
	kit.Says("It was added.")
	kit.FocusOn("Organisations")
	kit.PressTo(kb.Enter, "Organisations")
	kit.FocusOn("Run this service")
	kit.PressTo(kb.Enter, "Run this service")
	kit.FocusOn("Apps and programs")
	kit.PressTo(kb.Enter, "Apps and programs")
	kit.FocusOn("Let an app in")
	kit.PressTo(kb.Enter, "Let an app in")
	kit.Type("Name", "Run Club")
	choose(kit, "How it shows who it is", "With a secret")
	kit.Type("Where people may be sent back to", "https://run.example/back")
	kit.Type("What it may ask for", "openid patient/*.rs")
	kit.FocusOn("Let it in")
	kit.PressTo(kb.Enter, "It is let in")
	kit.Says("We show the secret this once.")
	kit.FocusOn("I have kept it")
	kit.PressTo(kb.Enter, "Run Club")

	place := op.get(staffOf(org)).find(`"/operator/places/([a-z0-9]+)"`)
	olu.Go(h.url+"/operator/places/"+place, "Kit Keeper")
	olu.FocusOn("End this place")
	olu.PressTo(kb.Enter, "End a place")
	olu.Type("Why?", "left")
	olu.FocusOn("End this place")
	olu.PressTo(kb.Enter, "Who works here")

	kit.FocusOn("Let it in no more")
	kit.PressTo(kb.Enter, "This did not work")
	kit.Says("You no longer work there in that role.")
	if strings.Contains(browsertest.Eval[string](kit, "document.body.innerText"), "Kit Keeper: Operator") {
		t.Error("the page says that they are at work")
	}
	kit.AsksNobodyElse()
	olu.Go(h.url+"/history", "Who changed what")
	olu.Says("Hill Practice")
	olu.Says("Run Club")
}
