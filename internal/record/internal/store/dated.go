package store

import (
	"fmt"
	"slices"

	"github.com/bevanhealth/bevan/fhir/search"
)

// dating names, for the types of which people have most, the code parameter
// and the date parameter that are asked for together: all results of a kind in
// a month, the newest of a kind first. For these the table ord also holds the
// date under the code's hash, so that such a search reads what it returns and
// not every result of that kind.
//
// Both parameters must be of elements that hold one value: only then is "a
// value that is after and before" the same as "after, and before".
var dating = map[string]struct{ code, date string }{
	"Observation":       {"code", "date"},
	"Condition":         {"code", "onset-date"},
	"Procedure":         {"code", "date"},
	"DiagnosticReport":  {"code", "date"},
	"MedicationRequest": {"code", "authoredon"},
	"Immunization":      {"vaccine-code", "date"},
	"Encounter":         {"type", "date"},
}

// datedKey is where the table ord holds the dates of a code. Keys of plain
// parameters are small; these have the highest bit but one set.
func datedKey(hash int64, class int64) int64 {
	return (hash&^(classes-1)|class)&(1<<62-1) | 1<<62
}

// indexDated adds the dates of a resource's codes.
func (s *Store) indexDated(e *entries, typ string, values []search.Value) {
	pair, ok := dating[typ]
	if !ok {
		return
	}
	for i := range values {
		code := &values[i]
		if code.Param.Code != pair.code || code.Kind != search.Token || code.System == "" && code.Code == "" {
			continue
		}
		hash := s.tokenHash(domainDated, s.nums.param(code.Param.ID), code.System, code.Code)
		for j := range values {
			if d := &values[j]; d.Kind == search.Date && d.Param.Code == pair.date {
				e.ords = append(e.ords, ordEntry{datedKey(hash, dateClass(d.Low, d.High)), d.Low, d.High})
			}
		}
	}
}

// dated joins the criteria on a type's code and date into one step, nil where
// the query does not have both. It is asked instead of them only when that is
// less work: the steps for each stay.
func (c *compiler) dated(typ string, index int, criteria []search.Criterion) (*dated, error) {
	pair, ok := dating[typ]
	if !ok {
		return nil, nil
	}
	n := &dated{}
	for i, cr := range criteria {
		if !cr.Plain() || cr.Modifier != search.NoModifier {
			continue
		}
		p := cr.Params[min(index, len(cr.Params)-1)]
		switch {
		case p.Code == pair.code && p.Kind == search.Token && n.hashes == nil:
			var exact bool
			var err error
			if n.hashes, exact, err = c.tokenHashes(domainDated, p, cr); err != nil || !exact {
				return nil, err
			}
			n.what = criterionWords(cr)
			n.covered = append(n.covered, i)
		case p.Code == pair.date && p.Kind == search.Date && len(cr.Values) == 1:
			n.conds = append(n.conds, datesOf(cr)[0])
			n.what += ", " + criterionWords(cr)
			n.covered = append(n.covered, i)
		}
	}
	if len(n.hashes) == 0 || len(n.hashes) > maxDatedCodes {
		return nil, nil
	}
	return n, nil
}

// maxDatedCodes bounds how many codes one step walks side by side.
const maxDatedCodes = 16

// dated is the rows of some codes with a date in a range.
type dated struct {
	hashes []int64
	conds  []dateRange
	what   string

	covered []int  // the criteria that are joined in it
	steps   []node // their own steps
}

// covers tells whether every row of the set is one of n as well, so that n need
// not be asked.
func (n *dated) covers(step node) bool {
	return n != nil && slices.Contains(n.steps, step)
}

// bounded tells whether the dates are bounded at all: without that the step is
// good for an order only.
func (n *dated) bounded() bool { return n != nil && len(n.conds) > 0 }

// each gives a SELECT of the columns row and low for each code and class.
func (n *dated) each(b *builder, extra func(class int) string) []string {
	var parts []string
	for _, h := range n.hashes {
		for class := range classes {
			cond := ""
			for _, d := range n.conds {
				cond += d.cond(b, class)
			}
			parts = append(parts, "SELECT row, low FROM ord WHERE key = "+b.arg(datedKey(h, int64(class)))+cond+extra(class)+b.within("ord.row"))
		}
	}
	return parts
}

func (n *dated) source(b *builder) string {
	parts := n.each(b, func(int) string { return "" })
	for i, p := range parts {
		parts[i] = fmt.Sprintf("SELECT row FROM (%s) c%d", p, i)
	}
	return b.union(parts)
}

func (n *dated) probe(b *builder, x string) string { return x + " IN (" + n.source(b) + ")" }
func (n *dated) words() string                     { return n.what + ", by code and date together" }
