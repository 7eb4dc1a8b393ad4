package access

import "testing"

// A person's own download is the one piece of work that the rules know of a
// person, and nothing else is opened by it.
func TestAPersonsOwnDownload(t *testing.T) {
	self := Who{Actor: "account:1", Kind: Person, Role: RoleSelf, For: 7, Patient: "p", Bound: AllTypes(AllVerbs)}
	work := Job("takeaway", self)
	s, d := Decide(Facts{work, Export, Subject(7)})
	if !d.Granted || d.Rule != "self-export" {
		t.Fatalf("decided %+v", d)
	}
	if who, one := s.Person(); !one || who != 7 {
		t.Errorf("it is about %s", s)
	}
	if !s.Allows(Search|Read|History, "Observation") || s.Mask()&SeveralPeople != 0 {
		t.Errorf("it allows %s", s)
	}
	for _, v := range []Verb{Create, Update, Delete, Follow} {
		if s.Allows(v, "Observation") {
			t.Errorf("it allows %s", v)
		}
	}
	app, unlinked, nurse, proxy := work, work, work, work
	app.App, app.Grant = "diary", "g"
	unlinked.For = 0
	nurse.Role, nurse.Organisation = RoleProfessional, "org"
	proxy.Role = RoleProxy
	for name, f := range map[string]Facts{
		"a click":                        {self, Export, Subject(7)},
		"an app's work":                  {app, Export, Subject(7)},
		"an app by itself":               {Who{Actor: "c", Kind: Client, Role: RoleSelf, App: "a", Grant: "g", For: 7, Bound: AllTypes(AllVerbs)}, Export, Subject(7)},
		"work about somebody else":       {work, Export, Subject(8)},
		"work without a record":          {unlinked, Export, Subject(7)},
		"work that looks":                {work, Own, Subject(7)},
		"work that runs the service":     {work, Operations, Subject(7)},
		"work of a professional":         {nurse, Export, Subject(7)},
		"work of a professional, caring": {nurse, Care, Subject(7)},
		"work of who has no mandate":     {proxy, Export, Subject(7)},
		"work of nobody":                 {Job("takeaway", Who{}), Export, Subject(7)},
	} {
		if s, d := Decide(f); d.Granted || !s.Empty() {
			t.Errorf("%s may: %+v", name, d)
		}
	}
}
