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

// readTypes reads types.txt. A line that starts a type gives its name, kind
// (p, c, b or r, and a for abstract), base and regex; the lines indented under
// it its elements: name, min, max, flags (s summary, m modifier), types and
// binding. Elements that do not differ from the base's are not repeated, and a
// base comes before what specialises it.
func readTypes() *typeTable {
	t := &typeTable{byName: make(map[string]*Type, 1024)}
	var order []*Type
	var cur *Type
	lines(typesText, func(f []string) {
		if f[0] == "" {
			cur.set(readElement(f))
			return
		}
		cur = readType(f, t.byName[f[2]])
		t.byName[cur.Name] = cur
		order = append(order, cur)
		if cur.Kind == Resource && !cur.Abstract {
			t.resources = append(t.resources, cur.Name)
		}
	})
	for _, y := range order {
		t.link(y)
	}
	slices.Sort(t.resources)
	return t
}

func readType(f []string, base *Type) *Type {
	t := &Type{Name: f[0], Base: f[2], Regex: f[3]}
	t.Kind = Kind(strings.IndexByte("pcbr", f[1][0]) + 1)
	t.Abstract = len(f[1]) > 1
	t.Elements = make([]Element, 0, 16)
	if base != nil {
		t.Elements = append(t.Elements, base.Elements...)
	}
	return t
}

// set adds an element, or puts it in the place of the inherited one.
func (t *Type) set(e Element) {
	if old := t.Element(e.Name); old != nil {
		*old = e
		return
	}
	t.Elements = append(t.Elements, e)
}

func readElement(f []string) Element {
	var e Element
	e.Name, e.Choice = strings.CutSuffix(f[1], "[x]")
	e.Min, e.Max = number(f[2]), number(f[3])
	e.Summary = strings.Contains(f[4], "s")
	e.Modifier = strings.Contains(f[4], "m")
	if ref, ok := strings.CutPrefix(f[5], "#"); ok {
		e.ContentRef = ref
		e.Types = []TypeRef{{Code: ref}}
	} else {
		e.Types = make([]TypeRef, 0, strings.Count(f[5], ",")+1)
		for s := range strings.SplitSeq(f[5], ",") {
			e.Types = append(e.Types, readTypeRef(s))
		}
	}
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

// link turns the names within a type into pointers and indexes its properties.
func (t *typeTable) link(y *Type) {
	y.props = make(map[string]Prop, len(y.Elements))
	for i := range y.Elements {
		e := &y.Elements[i]
		if e.Min > 0 {
			y.Required = append(y.Required, i)
		}
		if e.Binding.Strength == Required {
			e.Binding.Codes = loadCodes()[e.Binding.ValueSet]
		}
		for j := range e.Types {
			r := &e.Types[j]
			r.Type = t.byName[r.Code]
			name := e.Name
			if e.Choice {
				name += strings.ToUpper(r.Code[:1]) + r.Code[1:]
			}
			y.props[name] = Prop{Element: e, Index: i, Ref: r, Type: r.Type}
		}
	}
}
