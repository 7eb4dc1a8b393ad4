package audit

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// maxProved bounds a receipt: 20,000 entries with their proofs are 40 MB.
const maxProved = 20_000

// Prove gives a person's entries with what it takes to check, without this service, that they are all of
// them. The newest entries are in it once they have their leaves: call Settle before, where it matters.
func (l *Log) Prove(ctx context.Context, person int64) (*receipt.Receipt, error) {
	k := l.keys.Load()
	if k == nil {
		return nil, problem.New(problem.Unavailable, "The access log is not ready to give proofs. Try again in a moment.")
	}
	l.tree.mu.Lock()
	defer l.tree.mu.Unlock()
	var out *receipt.Receipt
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		p := &prover{l: l, keys: k, tx: tx, hashes: hashesOf(tx)}
		var err error
		out, err = p.receipt(person)
		return err
	})
	return out, err
}

// prover makes proofs of one snapshot.
type prover struct {
	l      *Log
	keys   *keys
	tx     *db.Tx
	hashes tlog.HashReader

	size            int64
	note, witnessed string
	run             run // that the last number was in
}

func (p *prover) head() error {
	found, err := p.tx.One("SELECT size, note, witnessed FROM log_head WHERE one = 1", nil, func(r *db.Row) error {
		p.size, p.note, p.witnessed = r.Int64(0), r.Text(1), r.Text(2)
		return nil
	})
	if err == nil && (!found || p.size == 0) {
		err = problem.New(problem.NotFound, "Nothing is in the access log yet, so there is nothing to prove. Try again in a moment.")
	}
	return err
}

func (p *prover) receipt(person int64) (*receipt.Receipt, error) {
	if err := p.head(); err != nil {
		return nil, err
	}
	out := &receipt.Receipt{Format: receipt.Format, Key: p.keys.public, Checkpoint: p.note, Entries: []receipt.Entry{}}
	if err := p.seen(out); err != nil {
		return nil, err
	}
	if err := p.slot(&out.Map, p.keys.slot(person)); err != nil {
		return nil, err
	}
	if out.Map.Count > maxProved {
		return nil, problem.New(problem.TooLarge, "This list is too long for one file. Ask the people who run this service for it.")
	}
	rows, err := p.rows(person)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		index, placed, err := p.place(r.seq)
		if err != nil {
			return nil, err
		}
		if !placed {
			continue // it comes with the next checkpoint
		}
		e := receipt.Entry{Index: index, Entry: r.canonical(r.seq), Nonce: r.nonce}
		if e.Path, err = p.record(index); err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, e)
	}
	if int64(len(out.Entries)) < out.Map.Count {
		if err := p.erased(out); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out.Entries, func(a, b receipt.Entry) int { return int(a.Index - b.Index) })
	return out, nil
}

// erased adds the leaves of entries that were erased: with the certificates that name the person's slot.
func (p *prover) erased(out *receipt.Receipt) error {
	rows, err := p.rows(0)
	if err != nil {
		return err
	}
	have := map[int64]bool{}
	for i := range out.Entries {
		have[out.Entries[i].Index] = true
	}
	for i := range rows {
		slot, seqs, ok := rows[i].certificate()
		if !ok || slot != out.Map.Slot {
			continue
		}
		for _, seq := range seqs {
			index, placed, err := p.place(seq)
			if err != nil {
				return err
			}
			if !placed || have[index] {
				continue
			}
			have[index] = true
			e := receipt.Entry{Index: index}
			if e.Leaf, err = p.leaf(index); err != nil {
				return err
			}
			if e.Path, err = p.record(index); err != nil {
				return err
			}
			out.Entries = append(out.Entries, e)
		}
	}
	return nil
}

// leaf reads the leaf at a place.
func (p *prover) leaf(index int64) (*tlog.Hash, error) {
	id := tileID{recordLevel, index >> tileHeight}
	data, err := readTile(p.tx, id)
	if err != nil {
		return nil, err
	}
	records, err := splitRecords(data)
	if i := int(index & (tileWidth - 1)); err == nil && i < len(records) && len(records[i]) == tlog.HashSize {
		leaf := tlog.Hash(records[i])
		return &leaf, nil
	}
	return nil, errTile(id)
}

// record proves that a record stands at a place. The path of a tree of one is empty, and not nil.
func (p *prover) record(index int64) ([]tlog.Hash, error) {
	path, err := tlog.ProveRecord(p.size, index, p.hashes)
	return append([]tlog.Hash{}, path...), err
}

// seen adds what witnesses signed, where it is of another size than the head.
func (p *prover) seen(out *receipt.Receipt) error {
	if p.witnessed == "" {
		return nil
	}
	c, _, err := receipt.OpenCheckpoint([]byte(p.witnessed), p.keys.verifier, nil)
	if err != nil || c.N < 1 || c.N > p.size {
		return problem.Wrap(problem.Internal, "", err)
	}
	if c.N == p.size {
		out.Checkpoint = p.witnessed
		return nil
	}
	proof, err := tlog.ProveTree(p.size, c.N, p.hashes)
	out.Witnessed = &receipt.Witnessed{Checkpoint: p.witnessed, Proof: append([]tlog.Hash{}, proof...)}
	return err
}

// slot proves what the map holds for a slot.
func (p *prover) slot(m *receipt.Map, slot tlog.Hash) (err error) {
	h := &p.l.tree.heads
	if err = h.follow(p.tx, p.size); err != nil {
		return err
	}
	m.Slot, m.Root = slot, h.root()
	if m.Path, err = p.record(p.size - 1); err != nil {
		return err
	}
	m.Siblings = append([]tlog.Hash{}, h.above(slot)...)
	spots, err := span(p.tx, slot, len(m.Siblings))
	if err != nil {
		return err
	}
	more, end := below(spots, slot, len(m.Siblings))
	m.Siblings = append(m.Siblings, more...)
	switch {
	case len(end) == 1 && end[0].slot == slot:
		m.Head, m.Count = end[0].head, end[0].count
	case len(end) == 1:
		m.Other = &receipt.Other{Slot: end[0].slot, Value: receipt.Value(end[0].head, end[0].count)}
	}
	return nil
}

// rows reads a person's entries.
func (p *prover) rows(person int64) (rows []numbered, err error) {
	scan := func(r *db.Row) error { rows = append(rows, scanNumbered(r)); return nil }
	const columns = "SELECT a.seq, a.person, a.at, a.entry, a.nonce FROM access a "
	if p.tx.Dialect() == db.Postgres {
		return rows, p.tx.Query(columns+"WHERE a.person = $1 AND length(a.entry) > 0", []any{person}, scan)
	}
	list, upto := p.l.tail.of(person, 0, maxLimit, false)
	if err = p.tx.Query(columns+"JOIN access_person p ON p.seq = a.seq WHERE p.person = $1 AND p.seq <= $2 AND length(a.entry) > 0", []any{person, upto}, scan); err != nil || len(list) == 0 {
		return rows, err
	}
	return rows, p.tx.Query(columns+"WHERE "+p.tx.Dialect().AnyInt("a.seq", "$1")+" AND length(a.entry) > 0", []any{list}, scan)
}

// place is where an entry stands in the tree.
func (p *prover) place(seq int64) (index int64, placed bool, err error) {
	if u := p.run; seq < u.seq || seq >= u.seq+u.n {
		p.run = run{}
		err = p.tx.Query("SELECT idx, seq, n FROM log_run WHERE seq <= $1 ORDER BY seq DESC LIMIT 1", []any{seq}, func(r *db.Row) error {
			p.run = run{r.Int64(0), r.Int64(1), r.Int64(2)}
			return nil
		})
	}
	u := p.run
	return u.index + seq - u.seq, seq >= u.seq && seq < u.seq+u.n, err
}

// ProveEntry gives the proof that one entry is in the log, as a text that anybody's tools read (C2SP
// tlog-proof). Its extra data are the entry's nonce and bytes.
func (l *Log) ProveEntry(ctx context.Context, person, seq int64) (proof []byte, err error) {
	k := l.keys.Load()
	if k == nil {
		return nil, problem.New(problem.Unavailable, "The access log is not ready to give proofs. Try again in a moment.")
	}
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		p := &prover{l: l, keys: k, tx: tx, hashes: hashesOf(tx)}
		if err := p.head(); err != nil {
			return err
		}
		var n numbered
		found, err := tx.One("SELECT seq, person, at, entry, nonce FROM access WHERE seq = $1 AND person = $2 AND length(entry) > 0", []any{seq, person}, func(r *db.Row) error {
			n = scanNumbered(r)
			return nil
		})
		if err != nil {
			return err
		}
		index, placed, err := p.place(seq)
		if err != nil {
			return err
		}
		if !found || !placed {
			return problem.New(problem.NotFound, "There is no such entry, or it is too new to be proved. Try again in a moment.")
		}
		proof, err = p.entry(index, &n)
		return err
	})
	return proof, err
}

// entry proves one entry, by the witnessed checkpoint where that covers it.
func (p *prover) entry(index int64, n *numbered) ([]byte, error) {
	if p.witnessed != "" {
		c, _, err := receipt.OpenCheckpoint([]byte(p.witnessed), p.keys.verifier, nil)
		if err == nil && index < c.N && c.N <= p.size {
			p.size, p.note = c.N, p.witnessed
		}
	}
	path, err := p.record(index)
	if err != nil {
		return nil, err
	}
	return receipt.FormatProof(receipt.Entry{Index: index, Entry: n.canonical(n.seq), Nonce: n.nonce, Path: path}, p.note), nil
}

// ReadEntry reads the bytes that a leaf commits to, such as a receipt holds.
func ReadEntry(b []byte) (e Entry, err error) {
	if len(b) < headSize {
		return e, errEntry
	}
	e.Seq = int64(binary.BigEndian.Uint64(b))
	e.Person = int64(binary.BigEndian.Uint64(b[8:]))
	e.At = time.UnixMicro(int64(binary.BigEndian.Uint64(b[16:]))).UTC()
	return e, e.decode(b[headSize:])
}
