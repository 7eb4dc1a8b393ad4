package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// token is an access token for a permission.
func (s *site) token(g client.Grant) string {
	s.t.Helper()
	out, err := s.cfg.Clients.Issue(s.t.Context(), client.Issuing{Grant: g.ID, Scopes: g.Scopes, Life: time.Hour})
	if err != nil {
		s.t.Fatal(err)
	}
	return out.Token
}

// allowed lets an app in, and gives the permission.
func (p *person) allowed(cl client.Client, scopes, long string) client.Grant {
	p.t.Helper()
	path := p.s.asks(cl, scopes, func(a *client.Ask) { a.Confirm = true })
	g, _ := p.allowFor(path, p.get(path), long).redeemed(cl)
	return g
}

func TestWhatActsInMyNameIsSeenChangedAndEnded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p, q := s.linked("Ann", "ann"), s.linked("Mallory", "mal")
		p.get("/account").shows(http.StatusOK, "Apps What acts in your name.")
		p.get("/account/apps").shows(http.StatusOK, "No app acts in your name.", "Open an app")
		run, heart := s.app("Run Club"), s.app("Heart App")
		g := p.allowed(run, "openid profile offline_access launch/patient patient/Observation.rs?category="+labs+" patient/Condition.cruds", "30")
		h := p.allowed(heart, "launch/patient patient/*.rs", "90")
		token, other := s.token(g), s.token(h)
		list := p.get("/account/apps")
		list.shows(http.StatusOK, "Run Club", "Heart App", "Whose record Your own", "You allowed it 3 May 2026, 2:30pm", "It ends 2 June 2026", "It ends 1 August 2026", "It last asked for data 3 May 2026, 2:30pm")
		at := "/account/apps/" + g.ID
		page := p.get(at)
		page.shows(http.StatusOK, "Run Club", "It may look at", "Results, measurements and answers (observations): only results from a laboratory", "Illnesses and problems (conditions)", "It may write",
			"That it is you, when you come again", "What you are called", "Also while you are not here", "End this now", "Change the last day")
		page.hides("everything", "Heart App")
		p.get("/account/apps/"+h.ID).shows(http.StatusOK, "everything, also kinds of data that come later")

		for _, a := range []answer{q.get(at), q.send(at + "/end"), q.send(at+"/until", "until", "1", "untilmonth", "6", "untilyear", "2026"), p.get("/account/apps/nothing"), p.send("/account/apps/nothing/end")} {
			a.shows(http.StatusNotFound, "or it has ended.")
			a.hides("Run Club")
		}
		q.send("/account/apps/end-all").to("/account/apps")
		if _, err := s.cfg.Clients.Verify(t.Context(), token); err != nil {
			t.Errorf("somebody else ended it: %v", err)
		}

		p.send(at+"/until", "until", "31", "untilmonth", "2", "untilyear", "2026").shows(http.StatusUnprocessableEntity, "There is a problem", "This is not a day.")
		p.send(at+"/until", "until", "3", "untilmonth", "5", "untilyear", "2028").shows(http.StatusUnprocessableEntity, "This ends too soon or too late.")
		p.send(at+"/until", "until", "10", "untilmonth", "5", "untilyear", "2026").to("/account/apps")
		p.get("/account/apps").shows(http.StatusOK, "The last day was changed.", "It ends 10 May 2026")
		s.clock.move(20 * time.Minute) // a later day is a choice to share; an earlier one, and ending, are not
		p.send(at+"/until", "until", "11", "untilmonth", "5", "untilyear", "2026").to("/check?next=" + url.QueryEscape(at))
		p.must(s.cfg.Accounts.SetProof(t.Context(), p.account(), account.P0))
		p.send(at+"/until", "until", "11", "untilmonth", "5", "untilyear", "2026").shows(http.StatusForbidden, "First show us who you are")
		p.send(at+"/until", "until", "9", "untilmonth", "5", "untilyear", "2026").to("/account/apps")

		if _, err := s.cfg.Clients.Verify(t.Context(), token); err != nil {
			t.Errorf("before it is ended: %v", err)
		}
		p.send(at + "/end").to("/account/apps")
		list = p.get("/account/apps")
		list.shows(http.StatusOK, "The app gets nothing new from now on.", "Heart App")
		list.hides("Run Club")
		s.clock.move(time.Second)
		if _, err := s.cfg.Clients.Verify(t.Context(), token); !problem.Is(err, problem.Revoked) {
			t.Errorf("a second after it was ended: %v", err)
		}
		p.send("/account/apps/end-all").to("/account/apps")
		p.get("/account/apps").shows(http.StatusOK, "No app acts in your name any more.", "No app acts in your name.")
		s.clock.move(time.Second)
		if _, err := s.cfg.Clients.Verify(t.Context(), other); !problem.Is(err, problem.Revoked) {
			t.Errorf("a second after all were ended: %v", err)
		}
	})
}

// Staff see what acts in their name, whose record it is about, and what ends
// with their session only while that lasts.
func TestStaffSeeWhatActsInTheirName(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Heart App")
	s.patient("Ann Ash", "ann")
	p := s.join("Noor")
	p.works("Noor", staff.Clinician)
	path := s.asks(cl, "launch/patient patient/Observation.rs user/Patient.r")
	p.get(path)
	g, _ := p.allowFor(path, p.send(path+"/patient/choose", "patient", "ann").onward(), "1").redeemed(cl)
	list := p.get("/account/apps")
	list.shows(http.StatusOK, "Heart App", "Whose record A person whom you care for", "It ends 4 May 2026. It ends when you sign out.")
	list.hides("Ann Ash")
	s.looks()
	p.get("/account/apps/"+g.ID).shows(http.StatusOK, "Whose record Ann Ash, born 31 March 1950", "Results, measurements and answers (observations)", "Who you are: name, birthday, address, about all people whom you may see")
	if looks := s.looks(); len(looks) != 1 || looks[0].Type != "Patient" {
		t.Errorf("the log says %+v", looks)
	}
	p.send("/sign-out").to("/signed-out")
	p.signIn()
	p.get("/account/apps").shows(http.StatusOK, "No app acts in your name.")
}

func TestAnAppIsOpenedWithOnesOwnRecord(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	q := s.join("No record")
	q.get("/account/apps/open").shows(http.StatusOK, "Your account has no record yet", "Show who I am and link my record")
	q.send("/account/apps/open", "app", "x").shows(http.StatusOK, "Your account has no record yet")
	p := s.linked("Ann", "ann")
	p.get("/account/apps/open").shows(http.StatusOK, "There are no apps that can be opened from here.")
	p.get("/account/apps/open").hides("Which app?")
	cl := s.app("Run Club")
	page := p.get("/account/apps/open")
	page.shows(http.StatusOK, "It asks you before it sees anything.", "Which app?", "Run Club")
	p.send("/account/apps/open").shows(http.StatusUnprocessableEntity, "There is a problem No app is chosen.")
	p.send("/account/apps/open", "app", "app-nothing").shows(http.StatusNotFound, "This app can not be opened from here.")
	a := p.send("/account/apps/open", "app", cl.ID)
	if got := a.Header().Get("Location"); a.Code != http.StatusSeeOther || !strings.HasPrefix(got, "https://app.example/launch?iss=https%3A%2F%2Fid.example.org%2Ffhir&launch=") {
		t.Errorf("%d to %s", a.Code, got)
	}
}

// Whoever an app sends to sign out is asked, signs out, and goes back to the
// app's own address and to no other.
func TestAnAppSendsPeopleToSignOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		to, err := s.cfg.Clients.SealLogout(client.Logout{Name: "Run Club", Location: "https://app.example/bye?state=1"})
		p.must(err)
		at := "/sign-out?to=" + url.QueryEscape(to)
		page := p.get(at)
		page.shows(http.StatusOK, "Sign out?", "Afterwards you go back to:", "Run Club", "Stay signed in")
		p.get("/account").shows(http.StatusOK, "Ann") // asking signs nobody out
		if got := page.Header().Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' https://app.example;") {
			t.Errorf("the policy is %s", got)
		}
		for _, bad := range []string{"nonsense", to[1:], "https://evil.example/"} {
			p.get("/sign-out?to="+url.QueryEscape(bad)).shows(http.StatusBadRequest, "This link of an app is too old.")
		}
		p.postFrom("/sign-out", url.Values{"to": {to}}, "cross-site", "https://app.example").shows(http.StatusForbidden)
		p.get("/account").shows(http.StatusOK, "Ann")
		a := p.send("/sign-out", "to", page.find(`name="to" value="([^"]+)"`))
		if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "https://app.example/bye?state=1" {
			t.Errorf("%d to %s", a.Code, a.Header().Get("Location"))
		}
		p.get("/account").to("/sign-in")
		p.get(at).shows(http.StatusOK, "You are not signed in. You can go back to the app:", "Run Club")
		p.get("/sign-out").to("/signed-out")
		p.signIn()
		p.get("/sign-out").shows(http.StatusOK, "Sign out?")
		p.send("/sign-out", "to", "https://evil.example/").to("/signed-out")
		p.get("/account").to("/sign-in")
		p.signIn()
		s.clock.move(31 * time.Minute)
		p.get(at).shows(http.StatusBadRequest, "This link of an app is too old.")
	})
}
