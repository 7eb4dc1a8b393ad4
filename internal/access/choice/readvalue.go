package choice

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// at is the place of an item of a list.
func at(place string, i int) string { return place + "[" + strconv.Itoa(i) + "]" }

// object says whether something is a JSON object, and notes it where not.
func (r *reader) object(n fhir.Node, place string) bool {
	if n.Kind() != fhir.Object {
		r.no(place, "structure", "This is missing or not built as FHIR asks. Write it as an object with its elements.")
		return false
	}
	return true
}

// members refuses elements that are not known here. An element that is not
// understood may be the one that says what the others mean.
func (r *reader) members(n fhir.Node, place string, known ...string) {
	for m := range n.Each() {
		key := m.Key()
		switch {
		case key == "modifierExtension" || key == "implicitRules":
			r.no(place+"."+key, "not-supported", "This changes what the rest means in a way that is not understood here. Leave it out.")
		case key == "extension" && !slices.Contains(known, key):
			r.no(place+".extension", "not-supported", "An extension in here is not understood, and might narrow what is meant. Leave it out.")
		case key == "id" || slices.Contains(known, key):
		case strings.HasPrefix(key, "_"):
			if bare := key[1:]; place == "Consent" && (bare == "language" || bare == "dateTime") {
				continue
			}
			r.no(place, "not-supported", "Extensions of plain values in here are not understood. Leave them out.")
		default:
			if fhir.ValidID(key) { // names of elements have letters only; anything else is not repeated
				place += "." + key
			}
			r.no(place, "not-supported", "This element is not one that can be enforced. Leave it out, or write it as FHIR R4 has it.")
			return
		}
	}
}

// each reads the items of a list that is there. An empty one is refused: no
// value would be every value.
func (r *reader) each(p fhir.Node, place, name string, f func(n fhir.Node, here string)) {
	n := p.Get(name)
	if !n.Exists() {
		return
	}
	place += "." + name
	switch size := n.Len(); {
	case n.Kind() != fhir.Array || size == 0:
		r.no(place, "structure", "This has to be a list with something in it. Write it in square brackets, or leave it out.")
	case size > maxValues:
		r.no(place, "too-costly", "There are more than "+strconv.Itoa(maxValues)+" values. Write the choice as several Consents.")
	case r.c.values+size > maxAll:
		r.no(place, "too-costly", "There are more than "+strconv.Itoa(maxAll)+" values in all. Write the choice as several Consents.")
	default:
		r.c.values += size
		i := 0
		for item := range n.Each() {
			if r.full() {
				return
			}
			f(item, at(place, i))
			i++
		}
	}
}

// coding reads a Coding. What it lacks is noted.
func (r *reader) coding(n fhir.Node, place string) Coding {
	if !r.object(n, place) {
		return Coding{}
	}
	r.members(n, place, "system", "version", "code", "display", "userSelected")
	c := Coding{n.Get("system").Str(), n.Get("code").Str()}
	if n.Get("system").Kind() != fhir.String || n.Get("code").Kind() != fhir.String || c.System == "" || c.Code == "" {
		r.no(place, "required", "A code counts with its system only. Write both.")
	}
	return c
}

// concept reads the codings of a CodeableConcept. One of words alone can not be
// enforced.
func (r *reader) concept(n fhir.Node, place string) []Coding {
	if !n.Exists() || !r.object(n, place) {
		return nil
	}
	r.members(n, place, "coding", "text")
	if !n.Get("coding").Exists() {
		r.no(place, "required", "Words alone can not be enforced. Add a code with its system.")
		return nil
	}
	var out []Coding
	r.each(n, place, "coding", func(c fhir.Node, here string) { out = append(out, r.coding(c, here)) })
	return out
}

// period reads a Period that may be there.
func (r *reader) period(p fhir.Node, place, name string) span {
	var s span
	n := p.Get(name)
	if !n.Exists() {
		return s
	}
	place += "." + name
	if !r.object(n, place) {
		return s
	}
	r.members(n, place, "start", "end")
	s.start = r.date(n.Get("start"), place+".start")
	s.end = r.date(n.Get("end"), place+".end")
	if !n.Get("start").Exists() && !n.Get("end").Exists() {
		r.no(place, "required", "The period has neither a start nor an end. Write one of them, or leave it out.")
	}
	if i := s.in(nil); i.High <= i.Low {
		r.no(place, "value", "The period ends before it begins. Mend its dates.")
	}
	return s
}

func (r *reader) date(n fhir.Node, place string) fhir.DateTime {
	if !n.Exists() {
		return fhir.DateTime{}
	}
	d, err := fhir.ParseDateTime(n.Str())
	if n.Kind() != fhir.String || err != nil || !d.IsDateTime() {
		r.no(place, "value", "This is no date. Write it like 2026-05-31, or with a time and its zone like 2026-05-31T14:30:00+01:00.")
	}
	return d
}
