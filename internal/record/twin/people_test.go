package twin

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
)

// gen makes resources and queries from one alphabet, small enough that they
// meet. The same seed makes the same ones. For its queries it looks at the
// world that they will be asked of.
type gen struct {
	*rand.Rand
	w      world
	people map[string]int // how many ids there are of each type
	busy   []string       // types of which there are very many, if any
}

func newGen(seed uint64) *gen {
	return &gen{Rand: rand.New(rand.NewPCG(seed, 20240229)), people: population}
}

// newCrowd has so many of some types that the planner takes other ways.
func newCrowd(seed uint64) *gen {
	g := newGen(seed)
	g.people = maps.Clone(population)
	g.busy = []string{"Observation", "Condition", "Encounter", "MedicationRequest"}
	for _, typ := range g.busy {
		g.people[typ] = 700
	}
	g.people["Observation"], g.people["Patient"] = 1300, 30
	return g
}

func (g *gen) one(list ...string) string { return list[g.IntN(len(list))] }
func (g *gen) odds(n int) bool           { return g.IntN(100) < n }

// some calls make n% of the time.
func (g *gen) some(n int, make func() string) string {
	if g.odds(n) {
		return make()
	}
	return ""
}

// list makes up to n items in an array, "" for none.
func (g *gen) list(n int, make func() string) string {
	var items []string
	for range g.IntN(n + 1) {
		items = append(items, make())
	}
	return arr(items...)
}

// obj writes an object of keys and JSON values; a value of "" is left out.
func obj(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, strconv.Quote(pairs[i])+":"+pairs[i+1])
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func arr(items ...string) string {
	var kept []string
	for _, s := range items {
		if s != "" {
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "[" + strings.Join(kept, ",") + "]"
}

func str(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

// The alphabets.
var (
	systems  = []string{"http://loinc.org", "http://snomed.info/sct", "urn:oid:1.2.3", "http://acme.org/a"}
	codes    = []string{"a", "A", "b", "B-2", "c|d", "e,f", "8480-6", "8462-4", "mg"}
	displays = []string{"Blood pressure", "blood", "Pulse rate", "Zoë's test", "High"}
	families = []string{"Ash", "ash", "O'Brien", "Obrien", "van der Berg", "Björk", "Bjork", "Strauß", "Øster", "Smith-Jones", "Smithjones", "A"}
	givens   = []string{"Zoë", "Zoe", "zo", "Anne-Marie", "Anne", "Renée", "Bob"}
	cities   = []string{"Ålborg", "Leeds", "leeds", "St. Ives", "St Ives"}
	marks    = []string{"1", "A1", "a1", "999 123 4567", "x|y", "77"}
	spaces   = []string{"http://acme.org/a", "http://acme.org/b", "https://fhir.nhs.uk/Id/nhs-number"}
	words    = []string{"asthma", "Asthma", "hay", "fever", "cough", "café"}
	urls     = []string{"http://acme.org/fhir", "http://acme.org/fhir/form", "http://acme.org/fhir/form/1", "http://acme.org/fhir/formal", "urn:oid:1.2.3", "urn:oid:1.2.3.4", "http://acme.org/Fhir/form"}
	numbers  = []string{"1", "1.0", "1.00", "1e0", "-1", "-1.5", "0", "0.0", "10", "9.5", "10.5", "1e1", "100", "99.5", "0.05", "5.40", "5.4", "5.39", "1e2", "123456789.123456789", "123456789.123456788"}
	dates    = []string{"2019", "2020", "2020-01", "2020-02", "2019-12", "2019-12-31", "2020-01-01", "2020-02-29", "2020-01-31", "2021", "1900", "2030-06"}
	moments  = []string{"2019-12-31T23:30:00-05:00", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z", "2019-12-31T23:59:59.999Z", "2020-01-01T05:00:00+05:00",
		"2020-01-01T00:00:00.5Z", "2020-02-29T12:00:00Z", "2020-01-31T23:59:59.999+00:00", "2020-01-15T10:30:00+01:00", "1970-01-01T00:00:00Z"}
	kgs = [][3]string{{"mg", "http://unitsofmeasure.org", "mg"}, {"milligram", "http://unitsofmeasure.org", "mg"}, {"mg", "", ""}, {"", "", ""}, {"kg", "http://unitsofmeasure.org", "kg"}, {"mg", "http://acme.org/a", "mg"}}
)

// population is the everyday people: it says how many ids of each type there are. Ids are the same for
// all types, so that a type that is mixed up shows.
var population = map[string]int{"Patient": 9, "Observation": 44, "Encounter": 14, "Condition": 14, "MedicationRequest": 9, "Organization": 7,
	"Practitioner": 5, "RelatedPerson": 7, "Appointment": 9, "Group": 5, "List": 6, "Questionnaire": 7, "QuestionnaireResponse": 8, "RiskAssessment": 9, "Location": 5, "Provenance": 7}

func (g *gen) id(typ string) string {
	n := g.IntN(g.people[typ])
	if n == 1 && g.odds(30) {
		return "N1" // the case of ids counts
	}
	return "n" + strconv.Itoa(n)
}

// date is any of the forms in which a point or stretch of time is written.
func (g *gen) date() string {
	if g.odds(50) {
		return g.one(moments...)
	}
	return g.one(dates...)
}

func (g *gen) period() string {
	// Sorted by their starts and ends, so that no period ends before it begins.
	order := []string{"1900", "2019", "2019-12-31", "2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "2020-01-15T10:30:00+01:00", "2020-01-31", "2020-02", "2020-02-29T12:00:00Z", "2021", "2030-06"}
	i := g.IntN(len(order))
	j := i + g.IntN(len(order)-i)
	return obj("start", g.some(85, func() string { return str(order[i]) }), "end", g.some(75, func() string { return str(order[j]) }))
}

func (g *gen) coding() string {
	return obj("system", g.some(75, func() string { return str(g.one(systems...)) }),
		"code", g.some(92, func() string { return str(g.one(codes...)) }),
		"display", g.some(40, func() string { return str(g.one(displays...)) }))
}

func (g *gen) concept() string {
	return obj("coding", g.list(2, g.coding), "text", g.some(40, func() string { return str(g.one(displays...)) }))
}

func (g *gen) identifier() string {
	value := g.some(93, func() string { return str(g.one(marks...)) })
	typ := ""
	if value != "" && g.odds(50) {
		typ = obj("coding", g.list(2, g.coding), "text", g.some(30, func() string { return str(g.one(displays...)) }))
	}
	return obj("type", typ, "system", g.some(75, func() string { return str(g.one(spaces...)) }), "value", value)
}

// ref writes a Reference to one of the types, in every form there is.
func (g *gen) ref(types ...string) string {
	typ := g.one(types...)
	to := typ + "/" + g.id(typ)
	switch g.IntN(24) {
	case 0, 1:
		to = base + "/" + to
	case 2:
		to += "/_history/" + g.one("1", "2")
	case 3:
		to = "https://elsewhere.example/fhir/" + to
	case 4:
		to = typ + "/nobody"
	case 5:
		return obj("type", g.some(50, func() string { return str(typ) }), "identifier", g.identifier())
	case 6:
		return obj("reference", str(to), "identifier", g.identifier())
	case 7:
		return obj("display", str("somebody"))
	case 8:
		return obj("reference", str("urn:uuid:e2d1c0ab-0000-4000-8000-00000000000"+g.one("1", "2")), "type", g.some(50, func() string { return str(typ) }))
	case 9:
		to = base + "/" + to + "/_history/1"
	}
	return obj("reference", str(to))
}

// refs makes a maker of references, for lists.
func (g *gen) refs(types ...string) func() string { return func() string { return g.ref(types...) } }

// subject is mostly a patient.
func (g *gen) subject(others ...string) string {
	if len(others) > 0 && g.odds(12) {
		return g.ref(others...)
	}
	return g.some(92, g.refs("Patient"))
}

func (g *gen) quantity() string {
	u := kgs[g.IntN(len(kgs))]
	cmp := ""
	if g.odds(12) {
		cmp = str(g.one("<", "<=", ">", ">="))
	}
	return obj("value", g.some(95, func() string { return g.one(numbers...) }), "comparator", cmp, "unit", str(u[0]), "system", str(u[1]), "code", str(u[2]))
}

func (g *gen) rangeOf() string {
	pairs := [][2]string{{"-1", "0"}, {"0.05", "1"}, {"1", "5.4"}, {"5.39", "10"}, {"1.0", "1.00"}, {"9.5", "100"}}
	p := pairs[g.IntN(len(pairs))]
	side := func(v string) func() string {
		return func() string { return obj("value", v, "unit", str("mg")) }
	}
	return obj("low", g.some(85, side(p[0])), "high", g.some(85, side(p[1])))
}

func (g *gen) name() string {
	return obj("text", g.some(25, func() string { return str(g.one("Dr ", "") + g.one(families...)) }),
		"family", g.some(90, func() string { return str(g.one(families...)) }),
		"given", g.list(2, func() string { return str(g.one(givens...)) }),
		"prefix", g.some(15, func() string { return arr(str("Dr")) }))
}

func (g *gen) address() string {
	return obj("use", g.some(40, func() string { return str(g.one("home", "work")) }), "line", g.list(1, func() string { return str("1 High St.") }),
		"city", g.some(80, func() string { return str(g.one(cities...)) }), "country", g.some(30, func() string { return str("GB") }))
}

func (g *gen) telecom() string {
	return obj("system", str(g.one("phone", "email")), "use", g.some(50, func() string { return str(g.one("home", "work")) }),
		"value", g.some(90, func() string { return str(g.one("1 2", "A@b.org", "a@b.org")) }))
}

func (g *gen) meta() string {
	return obj("source", g.some(25, func() string { return str(g.one(urls...)) }),
		"profile", g.some(25, func() string { return arr(str(g.one(urls...) + g.one("", "|1.0", "|2"))) }),
		"security", g.some(30, g.security),
		"tag", g.some(30, func() string { return g.list(2, g.coding) }))
}

func (g *gen) narrative() string {
	div := fmt.Sprintf(`<div xmlns="http://www.w3.org/1999/xhtml">%s <b>%s</b>&amp;%s<br/>%s.</div>`, g.one(words...), g.one(words...), g.one(words...), g.one(words...))
	return obj("status", str("generated"), "div", strconv.Quote(div))
}

// resource makes one of a type under an id.
func (g *gen) resource(typ, id string) string {
	head := []string{"resourceType", str(typ), "id", str(id), "meta", g.some(45, g.meta), "text", g.some(20, g.narrative), "identifier", g.some(55, func() string { return g.list(2, g.identifier) })}
	return obj(append(head, makers[typ](g)...)...)
}
