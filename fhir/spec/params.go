package spec

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// ParamKind is the type of a search parameter.
type ParamKind uint8

// The types of search parameter (FHIR R4, value set search-param-type).
const (
	NumberParam ParamKind = iota + 1
	DateParam
	StringParam
	TokenParam
	ReferenceParam
	CompositeParam
	QuantityParam
	URIParam
	SpecialParam
)

var paramKinds = [...]string{"", "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"}

// String gives the code of the value set search-param-type.
func (k ParamKind) String() string { return paramKinds[k] }

// ParseParamKind finds the kind with that code, 0 if there is none.
func ParseParamKind(code string) ParamKind {
	return ParamKind(max(slices.Index(paramKinds[:], code), 0))
}

// SearchParam is a search parameter of R4.
type SearchParam struct {
	URL, Code string
	Kind      ParamKind
	// Expression is the whole FHIRPath, with a branch for each of Base; For
	// picks the branches of one type. It is "" for the parameters that are
	// not computed from a path: _text, _content, _query and _filter.
	//
	// It differs from R4's text in two ways: "as" is written ofType, which
	// may also be applied to elements that repeat, and the faults listed in
	// gen/errata.go are put right.
	Expression string
	// Base are the types that have the parameter, Resource and DomainResource
	// among them.
	Base []string
	// Target are the types that a reference may point to, over all of Base;
	// nil is any. TargetsFor is more exact.
	Target     []string
	Components []Component // of a composite
	// MultipleOr and MultipleAnd tell whether a parameter takes several
	// values and may be repeated. R4 gives no default; the tables say yes
	// where it says nothing.
	MultipleOr, MultipleAnd bool
	Comparators             []string // eq, ne, gt ...; empty where R4 lists none
	Modifiers               []string // empty where R4 lists none, which is nearly everywhere
}

// Component is a part of a composite parameter. Its Expression is evaluated on
// what the composite's own expression gives.
type Component struct {
	Definition string // the URL of the parameter that gives the kind
	Expression string
}

// SearchParams lists the parameters of a resource type sorted by code, with
// those of Resource and DomainResource: _id, _lastUpdated, _profile,
// _security, _source, _tag, _text, _content, _query and _filter. The others of
// the search page (_list, _has, _type and those that shape the result) are no
// SearchParameters in R4. SearchParams("Resource") gives what all types share.
func SearchParams(resource string) []*SearchParam { return loadParams().byType[resource] }

// FindSearchParam finds the parameter of a resource type by its code, nil if
// there is none.
func FindSearchParam(resource, code string) *SearchParam {
	ps := SearchParams(resource)
	i, ok := slices.BinarySearchFunc(ps, code, func(p *SearchParam, c string) int { return cmp.Compare(p.Code, c) })
	if !ok {
		return nil
	}
	return ps[i]
}

// SearchParamByURL finds a parameter by its canonical address, nil if R4 has
// none of that address.
func SearchParamByURL(url string) *SearchParam { return loadParams().byURL[url] }

type paramTable struct {
	byURL  map[string]*SearchParam
	byType map[string][]*SearchParam
}

const paramURL = "http://hl7.org/fhir/SearchParameter/"

var loadParams = sync.OnceValue(readParams)

// readParams reads params.txt: a line gives the end of the URL, code, kind,
// whether several values and repeats are allowed (y or n each), base types,
// targets ("*" for any), comparators, modifiers and expression; the lines
// indented under it the components: the end of the URL and an expression.
func readParams() *paramTable {
	t := &paramTable{byURL: make(map[string]*SearchParam, 2048), byType: make(map[string][]*SearchParam, 256)}
	own := make(map[string][]*SearchParam, 256)
	var cur *SearchParam
	lines(paramsText, func(f []string) {
		if f[0] == "" {
			cur.Components = append(cur.Components, Component{Definition: paramURL + f[1], Expression: f[2]})
			return
		}
		cur = readParam(f)
		t.byURL[cur.URL] = cur
		for _, b := range cur.Base {
			own[b] = append(own[b], cur)
		}
	})
	for name, y := range loadTypes().byName {
		if y.Kind != Resource {
			continue
		}
		var all []*SearchParam
		for b := name; b != ""; b = Lookup(b).Base {
			all = append(all, own[b]...)
		}
		slices.SortFunc(all, func(a, b *SearchParam) int { return cmp.Compare(a.Code, b.Code) })
		t.byType[name] = all
	}
	return t
}

func readParam(f []string) *SearchParam {
	p := &SearchParam{
		URL: paramURL + f[0], Code: f[1], Kind: ParseParamKind(f[2]),
		MultipleOr: f[3][0] == 'y', MultipleAnd: f[3][1] == 'y',
		Base: list(f[4], ","), Comparators: list(f[6], ","), Modifiers: list(f[7], ","),
		Expression: f[8],
	}
	if f[5] != "*" {
		p.Target = list(f[5], ",")
	}
	return p
}

// For gives the branches of the expression that apply to a resource type,
// joined by " | "; "" if none does.
func (p *SearchParam) For(resource string) string {
	var keep []string
	for _, b := range branches(p.Expression) {
		if IsA(resource, root(b)) {
			keep = append(keep, b)
		}
	}
	return strings.Join(keep, " | ")
}

// branches splits a union at its outermost bars.
func branches(expr string) []string {
	var out []string
	depth, from, quoted := 0, 0, false
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '|' && depth == 0:
			out = append(out, strings.TrimSpace(expr[from:i]))
			from = i + 1
		}
	}
	if s := strings.TrimSpace(expr[from:]); s != "" {
		out = append(out, s)
	}
	return out
}

// root is the type that a branch starts from: Patient of "(Patient.name)".
func root(branch string) string {
	branch = strings.TrimLeft(branch, "( ")
	if i := strings.IndexAny(branch, ".[ )"); i >= 0 {
		return branch[:i]
	}
	return branch
}
