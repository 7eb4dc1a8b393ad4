package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

const (
	structureURL = "http://hl7.org/fhir/StructureDefinition/"
	valueSetURL  = "http://hl7.org/fhir/ValueSet/"
	regexURL     = structureURL + "regex"
	fhirTypeURL  = structureURL + "structuredefinition-fhir-type"
	systemURL    = "http://hl7.org/fhirpath/System."
)

// A line of types.txt, as text: the facts of one element.
type elementLine struct{ name, facts string }

type typeLines struct {
	name, kind, base, regex string

	elements []elementLine
}

// writeTypes writes one line a type and one indented line an element. What a
// type inherits unchanged from its base is left out, and the bases come first.
func writeTypes(p *source) ([]byte, error) {
	all := map[string]*typeLines{}
	var names []string
	for _, s := range p.structures {
		if s.Derivation == "constraint" || s.Kind == "logical" {
			continue
		}
		ts, err := structureTypes(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
		for _, t := range ts {
			all[t.name] = t
			names = append(names, t.name)
		}
	}
	slices.Sort(names)
	var out bytes.Buffer
	done := map[string]bool{}
	for _, n := range names {
		if err := writeType(&out, all, done, n); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func writeType(out *bytes.Buffer, all map[string]*typeLines, done map[string]bool, name string) error {
	if done[name] || name == "" {
		return nil
	}
	done[name] = true
	t := all[name]
	if t == nil {
		return fmt.Errorf("the type %s is named but not defined", name)
	}
	if err := writeType(out, all, done, t.base); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", t.name, t.kind, t.base, t.regex)
	inherited := map[string]string{}
	for b := all[t.base]; b != nil; b = all[b.base] {
		for _, e := range b.elements {
			if _, ok := inherited[e.name]; !ok {
				inherited[e.name] = e.facts
			}
		}
	}
	for _, e := range t.elements {
		if inherited[e.name] != e.facts {
			fmt.Fprintf(out, "\t%s\t%s\n", e.name, e.facts)
		}
	}
	return nil
}

// structureTypes gives the type that a StructureDefinition defines and one
// more for each of its backbone elements.
func structureTypes(s structure) ([]*typeLines, error) {
	root := &typeLines{name: s.Name, kind: kindLetter(s), base: strings.TrimPrefix(s.BaseDefinition, structureURL)}
	byPath := map[string]*typeLines{s.Name: root}
	ts := []*typeLines{root}
	for _, e := range s.Snapshot.Element[1:] {
		i := strings.LastIndexByte(e.Path, '.')
		parent := byPath[e.Path[:i]]
		if parent == nil {
			return nil, fmt.Errorf("%s has no parent", e.Path)
		}
		if root.kind == "p" && e.Path == s.Name+".value" {
			root.regex = typeExtension(e.Type[0], regexURL)
			continue
		}
		parent.elements = append(parent.elements, elementLine{e.Path[i+1:], facts(s, e)})
		if len(e.Type) == 1 && isBackbone(s, e) {
			b := &typeLines{name: e.Path, kind: "b", base: e.Type[0].Code}
			byPath[e.Path] = b
			ts = append(ts, b)
		}
	}
	return ts, nil
}

func kindLetter(s structure) string {
	k := map[string]string{"primitive-type": "p", "complex-type": "c", "resource": "r"}[s.Kind]
	if s.Abstract {
		k += "a"
	}
	return k
}

// isBackbone tells whether an element has children of its own in the snapshot.
func isBackbone(s structure, e element) bool {
	if c := e.Type[0].Code; c != "BackboneElement" && c != "Element" {
		return false
	}
	return slices.ContainsFunc(s.Snapshot.Element, func(o element) bool {
		return strings.HasPrefix(o.Path, e.Path+".")
	})
}

// facts gives min, max, flags, types and binding, separated by tabs.
func facts(s structure, e element) string {
	flags := ""
	if e.IsSummary {
		flags += "s"
	}
	if e.IsModifier {
		flags += "m"
	}
	binding := ""
	if b := e.Binding; b != nil && b.ValueSet != "" {
		vs, _, _ := strings.Cut(b.ValueSet, "|")
		binding = b.Strength[:1] + strings.Replace(vs, valueSetURL, "~", 1)
	}
	return fmt.Sprintf("%d\t%s\t%s\t%s\t%s", e.Min, e.Max, flags, elementTypes(s, e), binding)
}

func elementTypes(s structure, e element) string {
	if e.ContentReference != "" {
		return e.ContentReference
	}
	if s.Kind == "resource" && e.Path == s.Name+".id" {
		return resourceID.to
	}
	if len(e.Type) == 1 && isBackbone(s, e) {
		return e.Path
	}
	var refs []string
	for _, t := range e.Type {
		refs = append(refs, typeText(t))
	}
	return strings.Join(refs, ",")
}

// typeText writes one type: Code, Code<Profile> or Code(Target|Target).
func typeText(t typeRef) string {
	code := t.Code
	if strings.HasPrefix(code, systemURL) {
		if code = typeExtension(t, fhirTypeURL); code == "" {
			code = "string"
		}
	}
	for _, p := range t.Profile {
		code += "<" + strings.TrimPrefix(p, structureURL) + ">"
	}
	var targets []string
	for _, p := range t.TargetProfile {
		if p == structureURL+"Resource" {
			return code
		}
		targets = append(targets, strings.TrimPrefix(p, structureURL))
	}
	if len(targets) > 0 {
		slices.Sort(targets)
		code += "(" + strings.Join(slices.Compact(targets), "|") + ")"
	}
	return code
}

func typeExtension(t typeRef, url string) string {
	for _, x := range t.Extension {
		if x.URL == url {
			return x.ValueURL + x.ValueString
		}
	}
	return ""
}
