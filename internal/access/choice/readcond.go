package choice

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

// cond reads what a provision asks of a resource; nil where it asks nothing.
func (r *reader) cond(p fhir.Node, place string, deny bool) *cond {
	c := &cond{deny: deny, person: "Patient/" + r.c.person}
	r.each(p, place, "securityLabel", func(n fhir.Node, here string) { c.labels = append(c.labels, r.label(n, here)) })
	r.each(p, place, "class", func(n fhir.Node, here string) { c.classes = append(c.classes, r.class(n, here)) })
	if p.Get("code").Exists() {
		all := systems{}
		r.each(p, place, "code", func(n fhir.Node, here string) { all = r.codes(c, all, n, here) })
		c.sort(all)
	}
	r.each(p, place, "data", func(n fhir.Node, here string) { c.data = append(c.data, r.datum(n, here)) })
	c.period = r.period(p, place, "dataPeriod")
	if len(c.labels)+len(c.classes)+len(c.data) == 0 && c.codes == nil && c.period.absent() {
		return nil
	}
	c.seal()
	return c
}

// label reads a security label. One of a system of the deployment's own is
// compared as it stands.
func (r *reader) label(n fhir.Node, place string) Coding {
	c := r.coding(n, place)
	switch c.System {
	case ConfidentialitySystem:
		r.known(c, place, c.System, slices.Contains(levels, c.Code))
	case ActCodeSystem:
		r.known(c, place, c.System, sensitivity(c) != "")
	default:
		if strings.Contains(c.System, "/ValueSet/") {
			r.no(place, "code-invalid", "The system is that of a value set. Name the code system, such as "+ActCodeSystem+".")
		}
	}
	return c
}

// class reads a kind of resource: a type, or a profile.
func (r *reader) class(n fhir.Node, place string) class {
	c := r.coding(n, place)
	switch {
	case c.System == typeSystem && spec.IsResource(c.Code):
		return class{typ: c.Code}
	case c.System == uriSystem && strings.Contains(c.Code, "/StructureDefinition/"):
		profile := fhir.ParseCanonical(c.Code)
		profile.Fragment = ""
		return class{profile: profile}
	}
	r.no(place, "not-supported", "This class can not be enforced. Name a resource type of "+typeSystem+", or the canonical URL of a profile with the system "+uriSystem+".")
	return class{}
}

// codes reads one concept: codes as they stand, or a value set with all that is in
// it.
func (r *reader) codes(c *cond, all systems, n fhir.Node, place string) systems {
	if n.Get("extension").Exists() {
		return r.named(c, all, n, place)
	}
	for i, code := range r.concept(n, place) {
		here := at(place+".coding", i)
		switch {
		case code.System == uriSystem:
			all = r.include(c, all, code.Code, here)
		case setShaped(code.System):
			r.no(here, "code-invalid", "The system is that of a value set. Name the code system, or name the value set by the extension "+SetExtension+".")
		default:
			all = all.and(systems{code.System: {Listed: map[string]bool{code.Code: true}}})
		}
	}
	return all
}

// named reads a concept that names a value set by our extension. Codes beside it
// could be meant as a part of the set, or as well as it.
func (r *reader) named(c *cond, all systems, n fhir.Node, place string) systems {
	r.members(n, place, "extension", "text")
	list := n.Get("extension")
	one := list.At(0)
	if list.Kind() != fhir.Array || list.Len() != 1 || !one.Get("url").Is(SetExtension) || one.Get("valueCanonical").Str() == "" {
		r.no(place+".extension", "not-supported", "An extension in here has to name one value set: the url "+SetExtension+" and a valueCanonical. Leave others out.")
		return all
	}
	r.members(one, place+".extension[0]", "url", "valueCanonical")
	return r.include(c, all, one.Get("valueCanonical").Str(), place+".extension[0].valueCanonical")
}

// include adds what is in a value set.
func (r *reader) include(c *cond, all systems, canonical, here string) systems {
	if r.world.Sets == nil {
		r.no(here, "not-found", "The codes of this value set are not known here. Name the codes themselves, with their code system.")
		return all
	}
	set, err := r.world.Sets(canonical)
	switch {
	case problem.Is(err, problem.Unprocessable):
		r.no(here, "not-supported", problem.Sentence(err))
		return all
	case err != nil || set == nil:
		r.fault = errors.Join(r.fault, err, errNoSet)
		return all
	}
	all = all.and(set.Systems)
	switch r.c.values += set.size(); {
	case all.size() > maxCodes:
		r.no(here, "too-costly", "There are more than "+strconv.Itoa(maxCodes)+" codes in the value sets of this provision. Write the choice as several Consents.")
	case r.c.values > maxAll:
		r.no(here, "too-costly", "There are more than "+strconv.Itoa(maxAll)+" values in all. Write the choice as several Consents.")
	}
	c.sets = append(c.sets, set.SetName)
	return all
}

// errNoSet says that a world kept its word about value sets badly.
var errNoSet = problem.New(problem.Unavailable, "It could not be found out what is in a value set. Try again in a moment.")

// setShaped says whether a URL is that of a value set by its form: of FHIR, or
// of those that SNOMED CT and LOINC have without being asked.
func setShaped(url string) bool {
	return strings.Contains(url, "/ValueSet/") || strings.Contains(url, "?fhir_vs") || strings.HasPrefix(url, "http://loinc.org/vs")
}

func (r *reader) datum(n fhir.Node, place string) datum {
	if !r.object(n, place) {
		return datum{}
	}
	r.members(n, place, "meaning", "reference")
	d := datum{meaning: n.Get("meaning").Str()}
	types := []string(nil)
	switch d.meaning {
	case instance, related, dependents:
	case authoredBy:
		types = actorTypes
	default:
		r.no(place+".meaning", "code-invalid", "It does not say how the data are meant. Write instance, related, dependents or authoredby.")
	}
	d.ref = r.reference(n.Get("reference"), place+".reference", types)
	return d
}

// seal puts the values of each attribute in order, and works out the key.
func (c *cond) seal() {
	slices.SortFunc(c.labels, compareCoding)
	c.labels = slices.Compact(c.labels)
	slices.SortFunc(c.classes, func(a, b class) int { return cmp.Compare(a.text(), b.text()) })
	c.classes = slices.Compact(c.classes)
	slices.SortFunc(c.data, func(a, b datum) int { return cmp.Or(cmp.Compare(a.meaning, b.meaning), cmp.Compare(a.ref, b.ref)) })
	c.data = slices.Compact(c.data)
	var key strings.Builder
	add := func(parts ...string) {
		for _, p := range parts { // with its length, so that no value can look like two
			key.WriteString(strconv.Itoa(len(p)))
			key.WriteByte(':')
			key.WriteString(p)
		}
	}
	add(strconv.FormatBool(c.deny), c.person, c.period.start.String(), c.period.end.String())
	for _, l := range c.labels {
		add("label", l.System, l.Code)
	}
	for _, k := range c.classes {
		add("class", k.text())
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.codes), compareCoding) {
		add("code", k.System, k.Code)
	}
	for _, system := range slices.Sorted(maps.Keys(c.wholes)) {
		add("whole", system, strconv.Itoa(len(c.wholes[system])))
		add(slices.Sorted(maps.Keys(c.wholes[system]))...)
	}
	for _, d := range c.data {
		add("data", d.meaning, d.ref)
	}
	c.key = key.String()
}

func compareCoding(a, b Coding) int {
	return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Code, b.Code))
}

func (k class) text() string { return k.typ + " " + k.profile.URL + "|" + k.profile.Version }
