package audit

import (
	"bytes"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
)

// FaultKind is how something was changed that can't change.
type FaultKind string

// The kinds of faults.
const (
	Flipped    FaultKind = "flipped"     // it is there and is another
	Dropped    FaultKind = "dropped"     // it was there and is gone
	Reordered  FaultKind = "reordered"   // it stands in another's place
	Inserted   FaultKind = "inserted"    // it was never written by this service
	RolledBack FaultKind = "rolled back" // a later state of the log is known
	Forked     FaultKind = "forked"      // another log was signed, or shown to others
)

// Fault is something in the log that isn't as it was written.
type Fault struct {
	Kind FaultKind
	// Seq is the number of the entry at fault, and Index the place in the tree; -1 where there is none.
	Seq, Index int64
	// What is wrong, in a sentence.
	What string
}

// maxFaults bounds what is reported: a broken disk has millions.
const maxFaults = 1000

// inspector walks through everything that the log consists of, in one snapshot, and works all of it out
// again from the entries.
type inspector struct {
	tx      *db.Tx
	keys    *keys
	rep     *Report
	size    int64                    // as log_head has it
	signed  *receipt.Checkpoint      // what log_head's note says; nil where it can't be believed
	again   *edge                    // the tree, made anew from the records
	lastMap tlog.Hash                // the root in the last record of a map
	ended   bool                     // the last record seen was one
	entries int64                    // rows that have their place
	upto    map[int64]int64          // by node, from the runs
	persons map[tlog.Hash]*spotSince // what the map must hold
	touched []*spotSince             // since the last record of a map
	odd     []misfit                 // rows that aren't what their leaves commit to
	blank   map[int64]misfit         // rows without content
	allowed map[int64]bool           // numbers that certificates say were erased
	erased  map[tlog.Hash][]int64    // the same, by slot
}

// spotSince is what the map must hold for a person.
type spotSince struct {
	spot
	person, size int64
}

// misfit is a row that its leaf doesn't commit to.
type misfit struct {
	seq, index int64
	row        row
	leaf       tlog.Hash
}

// inspect adds to a report what is wrong with the tree and all that hangs on it. known are checkpoints that
// were kept elsewhere.
func inspect(tx *db.Tx, k *keys, rep *Report, known [][]byte) error {
	in := &inspector{tx: tx, keys: k, rep: rep, again: &edge{changed: map[tileID][]byte{}}, upto: map[int64]int64{},
		persons: map[tlog.Hash]*spotSince{}, blank: map[int64]misfit{}, allowed: map[int64]bool{}, erased: map[tlog.Hash][]int64{}}
	witnessed, err := in.head()
	if err != nil {
		return err
	}
	if witnessed != "" {
		known = append(known[:len(known):len(known)], []byte(witnessed))
	}
	for _, step := range []func() error{in.tree, in.runs, in.rest, in.chains, in.theMap, in.index, func() error { return in.against(known) }} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (in *inspector) fault(kind FaultKind, seq, index int64, format string, args ...any) {
	if len(in.rep.Faults) < maxFaults {
		in.rep.Faults = append(in.rep.Faults, Fault{Kind: kind, Seq: seq, Index: index, What: fmt.Sprintf(format, args...)})
	}
}

// head reads the signed head.
func (in *inspector) head() (witnessed string, err error) {
	signed, public := "", ""
	found, err := in.tx.One("SELECT size, note, witnessed FROM log_head WHERE one = 1", nil, func(r *db.Row) error {
		in.size, signed, witnessed = r.Int64(0), r.Text(1), r.Text(2)
		return nil
	})
	if err != nil {
		return "", err
	}
	if _, err := in.tx.One("SELECT public FROM log_key", nil, func(r *db.Row) error { public = r.Text(0); return nil }); err != nil {
		return "", err
	}
	if public != in.keys.public {
		in.fault(Flipped, -1, -1, "the log's public key is not the one that belongs to its secret")
	}
	if !found {
		in.fault(Dropped, -1, -1, "the log's head is gone")
		return witnessed, nil
	}
	if in.size == 0 && signed == "" {
		return witnessed, nil
	}
	c, _, err := receipt.OpenCheckpoint([]byte(signed), in.keys.verifier, nil)
	if err == nil {
		// The same text and key make the same signature, to the bit.
		var again []byte
		if again, err = note.Sign(&note.Note{Text: c.Text()}, in.keys.signer); err == nil && string(again) != signed {
			err = errEntry
		}
	}
	switch {
	case err != nil:
		in.fault(Flipped, -1, -1, "the checkpoint is not the one that the log's key signed")
	case c.N != in.size:
		in.fault(Flipped, -1, -1, "the log's head says %d leaves, and its checkpoint %d", in.size, c.N)
		fallthrough
	default:
		in.signed = &c
	}
	return witnessed, nil
}

// tree reads all records, makes the tree anew from them and holds the stored one against it.
func (in *inspector) tree() error {
	for n := int64(0); ; n++ {
		data, err := readTile(in.tx, tileID{recordLevel, n})
		if err != nil {
			return err
		}
		if data == nil {
			break
		}
		records, err := splitRecords(data)
		if err != nil || len(records) == 0 || len(records) > tileWidth {
			in.fault(Flipped, -1, n<<tileHeight, "the records from place %d on are damaged", n<<tileHeight)
			records = records[:min(len(records), tileWidth)]
		}
		if err := in.records(n<<tileHeight, records); err != nil {
			return err
		}
		if err := in.tiles(false); err != nil {
			return err
		}
		if len(records) < tileWidth {
			break
		}
	}
	if err := in.tiles(true); err != nil {
		return err
	}
	if in.again.size > 0 && !in.ended {
		in.fault(Dropped, -1, in.again.size, "the log does not end with the record of its map")
	}
	in.rep.Size = in.again.size
	return in.levels()
}

// tiles compares the tiles that were made anew with those that are stored: the full ones, or at the end
// all.
func (in *inspector) tiles(all bool) error {
	for id, want := range in.again.changed {
		if id.level == recordLevel || !all && len(want) < tileFull {
			continue
		}
		have, err := readTile(in.tx, id)
		if err != nil {
			return err
		}
		if !bytes.Equal(have, want) {
			in.tile(id, have, want)
		}
		delete(in.again.changed, id)
	}
	return nil
}

// tile names where two tiles differ.
func (in *inspector) tile(id tileID, have, want []byte) {
	i := 0
	for i < min(len(have), len(want)) && have[i] == want[i] {
		i++
	}
	at := (id.n<<tileHeight + int64(i/tlog.HashSize)) << (tileHeight * id.level)
	switch {
	case have == nil:
		in.fault(Dropped, -1, at, "the hashes of level %d from place %d on are gone", id.level, at)
	case i == len(have):
		in.fault(Dropped, -1, at, "hashes of level %d are gone from place %d on", id.level, at)
	case i == len(want):
		in.fault(Inserted, -1, at, "there are hashes of level %d at place %d, where the log has no record", id.level, at)
	default:
		in.fault(Flipped, -1, at, "the hash of level %d at place %d is not that of its record", id.level, at)
	}
}

// levels looks for tiles that nothing accounts for, and compares the tree with what was signed.
func (in *inspector) levels() error {
	err := in.tx.Query("SELECT level, count(*), min(n), max(n) FROM log_tile GROUP BY level ORDER BY level", nil, func(r *db.Row) error {
		level, count, first, last := r.Int64(0), r.Int64(1), r.Int64(2), r.Int64(3)
		want := int64(0)
		if level >= recordLevel && level < 8 {
			n, width := tileOf(in.again.size, max(0, int(level)))
			if want = n; width > 0 {
				want++
			}
		}
		if count != want || want > 0 && (first != 0 || last != want-1) {
			in.fault(Inserted, -1, -1, "level %d has %d tiles, and its records make %d", level, count, want)
		}
		return nil
	})
	if err != nil || in.signed == nil {
		return err
	}
	switch c := in.signed; {
	case in.again.size < c.N:
		in.fault(Dropped, -1, in.again.size, "the log ends at place %d, and the checkpoint says %d", in.again.size, c.N)
	case in.again.size > c.N:
		in.fault(Inserted, -1, c.N, "there are records from place %d on that no checkpoint covers", c.N)
	case in.root(c.N) != c.Hash:
		in.fault(Forked, -1, -1, "the tree is not the one that was signed")
	}
	return nil
}

// root is the hash of the tree as it was at a size, worked out anew.
func (in *inspector) root(size int64) tlog.Hash {
	if size == in.again.size {
		if h, err := in.again.root(); err == nil {
			return h
		}
	}
	h, err := tlog.TreeHash(size, hashesOf(in.tx)) // these were compared with their records
	if err != nil {
		return tlog.Hash{}
	}
	return h
}

// against holds the log against checkpoints that were given out earlier.
func (in *inspector) against(known [][]byte) error {
	for _, signed := range known {
		c, _, err := receipt.OpenCheckpoint(signed, in.keys.verifier, nil)
		switch {
		case err != nil:
			in.fault(Flipped, -1, -1, "a checkpoint that was kept is not signed by this log")
		case c.N > in.again.size:
			in.fault(RolledBack, -1, in.again.size, "the log ends at place %d, and was signed up to place %d before", in.again.size, c.N)
		case c.N > 0 && in.root(c.N) != c.Hash:
			in.fault(Forked, -1, c.N-1, "the log up to place %d is not the one that was signed before", c.N)
		}
	}
	return nil
}
