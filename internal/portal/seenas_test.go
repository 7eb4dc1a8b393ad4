package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// forbids is somebody's no to what an organisation may see of a type.
func (s *site) forbids(id, patient, org, typ string) {
	s.t.Helper()
	s.put(`{"resourceType":"Consent","id":"` + id + `","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/` + patient + `"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],` +
		`"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/` + org + `"}}],` +
		`"class":[{"system":"http://hl7.org/fhir/resource-types","code":"` + typ + `"}]}}`)
}

// as is the page on which a person sees their record as one of the list, whose
// name begins so.
func (p *person) as(name string) answer {
	p.t.Helper()
	list := p.get("/sharing/as")
	id := strings.ReplaceAll(list.find(`<option value="([^"]+)">`+name), "&#43;", "+")
	return p.get("/sharing/as?" + url.Values{"who": {id}}.Encode())
}

// knows gives somebody an app that may see results only, and has them say no to
// what an organisation sees of them.
func (s *site) knows(p *person, org, patient string) {
	s.t.Helper()
	s.forbids(patient+"no", patient, org, "Observation")
	p.allowed(s.app("Lab App"), "launch/patient patient/Observation.rs", "1")
}

// A person sees their record as others would: how much of each kind, each entry
// with why, and what decided it. It is they who look, in the log too.
func TestSomebodySeesTheirRecordAsOthersDo(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		s.patient("Zed", "zed")
		p := s.linked("Ann", "ann")
		org, _ := s.mischief(op, "ann")
		s.knows(p, org, "ann")
		s.looks()
		clinician := p.as("Clinician, Valley Hospitals")
		clinician.shows(http.StatusOK, "Your record, as seen by: Clinician, Valley Hospitals",
			"Results, measurements and answers (observations) 3 0", "Visits and stays (encounters) 1 1", "Illnesses and problems (conditions) 1 1",
			"They do not see this. You said no to it.", "They see this. They look after you, and you have not said no.",
			"Your own choice", "Consent/annno", "Your choice annno, Version 1 It says no (Consent.provision)", "It is about other things in your record", "2026-2")
		for _, e := range s.looks() {
			if e.Who.Role != access.RoleSelf || e.Who.Actor != staff.Actor(p.account()) {
				t.Errorf("the log says that %+v looked", e.Who)
			}
		}
		p.as("Staff with whom I have nothing").shows(http.StatusOK, "They see nothing of your record. Nothing shows that they look after you.", "no-tie")
		p.as("Staff with whom I have nothing").hides("They see this.", "Check of the eyes")
		p.as("Staff anywhere who say").shows(http.StatusOK, "Results, measurements and answers (observations) 3 3", "In an emergency staff may look.")
		p.as("Somebody who does research").shows(http.StatusOK, "They see nothing of your record.")
		app := p.as("The app Lab App")
		app.shows(http.StatusOK, "Results, measurements and answers (observations) 3 3", "Visits and stays (encounters) 1 0", "It is of a kind that they were not let in to.")
		app.hides("You said no to it.")

		who := p.get("/record/Observation/anna/who")
		who.shows(http.StatusOK, "Who can see this entry", "Clinician, Valley Hospitals No You said no to it.", "The app Lab App Yes You let this app in.",
			"Staff with whom I have nothing to do No Nothing shows that they look after you.")
		p.get("/record/Observation/anna").shows(http.StatusOK, "Who can see this entry")

		// Nobody else's entries, and nobody who is not on the list.
		p.get("/record/Observation/zeda/who").shows(http.StatusNotFound)
		p.get("/record/Observation/none/who").shows(http.StatusNotFound)
		for _, bad := range []string{"", "x", "staff:other:clinician", "app:x", "acts:x", "staff:" + strings.Repeat("a", 3000)} {
			p.get("/sharing/as?"+url.Values{"who": {bad}}.Encode()).shows(http.StatusUnprocessableEntity, "Choose somebody from the list.")
		}
		s.join("Cal").get("/sharing/as").shows(http.StatusForbidden, "Prove your identity first")
		s.fails = true
		p.get("/record/Observation/anna/who").shows(http.StatusServiceUnavailable)
		p.get("/record/Observation/anna/who").hides("You said no to it.")
		s.fails = false
	})
}

// A friend who acts for a person is on the list, and what is told of them is
// what they see.
func TestSomebodySeesTheirRecordAsAFriendDoes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		bob := s.proven("Bob Dale", "", "")
		shown := ann.send("/family/invite", "name", "Bob", "kind", "friend", "may", "look", "ends", "1", "endsmonth", "3", "endsyear", "2027")
		bob.send("/family/code", "code", shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)).to("/family")
		ann.as("Bob").shows(http.StatusOK, "acting for you", "Illnesses and problems (conditions) 1 1", "They may act for you.", "What you allowed and forbade 1 0")
		// A choice that names the friend counts as it does when he looks.
		given, err := s.cfg.Mandates.Given(t.Context(), "ann2")
		if err != nil || len(given) != 1 {
			t.Fatal(given, err)
		}
		s.put(`{"resourceType":"Consent","id":"notbob","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
			`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/ann2"},"policy":[{"uri":"https://example.org/p"}],` +
			`"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},` +
			`"reference":{"identifier":{"system":"` + choice.IdentAccount + `","value":"` + given[0].Relation.Account + `"}}}],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Condition"}]}}`)
		ann.as("Bob").shows(http.StatusOK, "Illnesses and problems (conditions) 1 0")
		ann.send("/family/pause").to("/family")
		ann.as("Bob").shows(http.StatusOK, "They see nothing of your record. They have no right to act for you now.")
		ann.get("/record/Condition/ann2q/who").shows(http.StatusOK, "No They have no right to act for you now.")
		bob.get("/sharing/as").shows(http.StatusForbidden)
	})
}

func (a *album) aboutSeenAs(s *site, p *person, org, patient string) {
	s.knows(p, org, patient)
	a.add("GET /sharing/as", "nobody chosen", p.get("/sharing/as"))
	a.add("GET /sharing/as", "not on the list", p.get("/sharing/as?who=x"))
	a.add("GET /sharing/as", "staff", p.as("Clinician, "))
	a.add("GET /sharing/as", "an app", p.as("The app Lab App"))
	a.add("GET /sharing/as", "a stranger", p.as("Staff with whom"))
	a.add("GET /record/{type}/{id}/who", "an entry", p.get("/record/Observation/"+patient+"a/who"))
	a.add("GET /record/{type}/{id}/who", "not there", p.get("/record/Observation/nothing/who"))
}
