package record

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// aboutNobody are the types that a session about one person sees besides.
var aboutNobody = access.AboutNobody()

// to is what the session may do something with: a term of every query that it
// runs.
func (s *Session) to(v access.Verb) store.Reach {
	r := s.base
	r.Limits = s.d.limitsOf(s.scope.Rights(), v)
	return r
}

// sees tells whether something may be done with any resources of a type.
func (s *Session) sees(v access.Verb, typ string) bool {
	if s.scope.Empty() {
		return false
	}
	limits := s.to(v).Limits
	_, ok := limits[typ]
	return limits == nil || ok
}

// seen lists the types with which something may be done; all means every type.
func (s *Session) seen(v access.Verb) (names []string, all bool) {
	if s.scope.Empty() {
		return nil, false
	}
	limits := s.to(v).Limits
	return slices.Sorted(maps.Keys(limits)), limits == nil
}

// narrow tells whether resources of a type may be there with which something
// may not be done: then nothing may tell what is hidden from what is not there.
func (s *Session) narrow(v access.Verb, typ string) bool {
	return !s.base.Everyone || s.base.Deny != 0 || len(s.to(v).Limits[typ]) > 0
}

// known remembers what the search parameters of now make of rights.
type known struct {
	mu     sync.Mutex
	reg    *search.Registry
	limits map[limitsKey]store.Limits
	rules  map[access.Facts]ruled
	people map[string]int64 // numbers of patients, which never change
	words  map[wordKey]wordAt
	above  map[string][]store.Ref // by the id of an organisation
	open   map[openKey]shownSince
	ties   map[tieKey]store.Stamp
}

type limitsKey struct {
	rights access.Rights
	verb   access.Verb
}

type ruled struct {
	scope    access.Scope
	decision access.Decision
}

// maxKnown bounds what is remembered, and maxPeople the patients; then it is
// begun anew.
const (
	maxKnown  = 1000
	maxPeople = 20_000
)

// limitsOf is what rights allow a verb, by type; nil where that is everything.
func (d *Door) limitsOf(rights access.Rights, v access.Verb) store.Limits {
	if rights.Everything(v) {
		return nil
	}
	reg, key := d.store.Registry(), limitsKey{rights, v}
	k := &d.known
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reg != reg || len(k.limits) > maxKnown {
		k.reg, k.limits = reg, map[limitsKey]store.Limits{}
	}
	if l, ok := k.limits[key]; ok {
		return l
	}
	l := store.Limits{}
	names, _ := rights.Types(v)
	for _, typ := range names {
		searches, _ := rights.Where(v, typ)
		var read [][]search.Criterion
		for _, text := range searches {
			if all := readScope(reg, d.store.Base(), typ, text); len(all) > 0 {
				read = append(read, all)
			}
		}
		if len(searches) == 0 || len(read) > 0 {
			l[typ] = read
		}
	}
	k.limits[key] = l
	return l
}

// readScope reads the search of a scope. What asks for more than the resource's
// own words and for plain values, or can not be read, gives nothing: the part
// of the scope then allows nothing.
func readScope(reg *search.Registry, base, typ, text string) []search.Criterion {
	pairs, err := readPairs(text)
	if err != nil {
		return nil
	}
	q, err := search.Parse(reg, []string{typ}, nil, pairs, search.Options{Strict: true, Base: base})
	if err != nil || len(q.Criteria) != len(pairs) {
		return nil
	}
	for i := range q.Criteria {
		c := &q.Criteria[i]
		if !c.Plain() || c.Modifier != search.NoModifier || len(c.Values) == 0 || len(c.Params) != 1 || c.Params[0].Kind == search.Special {
			return nil
		}
		if slices.ContainsFunc(c.Values, aboutNow) {
			return nil
		}
	}
	return q.Criteria
}

// aboutNow tells whether a value means something else each day.
func aboutNow(o search.Operand) bool {
	return o.Prefix == search.Ap || slices.ContainsFunc(o.Parts, aboutNow)
}

// decide is access.Decide, remembered: the same facts come with each request
// of a token, and the same facts give the same answer.
func (d *Door) decide(f access.Facts) (access.Scope, access.Decision) {
	k := &d.known
	k.mu.Lock()
	r, ok := k.rules[f]
	k.mu.Unlock()
	if ok {
		return r.scope, r.decision
	}
	r.scope, r.decision = access.Decide(f)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.rules) > maxKnown || k.rules == nil {
		k.rules = map[access.Facts]ruled{}
	}
	k.rules[f] = r
	return r.scope, r.decision
}

// personOf is the number of a patient by the logical id of their resource; -1
// for one who is not known, which is looked up each time.
func (d *Door) personOf(ctx context.Context, patient string) (int64, error) {
	k := &d.known
	k.mu.Lock()
	person, ok := k.people[patient]
	k.mu.Unlock()
	if ok {
		return person, nil
	}
	person, err := d.store.PersonNamed(ctx, patient)
	if err != nil || person < 0 {
		return person, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.people == nil || len(k.people) > maxPeople {
		k.people = map[string]int64{}
	}
	k.people[patient] = person
	return person, nil
}
