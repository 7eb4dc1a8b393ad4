package store

import "github.com/bevanhealth/bevan/internal/db"

// enough is how many rows a step's estimate counts before it is called big.
const enough = 512

// order puts the step that gives the fewest rows first: it is walked, the
// others are asked. Where the branch is narrowed to one person everything is
// small, and a look-up by key comes first without counting.
func (r *run) order(b *branch) error {
	if len(b.nodes) < 2 {
		return nil
	}
	best, fewest := -1, int64(1)<<62
	for i, n := range b.nodes {
		rank, err := r.rank(b, n)
		if err != nil {
			return err
		}
		if rank < fewest {
			best, fewest = i, rank
		}
	}
	if best > 0 {
		b.nodes[0], b.nodes[best] = b.nodes[best], b.nodes[0]
	}
	r.dropWide(b, fewest)
	return nil
}

const (
	rankAll  = int64(1) << 40 // every row of a type
	rankNone = int64(1) << 61 // can't be walked
)

func (r *run) rank(b *branch, n node) (int64, error) {
	if _, ok := n.(*everything); ok {
		return rankAll, nil
	}
	bd := newBuilder(r.tx.Dialect(), r.reach)
	bd.low, bd.high = max(bd.low, b.low), min(bd.high, b.high)
	src := n.source(bd)
	if src == "" {
		return rankNone, nil
	}
	if _, ok := n.(*keys); ok && b.low > 0 {
		return 1, nil
	}
	count := int64(0)
	_, err := r.tx.One("SELECT count(*) FROM (SELECT row FROM ("+src+") s LIMIT "+bd.arg(enough)+") c", bd.args, func(q *db.Row) error {
		count = q.Int64(0)
		return nil
	})
	if count == enough {
		count += cost(n)
	}
	return count, err
}

// cost tells big steps apart: how dear it is to walk one in the order of rows.
func cost(n node) int64 {
	switch n.(type) {
	case *keys, *ofPeople:
		return 0 // already in the order of rows
	case *refers:
		return 1000
	}
	return 100_000 // must be read whole and sorted
}

// dropWide takes away big ranges that are only to be asked: reading the whole
// range for it costs more than looking at the few resources that are walked.
// The resource itself decides then.
func (r *run) dropWide(b *branch, fewest int64) {
	if fewest >= enough {
		return
	}
	kept := b.nodes[:1]
	for _, n := range b.nodes[1:] {
		switch n.(type) {
		case *spans, *prefix:
			b.exact = false
			continue
		}
		kept = append(kept, n)
	}
	b.nodes = kept
}
