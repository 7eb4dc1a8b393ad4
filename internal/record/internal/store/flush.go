package store

import (
	"cmp"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// buffers holds the rows of one write until all drafts are worked out, so that
// each table is written once and in its own order.
type buffers struct {
	names  []int64 // hash, row
	rename [][2]int64
	relink [][2]Row
	moved  []int64 // row, was
	res    []*head // new
	upd    []*head // in the place of an older version
	gone   []Row   // rows of res that a resource has left
	old    []*head
	feed   []int64 // tx, row, ver, kind
	far    []int64 // hash, row
	link   []int64 // target, param, row
	ord    []int64 // key, low, row, high
	also   []int64 // person, row
	strs   []strRow
	sys    []sysEntry
	drop   []dropped
}

type strRow struct {
	strEntry
	row Row
}

// dropped is what an older version was found by and the new one is not.
type dropped struct {
	row Row
	entries
	also []int64
}

// replace buffers the index rows that change when draft d takes the place of
// an older version.
func (b *buffers) replace(w *writing, row Row, was *head, d *Draft, old facts) {
	add, also := d.entries, w.patients(d.also)
	if was != nil && was.body != nil {
		gone := dropped{row: was.row, entries: old.entries, also: w.patients(old.also)}
		if was.row == row {
			add = d.entries.minus(old.entries)
			gone.entries = old.entries.minus(d.entries)
			also, gone.also = without(also, gone.also, cmp.Compare), without(gone.also, also, cmp.Compare)
		}
		b.drop = append(b.drop, gone)
	}
	add.sys = d.sys
	b.add(w, row, add)
	for _, num := range also {
		b.also = append(b.also, num, row)
	}
}

// add buffers index rows.
func (b *buffers) add(w *writing, row Row, e entries) {
	for _, h := range e.far {
		b.far = append(b.far, h, row)
	}
	for _, l := range e.links {
		b.link = append(b.link, l.row, l.param, row)
	}
	for _, o := range e.ords {
		b.ord = append(b.ord, o.at(row), o.low, row, o.high)
	}
	for _, t := range e.strs {
		b.strs = append(b.strs, strRow{t, row})
	}
	for _, e := range e.sys {
		if _, ok := w.s.known.Load(e); !ok && !contains(b.sys, e) {
			b.sys = append(b.sys, e)
		}
	}
}

// patients returns the numbers of the patients, sorted.
func (w *writing) patients(refs []Ref) []int64 {
	var nums []int64
	for _, r := range refs {
		if row, ok := w.names[r]; ok {
			nums = append(nums, PersonOf(row))
		}
	}
	slices.Sort(nums)
	return slices.Compact(nums)
}

// version buffers the new version and keeps the older one.
func (b *buffers) version(w *writing, row Row, was, now *head) error {
	b.feed = append(b.feed, w.txn, row, now.ver, now.kind)
	if was == nil {
		b.res = append(b.res, now)
		return nil
	}
	b.old = append(b.old, was)
	if was.row == row {
		b.upd = append(b.upd, now)
		return nil
	}
	b.gone = append(b.gone, was.row)
	b.res = append(b.res, now)
	return nil
}

var headColumns = []string{"row", "kind", "ver", "tx", "at", "how", "mask", "id", "body"}

func (h *head) args() []any {
	var body any
	if h.body != nil {
		body = h.body
	}
	return []any{h.row, h.kind, h.ver, h.tx, h.at, h.how, h.mask, packID(h.id), body}
}

// flush writes the buffers. The order matters only where rows move.
func (w *writing) flush() error {
	if w.params {
		if err := bumpRegistry(w.tx); err != nil {
			return err
		}
	}
	if w.tx.Dialect() == db.Postgres && len(w.drafts) <= maxPiped && len(w.choosers) == 0 && len(w.relabelled) == 0 && !objecting(w.drafts) {
		return w.flushPiped()
	}
	for _, step := range []func() error{w.flushMoves, w.flushDrops, w.flushVersions, w.flushIndex, w.flushTexts, w.flushPeople} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) flushMoves() error {
	for _, m := range w.buf.relink {
		if _, err := w.tx.Exec("UPDATE link SET target = $1 WHERE target = $2", m[1], m[0]); err != nil {
			return err
		}
	}
	for _, m := range w.buf.rename {
		if _, err := w.tx.Exec("UPDATE name SET row = $1 WHERE hash = $2", m[1], m[0]); err != nil {
			return err
		}
	}
	sortRows(w.buf.names, 2)
	_, err := w.tx.CopyInts(db.Into{Table: "name", Columns: []string{"hash", "row"}}, w.buf.names)
	if problem.Is(err, problem.Conflict) {
		return ErrStale // somebody else has given the name meanwhile
	}
	if err != nil {
		return err
	}
	_, err = w.tx.CopyInts(db.Into{Table: "moved", Columns: []string{"row", "was"}}, w.buf.moved)
	return err
}

func (w *writing) flushDrops() error {
	for _, d := range w.buf.drop {
		if len(d.far) > 0 {
			if _, err := w.tx.Exec("DELETE FROM far WHERE row = $1 AND "+w.tx.Dialect().AnyInt("hash", "$2"), d.row, d.far); err != nil {
				return err
			}
		}
		for _, l := range d.links {
			if _, err := w.tx.Exec("DELETE FROM link WHERE target = $1 AND param = $2 AND row = $3", l.row, l.param, d.row); err != nil {
				return err
			}
		}
		for _, o := range d.ords {
			if _, err := w.tx.Exec("DELETE FROM ord WHERE key = $1 AND low = $2 AND row = $3 AND high = $4", o.at(d.row), o.low, d.row, o.high); err != nil {
				return err
			}
		}
		for _, t := range d.strs {
			if _, err := w.tx.Exec("DELETE FROM str WHERE key = $1 AND text = $2 AND row = $3", t.key, t.text, d.row); err != nil {
				return err
			}
		}
		for _, num := range d.also {
			if _, err := w.tx.Exec("DELETE FROM also WHERE person = $1 AND row = $2", num, d.row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writing) flushVersions() error {
	if err := w.copyHeads("old", w.buf.old); err != nil {
		return err
	}
	for _, row := range w.buf.gone {
		if _, err := w.tx.Exec("DELETE FROM res WHERE row = $1", row); err != nil {
			return err
		}
	}
	for _, h := range w.buf.upd {
		args := h.args()
		if _, err := w.tx.Exec("UPDATE res SET ver = $2, tx = $3, at = $4, how = $5, mask = $6, body = $7 WHERE row = $1",
			h.row, h.ver, h.tx, h.at, h.how, h.mask, args[8]); err != nil {
			return err
		}
	}
	slices.SortFunc(w.buf.res, func(a, b *head) int { return cmp.Compare(a.row, b.row) })
	return w.copyHeads("res", w.buf.res)
}

func (w *writing) copyHeads(table string, heads []*head) error {
	if len(heads) == 0 {
		return nil
	}
	_, err := w.tx.Copy(db.Into{Table: table, Columns: headColumns}, func() ([]any, bool) {
		if len(heads) == 0 {
			return nil, false
		}
		h := heads[0]
		heads = heads[1:]
		return h.args(), true
	})
	return err
}

func (w *writing) flushIndex() error {
	b := &w.buf
	for _, t := range []struct {
		into db.Into
		rows []int64
	}{
		{db.Into{Table: "feed", Columns: []string{"tx", "row", "ver", "kind"}}, b.feed},
		{db.Into{Table: "far", Columns: []string{"hash", "row"}}, b.far},
		{db.Into{Table: "link", Columns: []string{"target", "param", "row"}}, b.link},
		{db.Into{Table: "ord", Columns: []string{"key", "low", "row", "high"}}, b.ord},
		{db.Into{Table: "also", Columns: []string{"person", "row"}}, b.also},
	} {
		sortRows(t.rows, len(t.into.Columns))
		t.into.Skip = w.skip
		if _, err := w.tx.CopyInts(t.into, t.rows); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) flushTexts() error {
	slices.SortFunc(w.buf.strs, func(a, b strRow) int {
		return cmp.Or(a.strEntry.compare(b.strEntry), cmp.Compare(a.row, b.row))
	})
	rows := w.buf.strs
	if len(rows) > 0 {
		if _, err := w.tx.Copy(db.Into{Table: "str", Columns: []string{"key", "text", "row"}, Skip: w.skip}, func() ([]any, bool) {
			if len(rows) == 0 {
				return nil, false
			}
			r := rows[0]
			rows = rows[1:]
			return []any{r.key, r.text, r.row}, true
		}); err != nil {
			return err
		}
	}
	for _, e := range w.buf.sys {
		if _, err := w.tx.Exec("INSERT INTO sys (param, system) VALUES ($1, $2) ON CONFLICT DO NOTHING", e.param, e.system); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) flushPeople() error {
	for _, p := range w.people {
		if !p.touched {
			continue
		}
		if _, err := w.tx.Exec("UPDATE person SET next = $1 WHERE person = $2", p.next, p.num); err != nil {
			return err
		}
	}
	return nil
}

// sortRows sorts rows of n numbers each, in place.
func sortRows(rows []int64, n int) {
	switch n {
	case 2:
		sortAs[[2]int64](rows)
	case 3:
		sortAs[[3]int64](rows)
	case 4:
		sortAs[[4]int64](rows)
	}
}
