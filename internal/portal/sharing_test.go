package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/record"
)

// sees tells whether somebody reads an entry through the door.
func (s *site) sees(who access.Who, why access.Purpose, patient, typ, id string) bool {
	s.t.Helper()
	r, err := s.door.Open(s.t.Context(), who, record.About{Patient: patient}, why)
	if err != nil {
		return false
	}
	_, err = r.Read(s.t.Context(), record.Key{Type: typ, ID: id}, 0)
	return err == nil
}

// atWorkIn is a clinician of an organisation without an app.
func (s *site) atWorkIn(p *person, org, patient string) access.Who {
	return access.Who{Actor: staff.Actor(p.account()), Kind: access.Person, Role: access.RoleProfessional, Organisation: org, Hat: string(staff.Clinician), Patient: patient, Bound: access.AllTypes(access.Looking)}
}

// choice is the address of the choice on the list whose row has a text.
func (a answer) choice(text string) string {
	a.p.t.Helper()
	for row := range strings.SplitSeq(a.Body.String(), "<tr") {
		if strings.Contains(row, text) {
			_, rest, _ := strings.Cut(row, `href="`)
			at, _, _ := strings.Cut(rest, `"`)
			return at
		}
	}
	a.p.t.Fatalf("no choice says %q: %s", text, a.text())
	return ""
}

// Somebody says no to a hospital for one kind of data. Before it is saved they
// see what disappears from whom; then it has disappeared, and from nobody else;
// ended, it is back.
func TestSomebodyMakesAndEndsAChoice(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		s.operator.workAs(staff.Operator)
		org, clinician := s.mischief(s.operator, "ann")
		nurse := s.atWorkIn(clinician, org, "ann")
		p.get("/account").shows(http.StatusOK, "Who may see my record")
		list := p.get("/sharing")
		list.shows(http.StatusOK, "You have made no choices yet.", "Staff of places that look after you may see your record. Others may not.", "Nobody sees your record for this unless you said yes.",
			"Staff may open your record, whatever you chose.", "Uses beyond your own care")
		form := p.get("/sharing/new")
		form.shows(http.StatusOK, "Nothing is saved yet.", "Staff of Valley Hospitals", "Dr Ada Obi, Valley Hospitals", "Everybody who acts for you")
		s.looks()
		said := []string{"say", "no", "whom", "organisation " + org, "about", "group results"}
		look := p.send("/sharing/new", said...)
		look.shows(http.StatusOK, "Staff of Valley Hospitals may not see results of tests.", "until you end it", "What disappears from whom", "Staff of Valley Hospitals Results, measurements and answers (observations)",
			"Dr Ada Obi, Valley Hospitals Results, measurements and answers (observations) 3", "Nobody whom we know of sees more.", "Save this choice")
		look.hides("Illnesses")
		if !s.sees(nurse, access.Care, "ann", "Observation", "anna") {
			t.Error("a look at a choice makes it")
		}
		p.send("/sharing/new", append(said, "mend", "yes")...).shows(http.StatusOK, "See what it does")
		p.send("/sharing/save", said...).to("/sharing")
		saved := p.get("/sharing")
		saved.shows(http.StatusOK, "Your choice is saved.", "Staff of Valley Hospitals may not see results of tests. It holds until you end it")
		if s.sees(nurse, access.Care, "ann", "Observation", "anna") || !s.sees(nurse, access.Care, "ann", "Condition", "annc") {
			t.Error("the choice does not do what it says")
		}
		at := saved.choice("results of tests")
		if id := at[len("/sharing/"):]; s.sees(nurse, access.Care, "ann", "Consent", id) {
			t.Error("those to whom it says no read that it does")
		}
		one := p.get(at)
		one.shows(http.StatusOK, "What appears to whom", "Staff of Valley Hospitals Results, measurements and answers (observations) 3", "It is kept", "End this choice")
		p.send(at+"/end", "reason", "no").shows(http.StatusUnprocessableEntity, "A reason has 10 to 1,000 letters.")
		p.send(at + "/end").to("/sharing")
		p.get("/sharing").shows(http.StatusOK, "Your choice has ended.", "results of tests. Ended")
		p.get(at).hides("End this choice")
		if !s.sees(nurse, access.Care, "ann", "Observation", "anna") {
			t.Error("a choice that ended still holds")
		}
		p.send(at + "/end").shows(http.StatusConflict)
	})
}

// What was typed stays where something is wrong, and each fault stands at its
// field.
func TestAChoiceThatIsNotClear(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		a := p.send("/sharing/new", "say", "no", "why", "research", "from", "31", "frommonth", "2", "fromyear", "2026", "datafrom", "2", "datafrommonth", "1", "datafromyear", "2026", "datauntil", "1", "datauntilmonth", "1", "datauntilyear", "2026")
		a.shows(http.StatusUnprocessableEntity, "Choose whom it is about.", "Choose what it is about.", "Write a day such as 3 5 2026", "The second day comes before the first.")
		if !strings.Contains(a.Body.String(), `<option value="no" selected>`) || !strings.Contains(a.Body.String(), `<option value="research" selected>`) {
			t.Error("what was chosen is lost")
		}
		p.send("/sharing/new", "say", "no", "whom", "organisation nowhere", "about", "everything").shows(http.StatusUnprocessableEntity, "Choose whom it is about.")
		p.send("/sharing/new", "say", "no", "whom", "acting", "about", "everything", "why", "care").shows(http.StatusUnprocessableEntity, "choose Anything.")
		p.send("/sharing/new", "say", "no", "whom", "everybody", "about", "label feelings").shows(http.StatusUnprocessableEntity, "Choose what it is about.")
		p.send("/sharing/save", "say", "no").shows(http.StatusUnprocessableEntity, "Choose whom it is about.")
		p.get("/sharing").shows(http.StatusOK, "You have made no choices yet.")
		p.get("/sharing/nothing").shows(http.StatusNotFound)
		p.send("/sharing/nothing/end").shows(http.StatusNotFound)
		p.send("/sharing/new", "entry", "Observation/nothing").shows(http.StatusNotFound)
		p.send("/sharing/new", "entry", "Patient/ann").shows(http.StatusNotFound)
	})
}

// A choice asks for a passkey that was used of late, for who somebody is and for
// their record.
func TestAChoiceWantsAPasskey(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		for range 2 {
			s.clock.move(10 * time.Minute)
			p.get("/account")
		}
		p.get("/sharing").shows(http.StatusOK)
		p.get("/sharing/new").to("/check?next=%2Fsharing%2Fnew")
		p.send("/sharing/save", "say", "no", "whom", "everybody", "about", "everything").to("/check?next=%2Fsharing%2Fnew")
		p.send("/record/Observation/anna/private").to("/check?next=%2Frecord%2FObservation%2Fanna%2Fprivate")
		p.send("/sharing/x/end").to("/check?next=%2Fsharing%2Fx")
		s.join("Quin").get("/sharing").shows(http.StatusForbidden)
	})
}

// A choice about one entry hides it from an app, and the mark of a private entry
// from those who act for somebody.
func TestOneEntry(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		p.get("/record/Observation/anna").shows(http.StatusOK, "Keep this more private", "Choose who may see this")
		p.get("/record/Patient/ann").hides("Keep this more private")
		p.get("/record/Observation/anna").hides("Keep this from people who act for me")
		p.get("/record/Observation/anna/choose").shows(http.StatusOK, "one entry", "Whom is it about?")
		said := []string{"say", "no", "whom", "everybody", "entry", "Observation/anna"}
		p.send("/sharing/new", said...).shows(http.StatusOK, "Everybody but you may not see one entry (Results, measurements and answers (observations)).")
		p.send("/sharing/save", said...).to("/sharing")
		app := access.Who{Actor: staff.Actor(p.account()), Kind: access.Person, Role: access.RoleSelf, App: "x", Grant: "g", Patient: "ann", Bound: access.AllTypes(access.AllVerbs)}
		if s.sees(app, access.Own, "ann", "Observation", "anna") || !s.sees(app, access.Own, "ann", "Observation", "annb") {
			t.Error("the choice is not about the one entry")
		}
		p.get("/record/Observation/anna").shows(http.StatusOK, "An entry in my record")

		proxy := access.Who{Actor: "account:y", Kind: access.Person, Role: access.RoleProxy, Patient: "ann", Mandate: "m", Until: 1 << 60, Bound: access.AllTypes(access.Looking)}
		if !s.sees(proxy, access.Proxy, "ann", "Observation", "annb") {
			t.Fatal("who acts sees nothing")
		}
		p.get("/record/Observation/annb/private").shows(http.StatusOK, "People who act for you do not see it then.")
		p.send("/record/Observation/annb/private").to("/record/Observation/annb")
		p.get("/record/Observation/annb").shows(http.StatusOK, "This entry is kept more private now.")
		if s.sees(proxy, access.Proxy, "ann", "Observation", "annb") {
			t.Error("who acts still sees it")
		}
		p.send("/record/Observation/nothing/private").shows(http.StatusNotFound)
		p.send("/record/Patient/ann/private").shows(http.StatusNotFound)
		p.send("/record/Observation/anna/own").shows(http.StatusForbidden)
	})
}

// A child who decides keeps one entry from a parent, who sees the others and
// nothing that tells of it; a child who does not decide yet is not offered it.
// Somebody who acts sees none of the choices of whom they act for.
func TestAChildDecidesEntryByEntry(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		mum := s.proven("Mum Hill", "mum", numberAnn)
		kid := s.join("Sam")
		kid.must(s.cfg.Accounts.SetProof(t.Context(), kid.account(), account.P9))
		kid.must(s.cfg.Accounts.SetRecord(t.Context(), kid.account(), "Patient/sam"))
		s.child("Sam Hill", "sam", "2016-05-04", numberSam)
		d := mum.parentOf("sam")
		at := "/record/Observation/samo"
		kid.get(at).hides("Keep this from people who act for me")
		kid.send(at+"/own").shows(http.StatusForbidden, "This is not yours alone to decide yet.")
		kid.must(s.cfg.Mandates.Decide(t.Context(), surgery, "sam", true, time.Time{}, "We talked, and Sam understands it."))
		kid.get(at).shows(http.StatusOK, "Keep this from people who act for me")
		held, err := s.cfg.Mandates.Held(t.Context(), "sam")
		if err != nil || len(held) != 1 {
			t.Fatalf("%v, %v", held, err)
		}
		who := held[0].Right.Who(staff.Actor(mum.account()), access.AllTypes(access.Looking))
		if !s.sees(who, access.Proxy, "sam", "Immunization", "samv") {
			t.Fatal("the parent sees nothing")
		}
		mum.send("/family/act", "right", d.ID).to("/family/record")
		mum.get("/family/record").shows(http.StatusOK, "MMR vaccine")
		kid.get("/record/Immunization/samv/own").shows(http.StatusOK, "You are the one who decides this.")
		kid.send("/record/Immunization/samv/own").to("/record/Immunization/samv")
		kid.send("/record/Immunization/samv/own").to("/record/Immunization/samv")
		kid.get("/record/Immunization/samv").shows(http.StatusOK, "People who act for you do not see this entry now.")
		list := kid.get("/sharing")
		list.shows(http.StatusOK, "Everybody who acts for you may not see one entry (Vaccines that you had). It holds")
		if n := strings.Count(list.text(), "It holds"); n != 1 {
			t.Errorf("there are %d choices", n)
		}
		mum.get("/family/record").hides("MMR vaccine")
		if s.sees(who, access.Proxy, "sam", "Immunization", "samv") || s.sees(who, access.Proxy, "sam", "Consent", list.choice("one entry")[len("/sharing/"):]) {
			t.Error("the parent sees it, or that it is hidden")
		}
		mum.get("/sharing").shows(http.StatusOK, "You have made no choices yet.")
		mum.get("/sharing").hides("Vaccines that you had")
		kid.send(list.choice("one entry") + "/end").to("/sharing")
		mum.get("/family/record").shows(http.StatusOK, "MMR vaccine")
	})
}

// A choice that another system wrote is listed, read as it stands, and can be
// ended; a right to act and an opt-out are not among the choices.
func TestAChoiceOfAnotherSystem(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		s.put(foreignChoice("ann"))
		p.send("/account/uses/local", "said", "yes").to("/account/uses")
		list := p.get("/sharing")
		list.shows(http.StatusOK, "A choice that was made in another place.")
		if n := strings.Count(list.Body.String(), `href="/sharing/`); n != 3 { // the choice, a new one, and what others see
			t.Errorf("%d choices are listed: %s", n, list.text())
		}
		one := p.get("/sharing/foreign")
		one.shows(http.StatusOK, "May not be seen Code: Gout", "But: May be seen By whom: Dr Who")
		p.send("/sharing/foreign/end", "reason", "I never said that.").to("/sharing")
		p.get("/sharing").shows(http.StatusOK, "Ended")
	})
}

func foreignChoice(patient string) string {
	return `{"resourceType":"Consent","id":"foreign","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
		"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/` + patient + `"},"policy":[{"uri":"https://example.org/p"}],
		"provision":{"type":"deny","code":[{"coding":[{"system":"http://snomed.info/sct","code":"90560007","display":"Gout"}]}],"provision":[{"type":"permit",
		"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Practitioner/who","display":"Dr Who"}}]}]}}`
}

// aboutSharing is what people meet who choose.
func (a *album) aboutSharing(s *site) {
	s.clock.move(time.Minute)
	p := s.linked("Sid", "sid")
	org, err := s.cfg.Staff.AddOrganisation(a.t.Context(), "console:test", "RSH", "Shore Hospital", "")
	p.must(err)
	s.put(`{"resourceType":"Encounter","id":"sidhosp","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/sid"},"serviceProvider":{"reference":"Organization/` + org.ID + `"},"period":{"start":"2026-05-01"}}`)
	a.add("GET /sharing", "no record", s.join("Nora").get("/sharing"))
	a.add("GET /sharing", "nothing chosen", p.get("/sharing"))
	a.add("GET /sharing/new", "asks", p.get("/sharing/new"))
	a.add("POST /sharing/new", "nothing typed", p.send("/sharing/new", "from", "31", "frommonth", "2", "fromyear", "2026"))
	said := []string{"say", "no", "whom", "everybody", "about", "group results"}
	a.add("POST /sharing/new", "what it does", p.send("/sharing/new", said...))
	a.add("POST /sharing/new", "it does nothing yet", p.send("/sharing/new", "say", "yes", "whom", "acting", "about", "label genetics"))
	a.add("POST /sharing/save", "not clear", p.send("/sharing/save"))
	p.send("/sharing/save", said...).to("/sharing")
	list := p.get("/sharing")
	a.add("GET /sharing", "news, one", list)
	at := p.inEnglish("/sharing").choice("results of tests")
	a.add("GET /sharing/{id}", "holds", p.get(at))
	a.add("GET /sharing/{id}", "not there", p.get("/sharing/nothing"))
	a.add("POST /sharing/{id}/end", "a short reason", p.send(at+"/end", "reason", "no"))
	p.send(at + "/end").to("/sharing")
	a.add("GET /sharing/{id}", "ended", p.get(at))
	s.put(foreignChoice("sid"))
	a.add("GET /sharing", "one of another system", p.get("/sharing"))
	a.add("GET /sharing/{id}", "of another system", p.get("/sharing/foreign"))
	entry := "/record/Observation/sida"
	a.add("GET /record/{type}/{id}/choose", "asks", p.get(entry+"/choose"))
	a.add("GET /record/{type}/{id}/private", "asks", p.get(entry+"/private"))
	a.add("POST /record/{type}/{id}/private", "not there", p.send("/record/Observation/nothing/private"))
	p.send(entry + "/private").to(entry)
	a.add("GET /record/{type}/{id}", "news, kept more private", p.get(entry))
	a.add("POST /record/{type}/{id}/own", "nobody acts", p.send(entry+"/own"))
	kid := s.join("Kit")
	kid.must(s.cfg.Accounts.SetProof(a.t.Context(), kid.account(), account.P9))
	kid.must(s.cfg.Accounts.SetRecord(a.t.Context(), kid.account(), "Patient/kit"))
	s.child("Kit Hill", "kit", "2016-05-04", "9990007020")
	p.parentOf("kit")
	kid.must(s.cfg.Mandates.Decide(a.t.Context(), surgery, "kit", true, time.Time{}, "We talked, and Kit understands it."))
	a.add("GET /record/{type}/{id}/own", "asks", kid.get("/record/Immunization/kitv/own"))
	kid.send("/record/Immunization/kitv/own").to("/record/Immunization/kitv")
	a.add("GET /record/{type}/{id}", "news, kept from a parent", kid.get("/record/Immunization/kitv"))
}
