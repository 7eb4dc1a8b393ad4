package store

import (
	"fmt"
	"slices"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Pages behind the first are of the same moment as the first. The index is of
// now, so what it says of a resource that was made or changed since is left
// out, at every step of the plan; what was there then is looked at as it was
// then (then.go).

// The bounds of what may happen while somebody turns pages.
const (
	maxPast    = 10_000    // resources that change
	maxPastLog = 1_000_000 // how often they change, all together
)

// past is what has changed since a moment.
type past struct {
	moment moment
	then   []*Version       // what has changed since and was there, as it was then
	at     map[Row]*Version // the same, by the rows where these resources lie now
	kinds  map[int64]bool   // types of which something was made or changed since
	led    map[led][]Row    // what each of then referred to, by rows of now
}

// led is a version and a parameter by which it refers to others.
type led struct {
	from *Version
	by   *search.Param
}

// after tells whether the transaction came after the moment.
func (p *past) after(tx int64) bool { return p != nil && !p.moment.holds(tx) }

// touched tells whether something of a type was made or changed since.
func (p *past) touched(kind int64) bool { return p != nil && p.kinds[kind] }

// readPast reads what has changed since the snapshot. Resources made since
// need no version of then: their transaction tells that there was none.
func (r *run) readPast(snapshot string) (*past, error) {
	m, err := parseMoment(snapshot)
	if err != nil {
		return nil, err
	}
	p := &past{moment: m, at: map[Row]*Version{}, kinds: map[int64]bool{}, led: map[led][]Row{}}
	most, log := r.s.limits.past, r.s.limits.pastLog
	seen := 0
	rows := map[Row]bool{}
	err = r.tx.Query("SELECT tx, row, kind FROM feed WHERE tx >= $1 AND ver > 1 LIMIT $2", []any{m.min, log + 1}, func(q *db.Row) error {
		if seen++; !m.holds(q.Int64(0)) {
			rows[q.Int64(1)] = true
			p.kinds[q.Int64(2)] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if seen > log {
		return nil, outdated(fmt.Sprintf("Resources were changed more than %d times", log))
	}
	homes, resources, err := r.homes(rows)
	if err != nil {
		return nil, err
	}
	if resources > most {
		return nil, outdated(fmt.Sprintf("More than %d resources were changed", most))
	}
	if r.leadsElsewhere() {
		err := r.tx.Query("SELECT DISTINCT kind FROM feed WHERE tx >= $1 AND ver = 1", []any{m.min}, func(q *db.Row) error {
			p.kinds[q.Int64(0)] = true
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return p, r.readThen(p, homes)
}

// outdated refuses to go on with pages whose moment is too far back.
func outdated(why string) error {
	return problem.New(problem.Gone, why+" since the first page was made. Start the search again, with larger pages or for less at once.")
}

// leadsElsewhere tells whether the query asks about other resources too.
func (r *run) leadsElsewhere() bool {
	for i := range r.q.Criteria {
		if !r.q.Criteria[i].Plain() {
			return true
		}
	}
	return len(r.q.Includes) > 0
}

// homes adds to the rows of what has changed since the moment those where it
// may have lain at the moment, and tells how many resources that are. Whatever row a
// resource came to since is among the rows already: coming there was a change.
func (r *run) homes(rows map[Row]bool) (homes []Row, resources int, err error) {
	homes, resources = listOf(rows), len(rows)
	if len(rows) == 0 {
		return nil, 0, nil
	}
	err = r.tx.Query("SELECT was FROM moved WHERE "+r.tx.Dialect().AnyInt("row", "$1"), []any{homes}, func(q *db.Row) error {
		if was := q.Int64(0); rows[was] {
			resources--
		} else {
			homes = append(homes, was)
		}
		return nil
	})
	return homes, resources, err
}

// readThen reads, of each resource that has changed, the version of the
// moment. It lies in old, since the current one is of a later transaction.
func (r *run) readThen(p *past, homes []Row) error {
	if len(homes) == 0 {
		return nil
	}
	bd := newBuilder(r.tx.Dialect(), r.reach)
	newest := "SELECT row, max(ver) AS ver FROM old WHERE " + r.tx.Dialect().AnyInt("row", bd.arg(homes)) +
		" AND NOT " + p.moment.since(bd, "tx") + " GROUP BY row"
	var heads []*head
	size := 0
	err := r.tx.Query("SELECT "+rHeadNames+" FROM ("+newest+") n JOIN old r ON r.row = n.row AND r.ver = n.ver", bd.args, func(q *db.Row) error {
		h := &head{}
		h.scan(q)
		h.body = clone(h.body)
		heads = append(heads, h)
		if size += len(h.body); size > maxBatchBytes {
			return outdated("Too much was changed")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.openThen(p, lastKnown(heads))
}

// lastKnown keeps one version of each resource: one that had moved before the
// moment has older ones under its former row.
func lastKnown(heads []*head) []*head {
	type name struct {
		kind int64
		id   string
	}
	best := make(map[name]*head, len(heads))
	for _, h := range heads {
		if b := best[name{h.kind, h.id}]; b == nil || b.ver < h.ver {
			best[name{h.kind, h.id}] = h
		}
	}
	return slices.DeleteFunc(heads, func(h *head) bool { return best[name{h.kind, h.id}] != h })
}

// openThen opens what was there and within reach, and finds out where it lies
// now. What is hidden now stays hidden, whatever it was then: a label that came
// since is obeyed at once.
func (r *run) openThen(p *past, heads []*head) error {
	type spot struct {
		row  Row
		mask int64
	}
	spots := map[int64]spot{}
	var hashes []int64
	for _, h := range heads {
		hashes = append(hashes, r.s.nameHash(Ref{r.s.nums.kindName(h.kind), h.id}))
	}
	err := r.tx.Query("SELECT n.hash, r.row, r.mask FROM name n JOIN res r ON r.row = n.row WHERE "+r.tx.Dialect().AnyInt("n.hash", "$1"),
		[]any{hashes}, func(q *db.Row) error {
			spots[q.Int64(0)] = spot{q.Int64(1), q.Int64(2)}
			return nil
		})
	if err != nil {
		return err
	}
	stands, err := r.s.whichStand(r.tx, r.reach, heads)
	if err != nil {
		return err
	}
	now := map[*head]Row{}
	var there []*head
	for i, h := range heads {
		at := spots[hashes[i]]
		if h.body == nil || !r.s.holds(r.reach, h.row, h.kind, h.mask) || r.reach.hides(at.mask) || !stands(h) {
			continue
		}
		there = append(there, h)
		now[h] = at.row
	}
	versions, err := r.s.openAll(r.tx, there)
	if err != nil {
		return err
	}
	for i, v := range versions {
		ok, err := r.s.permits(r.reach, v)
		if err != nil {
			return err
		}
		if ok {
			v.now = now[there[i]]
			p.then = append(p.then, v)
			p.at[v.now] = v
		}
	}
	return nil
}

func listOf(rows map[Row]bool) []Row {
	out := make([]Row, 0, len(rows))
	for row := range rows {
		out = append(out, row)
	}
	return out
}
