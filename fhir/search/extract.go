package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
)

// step is one expression of a type's parameters and what is made of what it
// yields: many parameters share an expression (code and combo-code), so each
// is evaluated once.
type step struct {
	expr   *fhirpath.Expr
	system string // implied by the binding of a code
	uses   []use
}

// use is a kind into which the items are turned, once for all params.
type use struct {
	kind   Kind
	params []*Param
}

// steps is the plan by which Extract finds all values of a type.
func (t *typeParams) steps() ([]step, error) {
	t.planned.Do(func() {
		at := map[string]int{}
		for _, p := range t.list {
			if p.IsServer() || p.Kind == Composite || p.Kind == Special {
				continue
			}
			exprs, err := p.compiled()
			if err != nil {
				t.planErr = err
				return
			}
			for i, b := range p.branches {
				n, ok := at[b]
				if !ok {
					n = len(t.plan)
					at[b] = n
					t.plan = append(t.plan, step{expr: exprs[i], system: p.systems[i]})
				}
				t.plan[n].add(p)
			}
		}
	})
	return t.plan, t.planErr
}

func (s *step) add(p *Param) {
	for i := range s.uses {
		// What a reference gives may depend on where it may lead to.
		if u := &s.uses[i]; u.kind == p.Kind && slices.Equal(u.params[0].Target, p.Target) {
			u.params = append(u.params, p)
			return
		}
	}
	s.uses = append(s.uses, use{p.Kind, []*Param{p}})
}

// extractor turns items into values.
type extractor struct {
	src    string // the document as a string, of which values are parts; "" to copy each
	system string // implied by the binding of a code
	dst    []Value
	err    error
}

var collections = sync.Pool{New: func() any { c := make(fhirpath.Collection, 0, 32); return &c }}

// Extract appends to dst every value by which the resource can be found, of
// all parameters of its type, in no particular order and with repeats where a
// resource repeats itself. There are none for composite and special
// parameters, for _id and _lastUpdated, which the server sets, and for
// references to contained resources.
//
// The values share one copy of the document. A value that can not be read (a
// date that is none) is left out, and the error tells the first of them; the
// others are still returned.
func Extract(reg *Registry, t *fhir.Tree, dst []Value) ([]Value, error) {
	root := fhirpath.Root(t)
	tp := reg.of(root.Type())
	if tp == nil || tp.name == common {
		return dst, fmt.Errorf("search: there is no resource type %q", root.Type())
	}
	plan, err := tp.steps()
	if err != nil {
		return dst, err
	}
	x := extractor{src: string(t.Bytes()), dst: dst}
	items := collections.Get().(*fhirpath.Collection)
	for i := range plan {
		s := &plan[i]
		found, err := s.expr.Append((*items)[:0], nil, root)
		if err != nil {
			x.fail(fmt.Errorf("search: %s: %w", s.uses[0].params[0].ID, err))
			continue
		}
		x.system = s.system
		for _, u := range s.uses {
			x.spread(u, found)
		}
		*items = found
	}
	clear((*items)[:cap(*items)])
	collections.Put(items)
	return x.dst, x.err
}

// spread converts the items for the first parameter and copies the values for
// the others.
func (x *extractor) spread(u use, found fhirpath.Collection) {
	from := len(x.dst)
	for i := range found {
		x.add(u.params[0], u.kind, &found[i])
	}
	to := len(x.dst)
	for _, p := range u.params[1:] {
		for i := from; i < to; i++ {
			x.dst = append(x.dst, x.dst[i])
			x.dst[len(x.dst)-1].Param = p
		}
	}
}

// Values appends the values of this parameter alone. For a composite it is
// none; see Match.
func (p *Param) Values(t *fhir.Tree, dst []Value) ([]Value, error) {
	if p.IsServer() || p.Kind == Composite || p.Kind == Special {
		return dst, nil
	}
	exprs, err := p.compiled()
	if err != nil {
		return dst, err
	}
	x := extractor{dst: dst}
	items := collections.Get().(*fhirpath.Collection)
	root := fhirpath.Root(t)
	for i, e := range exprs {
		found, err := e.Append((*items)[:0], nil, root)
		if err != nil {
			x.fail(fmt.Errorf("search: %s: %w", p.ID, err))
			continue
		}
		x.system = p.systems[i]
		for j := range found {
			x.add(p, p.Kind, &found[j])
		}
		*items = found
	}
	clear((*items)[:cap(*items)])
	collections.Put(items)
	return x.dst, x.err
}

func (x *extractor) fail(err error) {
	if x.err == nil {
		x.err = err
	}
}

// put appends a value and returns it to be filled in. The pointer holds until
// the next put.
func (x *extractor) put(p *Param, k Kind) *Value {
	x.dst = append(x.dst, Value{Param: p, Kind: k})
	return &x.dst[len(x.dst)-1]
}

// text is the string of a node, as a part of src where it can be.
func (x *extractor) text(n fhir.Node) string {
	if x.src == "" || n.Kind() != fhir.String {
		return n.Str()
	}
	from, to := n.Span()
	if s := x.src[from+1 : to-1]; strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return n.Str()
}

// itemText is the text of a primitive or of a computed value.
func (x *extractor) itemText(it *fhirpath.Item) string {
	if n := it.Node(); n.Exists() {
		return x.text(n)
	}
	return it.Str()
}

var errValue = errors.New("the value can not be read")

// add turns one item into values of the kind.
func (x *extractor) add(p *Param, k Kind, it *fhirpath.Item) {
	ok := true
	switch k {
	case Token:
		x.token(p, it)
	case String:
		x.words(p, it)
	case Reference:
		x.reference(p, it)
	case Date:
		ok = x.date(p, it)
	case Quantity, Number:
		ok = x.number(p, k, it)
	case URI:
		x.uri(p, it)
	}
	if !ok {
		x.fail(fmt.Errorf("search: %s at %s: %w", p.ID, it.Type(), errValue))
	}
}
