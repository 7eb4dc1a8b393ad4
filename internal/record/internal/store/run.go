package store

import (
	"context"
	"fmt"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// Position is where a page ended, and the moment at which the first page was
// made: later pages are of the same moment.
type Position struct {
	Snapshot string
	Branch   int
	Row      Row
	Sort     [][]byte // values of the last row, where the query sorts; empty for none
	Total    int      // of the first page; -1 when it was not counted
	Seen     int      // how many matches the pages so far held
}

// Found is one page of a search.
type Found struct {
	Matches  []*Version
	Included []*Version
	Total    int       // -1 when it is not known
	Next     *Position // nil on the last page
}

// maxExamined bounds how many resources one search reads. A search that
// reaches it is refused, never cut.
const maxExamined = 500_000

// maxPageBytes ends a page early, with a link to the next, when its resources
// are as large as that.
const maxPageBytes = 32 << 20

// Search answers one page of q.
func (s *Store) Search(ctx context.Context, reach Reach, q search.Query, from *Position, count int) (*Found, error) {
	var f *Found
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		r := s.newRun(ctx, tx, reach, q)
		var err error
		f, err = r.page(from, count)
		return err
	})
	return f, err
}

// run is the answering of one query in one transaction.
type run struct {
	s        *Store
	ctx      context.Context
	tx       *db.Tx
	reach    Reach
	q        search.Query
	reg      *search.Registry
	branches []*branch
	past     *past // what has changed since the first page; nil on the first
	implied  bool  // the query may be given an order that it does not ask for
	examined int
	tree     fhir.Tree       // of parsed
	parsed   *Version        // the hit that is being looked at
	allowed  map[string]node // what the scope allows of a type, once it was worked out
	led      map[string]bool // what is on the page, and references that an include of everything follows already
	ledTo    int             // how many of them are in led
}

func (s *Store) newRun(ctx context.Context, tx *db.Tx, reach Reach, q search.Query) *run {
	return &run{s: s, ctx: ctx, tx: tx, reach: reach, q: q, reg: s.reg.Load(), allowed: map[string]node{}}
}

func (r *run) compiler() *compiler {
	return &compiler{s: r.s, tx: r.tx, reach: r.reach, run: r, lists: map[*given]int{}}
}

func (r *run) compile() error {
	var err error
	r.branches, err = r.compiler().query(r.q)
	if err != nil {
		return err
	}
	for _, b := range r.branches {
		if b.nothing {
			continue
		}
		if err := r.order(b); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) page(from *Position, count int) (*Found, error) {
	// A page behind the first keeps its order: it was implied where the place
	// has a date and the question asks for none.
	r.implied = len(r.q.Types) == 1 && len(r.q.Sort) == 0 && (from == nil || len(from.Sort) > 0)
	f := &Found{Total: -1}
	pos := &Position{Total: -1}
	var err error
	if from != nil {
		*pos = *from
		if r.past, err = r.readPast(from.Snapshot); err != nil {
			return nil, err
		}
	}
	if err := r.compile(); err != nil {
		return nil, err
	}
	more := count <= 0
	r.impliedOrder(from)
	switch {
	case count <= 0:
	case len(r.q.Sort) > 0:
		f.Matches, more, err = r.sorted(pos, from != nil, count)
	default:
		f.Matches, more, err = r.inRowOrder(pos, count)
	}
	if err != nil {
		return nil, err
	}
	pos.Seen += len(f.Matches)
	if f.Total, err = r.totalOf(pos, from == nil, more, count); err != nil {
		return nil, err
	}
	if more && count > 0 {
		if pos.Snapshot == "" { // of a first page, where it did not come along
			if pos.Snapshot, err = r.s.snapshot(r.tx); err != nil {
				return nil, err
			}
		}
		pos.Total = f.Total
		f.Next = pos
	}
	f.Included, err = r.include(f.Matches)
	return f, err
}

// inRowOrder collects the matches behind pos in the order of their rows,
// branch by branch, and moves pos to the last of them.
func (r *run) inRowOrder(pos *Position, count int) (out []*Version, more bool, err error) {
	size := 0
	start := *pos
	for _, b := range r.branches {
		after := Row(-1)
		switch {
		case more || b.index < start.Branch:
			continue
		case b.index == start.Branch:
			after = start.Row
		}
		err := r.walk(b, after, count+1-len(out), func(v *Version) (bool, error) {
			if len(out) == count || size > maxPageBytes {
				more = true
				return false, nil
			}
			size += len(v.Encoded)
			out = append(out, v)
			pos.Branch, pos.Row = b.index, v.Row
			return true, nil
		})
		if err != nil {
			return nil, false, err
		}
	}
	return out, more, nil
}

// walk calls fn for each match of a branch with a row behind after, in the
// order of rows, until fn returns false. hint is how many are likely wanted.
func (r *run) walk(b *branch, after Row, hint int, fn found) error {
	old, err := r.pastMatches(b, after)
	if err != nil {
		return err
	}
	return r.walkAmong(b, after, hint, old, fn)
}

// walkAmong is walk with the matches of then that are to be told of besides, in
// the order of rows.
func (r *run) walkAmong(b *branch, after Row, hint int, old []*Version, fn found) error {
	pastTill := func(row Row) (on bool, err error) {
		for on = true; on && err == nil && len(old) > 0 && old[0].Row < row; old = old[1:] {
			on, err = fn(old[0])
		}
		return on, err
	}
	chunk, kind := min(max(hint, 16), 1000), r.s.nums.kind(b.typ)
	for {
		heads, more, err := r.chunk(b, after, chunk)
		if err != nil {
			return err
		}
		for _, h := range heads {
			on, err := pastTill(h.row)
			// The step that told the type may have been left to the resource.
			if on && err == nil && (b.typ == "" || h.kind == kind) {
				on, err = r.offer(h, fn)
			}
			if err != nil || !on {
				return err
			}
		}
		if !more {
			_, err := pastTill(lastRow)
			return err
		}
		after = heads[len(heads)-1].row
		chunk = min(2*chunk, 1000)
	}
}

// found is told of a match, and says whether more are wanted.
type found func(v *Version) (more bool, err error)

// chunk reads the next rows of a branch.
func (r *run) chunk(b *branch, after Row, limit int) (heads []*head, more bool, err error) {
	bd := newBuilder(r.tx.Dialect(), r.reach)
	bd.low, bd.high = max(bd.low, b.low, after+1), min(bd.high, b.high)
	if bd.low >= bd.high || b.nothing {
		return nil, false, nil
	}
	return r.hits((&allOf{b.nodes}).source(bd), bd, limit)
}

// hits reads the first resources of a set of rows, and counts them against
// what one search may read.
func (r *run) hits(rows string, bd *builder, limit int) (heads []*head, more bool, err error) {
	if heads, more, err = r.s.headsOf(r.tx, bd, rows, limit); err != nil {
		return nil, false, err
	}
	if err := r.look(len(heads)); err != nil {
		return nil, false, err
	}
	return heads, more, r.s.readKeys(r.tx, heads)
}

// look counts resources that are read against what one search may read.
func (r *run) look(n int) error {
	if r.examined += n; r.examined > r.s.limits.examined {
		return tooCostly(fmt.Sprintf("This search would have to read more than %d resources.", r.s.limits.examined))
	}
	return nil
}

// offer opens a hit and passes it on if it answers the query by its own words.
// A hit that has changed since the first page is left out: what it was then is
// looked at instead.
func (r *run) offer(h *head, fn found) (bool, error) {
	if r.past.after(h.tx) {
		return true, nil
	}
	if !r.s.holds(r.reach, h.row, h.kind, h.mask) || h.body == nil {
		return false, lost(fmt.Errorf("store: the plan gave row %d, which is out of reach", h.row))
	}
	v, err := r.s.open(h)
	if err != nil {
		return false, err
	}
	ok, err := r.answers(v)
	if err != nil || !ok {
		return true, err
	}
	return fn(v)
}

// answers tells whether a resource by itself answers every plain criterion,
// and one of the searches to which the reach is limited.
func (r *run) answers(v *Version) (bool, error) {
	env := r.env(v)
	if len(r.reach.Limits[v.Type]) > 0 {
		t, err := r.treeOf(v)
		if err != nil {
			return false, err
		}
		ok, err := answersOne(r.reach.Limits[v.Type], func(cr *search.Criterion) (bool, error) { return search.Match(t, cr, env) })
		if err != nil || !ok {
			return false, err
		}
	}
	if w := r.q.When; w != nil {
		t, err := r.treeOf(v)
		if err != nil {
			return false, err
		}
		if at, ok := search.WhenWas(t); !ok || !w.Holds(at) {
			return false, nil
		}
	}
	for i := range r.q.Criteria {
		cr := &r.q.Criteria[i]
		if !cr.Plain() {
			continue
		}
		t, err := r.treeOf(v)
		if err != nil {
			return false, err
		}
		if ok, err := search.Match(t, cr, env); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// treeOf parses a version. The tree is good until the next call for another
// version: a search looks at one hit after the other and keeps none.
func (r *run) treeOf(v *Version) (*fhir.Tree, error) {
	if r.parsed != v {
		r.parsed = nil
		if err := v.parse(&r.tree); err != nil {
			return nil, err
		}
		r.parsed = v
	}
	return &r.tree, nil
}

func (r *run) env(v *Version) *search.MatchEnv {
	return &search.MatchEnv{ID: v.ID, LastUpdated: v.At * 1000, Base: r.s.base}
}

// findRows answers a query in full, for a chain: rows in no order. On a later
// page it gives those that have not changed since the first.
func (r *run) findRows(q search.Query) ([]Row, error) {
	sub := r.s.newRun(r.ctx, r.tx, r.reach, q)
	sub.examined, sub.past, sub.allowed = r.examined, r.past, r.allowed
	defer func() { r.examined = sub.examined }()
	return sub.allRows()
}

// allRows is the rows of everything that is there now and answers.
func (r *run) allRows() ([]Row, error) {
	if err := r.compile(); err != nil {
		return nil, err
	}
	var rows []Row
	for _, b := range r.branches {
		err := r.walkAmong(b, -1, 1000, nil, func(v *Version) (bool, error) {
			rows = append(rows, v.Row)
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}
