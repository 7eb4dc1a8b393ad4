package store

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// ordered is a walk along the dates of an index, for a search that is sorted
// by one date and has more matches than one wants to read for a page.
type ordered struct {
	r     *run
	b     *branch
	key   *search.SortKey
	parts func(bd *builder, bound func(class int) string) []string
	unit  int64 // what the index counts in, in microseconds
	count int
	whole bool // everything that matches has a date
	dated bool // the walk is along code and date together
	out   []*ranked
}

// ordering finds the index that a query's order can be read from; nil where it
// has none, or where so few resources match that sorting them is less work.
func (r *run) ordering(count int) (*ordered, error) {
	if len(r.branches) != 1 || len(r.q.Sort) != 1 {
		return nil, nil
	}
	b, key := r.branches[0], &r.q.Sort[0]
	if key.When {
		return nil, nil
	}
	p := key.Params[0]
	if b.typ == "" || p.Kind != search.Date || r.s.nums.waiting(p.ID) {
		return nil, nil
	}
	if !b.big {
		return nil, nil
	}
	o := &ordered{r: r, b: b, key: key, unit: 1, count: count}
	num := r.s.nums.param(p.ID)
	switch {
	case p.IsServer():
		o.unit, o.whole = 1000, true
		kind := r.s.nums.kind(b.typ)
		o.parts = func(bd *builder, bound func(int) string) []string {
			return []string{"SELECT row, at AS low FROM res WHERE body IS NOT NULL AND kind = " + bd.arg(kind) +
				strings.ReplaceAll(bound(0), "low", "at") + bd.within("res.row")}
		}
	case b.dated != nil && dating[b.typ].date == p.Code:
		o.parts = b.dated.each
		o.whole, o.dated = b.dated.bounded(), true
	default:
		o.parts = func(bd *builder, bound func(int) string) []string {
			var parts []string
			for c := range classes {
				parts = append(parts, "SELECT row, low FROM ord WHERE key = "+bd.arg(num<<classBits|int64(c))+bound(c)+bd.within("ord.row"))
			}
			return parts
		}
	}
	return o, nil
}

// page collects the matches behind pos: first those with a date, then those
// without one.
func (o *ordered) page(pos *Position, resumed bool) error {
	old, err := o.past(pos, resumed)
	if err != nil {
		return err
	}
	dated := !resumed || len(pos.Sort[0]) > 0
	if dated {
		low, row := int64(math.MinInt64), Row(-1)
		if o.key.Descending {
			low = math.MaxInt64
		}
		if resumed {
			v, ok := search.ParseSortValue(pos.Sort[0])
			if !ok {
				return errPosition
			}
			low, row = v.Number/o.unit, pos.Row
		}
		if err := o.withDate(low, row, &old); err != nil || len(o.out) > o.count {
			return err
		}
	}
	if o.whole {
		return nil
	}
	after := Row(-1)
	if resumed && !dated {
		after = pos.Row
	}
	return o.withoutDate(after, old)
}

// withDate walks the index behind (low, row).
func (o *ordered) withDate(low int64, row Row, old *[]*ranked) error {
	chunk := max(16, o.count+1) // each is opened, and most are on the page
	for {
		rows, lows, err := o.next(low, row, chunk)
		if err != nil {
			return err
		}
		matches, err := o.open(rows)
		if err != nil {
			return err
		}
		for i, at := range rows {
			m := matches[at]
			// Two times that begin together, one longer than the other.
			again := i > 0 && rows[i-1] == at && lows[i-1] == lows[i]
			// An entry of another value than the one that counts for the order
			// comes again, or came already, where that one stands.
			if m == nil || again || m.values[0].Number/o.unit != lows[i] {
				continue
			}
			if o.takeBefore(old, m) && o.take(m) {
				continue
			}
			return nil
		}
		if len(rows) < chunk {
			break
		}
		low, row = lows[len(rows)-1], rows[len(rows)-1]
		chunk = min(2*chunk, 1000)
	}
	for len(*old) > 0 && (*old)[0].values[0].there {
		if !o.take((*old)[0]) {
			return nil
		}
		*old = (*old)[1:]
	}
	return nil
}

// walkOnly is how PostgreSQL is asked for the next entries. There is one way to
// walk, whatever the values are, and to look for it at each page costs more than
// to go it. Nor is all of it to be sorted where little seems to be there, as it
// does in a table without statistics: what begins at one time is put in order,
// no more (that is an incremental sort).
var walkOnly = [][2]string{{"plan_cache_mode", "force_generic_plan"}, {"enable_sort", "off"}}

// next reads the next entries of the index.
func (o *ordered) next(low int64, row Row, limit int) (rows []Row, lows []int64, err error) {
	sql, args := o.steps(low, row, limit)
	p := &db.Pipeline{}
	if o.r.tx.Dialect() == db.Postgres {
		for _, set := range walkOnly {
			p.Exec("SET LOCAL " + set[0] + " = " + set[1])
		}
	}
	p.Query(sql, args, func(q *db.Row) error {
		rows, lows = append(rows, q.Int64(0)), append(lows, q.Int64(1))
		return nil
	})
	if o.r.tx.Dialect() == db.Postgres {
		for _, set := range walkOnly {
			p.Exec("SET LOCAL " + set[0] + " TO DEFAULT")
		}
	}
	err = o.r.tx.Run(p)
	return rows, lows, err
}

// steps is the statement that reads the next entries.
func (o *ordered) steps(low int64, row Row, limit int) (sql string, args []any) {
	bd := newBuilder(o.r.tx.Dialect(), o.r.reach)
	bd.low, bd.high = max(bd.low, o.b.low), min(bd.high, o.b.high)
	op, dir := " >= ", ""
	if o.key.Descending {
		op, dir = " <= ", " DESC"
	}
	parts := o.parts(bd, func(int) string { return " AND low" + op + bd.arg(low) })
	if bd.sql == db.Postgres {
		// Each arm has to say its order, or PostgreSQL reads all of it and sorts
		// the whole for its first few rows.
		for i, p := range parts {
			parts[i] = "(" + p + " ORDER BY low" + dir + ", row)"
		}
	}
	var probes []string
	for _, n := range cheap(slices.Clone(o.b.all)) {
		if _, all := n.(*everything); !all && !(o.dated && o.b.dated.covers(n)) {
			probes = append(probes, " AND "+n.probe(bd, "w.row"))
		}
	}
	behind := "(w.low" + strings.TrimSuffix(op, "= ") + " " + bd.arg(low) + " OR w.low = " + bd.arg(low) + " AND w.row > " + bd.arg(row) + ")"
	return "SELECT w.row, w.low FROM (" + strings.Join(parts, " UNION ALL ") + ") w WHERE " + behind + strings.Join(probes, "") +
		" ORDER BY w.low" + dir + ", w.row LIMIT " + bd.arg(limit), bd.args
}

// open reads and verifies hits.
func (o *ordered) open(rows []Row) (map[Row]*ranked, error) {
	out := make(map[Row]*ranked, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	for after, more := Row(-1), true; more; {
		bd := newBuilder(o.r.tx.Dialect(), o.r.reach)
		bd.low = max(bd.low, after+1)
		var heads []*head
		var err error
		if heads, more, err = o.r.hits((&given{rows: rows}).source(bd), bd, len(rows)+1); err != nil {
			return nil, err
		}
		for _, h := range heads {
			after = h.row
			if _, err := o.r.offer(h, func(v *Version) (bool, error) {
				m, err := o.rank(v)
				out[v.Row] = m
				return err == nil, err
			}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (o *ordered) rank(v *Version) (*ranked, error) {
	t, err := o.r.treeOf(v)
	if err != nil {
		return nil, err
	}
	value, ok := o.key.Value(t, o.r.env(v))
	m := &ranked{v: v, row: v.Row, values: []sortValue{{value, ok}}}
	o.r.letGo(m)
	return m, nil
}

// take adds a match; false says that there are enough.
func (o *ordered) take(m *ranked) bool {
	o.out = append(o.out, m)
	return len(o.out) <= o.count
}

func (o *ordered) compare(a, b *ranked) int {
	return cmp.Or(a.values[0].compare(b.values[0], o.key.Descending), cmp.Compare(a.row, b.row))
}

// takeBefore adds what was a match at the moment of the first page and comes
// before m.
func (o *ordered) takeBefore(old *[]*ranked, m *ranked) bool {
	for len(*old) > 0 && o.compare((*old)[0], m) < 0 {
		if !o.take((*old)[0]) {
			return false
		}
		*old = (*old)[1:]
	}
	return true
}

// past lists, in order, what has changed since the first page and was a match
// behind pos then.
func (o *ordered) past(pos *Position, resumed bool) ([]*ranked, error) {
	matches, err := o.r.pastMatches(o.b, -1)
	if err != nil || len(matches) == 0 {
		return nil, err
	}
	bound, err := decodeRank(o.r.q.Sort, pos)
	if err != nil {
		return nil, err
	}
	var out []*ranked
	for _, v := range matches {
		m, err := o.rank(v)
		if err != nil {
			return nil, err
		}
		if !resumed || o.compare(m, bound) > 0 {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, o.compare)
	return out, nil
}

// withoutDate collects the matches that have no date, in the order of rows.
func (o *ordered) withoutDate(after Row, old []*ranked) error {
	rest := *o.b
	all := &spans{key: o.r.s.nums.param(o.key.Params[0].ID) << classBits, what: "what has a date",
		cond: func(b *builder, _ int) string { return " AND low >= " + b.arg(int64(math.MinInt64)) }}
	rest.nodes = append(slices.Clone(o.b.nodes), &noneOf{all})
	for {
		bd := newBuilder(o.r.tx.Dialect(), o.r.reach)
		bd.low, bd.high = max(bd.low, rest.low, after+1), min(bd.high, rest.high)
		limit := o.count + 1
		heads, more, err := o.r.hits((&allOf{rest.nodes}).source(bd), bd, limit)
		if err != nil {
			return err
		}
		for _, h := range heads {
			after = h.row
			on, err := o.r.offer(h, func(v *Version) (bool, error) {
				m, err := o.rank(v)
				if err != nil {
					return false, err
				}
				return m.values[0].there || o.takeBefore(&old, m) && o.take(m), nil
			})
			if err != nil || !on {
				return err
			}
		}
		if !more {
			break
		}
	}
	for _, m := range old {
		if !o.take(m) {
			break
		}
	}
	return nil
}
