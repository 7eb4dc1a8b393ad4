package access

import (
	"strings"
	"testing"
)

func proxy(b Rights) Who {
	return Who{Actor: "account:1", Kind: Person, Role: RoleProxy, For: 7, Patient: "p", Mandate: "m", Bound: b}
}

func TestActingForAnother(t *testing.T) {
	all := proxy(AllTypes(AllVerbs))
	without, nobody, work := all, all, all
	without.Mandate, nobody.For, work.Kind = "", 0, Work
	byApp := work
	byApp.App, byApp.Grant = "diary", "g"
	few := proxy(Acting("Immunization Appointment", true, false))
	for _, c := range []struct {
		name     string
		who      Who
		why      Purpose
		about    About
		rule     string
		may, not string // verb and type, several behind commas
	}{
		{"for the person of the mandate", all, Proxy, Subject(7), "proxy-acting", "read Patient,update Observation,read Practitioner", "update Patient,delete Observation"},
		{"attack 75: nothing is granted onward", all, Proxy, Subject(7), "proxy-acting", "read Patient", "create Consent,update Consent,create RelatedPerson,update CareTeam,create Group,update Person"},
		{"attack 76: nor another guardian's right seen", all, Proxy, Subject(7), "proxy-acting", "read Patient", "read Consent,search RelatedPerson,read CareTeam,read Provenance"},
		{"attack 77: nor the log", all, Proxy, Subject(7), "proxy-acting", "read Patient", "read AuditEvent,search AuditEvent"},
		{"nor what staff note for each other", all, Proxy, Subject(7), "proxy-acting", "read Patient", "read Flag,read List,read Task,read RiskAssessment,read Basic"},
		{"by everybody's", all, Proxy, Population(), "proxy-acting", "search Condition", "follow Condition"},
		{"for somebody else", all, Proxy, Subject(8), "outside-bound", "", "read Patient"},
		{"without a mandate", without, Proxy, Subject(7), "no-mandate", "", "read Patient"},
		{"for nobody", nobody, Proxy, Population(), "no-mandate", "", "read Patient"},
		{"as if it were their own", all, Own, Subject(7), "no-rule", "", "read Patient"},
		{"as if they cared for them", all, Care, Subject(7), "no-rule", "", "read Patient"},
		{"to take it all out", all, Export, Subject(7), "no-rule", "", "read Patient"},
		{"as work", work, Proxy, Subject(7), "outside-bound", "", "read Patient"},
		{"few types", few, Proxy, Subject(7), "proxy-acting", "read Immunization,create Appointment,read Organization", "read Observation,create Immunization,read Patient"},
		{"look and no more", proxy(Acting(AllActing(), false, false)), Proxy, Subject(7), "proxy-acting", "read Condition,history Goal", "create Appointment,create Observation"},
		{"look and ask", proxy(Acting(AllActing(), true, false)), Proxy, Subject(7), "proxy-acting", "create Appointment,create Communication", "create Observation"},
		{"manage", proxy(Acting(AllActing(), true, true)), Proxy, Subject(7), "proxy-acting", "create Observation,create Appointment", "update Patient"},
		{"a copy is work", work, Export, Subject(7), "proxy-export", "read Patient,search Observation,read Organization", "create Observation,update Patient,read Consent,search AuditEvent,read Provenance,read Flag"},
		{"of nobody else", work, Export, Subject(8), "outside-bound", "", "read Patient"},
		{"no app takes one", byApp, Export, Subject(7), "outside-bound", "", "read Patient"},
		{"no types", proxy(Acting("", true, true)), Proxy, Subject(7), "outside-bound", "", "read Patient"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, d := Decide(Facts{c.who, c.why, c.about})
			if d.Rule != c.rule || d.Granted == s.Empty() {
				t.Errorf("%+v, scope %v, want rule %s", d, s, c.rule)
			}
			for what := range strings.SplitSeq(c.may, ",") {
				if v, typ := parse(t, what); v != 0 && !s.Allows(v, typ) {
					t.Errorf("%s is not allowed by %v", what, s)
				}
			}
			for what := range strings.SplitSeq(c.not, ",") {
				if v, typ := parse(t, what); v != 0 && s.Allows(v, typ) {
					t.Errorf("%s is allowed by %v", what, s)
				}
			}
		})
	}
}

// Sensitive kinds are hidden from whoever acts for another, but for those that
// their mandate shows; what is about several people stays hidden whatever it says. The
// mark on a Patient whose address is kept hides nothing: the record leaves it out.
func TestSensitiveKindsAreHiddenFromProxies(t *testing.T) {
	w := proxy(AllTypes(AllVerbs))
	s, _ := Decide(Facts{w, Proxy, Subject(7)})
	if s.Empty() || s.Mask()&(Sensitive|SeveralPeople) != AddressKept {
		t.Errorf("the mask is %x", s.Mask())
	}
	w.Shown = 1<<3 | SeveralPeople
	s, _ = Decide(Facts{w, Proxy, Subject(7)})
	if s.Mask()&(Sensitive|SeveralPeople) != 1<<3|AddressKept {
		t.Errorf("the mask is %x", s.Mask())
	}
	self := Who{Actor: "a", Kind: Person, Role: RoleSelf, For: 7, Bound: AllTypes(AllVerbs)}
	if s, _ := Decide(Facts{self, Own, Subject(7)}); s.Mask()&Sensitive != Sensitive&^Withheld { // but for what professionals write for each other
		t.Errorf("their own is hidden from them: %x", s.Mask())
	}
}

// What is for professionals only is withheld from the person, from who acts for
// them whatever their right shows, and from research; those who look after the
// person see it, in an emergency too.
func TestWhatIsForProfessionalsIsWithheld(t *testing.T) {
	acting := proxy(AllTypes(AllVerbs))
	acting.Shown = Sensitive
	self := Who{Actor: "a", Kind: Person, Role: RoleSelf, For: 7, Bound: AllTypes(AllVerbs)}
	work := self
	work.Kind = Work
	nurse := Who{Actor: "n", Kind: Person, Role: RoleProfessional, Organisation: "o", For: 7, Bound: AllTypes(AllVerbs)}
	program := Who{Actor: "client:lab", Kind: Client, Role: RoleProgram, App: "lab", Grant: "g", Bound: AllTypes(AllVerbs)}
	for name, c := range map[string]struct {
		facts Facts
		sees  bool
	}{
		"the person": {Facts{self, Own, Subject(7)}, false}, "their copy": {Facts{work, Export, Subject(7)}, false}, "who acts for them": {Facts{acting, Proxy, Subject(7)}, false},
		"care": {Facts{nurse, Care, Subject(7)}, true}, "an emergency": {Facts{declared(nurse), Emergency, Subject(7)}, true},
		"research": {Facts{program, Research, Population()}, false}, "work of the service": {Facts{program, Operations, Population()}, true},
	} {
		s, d := Decide(c.facts)
		if !d.Granted || (s.Mask()&Withheld != 0) != c.sees {
			t.Errorf("%s: %+v, mask %x", name, d, s.Mask())
		}
	}
}
