package audit

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
)

// run is entries that stand one behind the other, in the table and in the tree.
type run struct{ index, seq, n int64 }

// records takes the records of a tile into the tree, and compares each with its entry.
func (in *inspector) records(from int64, records [][]byte) error {
	seqs, err := in.places(from, from+int64(len(records)))
	if err != nil {
		return err
	}
	rows, err := in.rows(seqs)
	if err != nil {
		return err
	}
	for i, record := range records {
		index := from + int64(i)
		in.again.append(record)
		root, isMap := receipt.MapRoot(record)
		seq, placed := seqs[index]
		in.ended = isMap
		switch {
		case isMap:
			in.mapRecord(root, index, placed)
		case len(record) != tlog.HashSize:
			in.fault(Flipped, -1, index, "the record at place %d is damaged", index)
		case !placed:
			in.fault(Dropped, -1, index, "which entry stands at place %d is not known", index)
		default:
			in.entry(index, seq, rows, tlog.Hash(record))
		}
	}
	return nil
}

func (in *inspector) mapRecord(root tlog.Hash, index int64, placed bool) {
	if placed {
		in.fault(Inserted, -1, index, "an entry is said to stand at place %d, where the map is", index)
	}
	in.lastMap = root
	for _, s := range in.touched {
		s.size = index + 1
	}
	in.touched = in.touched[:0]
}

// places are the numbers of the entries that stand between two places.
func (in *inspector) places(from, to int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := in.tx.Query("SELECT idx, seq, n FROM log_run WHERE idx > $1 AND idx < $2 ORDER BY idx", []any{from - batchEntries, to}, func(r *db.Row) error {
		u := run{r.Int64(0), r.Int64(1), r.Int64(2)}
		for i := max(0, from-u.index); i < min(u.n, to-u.index); i++ {
			if _, twice := out[u.index+i]; twice {
				in.fault(Inserted, u.seq+i, u.index+i, "two entries are said to stand at place %d", u.index+i)
			}
			out[u.index+i] = u.seq + i
		}
		return nil
	})
	return out, err
}

// rows reads entries by their numbers.
func (in *inspector) rows(seqs map[int64]int64) (map[int64]row, error) {
	list := make([]int64, 0, len(seqs))
	for _, s := range seqs {
		list = append(list, s)
	}
	out := make(map[int64]row, len(list))
	if len(list) == 0 {
		return out, nil
	}
	err := in.tx.Query("SELECT seq, person, at, entry, nonce FROM access WHERE "+in.tx.Dialect().AnyInt("seq", "$1"), []any{list}, func(r *db.Row) error {
		n := scanNumbered(r)
		out[n.seq] = n.row
		return nil
	})
	return out, err
}

// entry compares one entry with its leaf.
func (in *inspector) entry(index, seq int64, rows map[int64]row, leaf tlog.Hash) {
	r, found := rows[seq]
	switch {
	case !found:
		in.fault(Dropped, seq, index, "entry %d is gone; its leaf stands at place %d", seq, index)
		return
	case r.erased() && r.nonce == nil && r.person == 0 && r.at == 0:
		in.entries++
		in.blank[seq] = misfit{seq, index, r, leaf}
		return
	}
	in.entries++
	if r.leaf(seq) != leaf {
		in.odd = append(in.odd, misfit{seq, index, r, leaf})
		return
	}
	if !in.keys.ours(seq, &r) {
		in.fault(Inserted, seq, index, "entry %d was not written by this service", seq)
	}
	in.certificate(&r)
	slot := in.keys.slot(r.person)
	s := in.persons[slot]
	if s == nil {
		s = &spotSince{spot: spot{slot: slot}, person: r.person}
		in.persons[slot] = s
	}
	s.head = receipt.Next(s.head, index, leaf)
	s.count++
	in.touched = append(in.touched, s)
}

// certificate takes note of the erasures that an entry certifies.
func (in *inspector) certificate(r *row) {
	slot, seqs, ok := r.certificate()
	if !ok {
		return
	}
	for _, n := range seqs {
		in.allowed[n] = true
	}
	in.erased[slot] = append(in.erased[slot], seqs...)
}

// misfits names what is wrong with the entries that don't fit their leaves.
func (in *inspector) misfits() {
	places := slices.Clone(in.odd) // where one of them may belong
	for seq, b := range in.blank {
		if !in.allowed[seq] {
			places = append(places, b)
		}
		in.rep.Erased++
	}
	for _, m := range in.odd[:min(len(in.odd), maxFaults)] {
		// Beyond that the disk is broken, and nobody moved anything.
		other := slices.IndexFunc(places[:min(len(places), maxFaults)], func(o misfit) bool {
			return o.seq != m.seq && (m.row.leaf(o.seq) == o.leaf || m.row.leaf(m.seq) == o.leaf)
		})
		if other >= 0 {
			in.fault(Reordered, m.seq, m.index, "entry %d stands in the place of entry %d", places[other].seq, m.seq)
		} else {
			in.fault(Flipped, m.seq, m.index, "entry %d is not what its leaf at place %d commits to", m.seq, m.index)
		}
	}
	for seq, b := range in.blank {
		if !in.allowed[seq] {
			in.fault(Dropped, seq, b.index, "the content of entry %d was taken out, and no certificate says so", seq)
		}
	}
}

// runs looks at what says where entries stand.
func (in *inspector) runs() error {
	in.misfits()
	err := in.tx.Query("SELECT idx, seq, n FROM log_run ORDER BY idx", nil, func(r *db.Row) error {
		u := run{r.Int64(0), r.Int64(1), r.Int64(2)}
		if u.n < 1 || u.n > batchEntries || u.index < 0 || u.index+u.n > in.again.size {
			in.fault(Inserted, u.seq, u.index, "entries from %d on are said to stand at place %d, where the log has none", u.seq, u.index)
			return nil
		}
		node := u.seq >> nodeShift
		in.upto[node] = max(in.upto[node], u.seq+u.n-1)
		return nil
	})
	if err != nil {
		return err
	}
	nodes := 0
	err = in.tx.Query("SELECT node, upto FROM log_node", nil, func(r *db.Row) error {
		nodes++
		node := r.Int64(0)
		switch upto, known := in.upto[node]; {
		case !known:
			in.fault(Inserted, r.Int64(1), -1, "the entries of a node %d are said to have leaves, and none has", node)
		case upto != r.Int64(1):
			in.fault(Flipped, r.Int64(1), -1, "the entries of node %d are said to have leaves up to %d, and have them up to %d", node, r.Int64(1), upto)
		}
		return nil
	})
	if err == nil && nodes < len(in.upto) {
		in.fault(Dropped, -1, -1, "up to which number the entries have leaves is not known for a node")
	}
	return err
}

// rest looks at the entries that have no place: those that wait, and those that never had one.
func (in *inspector) rest() error {
	all := int64(0)
	err := in.tx.Query("SELECT count(*) FROM access", nil, func(r *db.Row) error { all = r.Int64(0); return nil })
	if err != nil {
		return err
	}
	if all == in.entries {
		return nil
	}
	return in.tx.Query(`SELECT a.seq, a.person, a.at, a.entry, a.nonce FROM access a
		WHERE NOT EXISTS (SELECT 1 FROM log_run r WHERE r.seq <= a.seq AND a.seq < r.seq + r.n) ORDER BY a.seq`, nil, func(r *db.Row) error {
		n := scanNumbered(r)
		node := n.seq >> nodeShift
		upto, known := in.upto[node]
		switch {
		case known && n.seq <= upto, !known && in.tx.Dialect() == db.SQLite && len(in.upto) > 0:
			in.fault(Inserted, n.seq, -1, "entry %d has no leaf, and those after it have", n.seq)
		case n.nonce == nil && !in.keys.blessed(n.seq), n.nonce != nil && !in.keys.ours(n.seq, &n.row):
			in.fault(Inserted, n.seq, -1, "entry %d, which has no leaf yet, was not written by this service", n.seq)
		default:
			in.rep.Waiting++
		}
		return nil
	})
}
