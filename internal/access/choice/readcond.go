package choice

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// cond reads what a provision asks of a resource; nil where it asks nothing.
func (r *reader) cond(p fhir.Node, place string, deny bool) *cond {
	c := &cond{deny: deny, person: "Patient/" + r.c.person}
	r.each(p, place, "securityLabel", func(n fhir.Node, here string) { c.labels = append(c.labels, r.label(n, here)) })
	r.each(p, place, "class", func(n fhir.Node, here string) { c.classes = append(c.classes, r.class(n, here)) })
	r.each(p, place, "code", func(n fhir.Node, here string) { r.codes(c, n, here) })
	r.each(p, place, "data", func(n fhir.Node, here string) { c.data = append(c.data, r.datum(n, here)) })
	c.period = r.period(p, place, "dataPeriod")
	if len(c.labels)+len(c.classes)+len(c.codes)+len(c.data) == 0 && c.period.absent() {
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

// codes reads one concept: codes as they stand, and value sets with all of
// their codes.
func (r *reader) codes(c *cond, n fhir.Node, place string) {
	if c.codes == nil {
		c.codes = map[Coding]bool{}
	}
	for i, code := range r.concept(n, place) {
		here := at(place+".coding", i)
		url, only := code.System, code.Code
		if code.System == uriSystem {
			url, only = code.Code, ""
		}
		members, set := r.setCodes(url, only)
		switch {
		case !set && code.System != uriSystem && !setShaped(url):
			c.codes[code] = true
		case len(members) == 0 || len(c.codes)+len(members) > maxCodes:
			r.no(here, "not-found", "The codes of this value set are not known here, or are too many. Name the codes themselves, with their code system.")
		default:
			for _, m := range members {
				c.codes[m] = true
			}
		}
	}
}

// setShaped says whether a URL is that of a value set by its form: of FHIR, or
// of those that SNOMED CT and LOINC have without being asked.
func setShaped(url string) bool {
	return strings.Contains(url, "/ValueSet/") || strings.Contains(url, "?fhir_vs") || strings.HasPrefix(url, "http://loinc.org/vs")
}

// setCodes lists the codes of a value set, or those of them that are only, and
// whether the set is known. A list that is too long to be used ends.
func (r *reader) setCodes(url, only string) (out []Coding, known bool) {
	if r.world.Sets == nil {
		return nil, false
	}
	all, known := r.world.Sets(url)
	for _, c := range all {
		if known && (only == "" || c.Code == only) && len(out) <= maxCodes {
			out = append(out, c)
		}
	}
	return out, known
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
	for _, d := range c.data {
		add("data", d.meaning, d.ref)
	}
	c.key = key.String()
}

func compareCoding(a, b Coding) int {
	return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Code, b.Code))
}

func (k class) text() string { return k.typ + " " + k.profile.URL + "|" + k.profile.Version }
