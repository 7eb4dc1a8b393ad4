package store

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Written is what became of a draft.
type Written struct {
	Row     Row
	Version int64
	At      int64 // milliseconds since 1970 UTC
	Created bool  // the resource was not there before, or was deleted
	Changed bool  // false for a delete of what was not there
}

// Guard is a condition that must still hold when the write lock is held. It
// runs inside the write's transaction and returns ErrStale when it does not.
type Guard struct {
	Types []string // the resource types that the condition looks at
	Check func(tx *db.Tx) error
}

// ErrStale says that what a write was planned on has changed since: plan it
// again.
var ErrStale = problem.New(problem.Conflict, "Someone else changed this at the same time. Read it again, then send your change once more.")

// StaleError says which draft met a version that it did not expect.
type StaleError struct {
	Index   int
	Version int64 // the current one, 0 for none
}

func (e *StaleError) Error() string { return "the draft is not about the current version" }
func (e *StaleError) Unwrap() error { return ErrStale }

// errMoving says that a resource has to move to another row, which a write on
// PostgreSQL does while no other runs: one that has looked up the old row would
// refer to it for ever.
var errMoving = errors.New("store: a resource moves")

// Write writes all drafts or none. Each resource may stand in drafts once.
func (s *Store) Write(ctx context.Context, drafts []Draft, guards []Guard) ([]Written, error) {
	if s.db.Dialect() == db.Postgres && shareable(drafts, guards) {
		return s.lots.write(ctx, s, drafts)
	}
	return s.writeAlone(ctx, drafts, guards, s.db.Write)
}

// WriteBatch is Write for a load, which can wait for the commit of a batch.
func (s *Store) WriteBatch(ctx context.Context, drafts []Draft, guards []Guard) ([]Written, error) {
	if s.db.Dialect() == db.Postgres {
		return s.Write(ctx, drafts, guards)
	}
	return s.writeAlone(ctx, drafts, guards, s.db.WriteBatch)
}

// Coming says that a WriteBatch is about to come: see db.Coming.
func (s *Store) Coming() (gone func()) { return s.db.Coming() }

// committer runs a function in a transaction, and returns when it is durable.
type committer func(ctx context.Context, fn func(*db.Tx) error) error

// writeAlone writes drafts in a transaction of their own.
func (s *Store) writeAlone(ctx context.Context, drafts []Draft, guards []Guard, commit committer) ([]Written, error) {
	run := func(w *writing) error { return w.run(guards) }
	w, err := s.writeOnce(ctx, drafts, false, run, commit)
	if errors.Is(err, errMoving) {
		w, err = s.writeOnce(ctx, drafts, true, run, commit)
	}
	if errors.Is(err, errRegistry) {
		if _, err := s.LoadParams(ctx); err != nil {
			return nil, err
		}
		return nil, ErrStale
	}
	if err != nil {
		return nil, err
	}
	if w.params {
		_, err = s.LoadParams(ctx)
	}
	return w.out, err
}

// writeOnce runs one transaction, and makes known what it made true.
func (s *Store) writeOnce(ctx context.Context, drafts []Draft, moving bool, run func(*writing) error, commit committer) (w *writing, err error) {
	err = commit(ctx, func(tx *db.Tx) error {
		w = &writing{s: s, tx: tx, drafts: drafts, out: make([]Written, len(drafts)), moving: moving}
		err := run(w)
		w.refused = err != nil
		return err
	})
	if err == nil {
		w.done()
	}
	return w, err
}

// writing is one run of Write.
type writing struct {
	s      *Store
	tx     *db.Tx
	drafts []Draft
	out    []Written

	txn    int64
	at     int64
	names  map[Ref]Row   // known before this write, and given in it
	heads  map[Row]*head // current versions of what the drafts are about
	people map[int64]*person

	choosers   map[int64]bool     // people whose choices this write changes
	relabelled map[int64]bool     // people with rows in the store that have other labels now
	chosen     map[int64]*Choices // as this write has them

	labels labelling
	fresh  map[label.Code]bool // new kinds of code, to be judged

	params  bool // search parameters are among the drafts
	skip    bool // entries that are there already are left
	moving  bool // no other write runs, so that resources may move
	refused bool // run gave an error, so nothing was committed

	buf buffers
}

// head is the row of a current version.
type head struct {
	row, kind, ver, tx, at, how, mask int64
	id                                string
	body                              []byte // sealed; nil for a tombstone
	key                               *seal.Key
}

type person struct {
	num, next int64
	id        string
	key       *seal.Key
	wrapped   []byte
	touched   bool
	choices   int64 // the number of their sharing choices; 0 for none
}

func (w *writing) run(guards []Guard) error {
	for i := range w.drafts {
		w.params = w.params || w.drafts[i].Type == "SearchParameter"
	}
	if err := w.look(guards); err != nil {
		return err
	}
	w.at = w.s.clock.after(w.at, w.heads)
	homes := w.consentHomes()
	w.noteHomes()
	rows, err := w.placeAll()
	if err != nil {
		return err
	}
	if err := w.findChoosers(rows); err != nil {
		return err
	}
	if err := w.labelled(rows); err != nil {
		return err
	}
	for i := range w.drafts {
		if rows[i] < 0 {
			continue
		}
		if err := w.one(i, rows[i]); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.pinSets(rows); err != nil {
		return err
	}
	if err := w.rechoose(); err != nil || homes == nil {
		return err
	}
	return w.object(homes, rows)
}

// look takes the number of the transaction, and on PostgreSQL the locks, and
// reads what the drafts are about: names, current versions, people.
func (w *writing) look(guards []Guard) error {
	w.at = w.s.clock.next()
	if w.tx.Dialect() == db.Postgres {
		return w.lookPostgres(guards)
	}
	_, err := w.tx.One("SELECT tx FROM feed ORDER BY tx DESC LIMIT 1", nil, func(r *db.Row) error {
		w.txn = r.Int64(0)
		return nil
	})
	w.txn++
	if err != nil {
		return err
	}
	if err := w.findNames(w.wanted()); err != nil {
		return err
	}
	if err := w.readHeads(); err != nil {
		return err
	}
	if err := check(w.tx, guards); err != nil {
		return err
	}
	return w.readPeople()
}

func check(tx *db.Tx, guards []Guard) error {
	for _, g := range guards {
		if err := g.Check(tx); err != nil {
			return err
		}
	}
	return nil
}

func skip(*db.Row) error { return nil }

// wanted is the hashes of everything that the drafts are about or refer to, so
// that all of it is looked up in one question.
func (w *writing) wanted() map[int64]Ref {
	w.names = make(map[Ref]Row, 4*len(w.drafts))
	byHash := make(map[int64]Ref, 4*len(w.drafts))
	fresh := make(map[Ref]bool)
	for i := range w.drafts {
		if w.drafts[i].Fresh {
			fresh[w.drafts[i].Ref] = true
		}
	}
	want := func(r Ref) {
		if !r.Empty() && !fresh[r] {
			byHash[w.s.nameHash(r)] = r
		}
	}
	for i := range w.drafts {
		d := &w.drafts[i]
		want(d.Ref)
		want(d.owner)
		for _, r := range d.also {
			want(r)
		}
		for _, l := range d.links {
			want(l.target)
		}
	}
	return byHash
}

// takeName takes a name that is found out of byHash.
func (w *writing) takeName(byHash map[int64]Ref) func(*db.Row) error {
	return func(r *db.Row) error {
		h := r.Int64(0)
		w.names[byHash[h]] = r.Int64(1)
		delete(byHash, h)
		return nil
	}
}

// findNames takes those that it finds out of byHash.
func (w *writing) findNames(byHash map[int64]Ref) error {
	if len(byHash) == 0 {
		return nil
	}
	found := w.takeName(byHash)
	// On SQLite a question costs no way to a server, and a list of numbers has to
	// be made into a table first: a few are faster asked one by one.
	if len(byHash) == 1 || len(byHash) <= 16 && w.tx.Dialect() == db.SQLite {
		for h := range byHash {
			if err := w.tx.Query("SELECT hash, row FROM name WHERE hash = $1", []any{h}, found); err != nil {
				return err
			}
		}
		return nil
	}
	hashes := make([]int64, 0, len(byHash))
	for h := range byHash {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	return w.tx.Query("SELECT hash, row FROM name WHERE "+w.tx.Dialect().AnyInt("hash", "$1"), []any{hashes}, found)
}

// readHeads reads, and on PostgreSQL locks, the current versions of what the
// drafts are about.
func (w *writing) readHeads() error {
	w.heads = map[Row]*head{}
	rows, err := w.knownRows()
	if err != nil || len(rows) == 0 {
		return err
	}
	sql := "SELECT " + headNames + " FROM res WHERE " + w.tx.Dialect().AnyInt("row", "$1")
	if w.tx.Dialect() == db.Postgres {
		sql += " ORDER BY row FOR UPDATE"
	}
	if err := w.tx.Query(sql, []any{rows}, w.takeHead); err != nil {
		return err
	}
	return w.checkHeads()
}

// knownRows is the rows of what the drafts are about, as far as they have one.
func (w *writing) knownRows() ([]Row, error) {
	var rows []Row
	for i := range w.drafts {
		if row, ok := w.names[w.drafts[i].Ref]; ok {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	if len(slices.Compact(slices.Clone(rows))) != len(rows) {
		return nil, problem.New(problem.Invalid, "The same resource stands twice in one transaction. Send each resource once.")
	}
	return rows, nil
}

func (w *writing) takeHead(r *db.Row) error {
	h := &head{}
	h.scan(r)
	h.body = slices.Clone(h.body)
	w.heads[h.row] = h
	return nil
}

// checkHeads refuses a name that meets another at its hash.
func (w *writing) checkHeads() error {
	for i := range w.drafts {
		d := &w.drafts[i]
		if h := w.heads[w.names[d.Ref]]; h != nil && (h.id != d.ID || w.s.nums.kindName(h.kind) != d.Type) {
			return problem.New(problem.Conflict, "Nothing can be stored under this id. Choose another one.")
		}
	}
	return nil
}

// scan reads the nine columns row, kind, ver, tx, at, how, mask, id and body.
// The body is valid only as long as the row.
func (h *head) scan(r *db.Row) { h.scanFrom(r, 0) }

// scanFrom is scan for columns that stand behind n others.
func (h *head) scanFrom(r *db.Row, n int) {
	h.row, h.kind, h.ver, h.tx = r.Int64(n), r.Int64(n+1), r.Int64(n+2), r.Int64(n+3)
	h.at, h.how, h.mask, h.id = r.Int64(n+4), r.Int64(n+5), r.Int64(n+6), unpackID(r.Bytes(n+7))
	if h.body = r.Bytes(n + 8); r.Null(n + 8) {
		h.body = nil
	}
}

// one writes draft i at its row.
func (w *writing) one(i int, row Row) error {
	d := &w.drafts[i]
	was := w.heads[w.names[d.Ref]]
	var old facts
	if was != nil && was.body != nil {
		var err error
		if old, err = w.s.factsOfHead(w.tx, was); err != nil {
			return err
		}
		if err := w.resolveLinks(was.row, old.links); err != nil {
			return err
		}
	}
	ver := int64(1)
	if was != nil {
		ver = was.ver + 1
	}
	if err := w.resolveLinks(row, d.links); err != nil {
		return err
	}
	w.buf.replace(w, row, was, d, old)
	var body []byte
	mask := w.labels.masks[i]
	class, err := w.classFor(row, d, mask)
	if err != nil {
		return err
	}
	mask |= class
	if d.packed == nil && was != nil {
		mask |= was.mask // what was hidden stays hidden when it is deleted
	}
	mask = mask&^byAny | d.Mask&byAny
	if d.packed != nil {
		key, err := w.keyOf(PersonOf(row))
		if err != nil {
			return err
		}
		body = key.Seal(nil, d.packed, place(row, ver))
	}
	if err := w.buf.version(w, row, was, &head{row: row, kind: w.s.nums.kind(d.Type), ver: ver, tx: w.txn,
		at: w.at, how: int64(d.How), mask: mask, id: d.ID, body: body}); err != nil {
		return err
	}
	if moved := was != nil && was.row != row; moved {
		w.buf.moved = append(w.buf.moved, row, was.row)
	}
	w.out[i] = Written{Row: row, Version: ver, At: w.at, Created: was == nil || was.body == nil, Changed: true}
	return nil
}

// place is what a body is sealed to: it opens nowhere else.
func place(row Row, ver int64) []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(row))
	binary.BigEndian.PutUint64(b[8:], uint64(ver))
	return b[:]
}

// done makes known what the commit has made true.
func (w *writing) done() {
	for _, p := range w.people {
		if p.key != nil {
			w.s.keys.put(p.num, p.key)
		}
	}
	for _, c := range w.chosen {
		w.s.chosen.put(c)
	}
	for _, e := range w.buf.sys {
		w.s.known.Store(e, true)
	}
	w.s.committed()
}
