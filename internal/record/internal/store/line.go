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
		rows, lows, err := l.steps(low, row, chunk)
		if err != nil {
			return err
		}
		matches, err := l.open(rows)
		if err != nil {
			return err
		}
		for _, at := range rows {
			if m := matches[at]; m != nil && !(l.takeBefore(&old, m) && l.take(m)) {
				return nil
			}
		}
		if len(rows) < chunk {
			break
		}
		low, row = lows[len(lows)-1], rows[len(rows)-1]
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

// steps reads the next entries, the first few of each line in turn: so that what
// is read depends on the size of the page, and not on that of the record. What
// stands in several lines comes once.
func (l *line) steps(low int64, row Row, limit int) (rows []Row, lows []int64, err error) {
	bd := newBuilder(l.r.tx.Dialect(), l.r.reach)
	var parts []string
	for _, key := range l.keys {
		end := ""
		if t := l.r.q.When; t != nil && t.From > math.MinInt64 {
			end = " AND low <= " + bd.arg(lineLow(t.From))
		} else if t != nil {
			end = " AND low < " + bd.arg(int64(lineUndated))
		}
		parts = append(parts, "SELECT row, low FROM (SELECT row, low FROM ord WHERE key = "+bd.arg(key)+
			" AND (low, row) > ("+bd.arg(low)+", "+bd.arg(row)+")"+end+bd.within("ord.row")+" ORDER BY low, row LIMIT "+bd.arg(limit)+") k")
	}
	all := " UNION ALL "
	if isTerm(l.keys[0]) {
		all = " UNION "
	}
	sql := "SELECT row, low FROM (" + strings.Join(parts, all) + ") w ORDER BY low, row LIMIT " + bd.arg(limit)
	err = l.r.tx.Query(sql, bd.args, func(q *db.Row) error {
		rows, lows = append(rows, q.Int64(0)), append(lows, q.Int64(1))
		return nil
	})
	return rows, lows, err
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
