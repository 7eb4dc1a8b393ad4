package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// Attack 19: a page in which somebody decides can not be framed, nothing of it
// is decided by a form of another website, and its form leads to the app that
// asks and nowhere else.
func TestAttack19TheConsentPage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		p := s.linked("Ann", "ann")
		path := s.asks(cl, "openid launch/patient patient/Observation.rs")
		page := p.get(path)
		policy := page.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self' https://app.example;") {
			t.Errorf("the policy is %s", policy)
		}
		if got := p.get("/account").Header().Get("Content-Security-Policy"); strings.Contains(got, "app.example") {
			t.Errorf("another page: %s", got)
		}
		for _, from := range []struct{ site, origin string }{{"cross-site", "https://evil.example"}, {"same-site", "https://other.example.org"}, {"", "null"}, {"", "https://app.example"}} {
			for _, at := range []string{"", "/deny", "/account"} {
				a := p.postFrom(path+at, url.Values{"may": {"none/Observation.look"}, "long": {"90"}, "as": {"other"}}, from.site, from.origin)
				a.shows(http.StatusForbidden, "This was sent from another website, so nothing was done.")
				if a.Header().Get("Location") != "" {
					t.Errorf("%v leads to %s", from, a.Header().Get("Location"))
				}
			}
		}
		if all, err := s.cfg.Clients.Given(t.Context(), p.account()); err != nil || len(all) != 0 {
			t.Errorf("%v, %v", all, err)
		}
		p.allow(path, page).redeemed(cl) // and it is still there for the person
	})
}

// Attack 15: a scope about a patient is not given where no patient is chosen,
// and a patient is never one that a form or an address names.
func TestAttack15NoPatientWasChosen(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		q := s.join("No record")
		path := s.asks(cl, "openid launch/patient patient/Observation.rs patient/*.cruds")
		q.get(path + "?patient=ann")
		g, code := q.post(path, url.Values{"long": {"1"}, "patient": {"ann"}, "may": {"none/Observation.look", "patient/Observation.look", "none/*.look"}}).redeemed(cl)
		if code.Scopes != "openid" || g.Patient != "" {
			t.Errorf("%+v with %s", g, code.Scopes)
		}
		p := s.linked("Ann", "ann")
		s.patient("Bob", "bob")
		path = s.asks(cl, "launch/patient patient/Observation.rs")
		p.send(path+"/patient/choose", "patient", "bob").onward() // a person has no picker
		page := p.get(path + "?patient=bob")
		form := url.Values{"long": {"1"}, "patient": {"bob"}, "may": {"none/Observation.look"}}
		if g, _ := p.post(path, form).redeemed(cl); g.Patient != "ann" || g.User != "Patient/ann" {
			t.Errorf("%+v: %s", g, page.text())
		}
		for _, e := range s.looks() {
			if e.Who.Patient == "bob" {
				t.Errorf("somebody else's record was opened: %+v", e)
			}
		}
	})
}

// Attack 16: what an app brings back from a launch is good once, and for
// whoever opened it.
func TestAttack16ALaunchIsGoodOnceAndForOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl, another := s.app("Run Club"), s.app("Other")
		p, q := s.linked("Ann", "ann"), s.linked("Mallory", "mal")
		word := func() string {
			a := p.send("/account/apps/open", "app", cl.ID)
			u, err := url.Parse(a.Header().Get("Location"))
			if err != nil || a.Code != http.StatusSeeOther || u.Host != "app.example" || u.Query().Get("iss") != origin+"/fhir" {
				t.Fatalf("%d to %v: %s", a.Code, u, a.text())
			}
			return u.Query().Get("launch")
		}
		launch := word()
		with := func(a *client.Ask) { a.Launch = launch }
		scopes := "openid launch patient/Observation.rs"
		for name, a := range map[string]answer{
			"another account": q.get(s.asks(cl, scopes, with)),
			"another app":     p.get(s.asks(another, scopes, with)),
			"nonsense":        p.get(s.asks(cl, scopes, func(a *client.Ask) { a.Launch = "nonsense" })),
		} {
			a.shows(http.StatusNotFound, "The app was opened too long ago, or by somebody else.")
			if a.Header().Get("Location") != "" {
				t.Errorf("%s leads to %s", name, a.Header().Get("Location"))
			}
		}
		path, twice := s.asks(cl, scopes, with), s.asks(cl, scopes, with)
		page := p.get(path)
		page.shows(http.StatusOK, "An app asks you: Run Club", "Whose record Your own")
		p.get(twice).shows(http.StatusOK, "An app asks you: Run Club")
		if g, code := p.allow(path, page).redeemed(cl); g.Patient != "ann" || code.Scopes != scopes {
			t.Errorf("%+v with %s", g, code.Scopes)
		}
		p.get(twice).shows(http.StatusNotFound, "The app was opened too long ago")
		p.send(twice, "may", "none/Observation.look", "long", "1").shows(http.StatusNotFound, "The app was opened too long ago")
		launch = word()
		s.clock.move(5 * time.Minute)
		p.get(s.asks(cl, scopes, with)).shows(http.StatusNotFound, "The app was opened too long ago")
	})
}

// A code, a state, a launch word and the secret of the browser are in no log
// line, and no page holds a code.
func TestNoCodeIsInAPageOrALog(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Run Club")
	p := s.linked("Ann", "ann")
	path := s.asks(cl, "openid launch/patient patient/Observation.rs")
	page := p.get(path)
	a := p.allow(path, page)
	code := a.sent().Get("code")
	if a.Body.Len() != 0 || strings.Contains(page.Body.String(), code) || a.Header().Get("Cache-Control") != "no-store" || a.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%v: %s", a.Header(), a.Body)
	}
	launched := p.send("/account/apps/open", "app", cl.ID).Header().Get("Location")
	u, _ := url.Parse(launched)
	p.get(path)
	log := s.log.String()
	if strings.Count(log, "\n") < 5 {
		t.Fatalf("the log holds little: %s", log)
	}
	for _, secret := range []string{code, "the state", u.Query().Get("launch"), p.cookies["__Host-bevan-ask"].Value, p.cookies["__Host-bevan-session"].Value} {
		if secret == "" || strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// A record that can not be counted is not counted: nothing is shown as none.
func TestWhatIsNotLoggedIsNotShown(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Run Club")
	p := s.linked("Ann", "ann")
	s.fails = true
	a := p.get(s.asks(cl, "launch/patient patient/Observation.rs"))
	a.shows(http.StatusServiceUnavailable, "Try again in a")
	a.hides("today")
}

// A policy names the place to which a form leads, and nothing that an address
// could smuggle into it.
func TestAPolicyNamesOnePlace(t *testing.T) {
	for address, want := range map[string]string{
		"https://app.example/back?x=1":   "https://app.example",
		"https://APP.example:8443/back":  "https://APP.example:8443",
		"http://127.0.0.1:4000/back":     "http://127.0.0.1:4000",
		"http://[::1]:4000/back":         "http:",
		"org.example.app:/back":          "org.example.app:",
		"https://app.example;default/x":  "",
		"https://a.example b.example/":   "",
		"https://app.example'self'/":     "",
		"https://*.example/":             "",
		"https://ä.example/":             "",
		"//app.example/":                 "",
		"":                               "",
		"https://user@app.example/back":  "https://app.example",
		"https://app.example, evil.test": "",
	} {
		if got := placeOf(address); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}
