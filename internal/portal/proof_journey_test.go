package portal

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// Journey 7, by keyboard alone, with two people in two browsers: somebody types
// their details, which fit a record; a clinician looks at their passport and
// hands out a code; they type it, and it is proven who they are.
func TestJourneyProof(t *testing.T) {
	t.Parallel()
	h := live(t)
	op := h.setUp()
	op.workAs(staff.Operator)
	ada := h.hire(op, op.hospital("RXH"), "Dr Ada Obi", staff.Clinician)
	ada.workAs(staff.Clinician)
	browser := browsertest.Start(t)

	ann := browser.Open(t, h.url+"/")
	ann.Plug()
	h.join(ann, "Ann")
	ann.FocusOn("Who you are")
	ann.PressTo(kb.Enter, "Who you are")
	ann.FocusOn("Type your details")
	ann.PressTo(kb.Enter, "Type your details")
	ann.Type("First name", "Ann")
	ann.Type("Last name", "Hill")
	ann.Type("Date of birth", "31 3 1980")
	ann.FocusOn("Go on")
	ann.PressTo(kb.Enter, "There is a problem: Type your details")
	ann.Says("Type your postcode, such as LS1 4AP.")
	ann.Type("Postcode", "ls1 4ap")
	ann.Type("NHS number", "999 000 0018")
	ann.FocusOn("Go on")
	ann.PressTo(kb.Enter, "Check what you typed")
	ann.Says("31 March 1980")
	ann.FocusOn("Look for my record")
	ann.PressTo(kb.Enter, "Who you are")
	ann.Says("Your record is linked to this account.")
	ann.Says("What you told us fits a record.")

	desk := browser.OpenApart(t, h.url+"/")
	desk.SetCookie(h.url, sessionCookie, ada.cookies[sessionCookie].Value)
	desk.Go(h.url+"/staff", "Where I work")
	desk.FocusOn("Check who somebody is")
	desk.PressTo(kb.Enter, "Check who somebody is")
	desk.Type("First name", "Ann")
	desk.Type("Last name", "Hill")
	desk.Type("Date of birth", "31/3/1980")
	desk.Type("Postcode", "LS1 4AP")
	desk.FocusOn("Find the record")
	desk.PressTo(kb.Enter, "Which record is it?")
	desk.FocusOn("Choose Ann Hill")
	desk.PressTo(kb.Enter, "Check their documents")
	desk.Says("Ann Hill, 31 March 1980")
	desk.Type("Who issued it", "HM Passport Office")
	desk.Type("Number on it", "123456789")
	desk.Type("Good until", "31 3 2031")
	desk.FocusOn("Make the code")
	desk.PressTo(kb.Enter, "There is a problem: Check their documents")
	desk.Says("Compare the photo with the person, and say that it is them.")
	choose(desk, "Did you compare the photo", "Yes, and it is them")
	desk.FocusOn("Make the code")
	desk.PressTo(kb.Enter, "Give this code to the person")
	code := browsertest.Eval[string](desk, `document.querySelector("code.bevan-shown").innerText`)
	desk.AsksNobodyElse()

	ann.FocusOn("Type a code from a desk")
	ann.PressTo(kb.Enter, "Type a code from a desk")
	ann.Type("Code", code)
	ann.Type("Date of birth", "1 1 1980")
	ann.PressTo(kb.Enter, "There is a problem: Type a code from a desk")
	ann.Says("This did not work. Check the code and your date of birth.")
	ann.Type("Date of birth", "31 March 1980")
	ann.PressTo(kb.Enter, "Who you are")
	ann.Says("Somebody saw a document with your photo, and it was you.")
	ann.Says("There is nothing to do.")
	ann.AsksNobodyElse()
}

// Somebody goes to another website and comes back, in a real browser: the
// page's policy lets its form lead there, and the session is still theirs.
func TestJourneyAnotherWebsite(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	h.provider()
	p := browsertest.Start(t).Open(t, h.url+"/")
	p.Plug()
	h.join(p, "Ann")
	p.FocusOn("Who you are")
	p.PressTo(kb.Enter, "Who you are")
	p.FocusOn("Use Other login")
	p.PressTo(kb.Enter, "Show who you are with another website")
	p.FocusOn("Go to that website")
	p.PressTo(kb.Enter, "Who you are")
	p.Says("Another website knows who you are.")
	p.FocusOn("Sign out")
	p.PressTo(kb.Enter, "You are signed out")
	p.Go(h.url+"/sign-in", "Sign in")
	p.FocusOn("Sign in with Other login")
	p.PressTo(kb.Enter, "Sign in with another website")
	p.FocusOn("Go to that website")
	p.PressTo(kb.Enter, "My account")
	p.Says("With another website. You can look at things.")
}
