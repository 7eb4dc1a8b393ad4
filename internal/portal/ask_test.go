package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

func TestAPersonAllowsAnApp(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		p := s.linked("Ann", "ann")
		path := s.asks(cl, "openid fhirUser profile launch/patient offline_access patient/Observation.rs patient/Condition.cruds")
		page := p.get(path)
		page.shows(http.StatusOK, "An app asks you: Run Club", "Who asks", "We do not know who runs it.", "It sends you to app.example", "Yes. It shows us that it is this app.",
			"Whose record Your own", "You are signed in as Ann", "It may look at", "Results, measurements and answers (observations)", "there are 3 today", "Illnesses and problems (conditions) there is 1 today",
			"It may write", "add, change, remove", "That it is you, when you come again", "What you are called", "Also while you are not here",
			"How long", "For 90 days, until 1 August 2026", "What cannot be undone", "What the app has read, it keeps.", "What it wrote stays in the record", "Allow what is ticked", "Allow nothing")
		page.hides("Everything else", "The app asks for everything", "Prescriptions")
		want := map[string]bool{"none/Observation.look": true, "none/Condition.look": true, "none/Condition.write": true, "plain/profile": true, "plain/offline_access": true}
		for k, on := range page.boxes() {
			if part := strings.Contains(k, "?"); on == part || !part && !want[k] {
				t.Errorf("the box %s is ticked: %v", k, on)
			}
		}
		a := p.allow(path, page, "none/Condition.write", "plain/profile")
		g, code := a.redeemed(cl)
		if got := code.Scopes; got != "openid fhirUser launch/patient offline_access patient/Observation.rs patient/Condition.rs" {
			t.Errorf("the scopes are %s", got)
		}
		wantUntil := time.Date(2026, 8, 2, 0, 0, 0, 0, time.UTC)
		in := client.Context{Patient: "ann", User: "Patient/ann", Role: access.RoleSelf, Banner: true}
		if g.Context != in || !g.Until.Equal(wantUntil) || g.Account != p.account() {
			t.Errorf("%+v", g)
		}
		if !code.Verified.Equal(s.clock.now()) || code.Trust != "P9.Cm" || code.Nonce != "n" {
			t.Errorf("%+v", code.SignIn)
		}
		p.get(path).shows(http.StatusNotFound, "This request of an app is over")
		p.send(path, "may", "none/Observation.look").shows(http.StatusNotFound, "This request of an app is over")

		p.must(s.cfg.Clients.Describe(t.Context(), cl.ID, client.About{Owner: "Run Club Ltd, Leeds", Purpose: "To plan your training."}))
		path = s.asks(cl, "openid", func(a *client.Ask) { a.Confirm = true })
		p.get(path).shows(http.StatusOK, "Who runs it Run Club Ltd, Leeds", "The app says why To plan your training.", "Whose record None. It only wants to know who you are.")
		p.send(path + "/deny").refused("access_denied")
		p.get(path).shows(http.StatusNotFound, "This request of an app is over")
	})
}

// Nothing is given that was not asked for, whatever a form holds, and nothing
// where nothing is ticked.
func TestNothingIsGivenBeyondTheRequest(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Run Club")
	p := s.linked("Ann", "ann")
	path := s.asks(cl, "launch/patient patient/Observation.rs offline_access")
	every := url.Values{"long": {"1"}}
	for _, k := range []string{"none/Observation.look", "none/Observation.write", "none/Condition.look", "none/*.look", "none/*.write", "patient/Observation.look", "user/Observation.look", "plain/openid",
		"plain/email", "plain/offline_access", "plain/fhirUser", "system/*.look", "patient/*.cruds", "user/*.cruds", "openid"} {
		every.Add("may", k)
	}
	if _, code := p.post(path, every).redeemed(cl); code.Scopes != "launch/patient offline_access patient/Observation.rs" {
		t.Errorf("the scopes are %s", code.Scopes)
	}
	again := func(a *client.Ask) { a.Confirm = true }
	path = s.asks(cl, "launch/patient patient/Observation.rs offline_access", again)
	for _, form := range []url.Values{{"long": {"1"}}, {"long": {"1"}, "may": {"plain/offline_access"}}, {"long": {"1"}, "may": {"nonsense", "none/Goal.look"}}} {
		p.post(path, form).shows(http.StatusUnprocessableEntity, "There is a problem Nothing is ticked.")
	}
	// A link can not tick or choose anything.
	page := p.get(path + "?may=none/Goal.look&may=plain/email&long=365&patient=bob")
	if got := page.boxes(); !got["none/Observation.look"] || !got["plain/offline_access"] {
		t.Errorf("%v", got)
	}
	for k, on := range page.boxes() {
		if on && k != "none/Observation.look" && k != "plain/offline_access" {
			t.Errorf("%s is ticked", k)
		}
	}
	if _, code := p.allow(path, page).redeemed(cl); code.Scopes != "launch/patient offline_access patient/Observation.rs" {
		t.Errorf("the scopes are %s", code.Scopes)
	}
}

// A part of a type has words of its own, and its own count; everything is a
// list of kinds with those first that there are.
func TestKindsOfDataAreInWordsAndCounted(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Run Club")
	p := s.linked("Ann", "ann")
	s.patient("Bob", "bob")
	s.looks()
	page := p.get(s.asks(cl, "launch/patient patient/Observation.rs?category="+labs+" patient/Condition.rs?code=http://snomed.info/sct|38341003"))
	page.shows(http.StatusOK, "Results, measurements and answers (observations): only results from a laboratory there are 2 today",
		"Illnesses and problems (conditions): only those with code http://snomed.info/sct|38341003 there is none today")
	looked := map[string]bool{}
	for _, e := range s.looks() {
		looked[e.Type] = true
		if e.Who.Actor != staff.Actor(p.account()) || e.Who.Patient != "ann" || len(e.Returned) > 0 {
			t.Errorf("the log says %+v", e)
		}
	}
	if !looked["Observation"] || !looked["Condition"] || len(looked) != 2 {
		t.Errorf("looked at %v", looked)
	}

	path := s.asks(cl, "launch/patient patient/*.rs")
	page = p.get(path)
	page.shows(http.StatusOK, "The app asks for everything. That takes in kinds of data that do not exist yet.", "Everything else Such as the names of places",
		"Kinds of data of which there is none today", "Prescriptions there is none today", "Visits and stays (encounters) there is 1 today", "Who you are: name, birthday, address there is 1 today")
	if n := len(page.boxes()); n != len(aboutSomebody())+1+len(partsOf["Observation"])+len(partsOf["Condition"]) {
		t.Errorf("%d boxes", n)
	}
	body := page.Body.String()
	if less := strings.Index(body, "Kinds of data of which there is none today"); strings.Index(body, "Prescriptions") < less || strings.Index(body, "Visits and stays") > less {
		t.Error("kinds of which there is none stand before those of which there is something")
	}
	_, code := p.allow(path, page, "none/Condition.look").redeemed(cl)
	words := strings.Fields(code.Scopes)
	if slices.Contains(words, "patient/*.rs") || slices.Contains(words, "patient/Condition.rs") || !slices.Contains(words, "patient/Observation.rs") || !slices.Contains(words, "patient/Practitioner.rs") {
		t.Errorf("the scopes are %s", code.Scopes)
	}
	path = s.asks(cl, "launch/patient patient/*.read")
	if _, code := p.allow(path, p.get(path)).redeemed(cl); code.Scopes != "launch/patient patient/*.read" {
		t.Errorf("in the first form: %s", code.Scopes)
	}
}

// The day on which it ends lies within the policy, and is the end of that day.
func TestThePersonPicksTheLastDay(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Run Club")
	p := s.linked("Ann", "ann")
	path := s.asks(cl, "launch/patient patient/Observation.rs")
	page := p.get(path)
	if !strings.Contains(page.Body.String(), `value="90" checked`) {
		t.Error("90 days are not what is chosen at first")
	}
	send := func(day, month, year string) answer {
		return p.send(path, "may", "none/Observation.look", "long", "date", "until", day, "untilmonth", month, "untilyear", year)
	}
	for _, bad := range [][3]string{{"", "", ""}, {"31", "6", "2026"}, {"x", "6", "2026"}, {"1", "1", "26"}, {"+1", "6", "2026"}, {"0", "6", "2026"}, {"30", "2", "2027"}} {
		send(bad[0], bad[1], bad[2]).shows(http.StatusUnprocessableEntity, "There is a problem", "This is not a day.")
	}
	for _, far := range [][3]string{{"3", "5", "2026"}, {"2", "5", "2026"}, {"4", "5", "2027"}, {"1", "1", "9999"}} {
		send(far[0], far[1], far[2]).shows(http.StatusUnprocessableEntity, "This ends too soon or too late.")
	}
	p.send(path, "may", "none/Observation.look", "long", "3650").shows(http.StatusUnprocessableEntity, "This is not a day.")
	p.send(path, "may", "none/Observation.look").shows(http.StatusUnprocessableEntity, "This is not a day.")
	again := send("4", "5", "2027")
	if got := again.boxes(); !got["none/Observation.look"] || !strings.Contains(again.Body.String(), `value="2027"`) || !strings.Contains(again.Body.String(), `value="date" checked`) {
		t.Errorf("what was typed is gone: %v", got)
	}
	g, _ := send("3", "5", "2027").redeemed(cl)
	if !g.Until.Equal(time.Date(2027, 5, 4, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("it ends %v", g.Until)
	}
}

// Whoever is signed in with less than a passkey uses one first, and whoever has
// no record is told how to link one, and can give nothing of one.
func TestARecordIsGivenByWhoeverMayGiveIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		q := s.join("Nobody's record")
		path := s.asks(cl, "openid fhirUser profile launch/patient patient/Observation.rs user/Observation.rs")
		page := q.get(path)
		page.shows(http.StatusOK, "First show us who you are, then come back to the app.", "Show who I am and link my record", "What you are called")
		page.hides("Results, measurements", "It may look at")
		page.find(`href="(/account/proof)"`)
		if g, code := q.post(path, url.Values{"long": {"1"}, "may": {"none/Observation.look", "plain/profile"}}).redeemed(cl); code.Scopes != "openid profile" || g.Patient != "" || g.User != "" {
			t.Errorf("%+v with %s", g, code.Scopes)
		}
		path = s.asks(cl, "patient/Observation.rs")
		page = q.get(path)
		page.shows(http.StatusOK, "There is nothing here that you can allow it.", "Allow nothing")
		page.hides("Allow what is ticked")
		q.send(path, "may", "none/Observation.look", "long", "1").shows(http.StatusUnprocessableEntity, "There is nothing here that you can allow it.")
		q.must(s.cfg.Accounts.SetProof(t.Context(), q.account(), account.P5))
		q.get(path).shows(http.StatusOK, "your account has none yet. Link it first")
		q.must(s.cfg.Accounts.SetProof(t.Context(), q.account(), account.P0))
		q.must(s.cfg.Accounts.SetRecord(t.Context(), q.account(), "Patient/q"))
		q.get(path).shows(http.StatusOK, "First show us who you are, then come back to the app.")
		q.get(path).hides("Allow what is ticked")

		p := s.linked("Ann", "ann")
		s.clock.move(20 * time.Minute)
		path = s.asks(cl, "openid launch/patient patient/Observation.rs")
		p.get(path).to("/check?next=" + url.QueryEscape(path))
		p.send(path, "may", "none/Observation.look", "long", "1").to("/check?next=" + url.QueryEscape(path))
		page = p.use("/check", "next", path).onward()
		page.shows(http.StatusOK, "An app asks you: Run Club")
		p.allow(path, page).redeemed(cl)

		codes := p.codes()
		weak := s.person()
		weak.send("/sign-in/recovery", "code", codes[0])
		path = s.asks(cl, "openid launch/patient patient/Observation.rs")
		weak.get(path).to("/check?next=" + url.QueryEscape(path))
		weak.get(s.asks(cl, "openid launch/patient patient/Observation.rs", func(a *client.Ask) { a.Silent = true })).refused("login_required")
		weak.send(path, "may", "none/Observation.look", "long", "1").to("/check?next=" + url.QueryEscape(path))
	})
}

// A request belongs to the browser that opened it first, and to nobody else.
func TestARequestIsOfOneBrowser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		p, q := s.linked("Ann", "ann"), s.linked("Mallory", "mal")
		path := s.asks(cl, "openid launch/patient patient/Observation.rs")
		page := p.get(path)
		for _, a := range []answer{q.get(path), q.send(path, "may", "none/Observation.look", "long", "1"), q.send(path + "/deny"), q.send(path+"/account", "as", "same"),
			q.get(path + "/patient"), q.send(path + "/patient"), q.send(path + "/patient/choose"), q.get(path + "/encounter"), q.send(path+"/encounter", "encounter", "none"), s.person().get(path)} {
			a.shows(http.StatusNotFound, "This request of an app is over, or was opened elsewhere.")
			a.hides("Run Club", "Ann")
		}
		p.allow(path, page).redeemed(cl)
		c := p.cookies["__Host-bevan-ask"]
		if c == nil || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || len(c.Value) < 26 {
			t.Errorf("the cookie is %v", c)
		}
		p.cookies["__Host-bevan-ask"] = &http.Cookie{Name: "__Host-bevan-ask", Value: "short"}
		p.get(s.asks(cl, "openid", func(a *client.Ask) { a.Confirm = true })).shows(http.StatusOK, "An app asks you")
	})
}

func TestTheAppIsAskedByWhomItExpects(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		p := s.linked("Ann", "ann")
		other := s.linked("Bob", "bob")
		expects := func(a *client.Ask) { a.Account = other.account() }
		path := s.asks(cl, "openid", expects)
		p.get(path).shows(http.StatusOK, "The app expects somebody else", "Sign in as somebody else", "Go back to the app, and allow nothing")
		p.send(path, "long", "1").shows(http.StatusOK, "The app expects somebody else")
		p.send(path+"/account", "as", "same").onward().shows(http.StatusOK, "The app expects somebody else")
		p.send(path+"/account", "as", "other").to("/sign-in?next=" + url.QueryEscape(path))
		p.get("/account").to("/sign-in")
		p.get(path).to("/sign-in?next=" + url.QueryEscape(path))
		p.use("/sign-in", "next", path).onward().shows(http.StatusOK, "The app expects somebody else")
		p.get(s.asks(cl, "openid", expects, func(a *client.Ask) { a.Silent = true })).refused("login_required")
		p.send(path + "/deny").refused("access_denied")

		s.clock.move(time.Minute)
		choose := func(a *client.Ask) { a.Choose = true }
		path = s.asks(cl, "openid", choose)
		p.get(path).shows(http.StatusOK, "Go on as this person?", "Ann")
		p.send(path, "long", "1").shows(http.StatusOK, "Go on as this person?")
		p.send(path+"/account", "as", "same").onward().shows(http.StatusOK, "An app asks you: Run Club")
		p.get(s.asks(cl, "openid", choose, func(a *client.Ask) { a.Silent = true })).refused("account_selection_required")
		path = s.asks(cl, "openid", choose)
		p.get(path)
		p.send(path+"/account", "as", "other").to("/sign-in?next=" + url.QueryEscape(path))
		p.use("/sign-in", "next", path).onward().shows(http.StatusOK, "An app asks you: Run Club") // signing in was a choice
	})
}

// How recent the check has to be, and how sure it has to be who somebody is.
func TestAnAppWantsToBeSure(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		p := s.linked("Ann", "ann")
		s.clock.move(5 * time.Minute)
		silent := func(a *client.Ask) { a.Silent = true }
		for _, c := range []struct {
			name  string
			some  func(*client.Ask)
			check bool
		}{
			{"prompt=login", func(a *client.Ask) { a.Again = true }, true},
			{"max_age=0", func(a *client.Ask) { a.MaxAge = 0 }, true},
			{"max_age=60", func(a *client.Ask) { a.MaxAge = time.Minute }, true},
			{"max_age=300", func(a *client.Ask) { a.MaxAge = 5 * time.Minute }, false},
			{"max_age=3600", func(a *client.Ask) { a.MaxAge = time.Hour }, false},
		} {
			path := s.asks(cl, "openid", c.some)
			if a := p.get(path); c.check {
				a.to("/check?next=" + url.QueryEscape(path))
				p.send(path, "long", "1").to("/check?next=" + url.QueryEscape(path))
			} else {
				a.shows(http.StatusOK, "An app asks you")
			}
			want := "consent_required"
			if c.check {
				want = "login_required"
			}
			p.get(s.asks(cl, "openid", c.some, silent)).refused(want)
		}
		path := s.asks(cl, "openid", func(a *client.Ask) { a.MaxAge = 0 })
		p.use("/check", "next", path).onward().shows(http.StatusOK, "An app asks you: Run Club")
		s.clock.move(time.Minute)
		p.get(path).shows(http.StatusOK, "An app asks you: Run Club") // the check was after the request

		for vtr, want := range map[string]string{`["P9.Cm"]`: "An app asks you", `["P5.Cm","P9.Cd"]`: "An app asks you", `["P9.Cp.Cd"]`: "The app needs to be sure who you are"} {
			trust := func(a *client.Ask) { a.Trust = vtr }
			p.get(s.asks(cl, "openid", trust)).shows(http.StatusOK, want)
			if want != "An app asks you" {
				p.get(s.asks(cl, "openid", trust, silent)).refused("interaction_required")
			}
		}
		for _, bad := range []string{`P9`, `[]`, `["p9"]`, `[1]`, `{"a":"b"}`} {
			p.get(s.asks(cl, "openid", func(a *client.Ask) { a.Trust = bad })).refused("invalid_request")
			s.person().get(s.asks(cl, "openid", func(a *client.Ask) { a.Trust = bad })).refused("invalid_request")
		}
		q := s.join("Not proven")
		path = s.asks(cl, "openid", func(a *client.Ask) { a.Trust = `["P9.Cm"]` })
		page := q.get(path)
		page.shows(http.StatusOK, "For this app it has to be checked better who you are.", "Show who I am")
		page.find(`href="(/account/proof)"`)
		q.send(path, "long", "1").shows(http.StatusOK, "The app needs to be sure who you are")
		q.send(path + "/deny").refused("access_denied")
	})
}

// prompt=none shows no page, ever: it is answered at once.
func TestNoPageIsShownWhereTheAppWantsNone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		silent := func(a *client.Ask) { a.Silent = true }
		scopes := "openid launch/patient patient/Observation.rs"
		s.person().get(s.asks(cl, scopes, silent)).refused("login_required")
		p := s.linked("Ann", "ann")
		p.get(s.asks(cl, scopes, silent)).refused("consent_required")
		path := s.asks(cl, scopes)
		first, _ := p.allow(path, p.get(path)).redeemed(cl)
		g, code := p.get(s.asks(cl, scopes, silent)).redeemed(cl)
		if g.ID != first.ID || code.Scopes != scopes {
			t.Errorf("%+v with %s", g, code.Scopes)
		}
		p.get(s.asks(cl, scopes+" patient/Goal.rs", silent)).refused("consent_required")
		p.get(s.asks(cl, scopes+" launch/encounter", silent)).refused("interaction_required")
		p.get(s.asks(cl, scopes, silent, func(a *client.Ask) { a.Launch = "nonsense" })).refused("invalid_request")
		q := s.join("No record")
		q.get(s.asks(cl, scopes, silent)).refused("consent_required")
		p.send(s.asks(cl, "openid", silent), "long", "1").refused("consent_required")
	})
}

// What was allowed before is not asked again: the same app, the same person, no
// more than then, and nothing that wants a page.
func TestWhatWasAllowedIsNotAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Run Club")
		p := s.linked("Ann", "ann")
		scopes := "openid launch/patient patient/Observation.rs"
		path := s.asks(cl, scopes)
		first, _ := p.allow(path, p.get(path)).redeemed(cl)
		s.clock.move(20 * time.Minute) // sharing anew would take a check
		if g, _ := p.get(s.asks(cl, scopes)).redeemed(cl); g.ID != first.ID {
			t.Errorf("another permission: %+v", g)
		}
		if g, code := p.get(s.asks(cl, "launch/patient patient/Observation.r")).redeemed(cl); g.ID != first.ID || code.Scopes != "launch/patient patient/Observation.r" {
			t.Errorf("less than before: %+v with %s", g, code.Scopes)
		}
		p.use("/check").to("/account")
		for name, path := range map[string]string{
			"more than before": s.asks(cl, scopes+" patient/Goal.rs"),
			"prompt=consent":   s.asks(cl, scopes, func(a *client.Ask) { a.Confirm = true }),
			"another app":      s.asks(s.app("Other"), scopes),
			"a public app":     s.asks(s.app("Public", func(c *client.Spec) { c.Proof = client.NoProof }), scopes),
		} {
			if a := p.get(path); a.Code != http.StatusOK {
				t.Errorf("%s: %d to %s", name, a.Code, a.Header().Get("Location"))
			}
		}
		s.linked("Bob", "bob").get(s.asks(cl, scopes)).shows(http.StatusOK, "An app asks you: Run Club")
		p.must(s.cfg.Clients.End(t.Context(), p.account(), first.ID))
		p.get(s.asks(cl, scopes)).shows(http.StatusOK, "An app asks you: Run Club")
		public := s.app("Public", func(c *client.Spec) { c.Proof = client.NoProof })
		p.get(s.asks(public, "openid")).shows(http.StatusOK, "We cannot be sure. Only say yes if you opened the app yourself.")
	})
}

// A sign-in that lasts while somebody is here ends with their session.
func TestOnlineAccessEndsWithTheSession(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Run Club")
	p := s.linked("Ann", "ann")
	for scopes, bound := range map[string]bool{"openid online_access": true, "openid offline_access": false, "openid": false, "openid online_access offline_access": false} {
		path := s.asks(cl, scopes, func(a *client.Ask) { a.Confirm = true })
		g, _ := p.allow(path, p.get(path)).redeemed(cl)
		if (g.Session == p.sessionID()) != bound || !bound && g.Session != "" {
			t.Errorf("%s: the session is %q", scopes, g.Session)
		}
	}
}
