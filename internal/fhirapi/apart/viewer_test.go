package apart

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/access/label"
)

// viewer is somebody who asks.
type viewer struct {
	name   string
	who    access.Who
	why    access.Purpose // as choices know it; the door works it out by itself
	hl7    []string       // the same, in HL7's words
	obeys  bool           // a no of the person binds them
	asks   bool           // what nobody agreed to is hidden from them
	hides  label.Set
	types  string // what they may look at; "" for every type
	scoped bool   // of Observations the laboratory's only, of Conditions those of code a
	shut   bool   // no session is opened for them
}

// some are the types of a credential that names types.
const some = "Patient Observation Condition Encounter DiagnosticReport ServiceRequest Practitioner Organization Provenance List"

func granular(v access.Verb) access.Rights {
	r := access.OneTypeWhere("Observation", v, "category=laboratory").Or(access.OneTypeWhere("Condition", v, "code=urn:c|a"))
	for typ := range strings.FieldsSeq(some) {
		if typ != "Observation" && typ != "Condition" {
			r = r.Or(access.OneType(typ, v))
		}
	}
	return r
}

const looking = access.Looking &^ access.Follow

// viewers are all sorts of people who ask about a person.
func viewers(person string) []viewer {
	self := access.Who{Actor: "account:1", Kind: access.Person, Role: access.RoleSelf, Patient: person, User: "Patient/" + person, Bound: access.AllTypes(access.AllVerbs)}
	app := self
	app.App, app.Grant = "app", "g"
	narrow := app
	narrow.Bound = granular(access.AllVerbs)
	staff := access.Who{Actor: "account:2", Kind: access.Person, Role: access.RoleProfessional, Patient: person, Organisation: "org-7", User: "Practitioner/who",
		App: "app", Grant: "g", Bound: access.AllTypes(access.AllVerbs)}
	clinic := staff
	clinic.Bound = granular(access.AllVerbs)
	rescuer := staff
	rescuer.Mandate, rescuer.Until, rescuer.Organisation, rescuer.User = "em-1", now.UnixMilli()+1, "org-9", "Practitioner/other"
	stranger := staff
	stranger.Organisation, stranger.User = "org-9", "Practitioner/other"
	proxy := access.Who{Actor: "account:3", Kind: access.Person, Role: access.RoleProxy, Patient: person, User: "RelatedPerson/r", Mandate: "m-1",
		Bound: access.Acting(access.AllActing(), true, true), Shown: uint64(label.Substances)}
	program := access.Who{Actor: "client:app", Kind: access.Client, Role: access.RoleProgram, App: "app", Grant: "g", Bound: granular(access.AllVerbs)}
	service := program
	service.Bound = access.AllTypes(access.AllVerbs)
	study := service
	study.Uses = access.Research
	return []viewer{
		{name: "own", who: self, why: access.Own, hl7: []string{"PATRQT"}, hides: label.ProfessionalsOnly},
		{name: "app", who: app, why: access.Own, hl7: []string{"PATRQT"}, obeys: true, hides: label.ProfessionalsOnly},
		{name: "service", who: service, why: access.Operations, hl7: []string{"HOPERAT"}, obeys: true},
		{name: "narrow-app", who: narrow, why: access.Own, hl7: []string{"PATRQT"}, obeys: true, types: some, scoped: true, hides: label.ProfessionalsOnly},
		{name: "staff", who: staff, why: access.Care, hl7: []string{"TREAT"}, obeys: true},
		{name: "study", who: study, why: access.Research, hl7: []string{"HRESCH"}, obeys: true, asks: true, hides: label.ProfessionalsOnly},
		{name: "narrow-staff", who: clinic, why: access.Care, hl7: []string{"TREAT"}, obeys: true, types: some, scoped: true},
		{name: "rescuer", who: rescuer, why: access.Emergency, hl7: []string{"BTG", "ETREAT", "TREAT"}},
		{name: "program", who: program, why: access.Operations, hl7: []string{"HOPERAT"}, obeys: true, types: some, scoped: true},
		{name: "proxy", who: proxy, why: access.Proxy, hl7: []string{"FAMRQT"}, obeys: true, hides: label.Every &^ label.Substances, types: access.AllActing() + " " + strings.Join(access.AboutNobody(), " ")},
		{name: "finder", who: finder(), why: access.Care, types: "Patient " + strings.Join(access.AboutNobody(), " ")},
		{name: "stranger", who: stranger, why: access.Care, shut: true},
	}
}

func finder() access.Who {
	return access.Who{Actor: "account:2", Kind: access.Person, Role: access.RoleProfessional, Organisation: "org-7", User: "Practitioner/who", App: "app", Grant: "g", Bound: access.AllTypes(access.AllVerbs)}
}

// free is an operator who may see everything, with the same verbs on the same
// types.
func (v *viewer) free() access.Who {
	if v.shut {
		return v.who
	}
	w := access.Operator("free")
	w.App, w.Grant = v.who.App, v.who.Grant
	verbs := looking
	if v.name == "finder" {
		verbs = access.Read | access.Search
	}
	w.Bound = access.AllTypes(verbs)
	if v.types != "" {
		w.Bound = access.Rights{}
		for typ := range strings.FieldsSeq(v.types) {
			w.Bound = w.Bound.Or(access.OneType(typ, verbs))
		}
	}
	return w
}

// patient is a person at their own record, which is opened as that of any one
// person is, and of which nothing is hidden from them.
func (v *viewer) patient() access.Who {
	w := v.free()
	if v.shut || v.who.Patient == "" {
		return w
	}
	w.Actor, w.Role, w.Patient, w.User = "free", access.RoleSelf, v.who.Patient, "Patient/"+v.who.Patient
	return w
}

// judge says what a viewer may see of a world.
type judge struct {
	w      *world
	labels map[string]label.Set
	trees  map[string]*fhir.Tree
	world  choice.World
	cs     map[string][]*choice.Consent // by patient
}

func newJudge(t testing.TB, w *world) *judge {
	j := &judge{w: w, labels: map[string]label.Set{}, trees: map[string]*fhir.Tree{}, cs: map[string][]*choice.Consent{}}
	for _, e := range w.Entries {
		tree, err := fhir.Parse([]byte(e.version(0)), fhir.Limits{})
		if err != nil {
			t.Fatalf("%v in %s", err, e.Src)
		}
		j.trees[e.key()] = tree
		for code, l := range labelled { // in meta.security, or in what a choice is about: that tells of it
			if strings.Contains(e.Src, code) {
				j.labels[e.key()] |= l
			}
		}
	}
	for again := true; again; {
		again = false
		for _, e := range w.Entries {
			was := j.labels[e.key()]
			l := was
			for _, to := range e.Tells {
				l |= j.labels[to]
			}
			if l != was {
				j.labels[e.key()], again = l, true
			}
		}
	}
	j.world = choice.World{Base: base, Refers: func(ref string) []string {
		e := w.find(ref)
		if e == nil {
			return nil
		}
		item := j.item(e)
		return item.Refs
	}}
	for _, e := range w.Entries {
		if e.Type == "Consent" {
			c, err := j.world.Read(j.trees[e.key()])
			if err != nil {
				t.Fatal(err)
			}
			j.cs[e.Owner] = append(j.cs[e.Owner], c)
		}
	}
	return j
}

func (j *judge) item(e *entry) choice.Item {
	var labels []choice.Coding
	for _, c := range j.labels[e.key()].Codings() {
		labels = append(labels, choice.Coding(c))
	}
	return choice.ItemOf(j.trees[e.key()], e.Type, e.ID, labels)
}

// sees tells whether a viewer may see an entry, whichever version of it.
func (j *judge) sees(v *viewer, e *entry) bool {
	if v.shut || v.types != "" && !slices.Contains(strings.Fields(v.types), e.Type) || !v.inScope(e) {
		return false
	}
	if v.who.Patient == "" {
		if !slices.Contains(access.AboutNobody(), e.Type) && j.labels[e.key()]&v.hides != 0 { // a place's own label is no secret
			return false
		}
		return !v.obeys || e.Owner == "" || j.agreed(v, e)
	}
	if e.Owner == "" {
		return slices.Contains(access.AboutNobody(), e.Type)
	}
	if e.Owner != v.who.Patient || e.Several || j.labels[e.key()]&v.hides != 0 {
		return false
	}
	if !v.obeys {
		return true
	}
	return j.chosen(v, e)
}

// chosen is what the choices of the person say of an entry in their record.
func (j *judge) chosen(v *viewer, e *entry) bool {
	item := j.item(e)
	verdict := j.world.Decide(j.cs[e.Owner], v.asked(), &item)
	return verdict.Decided && verdict.Permit || !verdict.Decided && !v.asks
}

var patientRef = regexp.MustCompile(`"reference":"Patient/([^"]+)"`)

// agreed is for those who ask about everybody: the choices of the person in
// whose record an entry lies let them see it, and those of everybody else whom
// it names say nothing of them, whatever the entry.
func (j *judge) agreed(v *viewer, e *entry) bool {
	if !j.chosen(v, e) {
		return false
	}
	if !e.Several {
		return true
	}
	for _, m := range patientRef.FindAllStringSubmatch(e.Src, -1) {
		if m[1] != e.Owner && (v.asks || !j.silent(v, m[1])) {
			return false
		}
	}
	return true
}

func (j *judge) silent(v *viewer, person string) bool {
	p, err := choice.Compile(j.cs[person])
	return err == nil && (len(j.cs[person]) == 0 || p.View(v.asked()).Silent())
}

func (v *viewer) inScope(e *entry) bool {
	switch {
	case !v.scoped:
		return true
	case e.Type == "Observation":
		return strings.Contains(e.Src, `"code":"laboratory"`)
	case e.Type == "Condition":
		return strings.Contains(e.Src, `"system":"urn:c","code":"a"`)
	}
	return true
}

// asked is the viewer as choices know them.
func (v *viewer) asked() *choice.Viewer {
	c := &choice.Viewer{Purpose: v.hl7, Action: "access", Now: now}
	if v.who.User != "" {
		c.Refs = append(c.Refs, v.who.User)
	}
	if v.who.Organisation != "" {
		c.Refs = append(c.Refs, "Organization/"+v.who.Organisation)
	}
	c.Idents = append(c.Idents, choice.Coding{System: choice.IdentAccount, Code: strings.TrimPrefix(v.who.Actor, "account:")})
	if v.who.App != "" {
		c.Idents = append(c.Idents, choice.Coding{System: choice.IdentApp, Code: v.who.App})
	}
	return c
}

func (v *viewer) String() string { return fmt.Sprintf("%s about %q", v.name, v.who.Patient) }

// hidden are the keys of what a viewer may not see.
func (j *judge) hidden(v *viewer) map[string]bool {
	out := map[string]bool{}
	for _, e := range j.w.Entries {
		if !j.sees(v, e) {
			out[e.key()] = true
		}
	}
	return out
}
