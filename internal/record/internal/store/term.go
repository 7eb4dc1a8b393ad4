package store

import (
	"slices"

	"github.com/bevanhealth/bevan/fhir/search"
)

// Lines of terms: for an Observation in somebody's record, besides its entry in
// the line of the record, one for each of its codes and categories, under the
// person and the term. So the results of one test, or of one kind, are read for one
// person in the order of when they were, however many there are. The dates under
// a code (dated.go) lie in the order of everybody's, where those of one person are
// far apart.

// termID is what the table param calls them, as lineID does for the line.
const termID = "lines of terms"

// termMark is a bit of the keys of lines of terms, below that of the line of a
// record. The person's number is behind it, so that all lines of one person lie
// together, and then as much of the term's hash as there is room for: two terms
// of one person with the same bits share a line, and each entry is asked for its
// own words anyway.
const (
	termMark = int64(1) << 60
	termBits = 27 // a person's number has 32 (persons)
)

// terming names the types with lines of terms, and the parameters of the terms.
// The type is in no key, so that there can be one only.
var terming = map[string][]string{"Observation": {"code", "category"}}

// indexTerms adds a resource to the lines of its terms.
func (s *Store) indexTerms(e *entries, typ string, values []search.Value, low int64) {
	for i := range values {
		v := &values[i]
		if v.Kind != search.Token || v.System == "" && v.Code == "" || !slices.Contains(terming[typ], v.Param.Code) {
			continue
		}
		hash := s.tokenHash(domainTerm, s.nums.param(v.Param.ID), v.System, v.Code)
		e.ords = append(e.ords, ordEntry{key: termMark | hash&(1<<termBits-1), low: low})
	}
}

// isTerm tells the key of a line of a term from all others.
func isTerm(key int64) bool { return key >= termMark && key < termMark<<1 }

// termKeys are the lines that a search for one person can be read from: where it
// asks for the terms of one parameter and nothing else. It is nil for any other.
func (r *run) termKeys(b *branch) ([]int64, error) {
	if len(r.q.Criteria) != 1 || r.s.nums.waiting(termID) {
		return nil, nil
	}
	cr := r.q.Criteria[0]
	if !cr.Plain() || cr.Modifier != search.NoModifier {
		return nil, nil
	}
	p := cr.Params[min(b.index, len(cr.Params)-1)]
	if p.Kind != search.Token || !slices.Contains(terming[b.typ], p.Code) || r.s.nums.waiting(p.ID) {
		return nil, nil
	}
	hashes, exact, err := r.compiler().tokenHashes(domainTerm, p, cr)
	if err != nil || !exact || len(hashes) > maxDatedCodes {
		return nil, err
	}
	keys := make([]int64, 0, len(hashes))
	for _, h := range hashes {
		keys = append(keys, termMark|h&(1<<termBits-1)|r.reach.Person<<termBits)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}
