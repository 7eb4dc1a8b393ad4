package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// actsForOthers lets an app ask to act for those whom its user helps.
func actsForOthers(c *client.Spec) { c.Scopes += " " + client.ActForOthers }

// A parent lets an app in for their child: they choose whose record it is for,
// what is offered is no more than their right, and what is given is bound to
// the right.
func TestAParentLetsAnAppInForAChild(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Jab Diary", actsForOthers)
		ann := s.proven("Ann Hill", "annfor", numberAnn)
		s.child("Sam Hill", "samfor", "2021-05-04", numberSam)
		s.child("Tom Moss", "tomfor", "2021-05-04", "9990007020") // nobody's child here
		d := ann.parentOf("samfor")
		const scopes = "openid fhirUser launch/patient offline_access patient/Immunization.rs patient/Consent.rs patient/Condition.cruds user/*.rs " + client.ActForOthers
		path := s.asks(cl, scopes)
		ann.get(path).to(path + "/for")
		page := ann.get(path + "/for")
		page.shows(http.StatusOK, "Whose record is the app for?", "My own record", "Sam Hill")
		page.hides("Tom Moss")
		ann.send(path+"/for").shows(http.StatusUnprocessableEntity, "Choose whose record the app is for.")
		ann.send(path+"/for", "for", "nothing").shows(http.StatusUnprocessableEntity, "Choose whose record the app is for.")
		ann.send(path+"/for", "for", d.ID).onward()
		page = ann.get(path)
		page.shows(http.StatusOK, "Sam Hill", "This is the record of somebody you help.")
		for k := range page.boxes() {
			if strings.Contains(k, "Consent") || strings.Contains(k, "*") {
				t.Errorf("%s is offered, which the right does not give", k)
			}
		}
		g, code := ann.allow(path, page).redeemed(cl)
		if g.Role != access.RoleProxy || g.Mandate != d.ID || g.Patient != "samfor" || g.Actor != ann.account() || !strings.HasPrefix(g.User, "RelatedPerson/") || g.Member != "" {
			t.Errorf("the permission is %+v", g.Context)
		}
		if strings.Contains(code.Scopes, "user/") || strings.Contains(code.Scopes, "Consent") || strings.Contains(code.Scopes, client.ActForOthers) || !strings.Contains(code.Scopes, "patient/Immunization.rs") {
			t.Errorf("the scopes are %s", code.Scopes)
		}
		ann.get(appsAt).shows(http.StatusOK, "Jab Diary", "Sam Hill")

		// For themself nothing is bound to a right, and the choice is asked for anew.
		path = s.asks(cl, scopes, func(a *client.Ask) { a.Confirm = true })
		ann.get(path).to(path + "/for")
		ann.send(path+"/for", "for", client.Themself).onward()
		if g, _ := ann.allow(path, ann.get(path)).redeemed(cl); g.Role != access.RoleSelf || g.Mandate != "" || g.Patient != "annfor" {
			t.Errorf("the permission is %+v", g.Context)
		}

		// An app that asks silently is sent back, and one that the operator did not
		// allow it is about the person's own record.
		ann.get(s.asks(cl, scopes, func(a *client.Ask) { a.Silent = true })).refused(refusedAction)
		page = ann.get(s.asks(s.app("Run Club"), scopes))
		page.shows(http.StatusOK, "Your own")
		page.hides("Sam Hill")
	})
}

// A right that was stopped can not be told from one that never was, on the
// pages on which an app is let in (case 74), and gives nothing.
func TestAttack74AStoppedParentCanNotLetAnAppIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Jab Diary", actsForOthers)
		ann := s.proven("Ann Hill", "annfor", numberAnn)
		s.child("Sam Hill", "samfor", "2021-05-04", numberSam)
		d := ann.parentOf("samfor")
		const scopes = "launch/patient patient/Immunization.rs " + client.ActForOthers
		path := s.asks(cl, scopes)
		ann.get(path)
		ann.send(path+"/for", "for", d.ID).onward()
		page := ann.get(path)
		ann.must(s.cfg.Mandates.Suspend(t.Context(), surgery, d.ID, true, "a worry"))
		// Between the choice and the yes: it is about nobody but themself now.
		a := ann.allow(path, page)
		g, _ := a.redeemed(cl)
		if g.Patient == "samfor" || g.Mandate != "" {
			t.Errorf("a right that was stopped was given to an app: %+v", g.Context)
		}
		p := ann.get(s.asks(cl, scopes, func(a *client.Ask) { a.Confirm = true }))
		p.shows(http.StatusOK, "Your own")
		p.hides("Sam Hill", "stopped", "suspended", "samfor")
	})
}

// The person sees the apps that others let in for them, and ends one. Nobody
// else can.
func TestAPersonEndsAnAppThatAnotherLetIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Care Diary", actsForOthers)
		ann := s.proven("Ann Hill", "annfor", numberAnn)
		bob := s.proven("Bob Dale", "", "")
		shown := ann.send("/family/invite", "name", "Bob", "kind", "friend", "may", "ask", "ends", "1", "endsmonth", "3", "endsyear", "2027")
		bob.send("/family/code", "code", shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)).to("/family")
		right := bob.get("/family").find(`name="right" value="([a-z0-9]+)"`)
		path := s.asks(cl, "launch/patient offline_access patient/*.cruds "+client.ActForOthers)
		bob.get(path).to(path + "/for")
		bob.get(path + "/for").hides("My own record") // he has none
		bob.send(path+"/for", "for", client.Themself).shows(http.StatusUnprocessableEntity, "Choose whose record")
		bob.send(path+"/for", "for", right).onward()
		g, _ := bob.allow(path, bob.get(path)).redeemed(cl)
		if strings.Contains(g.Scopes, "*") || strings.Contains(g.Scopes, "Consent") || strings.Contains(g.Scopes, "Condition.c") || !strings.Contains(g.Scopes, "patient/Appointment.cru") {
			t.Errorf("he may ask, and the app got %s", g.Scopes)
		}
		page := ann.get(appsAt)
		page.shows(http.StatusOK, "Apps that others let in for you", "Care Diary", "Let in by Bob")
		cy := s.proven("Cy", "cyfor", "9990007020")
		cy.get(appsAt).hides("Care Diary", "Apps that others let in")
		end := appsAt + "/others/" + g.ID + "/end"
		cy.send(end).shows(http.StatusNotFound)
		s.person().send(end).to("/sign-in")
		ann.send(end).to(appsAt)
		ann.get(appsAt).hides("Care Diary")
		bob.get(appsAt).hides("Care Diary")
	})
}

// In an emergency an app is opened about that one person: it may look, it is
// not renewed, and it ends with the emergency (case 71).
func TestAttack71AnAppInAnEmergency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, _ := hospitalOf(t, d)
		cl := s.app("Heart App")
		s.kit()
		p := s.rescuer(op, op.hospital("A81009"), "Dr Ada Obi")
		at := p.rescue()
		p.get(at).shows(http.StatusOK, "Open an app for this person")
		p.get(at+"/app").shows(http.StatusOK, "Open an app in this emergency", "Heart App", "It can change nothing.")
		p.send(at + "/app").shows(http.StatusUnprocessableEntity)
		opened, err := url.Parse(p.send(at+"/app", "app", cl.ID).Header().Get("Location"))
		p.must(err)
		launch := func(a *client.Ask) { a.Launch = opened.Query().Get("launch") }
		const scopes = "openid launch offline_access online_access patient/*.cruds user/*.rs"
		path := s.asks(cl, scopes, launch)
		page := p.get(path)
		page.shows(http.StatusOK, "Kit Marsh", "The app stops when the emergency ends")
		page.hides("How long", "90 days")
		for k := range page.boxes() {
			if strings.Contains(k, "write") || strings.Contains(k, "user") || strings.Contains(k, "line_access") {
				t.Errorf("%s is offered in an emergency", k)
			}
		}
		began := s.clock.now()
		g, code := p.post(path, formOf(page)).redeemed(cl)
		if !strings.HasPrefix(g.Mandate, "emergency:") || g.Patient != "kit" || g.Role != access.RoleProfessional || g.Session == "" || g.Until.After(began.Add(30*time.Minute)) {
			t.Errorf("the permission is %+v until %s", g.Context, g.Until)
		}
		for one := range strings.FieldsSeq(code.Scopes) {
			if sc, ok := access.ParseSMART(one); ok && sc.Verbs&^access.Looking != 0 || strings.Contains(one, "line_access") || strings.HasPrefix(one, "user/") {
				t.Errorf("the app got %s", code.Scopes)
			}
		}
		// The word that opened it is used up; a colleague can not use the next one,
		// and after the end nobody can.
		p.get(s.asks(cl, scopes, launch)).shows(http.StatusNotFound)
		opened, err = url.Parse(p.send(at+"/app", "app", cl.ID).Header().Get("Location"))
		p.must(err)
		q := s.rescuer(op, op.hospital("A81010"), "Dr Eve Orr")
		q.get(s.asks(cl, scopes, launch)).shows(http.StatusNotFound)
		q.get(at + "/app").shows(http.StatusNotFound)
		path = s.asks(cl, scopes, launch, func(a *client.Ask) { a.Confirm = true })
		page = p.get(path)
		p.send(at + "/end")
		p.post(path, formOf(page)).shows(http.StatusForbidden)
		p.get(at + "/app").shows(http.StatusForbidden)
	})
}

// The copy of everything holds the rights to act, given and held, and says of
// those who are helped nothing but what they are called.
func TestACopyHoldsRightsToAct(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "annfor", numberAnn)
		bob := s.proven("Bob Dale", "", "")
		s.child("Sam Hill", "samfor", "2021-05-04", numberSam)
		s.child("Tom Hill", "tomfor", "2022-05-04", "9990007020")
		d, stopped := ann.parentOf("samfor"), ann.parentOf("tomfor")
		ann.must(s.cfg.Mandates.Suspend(t.Context(), surgery, stopped.ID, true, "a worry"))
		shown := ann.send("/family/invite", "name", "Bob", "kind", "friend", "may", "ask", "ends", "1", "endsmonth", "3", "endsyear", "2027")
		bob.send("/family/code", "code", shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)).to("/family")
		ann.send("/record/download").to("/record/download")
		s.works(takeaway.Kind)
		files := ann.fetched(ann.get("/record/download").find(`href="(/record/download/[A-Z0-9]+)"`))
		for name, want := range map[string][]string{
			"other/rights-given.ndjson": {`"name":"Bob"`, `"may":"ask"`, `"relation":"friend"`},
			"other/rights-held.ndjson":  {`"name":"Sam Hill"`, `"right":"` + d.ID + `"`, `"may":"manage"`},
			"index.html":                {"Who can act for you", "Friend or neighbour", "For whom you can act", "Sam Hill"},
		} {
			for _, text := range want {
				if !strings.Contains(files[name], text) {
					t.Errorf("%s lacks %q: %.3000s", name, text, files[name])
				}
			}
		}
		for name, text := range files {
			for _, bad := range []string{"Tom Hill", "tomfor", stopped.ID, "samforv", "samforq", "a worry"} {
				if strings.Contains(text, bad) {
					t.Errorf("%s says %q", name, bad)
				}
			}
		}
	})
}
