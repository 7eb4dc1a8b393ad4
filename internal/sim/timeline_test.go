package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// person is somebody's record, parsed.
type person struct {
	resources []Resource
	roots     []fhir.Node
	patient   fhir.Node
	born      time.Time
	dies      time.Time // zero: lives
}

// people parses everybody of a region.
func people(t *testing.T, r Region, see func(p *person)) {
	t.Helper()
	for n := range r.People {
		var p person
		for one := range r.Person(n) {
			root := parse(t, one)
			p.resources, p.roots = append(p.resources, one), append(p.roots, root)
			if one.Type != root.Get("resourceType").Str() || r.Links == ByID && one.ID != root.Get("id").Str() {
				t.Fatalf("person %d: %s/%s has another type or id inside", n, one.Type, one.ID)
			}
		}
		p.patient = p.roots[0]
		p.born = instant(t, p.patient.Get("birthDate").Str())
		if d := p.patient.Get("deceasedDateTime"); d.Exists() {
			p.dies = instant(t, d.Str())
		}
		see(&p)
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	layout := time.RFC3339
	if len(s) == 10 {
		layout = time.DateOnly
	}
	at, err := time.Parse(layout, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// dates visits each date and instant below a node, with its member name.
func dates(n fhir.Node, see func(key, value string)) {
	for child := range n.Each() {
		if !child.IsScalar() {
			dates(child, see)
			continue
		}
		if s := child.Str(); len(s) >= 10 && s[4] == '-' && s[7] == '-' && strings.Trim(s[:10], "0123456789-") == "" {
			see(child.Key(), s)
		}
	}
}

func TestNothingHappensBeforeBirthAfterDeathOrAfterToday(t *testing.T) {
	deaths, booked := 0, 0
	r := region(900, 0.5)
	for _, day := range []Day{today, Date(2020, 1, 1), Date(2024, 2, 29), Date(2031, 3, 30)} {
		r.Today = day
		d, b := holdToLives(t, r)
		deaths, booked = deaths+d, booked+b
		r.People, r.Seed = 300, r.Seed+1
	}
	if deaths == 0 || booked == 0 {
		t.Errorf("%d deaths and %d booked appointments: the test has nothing to hold", deaths, booked)
	}
}

// holdToLives holds every date of a region to the life that it belongs to.
func holdToLives(t *testing.T, r Region) (deaths, booked int) {
	tomorrow := utc(r.Today + 1)
	people(t, r, func(p *person) {
		deaths += btoi(!p.dies.IsZero())
		for i, root := range p.roots {
			kind := p.resources[i].Type
			if kind == "Appointment" && root.Get("status").Is("booked") {
				booked++
				if !p.dies.IsZero() {
					t.Errorf("an appointment is booked for somebody who died: %s", root.Raw())
				}
				continue
			}
			dates(root, func(key, value string) {
				if key == "expirationDate" || kind == "RelatedPerson" && key == "birthDate" {
					return
				}
				at := instant(t, value)
				switch {
				case at.Before(p.born):
					t.Errorf("before birth on %v: %s %s", p.born, key, root.Raw())
				case !at.Before(tomorrow):
					t.Errorf("after today: %s %s", key, root.Raw())
				case !p.dies.IsZero() && at.After(p.dies):
					t.Errorf("after death on %v: %s %s", p.dies, key, root.Raw())
				}
			})
		}
	})
	return deaths, booked
}

func TestPeriodsBeginBeforeTheyEnd(t *testing.T) {
	people(t, region(700, 0.5), func(p *person) {
		for i, root := range p.roots {
			for _, pair := range [][2]fhir.Node{
				{root.Get("period").Get("start"), root.Get("period").Get("end")},
				{root.Get("effectivePeriod").Get("start"), root.Get("effectivePeriod").Get("end")},
				{root.Get("start"), root.Get("end")},
				{root.Get("onsetDateTime"), root.Get("abatementDateTime")},
			} {
				if !pair[1].Exists() {
					continue
				}
				if instant(t, pair[1].Str()).Before(instant(t, pair[0].Str())) {
					t.Errorf("ends before it begins: %s", p.resources[i].JSON)
				}
			}
		}
	})
}

func TestParentsAreOldEnough(t *testing.T) {
	r := region(4000, 0.01)
	children, twins := 0, 0
	for n := range r.Households() {
		h := r.makeHousehold(n)
		for i := range h.people {
			c := &h.people[i]
			if c.birth == 2 {
				twins++
				if before := h.people[i-1]; before.born != c.born || before.birth != 1 || before.weeks != c.weeks {
					t.Errorf("household %d: twins of different days", n)
				}
			}
			if c.mother >= 0 {
				children++
				m := &h.people[c.mother]
				if age := years(m.born, c.born); age < 18 || age > 45 || m.sex != female {
					t.Errorf("household %d: a mother aged %d", n, age)
				}
			}
			for _, parent := range []int{c.father, c.second} {
				if parent >= 0 && years(h.people[parent].born, c.born) < 17 {
					t.Errorf("household %d: a parent aged %d", n, years(h.people[parent].born, c.born))
				}
			}
			for j := range h.people[:i] {
				o := &h.people[j]
				if c.mother >= 0 && o.mother == c.mother && o.born != c.born && c.born-o.born < 400 {
					t.Errorf("household %d: births %d days apart", n, c.born-o.born)
				}
			}
		}
	}
	if children < 600 || twins < 3 {
		t.Errorf("%d children, %d pairs of twins: the test has little to hold", children, twins)
	}
}

func TestVaccinesComeInOrderAndNeverTooEarly(t *testing.T) {
	given, declined := 0, 0
	people(t, region(800, 0.3), func(p *person) {
		last := map[string]int64{}
		dose := map[string]string{}
		for i, root := range p.roots {
			if p.resources[i].Type != "Immunization" {
				continue
			}
			if root.Get("status").Is("not-done") {
				declined++
				continue
			}
			given++
			code := root.Get("vaccineCode").Get("coding").At(0).Get("code").Str()
			at := instant(t, root.Get("occurrenceDateTime").Str())
			number := root.Get("protocolApplied").At(0).Get("doseNumberPositiveInt").Str()
			if code != "rsv" && code != "whooping" && code != "flu" && code != "covid" && code != "flu-nasal" {
				if at.Unix() < last[code]+27*86400 && last[code] != 0 || number < dose[code] {
					t.Errorf("%s: dose %s at %v is out of order\n%s", code, number, at, root.Raw())
				}
				last[code], dose[code] = at.Unix(), number
			}
			if age := at.Sub(p.born).Hours() / 24; age < 56 {
				t.Errorf("%s given at %.0f days", code, age)
			}
		}
	})
	if given < 3000 || declined < 10 {
		t.Errorf("%d given, %d declined: the test has little to hold", given, declined)
	}
}

func TestNobodyIsGivenPenicillinOnceItIsKnownToHarm(t *testing.T) {
	allergic := 0
	people(t, region(1500, 0.5), func(p *person) {
		var since time.Time
		for i, root := range p.roots {
			if p.resources[i].Type == "AllergyIntolerance" && root.Get("code").Get("text").Is("Penicillin") {
				since = instant(t, root.Get("recordedDate").Str())
				allergic++
			}
		}
		if since.IsZero() {
			return
		}
		for i, root := range p.roots {
			if p.resources[i].Type != "MedicationRequest" {
				continue
			}
			name := root.Get("medicationCodeableConcept").Get("text").Str()
			if strings.Contains(name, "cillin") && instant(t, root.Get("authoredOn").Str()).After(since) {
				t.Errorf("%s for somebody with an allergy: %s", name, root.Raw())
			}
		}
	})
	if allergic < 20 {
		t.Errorf("%d people have the allergy: the test has little to hold", allergic)
	}
}

func TestAParentIsFoundByTheirIdentifiers(t *testing.T) {
	r := region(500, 0.05)
	parents := 0
	for n := range r.Households() {
		known := map[string]string{}
		var related []fhir.Node
		for one := range r.Household(n) {
			root := parse(t, one)
			switch one.Type {
			case "Patient":
				known[string(root.Get("identifier").Raw())] = root.Get("birthDate").Str()
			case "RelatedPerson":
				related = append(related, root)
			}
		}
		for _, p := range related {
			parents++
			if born := known[string(p.Get("identifier").Raw())]; !p.Get("birthDate").Is(born) || born == "" {
				t.Errorf("household %d: no Patient is this parent: %s", n, p.Raw())
			}
		}
	}
	if parents < 100 {
		t.Errorf("only %d parents", parents)
	}
}
