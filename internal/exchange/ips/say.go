package ips

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
)

// entry puts a resource into words.
func (g *gather) entry(t *fhir.Tree) Entry {
	w, n := g.o.Words, t.Root()
	e := Entry{Entry: plain.Reader{W: w.Plain, Name: g.name}.Entry(t), Tree: t}
	if e.Type == "DeviceUseStatement" { // its name is that of the device
		if s := g.concept(n.Get("device")); s != "" {
			e.Title = s
		}
	}
	if e.Day == "" {
		e.Date = w.NotDated
	}
	e.Detail = strings.Join(g.details(e.Type, n), ". ")
	return e
}

// details are what has to be known beside the name of an entry.
func (g *gather) details(typ string, n fhir.Node) (all []string) {
	w := g.o.Words
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	switch typ {
	case "AllergyIntolerance":
		for r := range n.Get("reaction").Items() {
			for m := range r.Get("manifestation").Items() {
				add(g.concept(m))
			}
		}
		if c := g.code(n.Get("criticality").Str()); c != "" {
			add(w.Risk + " " + c)
		}
		add(g.state(n))
	case "Condition":
		add(g.state(n))
	case "MedicationRequest", "MedicationStatement":
		for _, name := range []string{"dosageInstruction", "dosage"} {
			for d := range n.Get(name).Items() {
				add(d.Get("text").Str())
			}
		}
		if s := n.Get("status"); !s.Is("active") { // they are what is taken now
			add(g.code(s.Str()))
		}
	case "Observation":
		add(g.measured(n))
		for r := range n.Get("referenceRange").Items() {
			add(g.usual(r))
		}
	case "DiagnosticReport":
		add(n.Get("conclusion").Str())
		fallthrough
	case "Procedure", "Flag", "DeviceUseStatement":
		if s := n.Get("status"); !s.Is("completed") && !s.Is("final") {
			add(g.code(s.Str()))
		}
	}
	return all
}

// measured is the value of a result, or of its parts; that there is none is said.
func (g *gather) measured(n fhir.Node) string {
	var all []string
	if s := g.value(n); s != "" {
		all = append(all, s)
	}
	for c := range n.Get("component").Items() {
		if s := g.value(c); s != "" {
			all = append(all, g.concept(c.Get("code"))+" "+s)
		}
	}
	if len(all) == 0 {
		if s := g.concept(n.Get("dataAbsentReason")); s != "" {
			return s
		}
		return g.o.Words.NoValue
	}
	return strings.Join(all, ", ")
}

// value is a value with what was said of it. Digits stay as they were written.
func (g *gather) value(n fhir.Node) string {
	s := ""
	switch {
	case n.Get("valueQuantity").Exists():
		s = quantity(n.Get("valueQuantity"))
	case n.Get("valueCodeableConcept").Exists():
		s = g.concept(n.Get("valueCodeableConcept"))
	case n.Get("valueString").Exists():
		s = n.Get("valueString").Str()
	default:
		for _, name := range []string{"valueInteger", "valueBoolean", "valueDateTime", "valueTime"} {
			if v := n.Get(name); v.Exists() {
				s = string(v.Text())
			}
		}
	}
	for i := range n.Get("interpretation").Items() {
		if said := g.concept(i); said != "" && s != "" {
			s += " (" + said + ")"
		}
	}
	return s
}

func (g *gather) usual(r fhir.Node) string {
	s := r.Get("text").Str()
	if s == "" {
		for _, bound := range [][2]string{{g.o.Words.Plain.From, quantity(r.Get("low"))}, {g.o.Words.Plain.Until, quantity(r.Get("high"))}} {
			if bound[1] != "" {
				s = strings.TrimSpace(s + " " + strings.ToLower(bound[0]) + " " + bound[1])
			}
		}
	}
	if s == "" {
		return ""
	}
	return strings.TrimSpace(g.o.Words.Usual + " " + s)
}

func quantity(q fhir.Node) string {
	unit := q.Get("unit").Str()
	if unit == "" {
		unit = q.Get("code").Str()
	}
	return strings.TrimSpace(q.Get("comparator").Str() + string(q.Get("value").Text()) + " " + unit)
}

// state is the clinical state of an entry, and how sure it is.
func (g *gather) state(n fhir.Node) string {
	var all []string
	for _, name := range []string{"clinicalStatus", "verificationStatus"} {
		if s := g.concept(n.Get(name)); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ", ")
}

// concept is a CodeableConcept or a Reference in words. A code that is known is
// said in our words, since what others call it is for programs.
func (g *gather) concept(n fhir.Node) string {
	if s := n.Get("text").Str(); s != "" {
		return s
	}
	if s := n.Get("display").Str(); s != "" {
		return s
	}
	if ref := n.Get("reference").Str(); ref != "" {
		return g.name(ref)
	}
	c := n.Get("coding").At(0)
	if s := g.o.Words.Codes[c.Get("code").Str()]; s != "" {
		return s
	}
	if s := c.Get("display").Str(); s != "" {
		return s
	}
	return c.Get("code").Str()
}

func (g *gather) code(code string) string {
	if s := g.o.Words.Codes[code]; s != "" {
		return s
	}
	return code
}

// Line is an entry in one line, with its date and who said so.
func (e Entry) Line(w Words) string {
	s := e.Title
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return strings.TrimSuffix(s, ".") + ". " + e.Date + ". " + w.By + ": " + e.By + "."
}
