package portal

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
)

// wish is what an app asks for, in boxes that people tick.
type wish struct {
	scopes []access.SMARTScope
	plain  []string // scopes that name no resources
	// own says that what is about the person and what they may see themselves
	// is the same, so that one box stands for both.
	own bool
}

// newWish reads scopes. Of those about records it keeps the levels that can be
// given at all, and types that there are.
func newWish(scopes string, own bool, levels ...access.Level) wish {
	w := wish{own: own}
	for text := range strings.FieldsSeq(scopes) {
		s, ok := access.ParseSMART(text)
		switch {
		case !ok:
			w.plain = append(w.plain, text)
		case slices.Contains(levels, s.Level) && (s.Type == "" || spec.IsResource(s.Type)):
			w.scopes = append(w.scopes, s)
		}
	}
	return w
}

// asks says whether a scope that names no resources is among them.
func (w wish) asks(plain string) bool { return slices.Contains(w.plain, plain) }

// about says whether a scope of the level is among them.
func (w wish) about(l access.Level) bool {
	return slices.ContainsFunc(w.scopes, func(s access.SMARTScope) bool { return s.Level == l })
}

// box is one thing that can be ticked: looking at, or writing, one kind of
// data.
type box struct {
	level access.Level // NoLevel where one box stands for every level
	typ   string       // rest for all types that have no box of their own
	query string       // the search that the data answer; "" for all
	write bool
	part  bool // of a kind that is asked for as a whole: never ticked at first
}

// rest stands for all types of a level that have no box of their own.
const rest = "*"

// key names a box in a form.
func (b box) key() string {
	k := b.level.String() + "/" + b.typ
	if b.write {
		k += ".write"
	} else {
		k += ".look"
	}
	if b.query != "" {
		k += "?" + b.query
	}
	return k
}

// kind is the verbs of one of the two kinds of box.
func kind(v access.Verb, write bool) access.Verb {
	if write {
		return v &^ access.Looking
	}
	return v & access.Looking
}

func (w wish) boxLevel(l access.Level) access.Level {
	if w.own {
		return access.NoLevel
	}
	return l
}

// aboutSomebody are the types whose resources belong to one person. Each has a
// box of its own where an app asks for everything.
func aboutSomebody() []string { return spec.CompartmentTypes("Patient") }

// boxes are all boxes of the wish, each once, with the verbs that it stands
// for: what is looked at first, the rest of a level last.
func (w wish) boxes() (all []box, verbs map[box]access.Verb) {
	verbs = map[box]access.Verb{}
	add := func(b box, v access.Verb) {
		if _, there := verbs[b]; !there {
			all = append(all, b)
		}
		verbs[b] |= v
	}
	for _, s := range w.scopes {
		for _, write := range []bool{false, true} {
			v := kind(s.Verbs, write)
			if v == 0 {
				continue
			}
			b := box{level: w.boxLevel(s.Level), typ: s.Type, query: s.Query, write: write}
			if s.Type != "" {
				add(b, v)
				continue
			}
			for _, b.typ = range append(slices.Clone(aboutSomebody()), rest) {
				add(b, v)
			}
		}
	}
	for _, p := range w.parts(all) {
		add(p.box, p.verbs)
	}
	slices.SortStableFunc(all, func(a, b box) int {
		return cmp.Or(cmp.Compare(a.level, b.level), order(a.write, b.write), order(a.typ == rest, b.typ == rest))
	})
	return all, verbs
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// part is a box for a part of a kind, with its verbs.
type part struct {
	box
	verbs access.Verb
}

// parts are boxes for a part of what is asked for as a whole, so that somebody
// can give less than all or nothing (SMART App Launch 2.2, "scopes with
// searches"). An app that asks in the first form is given nothing in the second.
func (w wish) parts(all []box) (out []part) {
	for _, s := range w.scopes {
		v := kind(s.Verbs, false)
		if s.V1 || s.Query != "" || v == 0 {
			continue
		}
		for _, typ := range slices.Sorted(maps.Keys(partsOf)) {
			if s.Type != "" && s.Type != typ {
				continue
			}
			for _, q := range partsOf[typ] {
				b := box{level: w.boxLevel(s.Level), typ: typ, query: q}
				if !slices.Contains(all, b) {
					b.part = true
					out = append(out, part{b, v})
				}
			}
		}
	}
	return out
}

// partsOf are the searches that take a part of a type, in their one form. They
// are those that US Core 6.1 asks of servers.
var partsOf = map[string][]string{
	"Observation": searches("Observation", "http://terminology.hl7.org/CodeSystem/observation-category|", "laboratory", "vital-signs", "social-history", "survey", "activity"),
	"Condition":   searches("Condition", "http://terminology.hl7.org/CodeSystem/condition-category|", "problem-list-item", "encounter-diagnosis"),
}

func searches(typ, system string, codes ...string) (all []string) {
	for _, c := range codes {
		if s, ok := access.ParseSMART("patient/" + typ + ".r?category=" + system + c); ok {
			all = append(all, s.Query)
		}
	}
	return all
}

// granted is what is left of the wish with what was ticked, as scopes in the
// form in which each was asked for. It never holds more than the wish.
func (w wish) granted(ticked func(key string) bool) []string {
	all, _ := w.boxes()
	has := map[box]bool{}
	for _, b := range all {
		has[b] = ticked(b.key())
	}
	g := &gathered{verbs: map[access.SMARTScope]access.Verb{}}
	for _, s := range w.scopes {
		for _, write := range []bool{false, true} {
			one := s
			if one.Verbs = kind(s.Verbs, write); one.Verbs != 0 {
				w.gather(g, one, write, has)
			}
		}
	}
	return g.texts()
}

// gather adds what is left of a scope that only looks, or only writes.
func (w wish) gather(g *gathered, s access.SMARTScope, write bool, has map[box]bool) {
	if s.Type != "" {
		w.gatherType(g, s, box{level: w.boxLevel(s.Level), typ: s.Type, query: s.Query, write: write}, has)
		return
	}
	boxOf := func(typ string) box {
		b := box{level: w.boxLevel(s.Level), typ: typ, write: write}
		if _, own := has[b]; !own {
			b.typ = rest
		}
		return b
	}
	whole := has[boxOf(rest)]
	for _, typ := range spec.Resources() {
		whole = whole && has[boxOf(typ)]
	}
	if whole {
		g.add(s)
		return
	}
	for _, typ := range spec.Resources() {
		s.Type = typ
		w.gatherType(g, s, boxOf(typ), has)
	}
}

func (w wish) gatherType(g *gathered, s access.SMARTScope, b box, has map[box]bool) {
	if has[b] {
		g.add(s)
		return
	}
	if s.V1 || s.Query != "" || b.write {
		return
	}
	for _, q := range partsOf[s.Type] {
		if has[box{level: b.level, typ: s.Type, query: q, part: true}] {
			s.Query = q
			g.add(s)
		}
	}
}

// gathered joins what is left of the same kind of data again.
type gathered struct {
	order []access.SMARTScope
	verbs map[access.SMARTScope]access.Verb
}

func (g *gathered) add(s access.SMARTScope) {
	v := s.Verbs
	s.Verbs = 0
	if _, there := g.verbs[s]; !there {
		g.order = append(g.order, s)
	}
	g.verbs[s] |= v
}

func (g *gathered) texts() (all []string) {
	for _, s := range g.order {
		s.Verbs = g.verbs[s]
		all = append(all, s.String())
	}
	return all
}
