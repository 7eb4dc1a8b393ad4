package store

import (
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// enough is how many rows a step's estimate counts before it is called big,
// and many how far a step is counted whose rows come sorted otherwise.
const (
	enough = 512
	many   = 8192
)

// order puts the step that gives the fewest rows first: it is walked, the
// others are asked. Where the branch is narrowed to one person everything is
// small, and a look-up by key comes first without counting.
func (r *run) order(b *branch) error {
	if b.low > 0 {
		return r.orderNarrow(b)
	}
	best, fewest := 0, rankNone+1
	for i, n := range b.nodes {
		if _, ok := n.(*spans); ok && r.implied && b.dated.covers(n) {
			continue // where there are many of the code, code and date are walked together
		}
		rank, err := r.rank(b, n, enough)
		if err != nil {
			return err
		}
		if rank < fewest {
			best, fewest = i, rank
		}
	}
	b.nodes[0], b.nodes[best] = b.nodes[best], b.nodes[0]
	b.big = fewest >= enough
	if b.big && b.dated.bounded() && len(r.q.Sort) > 0 {
		rank, err := r.rank(b, b.dated, many)
		if err != nil {
			return err
		}
		if rank < many {
			b.nodes = append([]node{b.dated}, b.nodes...)
		}
	}
	b.nodes = b.nodes[:1+len(cheap(b.nodes[1:]))]
	return nil
}

// impliedOrder gives a search for a code in a span of time, of which there are
// many, the order of that time where the query asks for none: its page can be
// read along the index then. Later pages keep the order of the first, however
// many there are by then.
func (r *run) impliedOrder(from *Position) {
	if !r.implied || len(r.branches) != 1 {
		return
	}
	b := r.branches[0]
	if from == nil && !(b.big && b.dated.bounded()) {
		return
	}
	if p, ok := r.reg.Lookup(b.typ, dating[b.typ].date); ok {
		r.q.Sort = []search.SortKey{{Name: p.Code, Params: []*search.Param{p}}}
	}
}

// orderNarrow is order for the record of one person, where counting costs more
// than it saves.
func (r *run) orderNarrow(b *branch) error {
	for i, n := range b.nodes {
		switch n.(type) {
		case *keys, *refers:
			b.nodes[0], b.nodes[i] = b.nodes[i], b.nodes[0]
			b.nodes = b.nodes[:1+len(cheap(b.nodes[1:]))]
			return nil
		}
	}
	best, fewest := 0, rankNone+1
	for i, n := range b.nodes {
		rank, err := r.rank(b, n, enough)
		if err != nil {
			return err
		}
		if rank < fewest {
			best, fewest = i, rank
		}
	}
	b.nodes[0], b.nodes[best] = b.nodes[best], b.nodes[0]
	b.nodes = b.nodes[:1+len(cheap(b.nodes[1:]))]
	return nil
}

const (
	rankAll  = int64(1) << 40 // every row of a type
	rankNone = int64(1) << 61 // can't be walked
)

// rank counts the rows of a step, up to a limit, and adds what makes it dear
// to walk when there are as many as that.
func (r *run) rank(b *branch, n node, limit int64) (int64, error) {
	if _, ok := n.(*everything); ok {
		return rankAll, nil
	}
	bd := newBuilder(r.tx.Dialect(), r.reach)
	bd.low, bd.high, bd.rough = max(bd.low, b.low), min(bd.high, b.high), true
	src := n.source(bd)
	if src == "" {
		return rankNone, nil
	}
	count := int64(0)
	_, err := r.tx.One("SELECT count(*) FROM (SELECT row FROM ("+src+") s LIMIT "+bd.arg(limit)+") c", bd.args, func(q *db.Row) error {
		count = q.Int64(0)
		return nil
	})
	if count == limit {
		count += dear(n)
	}
	return count, err
}

// dear tells big steps apart.
func dear(n node) int64 {
	switch n.(type) {
	case *keys, *ofPeople:
		return 0 // already in the order of rows
	case *refers:
		return 1000
	}
	return 100_000 // must be read whole and sorted
}

// cheap keeps, of the steps that are only asked, those that are answered by
// one look into an index. To ask whether a row is in a range or has a text
// means to read the whole range first; the resource, which is read anyway,
// knows it too.
func cheap(nodes []node) []node {
	kept := nodes[:0]
	for _, n := range nodes {
		switch n.(type) {
		case *spans, *prefix:
			continue
		}
		kept = append(kept, n)
	}
	return kept
}

// inOrder is every step of the branch, what is walked first. It is for counts
// without a look at the resources.
func (b *branch) inOrder() []node {
	out := []node{b.nodes[0]}
	for _, n := range b.all {
		if n != b.nodes[0] {
			out = append(out, n)
		}
	}
	return out
}
