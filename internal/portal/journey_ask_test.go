package portal

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// theApp is an app on another origin, which shows where people came back to.
func (h *here) theApp() (*httptest.Server, client.Client) {
	h.t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><title>The app</title><h1>The app</h1>`))
	}))
	h.t.Cleanup(app.Close)
	return app, h.app("Run Club", func(c *client.Spec) {
		c.Redirects, c.LaunchURL = []string{app.URL + "/back"}, app.URL+"/launch"
	})
}

// link gives whoever is signed in a record of their own.
func (h *here) link(p *browsertest.Tab, name, patient string) {
	h.t.Helper()
	s, err := h.cfg.Accounts.Session(h.t.Context(), p.Cookies()[sessionCookie])
	for _, do := range []func() error{
		func() error { return err },
		func() error { return h.cfg.Accounts.SetProof(h.t.Context(), s.Account, account.P9) },
		func() error { return h.cfg.Accounts.SetRecord(h.t.Context(), s.Account, "Patient/"+patient) },
	} {
		if err := do(); err != nil {
			h.t.Fatal(err)
		}
	}
	h.patient(name, patient)
}

// said is what the app was told, at the address where the page is now.
func said(t *testing.T, p *browsertest.Tab) url.Values {
	t.Helper()
	u, err := url.Parse(browsertest.Eval[string](p, "location.href"))
	if err != nil || u.Path != "/back" {
		t.Fatalf("the page is %v", u)
	}
	return u.Query()
}

// Journey 6, by keyboard alone: an app asks, one kind of data is unticked, and
// the rest is allowed; another time, nothing is. Then what acts in somebody's
// name is seen and ended.
func TestJourneyAllowAnApp(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	_, cl := h.theApp()
	p := browsertest.Start(t).Open(t, h.url+"/")
	p.Plug()
	h.join(p, "Ann")
	h.link(p, "Ann", "ann")

	const scopes = "openid launch/patient patient/Observation.rs patient/Condition.rs"
	p.Go(h.url+h.asks(cl, scopes), "An app asks you")
	p.Says("there are 3 today")
	sizes := browsertest.Eval[[]float64](p, `[...document.querySelectorAll(".nhsuk-button-group button")].flatMap(b => [b.offsetWidth, b.offsetHeight, parseFloat(getComputedStyle(b).fontSize)])`)
	if len(sizes) != 6 || sizes[0] != sizes[3] || sizes[1] != sizes[4] || sizes[2] != sizes[5] {
		t.Errorf("the two buttons are not of one size: %v", sizes)
	}
	p.FocusOn("Illnesses and problems")
	p.Press(" ")
	p.FocusOn("Allow what is ticked")
	p.PressTo(kb.Enter, "The app")
	q := said(t, p)
	_, code, err := h.cfg.Clients.Redeem(t.Context(), q.Get("code"), client.Redeeming{Client: cl.ID, Fits: func(client.Code) bool { return true }})
	if err != nil || code.Scopes != "openid launch/patient patient/Observation.rs" || q.Get("state") != "the state" {
		t.Errorf("%v: %v, %+v", q, err, code)
	}

	p.Go(h.url+h.asks(cl, scopes), "An app asks you")
	p.FocusOn("Allow nothing")
	p.PressTo(kb.Enter, "The app")
	if q := said(t, p); q.Get("error") != "access_denied" || q.Has("code") {
		t.Errorf("the app is told %v", q)
	}

	// What was allowed is not asked again. Signing in is a form, and what it
	// leads to is the app's address.
	p.Go(h.url+"/sign-out", "Sign out?")
	p.FocusOn("Sign out") // in the header
	p.PressTo(kb.Enter, "You are signed out")
	p.Go(h.url+h.asks(cl, "openid launch/patient patient/Observation.rs"), "Sign in")
	p.FocusOn("Sign in with a passkey")
	p.Press(kb.Enter)
	p.Comes("The app")
	if q := said(t, p); !q.Has("code") {
		t.Errorf("the app is told %v", q)
	}

	p.Go(h.url+"/account/apps/open", "Open an app")
	p.FocusOn("Run Club")
	p.Press(" ")
	p.FocusOn("Open")
	p.PressTo(kb.Enter, "The app")
	if at := browsertest.Eval[string](p, "location.href"); !strings.Contains(at, "/launch?iss=") || !strings.Contains(at, "&launch=") {
		t.Errorf("the app is opened at %s", at)
	}

	p.Go(h.url+"/account", "My account")
	p.FocusOn("Apps")
	p.PressTo(kb.Enter, "What acts in my name")
	p.FocusOn("See, change or end it Run Club")
	p.PressTo(kb.Enter, "An app that acts in my name")
	p.FocusOn("End this now")
	p.PressTo(kb.Enter, "What acts in my name")
	p.Says("The app gets nothing new from now on.")
	p.Says("No app acts in your name.")
}

// Attack 19: the page on which somebody decides can not be framed, and a form
// of another website decides nothing, though the browser sends its cookies.
func TestAttack19TheConsentPageInABrowser(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	_, cl := h.theApp()
	p := browsertest.Start(t).Open(t, h.url+"/")
	p.Plug()
	h.join(p, "Ann")
	h.link(p, "Ann", "ann")
	path := h.asks(cl, "openid launch/patient patient/Observation.rs")
	p.Go(h.url+path, "An app asks you")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		body := `<iframe src="` + h.url + path + `"></iframe>`
		if r.URL.Path == "/post" {
			body = `<form method="post" action="` + h.url + path + `"><input name="may" value="none/Observation.look"><input name="long" value="90"><button id="go">Win</button></form>`
		}
		_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><title>Evil</title>` + body))
	}))
	defer evil.Close()
	at := strings.Replace(evil.URL, "127.0.0.1", "localhost", 1) // the same site, another origin
	p.Go(at+"/frame", "Evil")
	p.Until(`document.readyState === "complete"`)
	if got := strings.Join(p.Frames(), " "); strings.Contains(got, path) {
		t.Errorf("the page is framed: %s", got)
	}
	p.Go(at+"/post", "Evil")
	p.FocusOn("Win")
	p.PressTo(kb.Enter, "This did not work")
	p.Says("This was sent from another website, so nothing was done.")
	s, err := h.cfg.Accounts.Session(t.Context(), p.Cookies()[sessionCookie])
	if err != nil {
		t.Fatal(err)
	}
	if all, err := h.cfg.Clients.Given(t.Context(), s.Account); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}
