package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
)

// maxPiped is how many drafts are written in one pipeline. Larger writes are
// copied in, table by table, which is cheaper for a row and takes more trips.
const maxPiped = 256

// flushPiped writes the buffers on PostgreSQL: everything goes in one trip,
// together with COMMIT. The order is that of flush.
func (w *writing) flushPiped() error {
	p := &db.Pipeline{}
	w.pipeMoves(p)
	w.pipeDrops(p)
	w.pipeVersions(p)
	w.pipeIndex(p)
	for _, m := range w.people {
		if m.touched {
			p.Exec("UPDATE person SET next = $1 WHERE person = $2", m.next, m.num)
		}
	}
	return w.tx.Last(p)
}

func (w *writing) pipeMoves(p *db.Pipeline) {
	for _, m := range w.buf.relink {
		p.Exec("UPDATE link SET target = $1 WHERE target = $2", m[1], m[0])
	}
	for _, m := range w.buf.rename {
		p.Exec("UPDATE name SET row = $1 WHERE hash = $2", m[1], m[0])
	}
	// Somebody else may have given the name meanwhile.
	pipeInts(p, ErrStale, "name", []string{"hash", "row"}, w.buf.names)
	pipeInts(p, nil, "moved", []string{"row", "was"}, w.buf.moved)
}

func (w *writing) pipeDrops(p *db.Pipeline) {
	for _, d := range w.buf.drop {
		if len(d.far) > 0 {
			p.Exec("DELETE FROM far WHERE row = $1 AND hash = ANY($2::bigint[])", d.row, d.far)
		}
		for _, l := range d.links {
			p.Exec("DELETE FROM link WHERE target = $1 AND param = $2 AND row = $3", l.row, l.param, d.row)
		}
		for _, o := range d.ords {
			p.Exec("DELETE FROM ord WHERE key = $1 AND low = $2 AND row = $3 AND high = $4", o.at(d.row), o.low, d.row, o.high)
		}
		for _, t := range d.strs {
			p.Exec("DELETE FROM str WHERE key = $1 AND text = $2 AND row = $3", t.key, t.text, d.row)
		}
		for _, num := range d.also {
			p.Exec("DELETE FROM also WHERE person = $1 AND row = $2", num, d.row)
		}
	}
}

func (w *writing) pipeVersions(p *db.Pipeline) {
	pipeHeads(p, "old", w.buf.old)
	for _, row := range w.buf.gone {
		p.Exec("DELETE FROM res WHERE row = $1", row)
	}
	for _, h := range w.buf.upd {
		p.Exec("UPDATE res SET ver = $2, tx = $3, at = $4, how = $5, mask = $6, body = $7 WHERE row = $1",
			h.row, h.ver, h.tx, h.at, h.how, h.mask, h.args()[8])
	}
	slices.SortFunc(w.buf.res, func(a, b *head) int { return cmp.Compare(a.row, b.row) })
	pipeHeads(p, "res", w.buf.res)
}

// pipeHeads inserts versions as whole columns.
func pipeHeads(p *db.Pipeline, table string, heads []*head) {
	if len(heads) == 0 {
		return
	}
	numbers := make([][]int64, 7)
	var ids, bodies [][]byte
	for _, h := range heads {
		for i, n := range []int64{h.row, h.kind, h.ver, h.tx, h.at, h.how, h.mask} {
			numbers[i] = append(numbers[i], n)
		}
		ids, bodies = append(ids, packID(h.id)), append(bodies, h.body) // a nil body is NULL
	}
	args := make([]any, 0, len(headColumns))
	for _, n := range numbers {
		args = append(args, n)
	}
	p.Exec("INSERT INTO "+table+" ("+strings.Join(headColumns, ",")+") SELECT * FROM unnest("+
		"$1::bigint[],$2::bigint[],$3::bigint[],$4::bigint[],$5::bigint[],$6::bigint[],$7::bigint[],$8::bytea[],$9::bytea[])",
		append(args, ids, bodies)...)
}

func (w *writing) pipeIndex(p *db.Pipeline) {
	b := &w.buf
	pipeInts(p, nil, "feed", []string{"tx", "row", "ver", "kind"}, b.feed)
	pipeInts(p, nil, "far", []string{"hash", "row"}, b.far)
	pipeInts(p, nil, "link", []string{"target", "param", "row"}, b.link)
	pipeInts(p, nil, "ord", []string{"key", "low", "row", "high"}, b.ord)
	pipeInts(p, nil, "also", []string{"person", "row"}, b.also)
	if len(b.strs) > 0 {
		slices.SortFunc(b.strs, func(a, b strRow) int {
			return cmp.Or(a.strEntry.compare(b.strEntry), cmp.Compare(a.row, b.row))
		})
		var keys, rows []int64
		var texts []string
		for _, t := range b.strs {
			keys, texts, rows = append(keys, t.key), append(texts, t.text), append(rows, t.row)
		}
		p.Exec("INSERT INTO str (key, text, row) SELECT * FROM unnest($1::bigint[],$2::text[],$3::bigint[])", keys, texts, rows)
	}
	for _, e := range b.sys {
		p.Exec("INSERT INTO sys (param, system) VALUES ($1, $2) ON CONFLICT DO NOTHING", e.param, e.system)
	}
}

// pipeInts inserts rows of whole numbers as whole columns, in the order of the
// table's key.
func pipeInts(p *db.Pipeline, taken error, table string, columns []string, values []int64) {
	width := len(columns)
	if len(values) == 0 {
		return
	}
	sortRows(values, width)
	args, arrays := make([]any, width), make([]string, width)
	for c := range width {
		column := make([]int64, 0, len(values)/width)
		for i := c; i < len(values); i += width {
			column = append(column, values[i])
		}
		args[c], arrays[c] = column, "$"+strconv.Itoa(c+1)+"::bigint[]"
	}
	p.Insert(taken, "INSERT INTO "+table+" ("+strings.Join(columns, ",")+") SELECT * FROM unnest("+strings.Join(arrays, ",")+")", args...)
}
