package event

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/record"
)

// What a resource was called, and when it was told, is kept with it, so that it can
// be written out again under its own name.
const (
	ours   = "https://bevan.health/fhir/StructureDefinition/"
	toldID = ours + "told-id"
	toldAt = ours + "told-at"
)

// directory are the types that say who and where. They are nobody's record. Each is
// kept as it was told: another wording is another entry, so that no message changes
// what an earlier one said.
var directory = map[string]bool{"Organization": true, "Practitioner": true, "PractitionerRole": true, "HealthcareService": true, "Location": true}

// owned are the types that lie in a person's record.
var owned = map[string]bool{"Encounter": true, "Observation": true, "Procedure": true, "DiagnosticReport": true, "Immunization": true, "EpisodeOfCare": true,
	"CareTeam": true, "Communication": true, "Appointment": true, "RelatedPerson": true, "Provenance": true}

// spine is where references to the national directory lead. They are kept as they
// are, and never fetched.
const spine = "https://directory.spineservices.nhs.uk/"

// subjectOf is the reference to whom a resource is about.
func subjectOf(res *val) *val {
	for _, name := range []string{"subject", "patient"} {
		if r := res.get(name); r != nil {
			return r
		}
	}
	if t := res.get("target").items(); len(t) > 0 {
		return t[0]
	}
	for _, p := range res.get("participant").items() {
		if actor := p.get("actor"); res.get("resourceType").str() == "Appointment" && actor != nil {
			return actor
		}
	}
	return nil
}

// ownerOf is the id of the record that an entry lies in: that of the child, or of
// the mother.
func (w *work) ownerOf(e *entry) string {
	if w.mother != nil && subjectOf(e.res) != nil && w.m.byURL[subjectOf(e.res).get("reference").str()] == w.mother.entry {
		return w.mother.id
	}
	return w.child.id
}

// place gives each entry its place in the record. The id is made of the source, the
// person and what the source calls it: a source speaks of its own entries only, and a
// message about one child never reaches those of another.
func (w *work) place() error {
	for _, e := range w.m.entries[1:] {
		switch {
		case e == w.child.entry:
			w.keys[e] = record.Key{Type: "Patient", ID: w.child.id}
		case w.mother != nil && e == w.mother.entry:
			w.keys[e] = record.Key{Type: "Patient", ID: w.mother.id}
		case owned[e.typ]:
			if err := w.aboutThem(e); err != nil {
				return err
			}
			w.keys[e] = w.entryKey(e)
			if e == w.m.focus() && w.held != nil && w.held.focus.Type == e.typ && !byEvent[w.m.Event].person {
				w.keys[e] = w.held.focus // under whatever id it was told first
			}
		case !directory[e.typ]:
			return w.m.at(Partly, e.place(""), "A resource of this type has no place in an event of a child.")
		}
	}
	return nil
}

// entryKey is where an entry lies that no earlier message of the event put elsewhere.
func (w *work) entryKey(e *entry) record.Key {
	return record.Key{Type: e.typ, ID: digest("entry", w.m.Source, w.child.id, e.typ, e.id)}
}

// aboutThem refuses a part that is about somebody else, or does not say about whom.
func (w *work) aboutThem(e *entry) error {
	s := subjectOf(e.res)
	if s == nil {
		if w.m.Kind == Delete {
			return nil // it shows what is deleted by its id
		}
		return w.m.at(Partly, e.place(""), "This part does not say whom it is about.")
	}
	to := w.m.byURL[s.get("reference").str()]
	if to == nil || to != w.child.entry && (w.mother == nil || to != w.mother.entry) {
		return w.m.at(Partly, e.place(""), "This part is about somebody else than the message.")
	}
	return nil
}

// converted is an entry as R4, with its references leading to where things are kept.
func (w *work) converted(e *entry) (*val, error) {
	res := e.res.copy()
	res.del("id")
	meta := res.del("meta")
	rules.toR4(res)
	var bad error
	res.each("", func(name string, v *val) {
		if name == "reference" && bad == nil {
			bad = w.relink(e, v)
		}
	})
	if bad != nil {
		return nil, bad
	}
	kept := object("source", w.m.Source)
	kept.put("security", meta.get("security"))
	res.set("meta", kept)
	if e.typ != "Patient" {
		marks := []*val{object("url", toldID, "valueString", e.id)}
		if e.typ == "Encounter" {
			marks = append(marks, object("url", toldAt, "valueString", w.m.publishedText()))
		}
		res.set("extension", list(append(res.get("extension").items(), marks...)...))
	}
	return res, nil
}

// relink makes a reference lead into the record. Nothing that is not in the message
// is referred to, but for the national directory: else a message could name entries
// of the record.
func (w *work) relink(e *entry, v *val) error {
	text := v.str()
	to := w.m.byURL[text]
	switch {
	case to == nil && (strings.HasPrefix(text, spine) || w.d.Sure && strings.HasPrefix(text, "urn:uuid:")):
		return nil
	case to == nil, to == w.m.entries[0]:
		return w.m.at(Partly, e.place(""), "A reference leads to something that is not in the message.")
	case directory[to.typ]:
		k, err := w.shelve(to)
		if err != nil {
			return err
		}
		*v = *str(k.String())
	default:
		*v = *str(w.keys[to].String())
	}
	return nil
}

// shelve writes an entry of the directory; its id follows from what it says.
func (w *work) shelve(e *entry) (record.Key, error) {
	if k, ok := w.keys[e]; ok {
		return k, nil
	}
	if w.shelf[e] {
		return record.Key{}, w.m.at(Partly, e.place(""), "Parts of the message refer to one another in a circle.")
	}
	w.shelf[e] = true
	res, err := w.converted(e)
	if err != nil {
		return record.Key{}, err
	}
	k := record.Key{Type: e.typ, ID: digest("shelf", w.m.Source, res.json(true))}
	w.keys[e] = k
	return k, w.put(e, k, res, record.Op{Ensure: true}, w.child.id)
}

// saying is what is wrong in general; the place says the rest. What is held against
// the specification may quote the message, which is told to nobody here.
var saying = map[validate.Code]string{
	validate.Structure: "This element has no place here in R4, or has another form there.",
	validate.Required:  "Something is missing here that has to be there.",
	validate.Value:     "The value here is none that this element can have.",
}

// faults holds what would be written against the specification.
func (w *work) faults(e *entry, t *fhir.Tree) error {
	for _, is := range validate.Resource(t, validate.Options{}) {
		if is.Severity != validate.Error {
			continue
		}
		_, rest, _ := strings.Cut(is.Path, ".")
		say := saying[is.Code]
		if say == "" {
			say = "This part is not valid FHIR R4 once it is read."
		}
		return w.m.at(Partly, e.place(rest), say)
	}
	return nil
}

// publishedText is when the message was published, as it is kept.
func (m *Message) publishedText() string {
	return m.Published.UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}
