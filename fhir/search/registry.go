package search

import (
	"slices"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// common is the Resource of the parameters that every type has, such as _tag.
// Each of them is one Param for all types.
const common = "Resource"

// Registry knows the search parameters of every resource type. It is safe for
// concurrent use and never changes; With makes another one.
type Registry struct {
	types map[string]*typeParams
}

// typeParams are the parameters of one resource type, built on first use:
// most programs touch few of the types.
type typeParams struct {
	name  string
	extra []*Param // custom ones

	once   sync.Once
	list   []*Param // sorted by code
	byCode map[string]*Param

	planned sync.Once
	plan    []step
	planErr error
}

var base = sync.OnceValue(func() *Registry {
	r := &Registry{types: map[string]*typeParams{common: {name: common}}}
	for _, name := range spec.Resources() {
		r.types[name] = &typeParams{name: name}
	}
	return r
})

// Base returns the search parameters of R4 itself.
func Base() *Registry { return base() }

// Lookup finds a parameter of a resource type by the name that it has in a
// query. For the type "Resource" it finds those that every type has.
func (r *Registry) Lookup(resource, code string) (*Param, bool) {
	t := r.of(resource)
	if t == nil {
		return nil, false
	}
	p, ok := t.byCode[code]
	return p, ok
}

// Params lists the parameters of a resource type by code, the common ones
// among them; nil for an unknown type. Callers must not change the slice.
func (r *Registry) Params(resource string) []*Param {
	t := r.of(resource)
	if t == nil {
		return nil
	}
	return t.list
}

func (r *Registry) of(resource string) *typeParams {
	t := r.types[resource]
	if t != nil {
		t.once.Do(func() { t.build(r) })
	}
	return t
}

func (t *typeParams) build(r *Registry) {
	if t.name == common {
		t.list = commonParams()
	} else {
		for _, s := range spec.SearchParams(t.name) {
			if !strings.HasPrefix(s.Code, "_") {
				t.list = append(t.list, baseParam(t.name, s))
			}
		}
		t.list = append(t.list, r.of(common).list...)
	}
	t.list = append(t.list, t.extra...)
	t.byCode = make(map[string]*Param, len(t.list))
	for _, p := range t.list {
		t.byCode[p.Code] = p
	}
	// R4 defines some codes twice for one type. Only the one that a query can
	// name is kept, so that nothing is indexed in vain.
	t.list = slices.DeleteFunc(t.list, func(p *Param) bool { return t.byCode[p.Code] != p })
	slices.SortFunc(t.list, func(a, b *Param) int { return strings.Compare(a.Code, b.Code) })
}

// commonParams are the parameters of R4's Resource and DomainResource, and
// _list, which R4 describes in words only (section 3.1.1.3.2). _query and
// _filter are other languages than this one and are refused by name.
func commonParams() []*Param {
	var out []*Param
	for _, s := range spec.SearchParams("Patient") {
		switch s.Code {
		case "_text", "_content":
			out = append(out, &Param{Resource: common, Code: s.Code, ID: common + "." + s.Code, URL: s.URL, Kind: Special})
		case "_id", "_lastUpdated", "_profile", "_security", "_source", "_tag":
			out = append(out, baseParam(common, s))
		}
	}
	return append(out, &Param{Resource: common, Code: "_list", ID: common + "._list", Kind: Special, Target: []string{"List"}})
}

// isType tells whether the registry knows the resource type.
func (r *Registry) isType(name string) bool {
	return name != common && r.types[name] != nil
}
