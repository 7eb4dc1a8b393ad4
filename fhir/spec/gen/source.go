package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// source is what the generator needs of a package, each list sorted by id.
type source struct {
	structures   []structure
	params       []searchParam
	compartments []compartment
	valueSets    map[string]valueSet
	codeSystems  map[string]codeSystem
}

type structure struct {
	ID, Name, Kind, Derivation, BaseDefinition string

	Abstract bool
	Snapshot struct{ Element []element }
}

type element struct {
	Path, Max, ContentReference string

	Min                   int
	IsModifier, IsSummary bool
	Type                  []typeRef
	Binding               *struct{ Strength, ValueSet string }
}

type typeRef struct {
	Code                   string
	Profile, TargetProfile []string
	Extension              []struct{ URL, ValueURL, ValueString string }
}

type searchParam struct {
	ID, URL, Code, Type, Expression string

	Base, Target, Comparator, Modifier []string
	MultipleOr, MultipleAnd            *bool
	Component                          []struct{ Definition, Expression string }
}

type compartment struct {
	ID, Code string
	Resource []struct {
		Code  string
		Param []string
	}
}

type include struct {
	System  string
	Concept []struct{ Code string }
	Filter  []json.RawMessage

	ValueSet []string
}

type valueSet struct {
	URL     string
	Compose struct {
		Include []include
		Exclude []json.RawMessage
	}
}

type codeSystem struct {
	URL, Content string
	Concept      []concept
}

type concept struct {
	Code    string
	Concept []concept
}

// readPackage reads the definitions out of a gzipped tar file.
func readPackage(r io.Reader) (*source, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	p := &source{valueSets: map[string]valueSet{}, codeSystems: map[string]codeSystem{}}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		if err := p.add(path.Base(h.Name), bytes.TrimPrefix(b, []byte("\ufeff"))); err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	slices.SortFunc(p.structures, func(a, b structure) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.params, func(a, b searchParam) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.compartments, func(a, b compartment) int { return cmp.Compare(a.ID, b.ID) })
	return p, nil
}

func (p *source) add(name string, b []byte) error {
	kind, _, _ := strings.Cut(name, "-")
	switch kind {
	case "StructureDefinition":
		return decode(b, func(s structure) { p.structures = append(p.structures, s) })
	case "SearchParameter":
		return decode(b, func(s searchParam) { p.params = append(p.params, s) })
	case "CompartmentDefinition":
		return decode(b, func(c compartment) { p.compartments = append(p.compartments, c) })
	case "ValueSet":
		return decode(b, func(v valueSet) { p.valueSets[v.URL] = v })
	case "CodeSystem":
		return decode(b, func(c codeSystem) { p.codeSystems[c.URL] = c })
	}
	return nil
}

func decode[T any](b []byte, keep func(T)) error {
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	keep(v)
	return nil
}
