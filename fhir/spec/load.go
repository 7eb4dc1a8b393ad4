package spec

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

type typeTable struct {
	byName    map[string]*Type
	resources []string
}

var loadTypes = sync.OnceValue(readTypes)

// typeReader holds types.txt under way. All elements lie in one slice and all
// type references in another, which keeps the start quick: should one have to
// grow, what was handed out stays where it was.
type typeReader struct {
	table *typeTable
	order []*Type
	elems []Element
	refs  []TypeRef
	from  int // where the elements of the last type begin
}

// readTypes reads types.txt. A line that starts a type gives its name, kind
// (p, c, b or r, and a for abstract), base and regex; the lines indented under
// it its elements: name, min, max, flags (s summary, m modifier), types and
// binding. Elements that do not differ from the base's are not repeated, and a
// base comes before what specialises it.
func readTypes() *typeTable {
	r := typeReader{
		table: &typeTable{byName: make(map[string]*Type, 1024), resources: make([]string, 0, 160)},
		order: make([]*Type, 0, 1024),
		elems: make([]Element, 0, 8192),
		refs:  make([]TypeRef, 0, 8192),
	}
	lines(typesText, func(f []string) {
		if f[0] == "" {
			r.element(f)
		} else {
			r.begin(f)
		}
	})
	r.end()
	for _, t := range r.order {
		t.link(r.table.byName)
	}
	slices.Sort(r.table.resources)
	return r.table
}

// begin starts a type with what it inherits.
func (r *typeReader) begin(f []string) {
	r.end()
	t := &Type{Name: f[0], Base: f[2], Regex: f[3]}
	t.Kind = Kind(strings.IndexByte("pcbr", f[1][0]) + 1)
	t.Abstract = len(f[1]) > 1
	r.from = len(r.elems)
	if base := r.table.byName[t.Base]; base != nil {
		r.elems = append(r.elems, base.Elements...)
	}
	r.table.byName[t.Name] = t
	r.order = append(r.order, t)
	if t.Kind == Resource && !t.Abstract {
		r.table.resources = append(r.table.resources, t.Name)
	}
}

// end gives the last type its elements.
func (r *typeReader) end() {
	if n := len(r.order); n > 0 {
		r.order[n-1].Elements = r.elems[r.from:len(r.elems):len(r.elems)]
	}
}

// element adds an element to the last type, or puts it in the place of the
// inherited one.
func (r *typeReader) element(f []string) {
	e := r.readElement(f)
	for i := r.from; i < len(r.elems); i++ {
		if r.elems[i].Name == e.Name {
			r.elems[i] = e
			return
		}
	}
	r.elems = append(r.elems, e)
}

func (r *typeReader) readElement(f []string) Element {
	var e Element
	e.Name, e.Choice = strings.CutSuffix(f[1], "[x]")
	e.Min, e.Max = number(f[2]), number(f[3])
	e.Summary = strings.Contains(f[4], "s")
	e.Modifier = strings.Contains(f[4], "m")
	from := len(r.refs)
	if ref, ok := strings.CutPrefix(f[5], "#"); ok {
		e.ContentRef = ref
		r.refs = append(r.refs, TypeRef{Code: ref})
	} else {
		for s := range strings.SplitSeq(f[5], ",") {
			r.refs = append(r.refs, readTypeRef(s))
		}
	}
	e.Types = r.refs[from:len(r.refs):len(r.refs)]
	if b := f[6]; b != "" {
		e.Binding = Binding{Strength: Strength(strings.IndexByte("eper", b[0]) + 1), ValueSet: full(b[1:])}
	}
	return e
}

func number(s string) uint16 {
	if s == "*" {
		return Many
	}
	n, _ := strconv.ParseUint(s, 10, 16) // the tables are ours, and tested
	return uint16(n)
}

// readTypeRef reads Code, Code<Profile> or Code(Target|Target).
func readTypeRef(s string) TypeRef {
	if code, targets, ok := strings.Cut(s, "("); ok {
		return TypeRef{Code: code, Targets: list(strings.TrimSuffix(targets, ")"), "|")}
	}
	code, profile, _ := strings.Cut(s, "<")
	return TypeRef{Code: code, Profile: strings.TrimSuffix(profile, ">")}
}

// link turns the names within a type into pointers.
func (t *Type) link(byName map[string]*Type) {
	for i := range t.Elements {
		e := &t.Elements[i]
		if e.Min > 0 {
			t.Required = append(t.Required, i)
		}
		if e.Binding.Strength == Required {
			e.Binding.Codes = loadCodes()[e.Binding.ValueSet]
		}
		for j := range e.Types {
			e.Types[j].Type = byName[e.Types[j].Code]
		}
	}
}

// index gives the type's properties by JSON name. Most programs use few of the
// types, so each is indexed when it is first asked.
func (t *Type) index() map[string]Prop {
	t.once.Do(func() {
		t.props = make(map[string]Prop, len(t.Elements))
		for i := range t.Elements {
			e := &t.Elements[i]
			for j := range e.Types {
				r := &e.Types[j]
				name := e.Name
				if e.Choice {
					name += strings.ToUpper(r.Code[:1]) + r.Code[1:]
				}
				t.props[name] = Prop{Element: e, Index: i, Ref: r, Type: r.Type}
			}
		}
	})
	return t.props
}
