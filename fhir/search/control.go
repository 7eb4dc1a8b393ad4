package search

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// controls are the parameters that say how to answer, not what to find (R4
// section 3.1.1.6).
var controls = []string{
	"_sort", "_count", "_include", "_revinclude", "_summary", "_total", "_elements",
	"_type", "_contained", "_containedType", "_format", "_pretty", "_explain",
}

// control reads one of them.
func (p *parser) control(name string, a Pair) error {
	if name != a.Name && name != "_include" && name != "_revinclude" {
		return problem.New(problem.Invalid, fmt.Sprintf("%s takes nothing after a colon. Write it as %s=…", name, name))
	}
	if a.Value == "" && name != "_format" && name != "_pretty" {
		return p.bad(a, "it has no value")
	}
	switch name {
	case "_sort":
		return p.sort(a)
	case "_count":
		return p.count(a)
	case "_include":
		return p.include(a, false)
	case "_revinclude":
		return p.include(a, true)
	case "_summary":
		return p.once(a, &p.q.Summary, "true", "text", "data", "count", "false")
	case "_total":
		return p.total(a)
	case "_elements":
		return p.elements(a)
	case "_contained":
		if a.Value != "false" {
			return problem.New(problem.Unsupported, "Contained resources are not searched by themselves here. Leave _contained out, or use _contained=false.")
		}
	case "_containedType":
		if a.Value != "container" && a.Value != "contained" {
			return p.bad(a, "it takes container or contained")
		}
	case "_explain":
		p.q.Explain = a.Value == "true"
	}
	return nil
}

// bad is the error for a value that a known parameter can not take.
func (p *parser) bad(a Pair, why string) error {
	return problem.New(problem.Invalid, fmt.Sprintf("The parameter %s can not be %s: %s.", a.Name, quote(a.Value), why))
}

// once stores one of the words; a second, different one is an error.
func (p *parser) once(a Pair, dst *string, words ...string) error {
	if !slices.Contains(words, a.Value) {
		return p.bad(a, "it takes one of "+strings.Join(words, ", "))
	}
	if *dst != "" && *dst != a.Value {
		return p.bad(a, "it was already given as "+*dst+", so leave one of them out")
	}
	*dst = a.Value
	return nil
}

func (p *parser) count(a Pair) error {
	n, err := strconv.ParseUint(a.Value, 10, 63)
	if err != nil && strings.Trim(a.Value, "0123456789") != "" {
		return p.bad(a, "it takes a whole number such as 50, or 0 for the number of matches alone")
	}
	size, clamped := p.o.MaxCount, true
	if err == nil && n <= uint64(p.o.MaxCount) {
		size, clamped = int(n), false
	}
	if p.q.Count >= 0 && p.q.Count != size {
		return p.bad(a, "it was already given as "+strconv.Itoa(p.q.Count)+", so leave one of them out")
	}
	p.q.Count, p.q.Clamped = size, clamped
	if size == 0 {
		p.q.Summary = "count"
	}
	return nil
}

func (p *parser) total(a Pair) error {
	modes := []string{"none", "estimate", "accurate"}
	i := slices.Index(modes, a.Value)
	if i < 0 {
		return p.bad(a, "it takes none, estimate or accurate")
	}
	p.q.Total = TotalMode(i) + TotalNone
	return nil
}

func (p *parser) elements(a Pair) error {
	for _, e := range strings.Split(a.Value, ",") {
		if e == "" || strings.ContainsAny(e, ":|$()[]/\"' ") {
			return p.bad(a, "it takes names of elements such as id,name,birthDate")
		}
		if !slices.Contains(p.q.Elements, e) {
			p.q.Elements = append(p.q.Elements, e)
		}
	}
	if len(p.q.Elements) > maxPairs {
		return tooMuch("_elements names too many elements. Leave it out to get all of them.")
	}
	return nil
}

// sort reads -date,code. Any parameter sorts but those that are no single
// value: composite and special ones.
func (p *parser) sort(a Pair) error {
	for _, name := range strings.Split(a.Value, ",") {
		k := SortKey{Name: strings.TrimPrefix(name, "-")}
		k.Descending = k.Name != name
		if k.Name == "_score" {
			return problem.New(problem.Unsupported, "_sort=_score is not done here. Sort by a search parameter such as -_lastUpdated.")
		}
		params, err := p.lookup(p.q.Types, k.Name)
		if u, ok := err.(*unknown); ok {
			return p.bad(a, strings.TrimSuffix(u.sentence, "."))
		}
		if err != nil {
			return err
		}
		if kind := params[0].Kind; kind == Composite || kind == Special {
			return p.bad(a, fmt.Sprintf("%s is a %s, which has no order", k.Name, kind))
		}
		k.Params = params
		if p.q.Sort = append(p.q.Sort, k); len(p.q.Sort) > maxSort {
			return p.bad(a, fmt.Sprintf("at most %d keys are taken", maxSort))
		}
	}
	return nil
}

// include reads Type:param[:Target], Type:* or * (R4 section 3.1.1.5.6).
func (p *parser) include(a Pair, reverse bool) error {
	inc := Include{Reverse: reverse}
	if _, mod, ok := strings.Cut(a.Name, ":"); ok {
		if mod != "iterate" && mod != "recurse" {
			return problem.New(problem.Invalid, fmt.Sprintf("%s takes only :iterate after its name. Write it as %s:iterate=…", quote(a.Name), a.Name[:strings.IndexByte(a.Name, ':')]))
		}
		inc.Iterate = true
	}
	parts := strings.Split(a.Value, ":")
	if a.Value == "*" {
		parts = []string{"*", "*"}
	}
	if len(parts) < 2 || len(parts) > 3 || parts[1] == "" {
		return p.bad(a, "write it like Observation:subject or Observation:subject:Patient, or * for all")
	}
	if inc.Type = parts[0]; inc.Type != "*" && !p.reg.isType(inc.Type) {
		return p.unknownType(inc.Type, a.Name)
	}
	if len(parts) == 3 {
		if inc.Target = parts[2]; !p.reg.isType(inc.Target) {
			return p.unknownType(inc.Target, a.Name)
		}
	}
	if err := p.followed(a, &inc, parts[1]); err != nil {
		return err
	}
	p.q.Includes = append(p.q.Includes, inc)
	return nil
}

// followed finds the reference parameters of an include.
func (p *parser) followed(a Pair, inc *Include, code string) error {
	if code == "*" {
		inc.All = true
		for _, q := range p.reg.Params(inc.Type) {
			if q.Kind == Reference {
				inc.Params = append(inc.Params, q)
			}
		}
		return nil
	}
	if inc.Type == "*" {
		return p.bad(a, "a parameter needs the type that it belongs to, as in Observation:subject")
	}
	q, ok := p.reg.Lookup(inc.Type, code)
	if !ok {
		u := p.unknownParam([]string{inc.Type}, code).(*unknown)
		return p.bad(a, strings.TrimSuffix(u.sentence, "."))
	}
	if q.Kind != Reference {
		return p.bad(a, fmt.Sprintf("%s is a %s and refers to nothing, so name a reference", code, q.Kind))
	}
	if inc.Target != "" && !q.mayLeadTo(inc.Target) {
		return p.bad(a, fmt.Sprintf("%s does not refer to a %s, only to %s", code, inc.Target, strings.Join(q.Target, ", ")))
	}
	inc.Params = []*Param{q}
	return nil
}
