package audit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

// vandal changes a log behind its back, in a transaction that is undone.
type vandal struct {
	t    *testing.T
	tx   *db.Tx
	rnd  *rand.Rand
	keys *keys
}

func (v *vandal) exec(sql string, args ...any) {
	v.t.Helper()
	if n, err := v.tx.Exec(sql, args...); err != nil || n == 0 {
		v.t.Fatalf("%s %v: %d rows, %v", sql, args, n, err)
	}
}

// column is what can be flipped.
type column struct {
	table, name string
	key         string // that names a row
	kind        string // int, bytes or text
}

var columns2flip = []column{
	{"access", "person", "seq", "int"}, {"access", "at", "seq", "int"}, {"access", "entry", "seq", "bytes"}, {"access", "nonce", "seq", "bytes"},
	{"log_tile", "data", "level, n", "bytes"}, {"log_tile", "data", "level, n", "bytes"}, {"log_tile", "n", "level, n", "int"}, {"log_tile", "level", "level, n", "int"},
	{"log_run", "seq", "idx", "int"}, {"log_run", "n", "idx", "int"}, {"log_run", "idx", "idx", "int"},
	{"log_node", "upto", "node", "int"}, {"log_node", "node", "node", "int"},
	{"log_map", "head", "slot", "bytes"}, {"log_map", "slot", "slot", "bytes"}, {"log_map", "count", "slot", "int"}, {"log_map", "size", "slot", "int"},
	{"log_head", "size", "one", "int"}, {"log_head", "note", "one", "text"}, {"log_key", "public", "id", "text"},
}

// pick chooses a row, by its key.
func (v *vandal) pick(table, key string) (where string, args []any) {
	v.t.Helper()
	names := strings.Split(key, ", ")
	var rows [][]any
	err := v.tx.Query("SELECT "+key+" FROM "+table+" ORDER BY "+key, nil, func(r *db.Row) error {
		var row []any
		for i, n := range names {
			if n == "slot" {
				row = append(row, slices.Clone(r.Bytes(i)))
			} else {
				row = append(row, r.Int64(i))
			}
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil || len(rows) == 0 {
		v.t.Fatal(table, err)
	}
	for i, n := range names {
		names[i] = fmt.Sprintf("%s = $%d", n, i+1)
	}
	return " WHERE " + strings.Join(names, " AND "), rows[v.rnd.IntN(len(rows))]
}

func (v *vandal) flip() string {
	c := columns2flip[v.rnd.IntN(len(columns2flip))]
	where, args := v.pick(c.table, c.key)
	at := fmt.Sprintf("$%d", len(args)+1)
	var to any
	err := v.tx.Query("SELECT "+c.name+" FROM "+c.table+where, args, func(r *db.Row) error {
		switch c.kind {
		case "int":
			to = r.Int64(0) ^ 1<<v.rnd.IntN(20)
			if v.rnd.IntN(2) == 0 {
				to = r.Int64(0) + 1 + v.rnd.Int64N(3)
			}
		case "bytes":
			b := slices.Clone(r.Bytes(0))
			if len(b) == 0 { // of an entry that was erased
				b = []byte{1}
			}
			b[v.rnd.IntN(len(b))] ^= 1 << v.rnd.IntN(8)
			to = b
		default:
			b := []byte(r.Text(0))
			b[v.rnd.IntN(len(b))] ^= 1
			to = string(b)
		}
		return nil
	})
	if err != nil {
		v.t.Fatal(err)
	}
	err = v.tx.Nested(func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE "+c.table+" SET "+c.name+" = "+at+where, append(args, to)...)
		return err
	})
	if err != nil {
		return v.flip() // there is such a row already
	}
	return fmt.Sprintf("flip %s.%s%s %v to %v", c.table, c.name, where, args, to)
}

func (v *vandal) drop() string {
	t := [...][2]string{{"access", "seq"}, {"access", "seq"}, {"log_tile", "level, n"}, {"log_run", "idx"}, {"log_node", "node"}, {"log_map", "slot"}, {"log_head", "one"}}[v.rnd.IntN(7)]
	where, args := v.pick(t[0], t[1])
	if t[0] == "access" && v.rnd.IntN(3) == 0 {
		if n := v.row(args[0]); n.erased() {
			return v.drop()
		}
		v.exec("UPDATE access SET person = 0, at = 0, nonce = NULL, entry = "+v.empty()+where, args...)
		return fmt.Sprint("blank ", args)
	}
	v.exec("DELETE FROM "+t[0]+where, args...)
	return fmt.Sprint("drop ", t[0], where, args)
}

func (v *vandal) empty() string { return v.tx.Dialect().Pick("x''", "''::bytea") }

func (v *vandal) row(seq any) (n numbered) {
	v.t.Helper()
	if _, err := v.tx.One("SELECT seq, person, at, entry, nonce FROM access WHERE seq = $1", []any{seq}, func(r *db.Row) error { n = scanNumbered(r); return nil }); err != nil {
		v.t.Fatal(err)
	}
	return n
}

func (v *vandal) put(seq int64, r row) {
	v.exec("UPDATE access SET person = $2, at = $3, entry = $4, nonce = $5 WHERE seq = $1", seq, r.person, r.at, r.entry, r.nonce)
}

func (v *vandal) reorder() string {
	if v.rnd.IntN(4) == 0 { // what the map says of two persons
		_, a := v.pick("log_map", "slot")
		_, b := v.pick("log_map", "slot")
		if string(a[0].([]byte)) == string(b[0].([]byte)) {
			return v.reorder()
		}
		v.exec("UPDATE log_map SET head = (SELECT head FROM log_map WHERE slot = $2) WHERE slot = $1", a[0], b[0])
		return fmt.Sprintf("give %x the chain of %x", a[0], b[0])
	}
	_, a := v.pick("access", "seq")
	_, b := v.pick("access", "seq")
	if a[0] == b[0] {
		return v.reorder()
	}
	one, two := v.row(a[0]), v.row(b[0])
	if one.erased() && two.erased() {
		return v.reorder() // which are the same
	}
	v.put(one.seq, two.row)
	v.put(two.seq, one.row)
	return fmt.Sprint("swap ", one.seq, two.seq)
}

func (v *vandal) last() (seq int64) {
	if err := v.tx.Query("SELECT max(seq) FROM access", nil, func(r *db.Row) error { seq = r.Int64(0); return nil }); err != nil {
		v.t.Fatal(err)
	}
	return seq
}

func (v *vandal) insert() string {
	_, a := v.pick("access", "seq")
	n := v.row(a[0])
	n.seq = v.last() + 1
	what := ""
	switch v.rnd.IntN(8) {
	case 0:
		what = "a copy"
	case 1:
		n.newNonce()
		what = "a row with a nonce"
	case 2:
		n.nonce = nil
		what = "a row without a nonce"
	case 3:
		n.newNonce()
		n.seq = 1<<nodeShift - 1 - v.rnd.Int64N(9)
		what = "a row before all others"
	case 4:
		v.exec("INSERT INTO log_tile (level, n, data) VALUES ($1, $2, $3)", v.rnd.Int64N(5), 3+v.rnd.Int64N(9), make([]byte, 32))
		return "insert a tile"
	case 5:
		v.exec("INSERT INTO log_run (idx, seq, n) VALUES ($1, $2, $3)", 2000+v.rnd.Int64N(99), n.seq, 1+v.rnd.Int64N(3))
		return "insert a run"
	case 6:
		v.exec("INSERT INTO log_map (slot, head, count, size) VALUES ($1, $2, 1, 2)", []byte(strings.Repeat("s", 32)), []byte(strings.Repeat("h", 32)))
		return "insert a person into the map"
	case 7:
		v.exec("INSERT INTO log_node (node, upto) VALUES ($1, $2)", 5+v.rnd.Int64N(50), v.rnd.Int64N(50))
		return "insert a node"
	}
	v.exec("INSERT INTO access (seq, person, at, entry, nonce) VALUES ($1, $2, $3, $4, $5)", n.seq, n.person, n.at, n.entry, n.nonce)
	return fmt.Sprint("insert ", what, " ", n.seq)
}

// again makes the tree anew from what is in the table now, in the same batches and with the log's own
// keys: whoever has these can make any history look whole.
func (v *vandal) again() {
	var batches []int64
	n := int64(0)
	err := v.tx.Query("SELECT data FROM log_tile WHERE level = -1 ORDER BY n", nil, func(r *db.Row) error {
		records, err := splitRecords(r.Bytes(0))
		for _, record := range records {
			if n++; len(record) != 32 {
				batches, n = append(batches, n-1), 0
			}
		}
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	for _, t := range []string{"log_tile", "log_run", "log_node", "log_map"} {
		v.exec("DELETE FROM " + t)
	}
	v.exec("UPDATE log_head SET size = 0, note = ''")
	p := &plan{keys: v.keys, heads: &heads{size: -1}}
	for _, p.limit = range batches {
		if err := p.make(v.tx); err != nil {
			v.t.Fatal(err)
		}
		if len(p.rows) == 0 {
			return
		}
		if err := p.write(v.tx); err != nil {
			v.t.Fatal(err)
		}
		p.heads.keep(p.edge.size)
	}
}

func (v *vandal) rollBack() string {
	last := v.last()
	n := 1 + v.rnd.Int64N(30)
	v.exec("DELETE FROM access WHERE seq > $1", last-n)
	v.again()
	return fmt.Sprint("roll back ", n)
}

func (v *vandal) fork() string {
	_, a := v.pick("access", "seq")
	n := v.row(a[0])
	if n.erased() {
		return v.fork()
	}
	n.person += 1 + v.rnd.Int64N(3)
	v.keys.mark(n.seq, &n.row)
	v.put(n.seq, n.row)
	v.again()
	return fmt.Sprint("fork at ", n.seq)
}

func tampered(t *testing.T, d *db.DB, entries int) (l *Log, known [][]byte) {
	t.Helper()
	r, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if l, err = Open(ctx, d); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	// No Keep: the sequencer runs when the test says so.
	k, err := l.loadKeys(ctx, r, "log.example/tampered")
	if err != nil {
		t.Fatal(err)
	}
	l.keys.Store(k)
	for i := range entries {
		e := Entry{Person: int64(1 + i%11), Request: fmt.Sprint("r", i), Who: access.Operator("token:1"), Verb: access.Read, Type: "Patient", Outcome: 200}
		if err := l.Append(ctx, e); err != nil {
			t.Fatal(err)
		}
		if i%(entries/9) == 0 {
			if err := l.Settle(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := l.Erase(ctx, Entry{Who: access.Operator("token:1")}, 4); err != nil {
		t.Fatal(err)
	}
	if err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	newest, _, err := l.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return l, [][]byte{[]byte(newest)}
}

// Ten thousand changes behind the log's back, each of them found and called by its name.
func TestEveryTamperingIsFoundAndNamed(t *testing.T) {
	// A tree of one level is quick to look at; one of two has all that there is.
	for entries, rounds := range map[int]int{40: 9000, 290: 1000} {
		if testing.Short() || racing {
			rounds /= 20
		}
		t.Run(fmt.Sprint(entries), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) { tamperOften(t, d, entries, rounds) })
		})
	}
}

func tamperOften(t *testing.T, d *db.DB, entries, rounds int) {
	l, known := tampered(t, d, entries)
	if rep, err := l.Verify(context.Background(), known...); err != nil || len(rep.Faults) > 0 || len(rep.Gaps) > 0 || rep.Waiting > 0 {
		t.Fatalf("%+v, %v", rep, err)
	}
	const seed = 1948_07_05
	for i := range rounds {
		tamperOnce(t, d, l, known, rand.New(rand.NewPCG(seed, uint64(i))), i)
	}
	if rep, err := l.Verify(context.Background(), known...); err != nil || len(rep.Faults) > 0 {
		t.Fatalf("something was left: %+v, %v", rep, err)
	}
}

var errUndo = errors.New("undo")

func tamperOnce(t *testing.T, d *db.DB, l *Log, known [][]byte, rnd *rand.Rand, round int) {
	t.Helper()
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		v := &vandal{t: t, tx: tx, rnd: rnd, keys: l.keys.Load()}
		var did string
		var kinds []FaultKind
		switch n := rnd.IntN(20); {
		case n < 8:
			did = v.flip() // a number that is another may be a place that is another, or missing
		case n < 12:
			did, kinds = v.drop(), []FaultKind{Dropped, Inserted} // what isn't accounted for any more is too much
		case n < 15:
			did, kinds = v.reorder(), []FaultKind{Reordered, Flipped}
		case n < 18:
			did, kinds = v.insert(), []FaultKind{Inserted, Flipped}
		case n < 19:
			did, kinds = v.rollBack(), []FaultKind{RolledBack}
		default:
			did, kinds = v.fork(), []FaultKind{Forked}
		}
		rep, err := verify(tx, l.keys.Load(), known)
		if err != nil {
			t.Fatalf("round %d, %s: %v", round, did, err)
		}
		if len(rep.Faults) == 0 {
			t.Fatalf("round %d: nobody noticed: %s", round, did)
		}
		if kinds != nil && !slices.ContainsFunc(rep.Faults, func(f Fault) bool { return slices.Contains(kinds, f.Kind) }) {
			t.Fatalf("round %d: %s is called %+v", round, did, rep.Faults)
		}
		if strings.HasPrefix(did, "swap") && rep.Faults[0].Kind != Reordered {
			t.Fatalf("round %d: %s is called %+v", round, did, rep.Faults)
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
}
