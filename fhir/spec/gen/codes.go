package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// writeCompartments writes one line a compartment and resource type.
func writeCompartments(p *source) []byte {
	var out bytes.Buffer
	for _, c := range p.compartments {
		if c.ID == "example" {
			continue
		}
		for _, r := range c.Resource {
			if len(r.Param) > 0 {
				fmt.Fprintf(&out, "%s\t%s\t%s\n", c.Code, r.Code, strings.Join(r.Param, ","))
			}
		}
	}
	return out.Bytes()
}

// writeCodes writes the codes of the value sets that base types bind with
// strength required, one line a value set and code system. A value set that
// the package does not spell out (currencies, media types, units) is left out.
func writeCodes(p *source) []byte {
	bound := map[string]bool{}
	for _, s := range p.structures {
		if s.Derivation == "constraint" || s.Kind == "logical" {
			continue
		}
		for _, e := range s.Snapshot.Element {
			if e.Binding != nil && e.Binding.Strength == "required" {
				url, _, _ := strings.Cut(e.Binding.ValueSet, "|")
				bound[url] = true
			}
		}
	}
	var urls []string
	for u := range bound {
		urls = append(urls, u)
	}
	slices.Sort(urls)
	var out bytes.Buffer
	for _, u := range urls {
		out.WriteString(codeLines(p, u))
	}
	return out.Bytes()
}

func codeLines(p *source, url string) string {
	vs, ok := p.valueSets[url]
	if !ok || len(vs.Compose.Exclude) > 0 {
		return ""
	}
	lines := ""
	for _, in := range vs.Compose.Include {
		codes, ok := includeCodes(p, in)
		if !ok {
			return ""
		}
		lines += strings.Replace(url, valueSetURL, "~", 1) + "\t" + in.System + "\t" + strings.Join(codes, "\t") + "\n"
	}
	return lines
}

func includeCodes(p *source, in include) (codes []string, ok bool) {
	if len(in.Filter) > 0 || len(in.ValueSet) > 0 {
		return nil, false
	}
	for _, c := range in.Concept {
		codes = append(codes, c.Code)
	}
	if codes == nil {
		cs := p.codeSystems[in.System]
		if cs.Content != "complete" {
			return nil, false
		}
		codes = conceptCodes(nil, cs.Concept)
	}
	return codes, true
}

func conceptCodes(codes []string, cs []concept) []string {
	for _, c := range cs {
		codes = conceptCodes(append(codes, c.Code), c.Concept)
	}
	return codes
}
