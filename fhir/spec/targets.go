package spec

import (
	"regexp"
	"slices"
	"strings"
)

var resolvesTo = regexp.MustCompile(`resolve\(\) is ([A-Za-z]+)`)

// TargetsFor lists the types that a reference parameter may point to when it
// is used on one resource type, sorted: Target as far as the element itself
// allows it. "patient" leads to Patient or Group over all types, and only to
// Patient on Observation. It never gives nil for "any" but writes out every
// type; it is empty for a parameter that is no reference.
func (p *SearchParam) TargetsFor(resource string) []string {
	if p.Kind != ReferenceParam {
		return nil
	}
	allowed := map[string]bool{}
	for _, b := range branches(p.For(resource)) {
		for _, t := range p.branchTargets(b) {
			allowed[t] = true
		}
	}
	var out []string
	for _, r := range Resources() {
		if allowed[r] && r != "Parameters" && (p.Target == nil || slices.Contains(p.Target, r)) {
			out = append(out, r)
		}
	}
	return out
}

// branchTargets lists where the references that one branch gives may point.
func (p *SearchParam) branchTargets(branch string) []string {
	if m := resolvesTo.FindStringSubmatch(branch); m != nil {
		return m[1:2]
	}
	var out []string
	for _, r := range walk(branch) {
		if r.Code != "Reference" && r.Code != "canonical" {
			continue
		}
		if r.Targets == nil {
			return Resources()
		}
		out = append(out, r.Targets...)
	}
	if out == nil {
		return Resources() // not a plain path: Bundle.entry[0].resource, an extension's value
	}
	return out
}

// walk follows the names at the start of a path through the tables and gives
// the types of the element that it ends at. What follows where() or an index
// is still followed; anything else that is not a name ends the walk.
func walk(branch string) []TypeRef {
	cur := []TypeRef{{Code: root(branch), Type: Lookup(root(branch))}}
	steps := strings.Split(stripCalls.ReplaceAllString(branch, ""), ".")
	for _, name := range steps[1:] {
		var next []TypeRef
		for _, r := range cur {
			if r.Type == nil {
				continue
			}
			if e := r.Type.Element(name); e != nil {
				next = append(next, e.Types...)
			}
		}
		cur = next
	}
	return cur
}

var stripCalls = regexp.MustCompile(`\.(where|ofType)\([^()]*\)|\[[0-9]+\]`)
