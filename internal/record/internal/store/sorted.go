package store

import (
	"cmp"
	"container/heap"
	"fmt"

	"github.com/bevanhealth/bevan/fhir/search"
)

// sorted collects the count matches that follow pos in the order of the
// query's sort keys, then of rows. It reads every match and keeps only the
// first few, so its memory does not grow with the result.
func (r *run) sorted(pos *Position, resumed bool, count int) (out []*Version, more bool, err error) {
	l, err := r.lining(count)
	if err != nil {
		return nil, false, err
	}
	if l != nil {
		if err := l.page(pos, resumed); err != nil {
			return nil, false, err
		}
		return r.cut(l.out, pos, count)
	}
	o, err := r.ordering(count)
	if err != nil {
		return nil, false, err
	}
	if o != nil {
		if err := o.page(pos, resumed); err != nil {
			return nil, false, err
		}
		return r.cut(o.out, pos, count)
	}
	top := &topMatches{keys: r.q.Sort, max: count + 1}
	var bound *ranked
	if resumed {
		if bound, err = decodeRank(r.q.Sort, pos); err != nil {
			return nil, false, err
		}
	}
	for _, b := range r.branches {
		err := r.walk(b, -1, 1000, func(v *Version) (bool, error) {
			t, err := r.treeOf(v)
			if err != nil {
				return false, err
			}
			m := &ranked{v: v, branch: b.index, row: v.Row}
			for j := range r.q.Sort {
				value, ok := r.q.Sort[j].Value(t, r.env(v))
				m.values = append(m.values, sortValue{value, ok})
			}
			if bound == nil || top.compare(m, bound) > 0 {
				r.letGo(m)
				top.offer(m)
			}
			return true, nil
		})
		if err != nil {
			return nil, false, err
		}
	}
	return r.cut(top.inOrder(), pos, count)
}

// cut makes a page of what comes next, and moves pos to its end.
func (r *run) cut(all []*ranked, pos *Position, count int) (out []*Version, more bool, err error) {
	if more = len(all) > count; more {
		all = all[:count]
	}
	size := 0
	for i, m := range all {
		if size > maxPageBytes {
			all, more = all[:i], true
			break
		}
		if err := r.refetch(m); err != nil {
			return nil, false, err
		}
		size += len(m.v.Encoded)
		out = append(out, m.v)
	}
	if n := len(all); n > 0 {
		last := all[n-1]
		pos.Branch, pos.Row, pos.Sort = last.branch, last.row, encodeRank(last.values)
	}
	return out, more, nil
}

// largeBody is how large a body may be that is kept in memory while the order
// is worked out. Larger ones are read again if they make it onto the page.
const largeBody = 64 << 10

// letGo drops a large body of a current version; refetch brings it back.
func (r *run) letGo(m *ranked) {
	if len(m.v.Encoded) > largeBody && m.v.now == 0 {
		v := *m.v
		v.Encoded, v.body = nil, nil
		m.v, m.dropped = &v, true
	}
}

func (r *run) refetch(m *ranked) error {
	if !m.dropped {
		return nil
	}
	got, err := r.fetch([]Row{m.row})
	if err != nil {
		return err
	}
	if len(got) != 1 {
		return lost(fmt.Errorf("store: row %d went away while it was sorted", m.row))
	}
	m.v = got[0]
	return nil
}

// ranked is a match with what it is sorted by.
type ranked struct {
	v      *Version
	branch int
	row    Row
	values []sortValue

	dropped bool // the body is to be read again
}

// sortValue is a value or none, which comes last whatever the direction.
type sortValue struct {
	search.SortValue
	there bool
}

func (a sortValue) compare(b sortValue, descending bool) int {
	switch {
	case !a.there && !b.there:
		return 0
	case !a.there:
		return 1
	case !b.there:
		return -1
	case descending:
		return b.Compare(a.SortValue)
	}
	return a.Compare(b.SortValue)
}

func encodeRank(values []sortValue) [][]byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		if v.there {
			out[i] = v.Append(nil)
		}
	}
	return out
}

func decodeRank(keys []search.SortKey, pos *Position) (*ranked, error) {
	m := &ranked{branch: pos.Branch, row: pos.Row}
	if len(pos.Sort) != len(keys) {
		return nil, errPosition
	}
	for _, b := range pos.Sort {
		if len(b) == 0 {
			m.values = append(m.values, sortValue{})
			continue
		}
		v, ok := search.ParseSortValue(b)
		if !ok {
			return nil, errPosition
		}
		m.values = append(m.values, sortValue{v, true})
	}
	return m, nil
}

// topMatches keeps the first max of what it is offered: a heap with the last
// of them on top.
type topMatches struct {
	keys []search.SortKey
	max  int
	list []*ranked
}

func (t *topMatches) compare(a, b *ranked) int {
	if t.keys[0].When {
		return compareWhen(a, b)
	}
	for i, k := range t.keys {
		if c := a.values[i].compare(b.values[i], k.Descending); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.branch, b.branch), cmp.Compare(a.row, b.row))
}

func (t *topMatches) offer(m *ranked) {
	if len(t.list) < t.max {
		heap.Push(t, m)
		return
	}
	if t.compare(m, t.list[0]) < 0 {
		t.list[0] = m
		heap.Fix(t, 0)
	}
}

func (t *topMatches) inOrder() []*ranked {
	out := make([]*ranked, len(t.list))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = heap.Pop(t).(*ranked)
	}
	return out
}

// Len, Less, Swap, Push and Pop make it a heap.
func (t *topMatches) Len() int           { return len(t.list) }
func (t *topMatches) Less(i, j int) bool { return t.compare(t.list[i], t.list[j]) > 0 }
func (t *topMatches) Swap(i, j int)      { t.list[i], t.list[j] = t.list[j], t.list[i] }
func (t *topMatches) Push(x any)         { t.list = append(t.list, x.(*ranked)) }
func (t *topMatches) Pop() any {
	n := len(t.list) - 1
	x := t.list[n]
	t.list = t.list[:n]
	return x
}
