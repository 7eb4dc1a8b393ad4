package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// works gives somebody a place at work in a role, and lets them act in it.
func (p *person) works(name string, role staff.Role) staff.Acting {
	p.t.Helper()
	ctx, s := p.t.Context(), p.s
	org, err := s.cfg.Staff.AddOrganisation(ctx, "token:test", "X"+strings.ToUpper(name[:3]), "Hill Surgery of "+name, "")
	p.must(err)
	m, err := s.cfg.Staff.AddMember(ctx, staff.Member{Account: p.account(), Organisation: org.ID, Role: role, Name: "Dr " + name}, "token:test")
	p.must(err)
	s.surgeries = append(s.surgeries, org.ID)
	for id := range s.people {
		s.put(s.registered(id))
	}
	sess, err := s.cfg.Accounts.Session(ctx, p.cookies["__Host-bevan-session"].Value)
	p.must(err)
	p.must(s.cfg.Accounts.ActIn(ctx, sess, m.ID))
	a, err := s.cfg.Staff.ActingIn(ctx, m.ID, p.account())
	p.must(err)
	return a
}

func TestStaffChooseThePatientAndTheVisit(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Heart App")
		s.patient("Ann Ash", "ann")
		s.put(`{"resourceType":"Patient","id":"bob","name":[{"given":["Bob"],"family":"Birch"}],"birthDate":"1950-03-31"}`)
		p := s.join("Noor")
		at := p.works("Noor", staff.Clinician)
		path := s.asks(cl, "openid fhirUser launch/patient launch/encounter patient/Observation.rs user/Practitioner.rs")
		p.get(path).to(path + "/patient")
		p.send(path, "may", "patient/Observation.look", "long", "1").onward().shows(http.StatusOK, "Whose record is it about?")
		p.get(path+"/patient").shows(http.StatusOK, "Whose record is it about?", "Each search is written down.", "NHS number", "Date of birth")
		s.looks()
		for _, c := range []struct {
			says   string
			fields []string
		}{
			{"Give an NHS number, or a name together with a date of birth.", nil},
			{"Give an NHS number, or a name together with a date of birth.", []string{"name", "Ann"}},
			{"Give an NHS number, or a name together with a date of birth.", []string{"born", "31", "bornmonth", "3", "bornyear", "1950"}},
			{"This is not an NHS number.", []string{"number", "9990000019"}},
			{"This is not a day.", []string{"name", "Ann", "born", "31", "bornmonth", "2", "bornyear", "1950"}},
			{"This is not a day.", []string{"name", "Ann", "born", "1", "bornmonth", "1", "bornyear", "2030"}},
		} {
			p.send(path+"/patient", c.fields...).shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
		}
		if n := len(s.looks()); n != 0 {
			t.Errorf("%d looks for what can not be looked for", n)
		}
		p.send(path+"/patient", "name", "Ann,Bob|", "born", "31", "bornmonth", "3", "bornyear", "1950").shows(http.StatusOK, "Nobody was found.")
		found := p.send(path+"/patient", "name", "ash ann", "born", "31", "bornmonth", "3", "bornyear", "1950")
		found.shows(http.StatusOK, "Choose the person", "Ann Ash, born 31 March 1950, NHS number 999 000 0018")
		found.hides("Birch")
		found = p.send(path+"/patient", "number", "999 000 0018")
		found.shows(http.StatusOK, "Ann Ash")
		looks := s.looks()
		if len(looks) < 3 {
			t.Errorf("%d looks", len(looks))
		}
		for _, e := range looks {
			if e.Who.Actor != staff.Actor(p.account()) || e.Who.Organisation != at.Organisation.ID || e.Type != "Patient" || e.Verb != access.Search {
				t.Errorf("the log says %+v", e)
			}
		}
		p.send(path+"/patient/choose").shows(http.StatusUnprocessableEntity, "Nobody is chosen.")
		p.send(path+"/patient/choose", "patient", "nobody").shows(http.StatusForbidden)
		p.send(path+"/patient/choose", "patient", "../Practitioner/x").shows(http.StatusForbidden)
		p.send(path+"/patient/choose", "patient", found.find(`name="patient" type="radio" value="([^"]+)"`)).onward().to(path + "/encounter")
		visits := p.get(path + "/encounter")
		visits.shows(http.StatusOK, "Which visit is it about?", "1 April 2026, Check of the eyes, Hill Surgery", "None of them")
		s.put(`{"resourceType":"Encounter","id":"bobe","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/bob"}}`)
		p.send(path+"/encounter", "encounter", "bobe").shows(http.StatusNotFound)
		page := p.send(path+"/encounter", "encounter", visits.find(`name="encounter" type="radio" value="(anne)"`)).onward()
		page.shows(http.StatusOK, "An app asks you: Heart App", "Whose record Ann Ash, born 31 March 1950, NHS number 999 000 0018", "Which visit 1 April 2026, Check of the eyes, Hill Surgery", "You are signed in as Dr Noor", "You act for Hill Surgery of Noor",
			"there are 3 today", "It may look at, about all people whom you may see", "People who work in care")
		if !strings.Contains(page.Body.String(), `value="1" checked`) {
			t.Error("one day is not what is chosen at first")
		}
		g, code := p.allowFor(path, page, "1").redeemed(cl)
		want := client.Context{Patient: "ann", Encounter: "anne", User: at.Practitioner, Role: access.RoleProfessional, Organisation: at.Organisation.ID, Member: at.Member, Hat: string(staff.Clinician), Session: p.sessionID(), Banner: true}
		if g.Context != want || code.Scopes != "openid fhirUser launch/patient launch/encounter patient/Observation.rs user/Practitioner.rs" {
			t.Errorf("%+v with %s, want %+v", g.Context, code.Scopes, want)
		}

		// Another patient is asked about anew, and is another permission.
		s.put(`{"resourceType":"Patient","id":"bob","name":[{"given":["Bob"],"family":"Birch"}],"birthDate":"1950-03-31","managingOrganization":{"reference":"Organization/` + at.Organisation.ID + `"}}`)
		path = s.asks(cl, "openid launch/patient patient/Observation.rs")
		p.get(path).to(path + "/patient")
		p.send(path+"/patient/choose", "patient", "bob").onward().shows(http.StatusOK, "Bob Birch, born 31 March 1950")
		path = s.asks(cl, "launch/patient offline_access patient/Observation.rs")
		p.get(path)
		page = p.send(path+"/patient/choose", "patient", "ann").onward()
		if g, _ := p.allow(path, page).redeemed(cl); g.Session != "" {
			t.Errorf("a permission for while they are away ends with the session: %+v", g)
		}
	})
}

// What a role may not do, no app may do for its holder; whose place ended lets
// no app in.
func TestARoleBoundsItsApps(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Heart App")
		s.patient("Ann Ash", "ann")
		for _, role := range []staff.Role{staff.Administrator, staff.AppAssessor, staff.Researcher, staff.Auditor, staff.Operator} {
			p := s.join("Olu" + string(role))
			at := p.works(string(role), role)
			path := s.asks(cl, "openid fhirUser launch/patient patient/*.rs user/*.cruds")
			page := p.get(path)
			page.shows(http.StatusOK, "In the role in which you work now, no app may see records.")
			page.hides("It may look at", "It may write")
			for _, at := range []string{"/patient", "/encounter"} {
				p.get(path + at).to(path)
			}
			p.send(path+"/patient", "number", "9990000018").onward()
			p.send(path+"/patient/choose", "patient", "ann").onward().shows(http.StatusOK, "no app may see records")
			g, code := p.post(path, url.Values{"long": {"1"}, "may": {"patient/*.look", "user/*.look", "user/*.write", "patient/Observation.look"}}).redeemed(cl)
			if code.Scopes != "openid fhirUser" || g.Role != access.NoRole || g.Patient != "" || g.User != at.Practitioner {
				t.Errorf("%s: %+v with %s", role, g, code.Scopes)
			}
			p.get("/staff/launch").shows(http.StatusForbidden)
			p.send("/staff/launch/person", "patient", "ann").shows(http.StatusForbidden)
			p.send("/staff/launch/open", "patient", "ann", "app", cl.ID).shows(http.StatusForbidden)
		}
		p := s.join("Noor")
		at := p.works("Noor", staff.Clinician)
		path := s.asks(cl, "openid launch/patient patient/Observation.rs")
		p.get(path).to(path + "/patient")
		p.must(s.cfg.Staff.EndMember(t.Context(), at.Member, time.Time{}, "token:test", "left"))
		s.clock.move(time.Second)
		p.get(path).shows(http.StatusForbidden)
		p.send(path, "may", "patient/Observation.look", "long", "1").shows(http.StatusForbidden)
		p.get(s.asks(cl, "openid", func(a *client.Ask) { a.Silent = true })).refused("interaction_required")
	})
}

// An app is opened about a patient and a visit, and asks for them.
func TestStaffOpenAnAppAboutAPatient(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Heart App")
		s.app("Not opened from here", func(c *client.Spec) { c.LaunchURL = "" })
		s.patient("Ann Ash", "ann")
		p := s.join("Noor")
		at := p.works("Noor", staff.CareCoordinator)
		p.get("/staff/launch").shows(http.StatusOK, "Whose record is it about?")
		found := p.send("/staff/launch", "number", "9990000018")
		found.shows(http.StatusOK, "Ann Ash, born 31 March 1950")
		p.send("/staff/launch/person").shows(http.StatusUnprocessableEntity, "Nobody is chosen.")
		page := p.send("/staff/launch/person", "patient", "ann")
		page.shows(http.StatusOK, "Open an app for this person", "Ann Ash", "Heart App", "Check of the eyes", "None of them")
		page.hides("Not opened from here")
		if got := page.Header().Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' https://app.example;") {
			t.Errorf("the policy is %s", got)
		}
		p.send("/staff/launch/open", "patient", "ann").shows(http.StatusUnprocessableEntity, "No app is chosen.")
		p.send("/staff/launch/open", "patient", "nobody", "app", cl.ID).shows(http.StatusForbidden)
		p.send("/staff/launch/open", "patient", "ann", "app", cl.ID, "encounter", "other").shows(http.StatusNotFound)
		p.send("/staff/launch/open", "patient", "ann", "app", "app-nothing").shows(http.StatusNotFound, "This app can not be opened from here.")
		a := p.send("/staff/launch/open", "patient", "ann", "app", cl.ID, "encounter", "anne")
		m := regexp.MustCompile(`^https://app\.example/launch\?iss=[^&]+&launch=([a-z0-9]+)$`).FindStringSubmatch(a.Header().Get("Location"))
		if a.Code != http.StatusSeeOther || m == nil {
			t.Fatalf("%d to %s: %s", a.Code, a.Header().Get("Location"), a.text())
		}
		with := func(a *client.Ask) { a.Launch = m[1] }
		scopes := "openid fhirUser launch patient/Observation.rs"
		path := s.asks(cl, scopes, with)
		page = p.get(path)
		page.shows(http.StatusOK, "Whose record Ann Ash, born 31 March 1950", "You act for Hill Surgery of Noor")
		p.get(path + "/patient").to(path) // it is chosen already
		p.send(path+"/patient/choose", "patient", "bob").onward().shows(http.StatusOK, "Whose record Ann Ash")
		g, _ := p.allowFor(path, page, "1").redeemed(cl)
		if g.Patient != "ann" || g.Encounter != "anne" || g.Member != at.Member || g.Role != access.RoleProfessional {
			t.Errorf("%+v", g)
		}

		// Attack 16: it is good in the place in which it was opened, and in no other.
		a = p.send("/staff/launch/open", "patient", "ann", "app", cl.ID)
		u, _ := url.Parse(a.Header().Get("Location"))
		with = func(a *client.Ask) { a.Launch = u.Query().Get("launch"); a.Confirm = true }
		path = s.asks(cl, scopes, with)
		p.get(path).shows(http.StatusOK, "Whose record Ann Ash")
		p.works("Elsewhere", staff.Clinician)
		p.get(path).shows(http.StatusForbidden)
		p.send(path, "may", "patient/Observation.look", "long", "1").shows(http.StatusForbidden)
	})
}
