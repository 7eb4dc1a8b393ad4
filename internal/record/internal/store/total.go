package store

import (
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// totalOf gives the number of matches of all pages: where the query asks for
// it, or where it is known or costs little; -1 otherwise.
func (r *run) totalOf(pos *Position, first, more bool, count int) (int, error) {
	switch {
	case r.q.Total == search.TotalNone && count > 0:
		return -1, nil
	case !first && pos.Total >= 0:
		return pos.Total, nil
	case !more:
		return pos.Seen, nil
	case !first:
		return -1, nil
	}
	asked := r.q.Total == search.TotalAccurate || r.q.Total == search.TotalEstimate || count <= 0
	sum := 0
	for _, b := range r.branches {
		if !asked && !(b.exact && r.cheap(b)) {
			return -1, nil
		}
		n, err := r.countBranch(b)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// cheap tells whether a branch is counted although nobody asked. Who may see a
// part only must not learn from it what lies beyond: whether the range of a
// branch is narrow also depends on what other records hold. So for them it goes
// by the question alone.
func (r *run) cheap(b *branch) bool {
	switch {
	case !r.reach.Everyone:
		return r.q.Compartment != nil && r.q.Compartment.Type == "Patient" || b.typ != "" && !contains(r.reach.Nobody, b.typ)
	case r.reach.byNow():
		return false
	}
	return b.low > 0
}

func (r *run) countBranch(b *branch) (int, error) {
	if !b.exact {
		n := 0
		err := r.walk(b, -1, 1000, func(*Version) (bool, error) {
			n++
			return true, nil
		})
		return n, err
	}
	bd := newBuilder(r.tx.Dialect(), r.reach)
	bd.low, bd.high = max(bd.low, b.low), min(bd.high, b.high)
	if bd.low >= bd.high {
		return 0, nil
	}
	n := 0
	_, err := r.tx.One("SELECT count(*) FROM ("+(&allOf{b.inOrder()}).source(bd)+") q", bd.args, func(q *db.Row) error {
		n = int(q.Int64(0))
		return nil
	})
	return n, err
}
