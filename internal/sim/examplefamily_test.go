package sim

import (
	"bytes"
	"strings"
	"testing"
)

// examined are the days on which the example family is looked at: it is made for
// the day on which somebody sets up a service.
var examined = []Day{Date(2026, 1, 1), Date(2026, 6, 30), Date(2026, 11, 26), Date(2027, 2, 28), Date(2028, 2, 29), Date(2031, 9, 14)}

func TestTheExampleFamilyHasSomethingForEveryPage(t *testing.T) {
	for _, day := range examined {
		f := Example(day)
		var is []Relation
		for _, m := range f.Members() {
			is = append(is, m.Is)
		}
		if len(is) != 6 || is[0] != OneParent || is[1] != Partner || is[2] != Teenager || is[3] != Schoolchild || is[4] != SmallChild || is[5] != Grandparent {
			t.Fatalf("%v: the family is %v", day, f.Members())
		}
		at, n := -1, map[string]int{}
		look := func() {
			for _, typ := range []string{"Observation", "Immunization", "DocumentReference", "Condition", "Encounter", "MedicationRequest", "ServiceRequest", "booked"} {
				if n[typ] == 0 {
					t.Errorf("%v: %s has no %s", day, f.Members()[at].Name, typ)
				}
			}
		}
		all := map[string]int{}
		for one := range f.Resources() {
			if one.Type == "Patient" {
				if at >= 0 {
					look()
				}
				at, n = at+1, map[string]int{}
				if one.ID != f.Members()[at].ID || !bytes.Contains(one.JSON, []byte(strings.Split(f.Members()[at].Name, " ")[0])) {
					t.Errorf("%v: patient %d is not %s", day, at, f.Members()[at].Name)
				}
				if bytes.Contains(one.JSON, []byte("deceased")) {
					t.Errorf("%v: %s died", day, f.Members()[at].Name)
				}
			}
			n[one.Type]++
			all[one.Type]++
			if one.Type == "Appointment" && bytes.Contains(one.JSON, []byte(`"status":"booked"`)) {
				n["booked"]++
			}
			if bytes.Contains(one.JSON, []byte(`"59261-8"`)) {
				all["hba1c"]++
			}
		}
		look()
		for _, typ := range []string{"AllergyIntolerance", "DiagnosticReport", "FamilyMemberHistory", "Procedure", "hba1c"} {
			if all[typ] < 2 {
				t.Errorf("%v: the family has %d %s", day, all[typ], typ)
			}
		}
	}
}

// What is an example says so in every resource, and names no place of another
// region: removing it takes nothing away from anybody else.
func TestAnExampleIsToldFromEverythingElse(t *testing.T) {
	f := Example(Date(2026, 6, 30))
	ids := map[string]bool{}
	for one := range f.Places() {
		if !strings.HasPrefix(one.ID, ExamplePlace) || !bytes.Contains(one.JSON, []byte(`"meta":{"tag":[`+madeUp+`,`+isExample+`]`)) {
			t.Fatalf("%s/%s is not marked: %s", one.Type, one.ID, one.JSON)
		}
		ids[one.Type+"/"+one.ID] = true
	}
	n := 0
	for one := range f.Resources() {
		n++
		if !bytes.Contains(one.JSON, []byte(isExample)) || bytes.Count(one.JSON, []byte(`"meta":`)) != 1 {
			t.Fatalf("%s is not marked: %s", one.Type, one.JSON)
		}
		for rest := string(one.JSON); ; {
			_, after, found := strings.Cut(rest, `"reference":"`)
			if !found {
				break
			}
			to, more, _ := strings.Cut(after, `"`)
			if rest = more; !strings.HasPrefix(to, "urn:uuid:") && !ids[to] {
				t.Fatalf("%s names %s, which the example does not have", one.Type, to)
			}
		}
	}
	if n < 1000 {
		t.Errorf("the family has %d resources", n)
	}
}

// The region that make run makes up has other numbers, so that nobody in it is
// taken for somebody of the example family.
func TestTheExampleFamilySharesNoNumberWithADemo(t *testing.T) {
	mine := map[string]bool{}
	f := Example(Date(2026, 6, 30))
	first, size := f.region.PeopleIn(f.home)
	for i := range size {
		n, _ := Number(f.region.Seed, first+i)
		mine[n] = true
	}
	for i := range 20_000 {
		if n, _ := Number(1, i); mine[n] {
			t.Errorf("person %d of the region of seed 1 has the number %s as well", i, n)
		}
	}
}
