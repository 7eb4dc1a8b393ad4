package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

const paramURL = "http://hl7.org/fhir/SearchParameter/"

// writeParams writes one line a search parameter and one indented line for
// each component of a composite.
func writeParams(p *source) ([]byte, error) {
	resources := storedResources(p)
	fixed := map[string]bool{}
	var out bytes.Buffer
	for _, s := range p.params {
		if leftOut(s) != "" {
			continue
		}
		if e, ok := paramErrata[s.ID]; ok {
			if s.Expression != e.from {
				return nil, fmt.Errorf("%s: its erratum does not fit: %q", s.ID, s.Expression)
			}
			s.Expression, fixed[s.ID] = e.to, true
		}
		writeParam(&out, s, resources)
	}
	for id := range paramErrata {
		if !fixed[id] {
			return nil, fmt.Errorf("%s: its erratum names a parameter that is not there", id)
		}
	}
	return out.Bytes(), nil
}

func writeParam(out *bytes.Buffer, s searchParam, resources []string) {
	targets := slices.Sorted(slices.Values(s.Target))
	if slices.Equal(targets, resources) {
		targets = []string{"*"}
	}
	slices.Sort(s.Base)
	multiple := allowed(s.MultipleOr) + allowed(s.MultipleAnd)
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
		strings.TrimPrefix(s.URL, paramURL), s.Code, s.Type, multiple, strings.Join(s.Base, ","),
		strings.Join(targets, ","), strings.Join(s.Comparator, ","), strings.Join(s.Modifier, ","), narrow(s.Expression))
	for _, c := range s.Component {
		fmt.Fprintf(out, "\t%s\t%s\n", strings.TrimPrefix(c.Definition, paramURL), narrow(c.Expression))
	}
}

// allowed writes an absent flag as yes: R4 gives no default, and a parameter may
// be repeated and take several values unless it says otherwise.
func allowed(b *bool) string {
	if b != nil && !*b {
		return "n"
	}
	return "y"
}

// storedResources lists what "any resource" means in a target list: all
// concrete types but Parameters, which has no address.
func storedResources(p *source) []string {
	var names []string
	for _, s := range p.structures {
		if s.Kind == "resource" && s.Derivation != "constraint" && !s.Abstract && s.Name != "Parameters" {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}
