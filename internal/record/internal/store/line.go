package store

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// The line of a record: for every resource in somebody's record one entry of the
// table ord, by which a page of the whole record is read in the order of when
// things were (search.When), of any types together. The entries of other
// parameters lie with those of everybody, so that the newest of one person could
// only be found by reading all that they have.

// lineID is what the table param calls it, which tells whether all that was
// there before this program knew of lines has its entry.
const lineID = "line of a record"

// lineMark is a bit of the keys of lines alone: those of codes with dates have a
// higher one, those of parameters none so high. lineKinds is room for the numbers
// of types behind the person's.
const (
	lineMark  = int64(1) << 61
	lineKinds = 12
)

// lineUndated is where what has no date stands: behind all else.
const lineUndated = math.MaxInt64

// indexLine adds a resource to the line of whose record it is in. Which person
// that is stands in the key when the row is known (at).
func (s *Store) indexLine(e *entries, typ string, values []search.Value) {
	low := int64(lineUndated)
	if at, ok := search.WhenOf(typ, values); ok {
		low = lineLow(at)
	}
	e.ords = append(e.ords, ordEntry{lineMark | s.nums.kind(typ), low, low})
	s.indexTerms(e, typ, values, low)
	slices.SortFunc(e.ords, ordEntry.compare)
	e.ords = slices.Compact(e.ords)
}

// lineLow is a time as lines hold it: the newest first.
func lineLow(at int64) int64 { return -max(at, -lineUndated+1) }

// at is the key of an entry of a row.
func (o ordEntry) at(row Row) int64 {
	if isTerm(o.key) {
		return o.key | PersonOf(row)<<termBits
	}
	if o.key&lineMark == 0 || o.key >= lineMark<<1 || o.key < 0 {
		return o.key
	}
	return o.key | PersonOf(row)<<lineKinds
}

// line is a walk along the line of one record.
type line struct {
	ordered
	keys []int64 // of the lines: of a type each, or of a term each
}

// lining finds out whether a page can be read from lines: a session about one
// person asks for the order of them, and for nothing else but types and times, or
// for the terms of one type. It is nil where it can not.
func (r *run) lining(count int) (*line, error) {
	q := &r.q
	if len(q.Sort) != 1 || !q.Sort[0].When || q.Compartment != nil || r.reach.Everyone || r.reach.Person == 0 || r.s.nums.waiting(lineID) {
		return nil, nil
	}
	l := &line{ordered: ordered{r: r, key: &q.Sort[0], count: count}}
	for _, b := range r.branches {
		// What lies in nobody's record has no line.
		if b.typ == "" || b.typ == "Patient" || contains(r.reach.Nobody, b.typ) {
			return nil, nil
		}
		if !b.nothing {
			l.keys = append(l.keys, lineMark|r.s.nums.kind(b.typ)|r.reach.Person<<lineKinds)
		}
	}
	if len(q.Criteria) == 0 || len(l.keys) == 0 {
		return l, nil
	}
	if len(r.branches) != 1 {
		return nil, nil
	}
	var err error
	if l.keys, err = r.termKeys(r.branches[0]); err != nil || len(l.keys) == 0 {
		return nil, err
	}
	return l, nil
}

// page collects the matches behind pos.
func (l *line) page(pos *Position, resumed bool) error {
	old, err := l.before(pos, resumed)
	if err != nil {
		return err
	}
	low, row := int64(math.MinInt64), Row(-1)
	if resumed {
		low, row = lineUndated, pos.Row
		if len(pos.Sort[0]) > 0 {
			v, ok := search.ParseSortValue(pos.Sort[0])
			if !ok {
				return errPosition
			}
			low = lineLow(v.Number)
		}
	} else if t := l.r.q.When; t != nil {
		low = lineLow(t.Until) // what begins with it is left out by answers
	}
	chunk := max(16, l.count+1)
	for len(l.keys) > 0 {
		found, more, err := l.steps(pos, resumed, low, row, chunk)
		if err != nil {
			return err
		}
		for _, h := range found {
			m, err := l.match(h.head)
			if err != nil {
				return err
			}
			if m != nil && !(l.takeBefore(&old, m) && l.take(m)) {
				return nil
			}
			low, row = h.low, h.row
		}
		if !more {
			break
		}
		chunk = min(2*chunk, 1000)
	}
	for len(old) > 0 && l.take(old[0]) {
		old = old[1:]
	}
	return nil
}

// before lists, in order, what has changed since the first page and was a match
// behind pos then.
func (l *line) before(pos *Position, resumed bool) (out []*ranked, err error) {
	for _, b := range l.r.branches {
		one := l.ordered
		one.b = b
		matches, err := one.past(pos, resumed)
		if err != nil {
			return nil, err
		}
		out = append(out, matches...)
	}
	slices.SortFunc(out, l.compare)
	return out, nil
}

// lined is a resource at its place in a line.
type lined struct {
	*head
	low int64
}

// steps reads the next resources, the first few of each line in turn: so that what
// is read depends on the size of the page, and not on that of the record. What
// stands in several lines comes once. Of a first page the moment comes along, which
// on PostgreSQL would be a round trip of its own.
func (l *line) steps(pos *Position, resumed bool, low int64, row Row, limit int) (found []lined, more bool, err error) {
	bd := newBuilder(l.r.tx.Dialect(), l.r.reach)
	sql := l.statement(bd, low, row, limit)
	p, size := &db.Pipeline{}, 0
	if !resumed && pos.Snapshot == "" && bd.sql == db.Postgres {
		p.Query(snapshotOf(bd.sql), nil, func(q *db.Row) error {
			pos.Snapshot = q.Text(0)
			return nil
		})
	}
	p.Query(sql, bd.args, func(q *db.Row) error {
		h := &head{}
		h.scanFrom(q, 1)
		h.body = clone(h.body)
		found = append(found, lined{h, q.Int64(0)})
		if size += len(h.body); size > maxBatchBytes {
			more = true
			return db.Stop
		}
		return nil
	})
	if err := l.r.tx.Run(p); err != nil {
		return nil, false, err
	}
	if err := l.r.look(len(found)); err != nil {
		return nil, false, err
	}
	heads := make([]*head, len(found))
	for i, h := range found {
		heads[i] = h.head
	}
	return found, more || len(found) == limit, l.r.s.readKeys(l.r.tx, heads)
}

// statement reads the next resources, with their place in the line before them.
func (l *line) statement(bd *builder, low int64, row Row, limit int) string {
	return "SELECT w.low, " + rHeadNames + " FROM (" + l.entries(bd, low, row, limit) + ") w " + bd.each() + " res r ON r.row = w.row ORDER BY w.low, w.row"
}

// entries gives a SELECT of the next entries, as row and low.
//
// PostgreSQL plans a statement anew the first few times on each connection, and
// this one took it 10 ms with an arm for each line: there it is one arm, which is
// run for each.
func (l *line) entries(bd *builder, low int64, row Row, limit int) string {
	first, most := "("+bd.arg(low)+", "+bd.arg(row)+")", bd.arg(limit)
	arm := func(key string) string {
		end := ""
		if t := l.r.q.When; t != nil && t.From > math.MinInt64 {
			end = " AND low <= " + bd.arg(lineLow(t.From))
		} else if t != nil {
			end = " AND low < " + bd.arg(int64(lineUndated))
		}
		return "SELECT row, low FROM ord WHERE key = " + key + " AND (low, row) > " + first + end + bd.within("ord.row") + " ORDER BY low, row LIMIT " + most
	}
	in, once := " ORDER BY low, row LIMIT "+most, "SELECT "
	if isTerm(l.keys[0]) {
		once = "SELECT DISTINCT "
	}
	if bd.sql == db.Postgres {
		keys := bd.arg(l.keys)
		return once + "e.row, e.low FROM unnest(" + keys + "::bigint[]) k(key) CROSS JOIN LATERAL (" + arm("k.key") + ") e" + in
	}
	var parts []string
	for _, key := range l.keys {
		parts = append(parts, "SELECT row, low FROM ("+arm(bd.arg(key))+") k")
	}
	return once + "row, low FROM (" + strings.Join(parts, " UNION ALL ") + ") w" + in
}

// match opens a resource of the line; nil is one that does not answer.
func (l *line) match(h *head) (m *ranked, err error) {
	if h.body == nil {
		return nil, nil
	}
	_, err = l.r.offer(h, func(v *Version) (bool, error) {
		m, err = l.rank(v)
		return err == nil, err
	})
	return m, err
}

// compareWhen is the order of _when: by time and then by row, whatever the type.
func compareWhen(a, b *ranked) int {
	return cmp.Or(a.values[0].compare(b.values[0], true), cmp.Compare(a.row, b.row))
}

// backfillLines buffers the entries of what was there before this program knew of
// lines.
func (w *writing) backfillLines(h *head) error {
	f, err := w.s.factsOfHead(w.tx, h)
	if err != nil {
		return err
	}
	only := entries{}
	for _, o := range f.ords {
		if o.at(h.row) != o.key {
			only.ords = append(only.ords, o)
		}
	}
	w.buf.add(w, h.row, only)
	return nil
}
