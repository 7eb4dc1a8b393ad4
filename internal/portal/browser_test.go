package portal

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// here is a site that a real browser can reach.
type here struct {
	*site
	t   *testing.T
	url string
}

func live(t *testing.T) *here {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	at := "http://localhost:" + port
	s := open(t, dbtest.SQLite(t), at)
	server.Config.Handler = s.plant
	server.Start()
	t.Cleanup(server.Close)
	return &here{s, t, at}
}

// code is the set-up code as the terminal shows it.
func (h *here) code() string {
	h.t.Helper()
	code, _, err := h.cfg.Setup.Current()
	if err != nil {
		h.t.Fatal(err)
	}
	return code[:4] + " " + code[4:]
}

// join makes an account by keyboard and leads to its overview.
func (h *here) join(p *browsertest.Tab, name string) {
	h.t.Helper()
	p.Go(h.url+"/account/new", "Create an account")
	p.Type("Your name", name)
	p.FocusOn("Make my passkey")
	p.PressTo(kb.Enter, "Make recovery codes")
	p.FocusOn("Show me my codes")
	p.PressTo(kb.Enter, "Keep these codes")
	p.FocusOn("I have kept them")
	p.PressTo(kb.Enter, "My account")
}

// Journey 1, by keyboard alone: from a server that nobody has set up to its
// first operator. Whoever comes by number is sent to the name.
func TestJourneySetUp(t *testing.T) {
	t.Parallel()
	h := live(t)
	b := browsertest.Start(t)
	n := b.Open(t, strings.Replace(h.url, "localhost", "127.0.0.1", 1)+"/account")
	if at := browsertest.Eval[string](n, "location.href"); at != h.url+"/account" {
		t.Errorf("127.0.0.1 leads to %s", at)
	}
	n.Close()
	p := b.Open(t, h.url+"/account")
	p.Titled("Set up Bevan")
	p.Plug()
	p.Type("Set-up code", "WRONG CODE")
	p.FocusOn("Go on")
	p.PressTo(kb.Enter, "There is a problem: Set up Bevan")
	p.Until(`document.activeElement.className === "nhsuk-error-summary"`)
	p.FocusOn("This is not the set-up code")
	p.Enter() // the link leads to the field
	p.Until(`document.activeElement.id === "code"`)
	p.Press(kb.End + strings.Repeat(kb.Backspace, len("WRONG CODE")) + h.code())
	p.PressTo(kb.Enter, "Make the first account")
	p.FocusOn("Make my passkey")
	p.PressTo(kb.Enter, "There is a problem: Make the first account")
	p.Says("A name is one line of up to 64 characters.")
	p.Type("Your name", "Olu Operator")
	p.PressTo(kb.Enter, "Make recovery codes")
	p.FocusOn("Show me my codes")
	p.PressTo(kb.Enter, "Keep these codes")
	if n := browsertest.Eval[int](p, "document.querySelectorAll('li code').length"); n != 10 {
		t.Errorf("%d codes are shown", n)
	}
	p.FocusOn("I have kept them")
	p.PressTo(kb.Enter, "Bevan is set up")
	p.FocusOn("Choose where I work")
	p.PressTo(kb.Enter, "Where I work")
	p.FocusOn("Work as Operator")
	p.PressTo(kb.Enter, "Where I work")
	p.Says("Olu Operator: Operator at Service team")
	p.AsksNobodyElse()
}

// Journeys 2 and 3: an account is made, signed out of, and signed in to again.
// Back after signing out shows nothing of it. A finger that is not known is
// told so, by the page itself, and the page can be used again.
func TestJourneyAccountAndSignIn(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	p := browsertest.Start(t).Open(t, h.url+"/")
	a := p.Plug()
	p.FocusOn("Create an account")
	p.PressTo(kb.Enter, "Create an account")
	h.join(p, "Ann Unmistakable")
	p.Says("Ann Unmistakable")
	p.FocusOn("Sign out")
	p.PressTo(kb.Enter, "You are signed out")
	for name := range p.Cookies() {
		t.Errorf("the cookie %s stays", name)
	}
	p.Back("Sign in")
	if strings.Contains(browsertest.Eval[string](p, "document.documentElement.outerHTML"), "Unmistakable") {
		t.Error("the browser shows the account after signing out")
	}

	p.Go(h.url+"/account/passkeys", "Sign in")
	a.Knows(false)
	p.FocusOn("Sign in with a passkey")
	p.Press(kb.Enter)
	p.Until(`document.querySelector('[data-say="cancelled"]:not([hidden])') === document.activeElement`)
	p.Says("Your passkey was not used. Press the button and try again.")
	p.Axe()
	a.Knows(true)
	p.FocusOn("Sign in with a passkey")
	p.PressTo(kb.Enter, "My passkeys")
	p.Says("Chrome on Linux")
	if strings.Contains(browsertest.Eval[string](p, "document.cookie"), "session") {
		t.Error("a script can see the session")
	}
	p.AsksNobodyElse()
}

// Journey 4: a passkey is added on a second device and the first one removed,
// each after a fresh check that leads back.
func TestJourneyPasskeys(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	p := browsertest.Start(t).Open(t, h.url+"/")
	first := p.Plug()
	h.join(p, "Ann")
	h.clock.move(20 * time.Minute)
	p.FocusOn("My passkeys")
	p.PressTo(kb.Enter, "My passkeys")
	p.FocusOn("Add a passkey")
	p.PressTo(kb.Enter, "Check that it is you")
	p.FocusOn("Use my passkey")
	p.PressTo(kb.Enter, "Add a passkey")
	p.Type("What do you call it?", "my security key")
	p.FocusOn("Make the passkey")
	p.Press(kb.Enter)
	p.Until(`document.querySelector('[data-say="known"]:not([hidden])') === document.activeElement`)
	p.Says("This device has a passkey for your account already.")

	first.Unplug()
	p.Plug()
	p.FocusOn("Make the passkey")
	p.PressTo(kb.Enter, "My passkeys")
	p.Says("Your passkey was added.")
	p.Says("my security key")
	h.clock.move(20 * time.Minute)
	p.FocusOn("Remove Chrome on Linux")
	p.PressTo(kb.Enter, "Check that it is you")
	p.FocusOn("Use my passkey")
	p.PressTo(kb.Enter, "Remove a passkey")
	p.FocusOn("Remove this passkey")
	p.PressTo(kb.Enter, "My passkeys")
	p.Says("Your passkey was removed.")
	p.FocusOn("Remove my security key")
	p.PressTo(kb.Enter, "Remove a passkey")
	p.FocusOn("Remove this passkey")
	p.PressTo(kb.Enter, "There is a problem: Remove a passkey")
	p.Says("This is your last passkey that works in full.")
	p.AsksNobodyElse()
}

// Journey 5: another session is seen and ended.
func TestJourneySessions(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	p := browsertest.Start(t).Open(t, h.url+"/")
	p.Plug()
	h.join(p, "Ann")
	other := p.Cookies()[sessionCookie]
	p.ForgetCookies() // as another browser would
	p.Go(h.url+"/sign-in", "Sign in")
	p.FocusOn("Sign in with a passkey")
	p.PressTo(kb.Enter, "My account")
	p.FocusOn("Where I am signed in")
	p.PressTo(kb.Enter, "Where I am signed in")
	if _, err := h.cfg.Accounts.Session(t.Context(), other); err != nil {
		t.Errorf("the other session is not there: %v", err)
	}
	p.FocusOn("End Chrome on Linux")
	p.PressTo(kb.Enter, "Where I am signed in")
	p.Says("That device is signed out.")
	p.Says("You are signed in here and nowhere else.")
	if _, err := h.cfg.Accounts.Session(t.Context(), other); err == nil {
		t.Error("the other session goes on")
	}
	p.AsksNobodyElse()
}

// Without JavaScript a page says what to do instead, and the codes work.
func TestWithoutJavaScript(t *testing.T) {
	h := live(t)
	h.setUp()
	ann := h.site.join("Ann")
	code := ann.codes()[0]
	p := browsertest.Start(t).Open(t, h.url+"/")
	p.WithoutScripts()
	p.Go(h.url+"/sign-in", "Sign in")
	p.Says("A passkey needs JavaScript, which is off in this browser. Turn it on, or sign in with a code.")
	p.FocusOn("Sign in with a passkey")
	p.PressTo(kb.Enter, "There is a problem: Sign in")
	p.Says("Your browser did not use a passkey.")
	p.FocusOn("I lost my passkey and have a recovery code")
	p.PressTo(kb.Enter, "Sign in with a recovery code")
	p.Type("Recovery code", code)
	p.PressTo(kb.Enter, "Add a passkey")
	p.Says("You came in with a recovery code.")
	p.FocusOn("My account")
	p.PressTo(kb.Enter, "My account")
	p.FocusOn("Sign out")
	p.PressTo(kb.Enter, "You are signed out")
}

// Attack 19: another website can not frame a page, though the browser would
// send its cookies along.
func TestAttack19AFramedPageStaysEmpty(t *testing.T) {
	h := live(t)
	h.setUp()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><title>Evil</title><iframe src="` + h.url + `/sign-in" id="f"></iframe>`))
	}))
	defer other.Close()
	p := browsertest.Start(t).Open(t, strings.Replace(other.URL, "127.0.0.1", "localhost", 1)) // the same site, another origin
	p.Titled("Evil")
	p.Until(`document.readyState === "complete"`)
	asked := false
	for _, a := range p.Asked() {
		asked = asked || a == h.url+"/sign-in"
	}
	if !asked {
		t.Error("the frame was not asked for")
	}
	if browsertest.Eval[bool](p, `(() => { try { return document.getElementById("f").contentDocument !== null } catch { return false } })()`) {
		t.Error("the frame can be read")
	}
	if got := p.Frames(); strings.Contains(strings.Join(got, " "), h.url+"/sign-in") {
		t.Errorf("the page is framed: %v", got)
	}
}
