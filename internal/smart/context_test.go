package smart

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// nurse is a member of staff who opened an app about a patient.
func nurse(scopes string) client.Approval {
	return client.Approval{Account: "nurse", SignIn: client.SignIn{Trust: "P9.Cm"}, Scopes: scopes,
		Context: client.Context{Patient: "18", Encounter: "e-5", User: "Practitioner/9", Role: access.RoleProfessional, Organisation: "org-1", Member: "place-1", Intent: "reconcile-medications", Banner: true}}
}

// What the app was opened with comes with the token, at the first level of the
// JSON, and again with each renewal; introspection says the same (149, 168 to
// 171, 173 to 176, 277, 359 to 364).
func TestTheContextComesWithTheToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.BySecret, nil)
		const scopes = "launch offline_access patient/Observation.rs user/Patient.rs"
		o := m.let(nurse(""), "scope", scopes)
		renewed := m.renew(o["refresh_token"].(string)).json()
		said := w.post(pathIntrospect, url.Values{"token": {o["access_token"].(string)}}, "Authorization", "Bearer operator").json()
		for what, got := range map[string]object{"token": o, "renewal": renewed, "introspection": said} {
			for name, want := range map[string]any{"patient": "18", "encounter": "e-5", "intent": "reconcile-medications", "tenant": "org-1", "need_patient_banner": true, "scope": scopes} {
				if got[name] != want {
					t.Errorf("%s: %s is %v, want %v", what, name, got[name], want)
				}
			}
			style, _ := got["smart_style_url"].(string)
			if a := w.send("GET", strings.TrimPrefix(style, issuer), "", "Origin", "https://app.example"); !strings.HasPrefix(style, issuer) || a.status != 200 ||
				a.text("color_background") == "" || a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: the style at %q: %d %s", what, style, a.status, a.body)
			}
			if got["fhirContext"] != nil {
				t.Errorf("%s: %v", what, got["fhirContext"])
			}
		}
		if said["active"] != true {
			t.Errorf("%v", said)
		}
		// A person at home: the page around the app shows whose record it is.
		self := m.let(yes(""), "scope", "launch/patient launch/encounter patient/Patient.rs")
		if self["patient"] != "17" || self["need_patient_banner"] != false || self["encounter"] != nil || self["intent"] != nil || self["tenant"] != nil || self["scope"] != "launch/patient patient/Patient.rs" {
			t.Errorf("standalone: %v", self)
		}
	})
}

// Scopes about a patient are given with a patient, and not without one (164).
func TestScopesAboutAPatientNeedAPatient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		nobody := yes("")
		nobody.Patient = ""
		if o := m.let(nobody, "scope", "openid launch/patient patient/*.rs"); o["scope"] != "openid" || o["patient"] != nil {
			t.Errorf("%v", o)
		}
		m.redeem(m.code(nobody, "scope", "launch/patient patient/*.rs")).want("nothing else", 400, "invalid_scope")
		if o := m.let(yes(""), "scope", "patient/*.rs"); o["scope"] != "patient/*.rs" || o["patient"] != "17" {
			t.Errorf("%v", o)
		}
		// The token endpoint takes no patient from the app.
		if a := m.redeem(m.code(yes(""), "scope", "patient/*.rs"), "patient", "18"); a.status != 200 || a.text("patient") != "17" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// No other context is asked for and given: scopes for other types are left out,
// and there is no fhirContext (177).
func TestNoOtherContextIsGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		o := m.let(nurse(""), "scope", "launch/imagingstudy launch/questionnaire?role=http://example.org/r launch/patient launch/encounter patient/Patient.rs")
		if o["scope"] != "launch/patient launch/encounter patient/Patient.rs" || o["fhirContext"] != nil || o["patient"] != "18" || o["encounter"] != "e-5" {
			t.Errorf("%v", o)
		}
	})
}

// An app that is opened from our pages comes back with what stands for what was
// open there. That works once, for the one who opened it and for that app (352,
// 361, 362).
func TestAnAppIsOpenedFromOurPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m, o := w.app(client.NoProof, nil), w.app(client.NoProof, nil)
		y := nurse("")
		location, err := w.clients.Launch(t.Context(), issuer+"/fhir", client.Launch{Client: m.ID, Account: "nurse", Context: y.Context})
		if err != nil {
			t.Fatal(err)
		}
		q := landed(t, location, "https://app.example/launch")
		if q.Get("iss") != issuer+"/fhir" || len(q.Get("launch")) < 40 {
			t.Fatalf("%v", q)
		}
		id := w.authorize(m.asks("launch", q.Get("launch"), "scope", "launch patient/Patient.rs")).waiting(t)
		ask, _, err := w.clients.Opened(t.Context(), id, theBrowser)
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			ask     client.Ask
			account string
		}{"somebody else": {ask, "anna"}, "another app": {client.Ask{Client: o.ID, Launch: ask.Launch}, "nurse"}, "no word": {client.Ask{Client: m.ID}, "nurse"}} {
			if _, err := w.clients.Launched(t.Context(), c.ask, c.account); err == nil {
				t.Errorf("%s gets what was opened", what)
			}
		}
		l, err := w.clients.Launched(t.Context(), ask, "nurse")
		if err != nil || l.Patient != "18" || l.Encounter != "e-5" || l.Intent != "reconcile-medications" || !l.Banner {
			t.Fatalf("%+v %v", l, err)
		}
		y.Context = l.Context
		a := m.redeem(w.allow(id, y).Get("code"))
		if a.status != 200 || a.text("patient") != "18" || a.text("encounter") != "e-5" {
			t.Errorf("%d %s", a.status, a.body)
		}
		// The word was used: nobody comes with it again.
		id = w.authorize(m.asks("launch", q.Get("launch"), "scope", "launch patient/Patient.rs")).waiting(t)
		if ask, _, err = w.clients.Opened(t.Context(), id, theBrowser); err != nil {
			t.Fatal(err)
		}
		if _, err := w.clients.Launched(t.Context(), ask, "nurse"); err == nil {
			t.Error("the word of a launch works twice")
		}
		y.Until, y.Scopes = w.now().Add(time.Hour), ask.Scopes
		if _, err := w.clients.Approve(t.Context(), id, theBrowser, y); err == nil {
			t.Error("a launch is used twice")
		}
	})
}

// What an app may do is what its scopes say at their level: about the patient
// in context, or all that the one who signed in may see (136, 140, 367, 368).
func TestWhoAsksIsBoundByTheScopes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		for scope, c := range map[string]struct {
			verb access.Verb
			typ  string
			want bool
		}{
			"patient/Observation.rs":     {access.Read, "Observation", true},
			"patient/Observation.s":      {access.Read, "Observation", false},
			"patient/Observation.read":   {access.Search, "Observation", true},
			"patient/Goal.rs":            {access.Read, "Observation", false},
			"user/Observation.rs":        {access.Search, "Observation", true},
			"user/Observation.cud":       {access.Search, "Observation", false},
			"user/*.cruds":               {access.Delete, "Goal", true},
			"patient/Observation.rs?a=b": {access.Read, "Observation", false}, // some, not all
		} {
			token, _ := m.let(nurse(""), "scope", scope)["access_token"].(string)
			who, err := w.s.Verify(t.Context(), Presented{Scheme: "Bearer", Token: token, Method: "GET", Path: "/"})
			if err != nil {
				t.Fatal(err)
			}
			if who.Bound.Allows(c.verb, c.typ) != c.want || who.Patient != "18" || who.Actor != "account:nurse" || who.App != m.ID || who.Role != access.RoleProfessional || who.Organisation != "org-1" {
				t.Errorf("%s: %+v", scope, who)
			}
		}
		token, _ := m.let(nurse(""), "scope", "patient/*.rs")["access_token"].(string)
		w.people.end("place-1")
		if w.good(token) {
			t.Error("a member of staff who lost their place is let in")
		}
	})
}
