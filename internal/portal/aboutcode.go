package portal

import (
	"slices"

	"github.com/bevanhealth/bevan/fhir"
)

// aboutCode is the link to the page of the A to Z about a code.
func (v *visit) aboutCode(system, code string) (link, bool) {
	l, ok := v.p.library.For(system, code)
	if !ok {
		return link{}, false
	}
	return link{v.p.words.AToZ.ReadAbout + " " + l.Title, l.Href()}, true
}

// told are the elements that say what an entry is about, in the types of a record
// (R4: Condition.code, Immunization.vaccineCode and their like).
var told = []string{"code", "vaccineCode", "medicationCodeableConcept"}

// mostAbout bounds how many pages an entry leads to.
const mostAbout = 3

// readAbout is the links to the pages about what an entry is about: those of its
// own codes, and of the parts of an observation.
func (v *visit) readAbout(t *fhir.Tree) (links []link) {
	add := func(concept fhir.Node) {
		for c := range concept.Get("coding").Items() {
			if l, ok := v.aboutCode(c.Get("system").Str(), c.Get("code").Str()); ok && !slices.Contains(links, l) && len(links) < mostAbout {
				links = append(links, l)
			}
		}
	}
	for _, name := range told {
		add(t.Root().Get(name))
	}
	for part := range t.Root().Get("component").Items() {
		add(part.Get("code"))
	}
	return links
}

// aboutResult adds the links to the pages about a result and its parts. It is not
// for one that waits: the page would tell what that is.
func (v *visit) aboutResult(links []link, r result) []link {
	add := func(system, code string) {
		if l, ok := v.aboutCode(system, code); ok && !slices.Contains(links, l) {
			links = append(links, l)
		}
	}
	add(r.test.system, r.test.code)
	for _, one := range r.all {
		add(one.test.system, one.test.code)
		for _, code := range one.codes {
			add(loincSystem, code)
		}
	}
	return links
}
