package store

import (
	"maps"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
)

// maxAskedAhead bounds how many names are looked up together with the locks,
// the current versions and the people behind them. A write with more of them
// is a large one, in which a few round trips do not count.
const maxAskedAhead = 512

// lookPostgres takes the locks and reads what the drafts are about. The usual
// write finds every name that it looks for: all of it is one round trip then.
// Where a name is about to be given, its lock comes before those of rows and
// people, so these are asked for afterwards.
func (w *writing) lookPostgres(guards []Guard) error {
	byHash := w.wanted()
	w.heads, w.people = map[Row]*head{}, map[int64]*person{}
	p, known := &db.Pipeline{}, int64(0)
	w.lockTypes(p, guards, &known)
	ahead := len(byHash) <= maxAskedAhead
	if ahead {
		w.askAhead(p, byHash)
	}
	if err := w.tx.Run(p); err != nil {
		return err
	}
	if err := w.checkRegistry(known); err != nil {
		return err
	}
	if !ahead || len(byHash) > 0 {
		if err := w.lockNames(byHash, ahead); err != nil {
			return err
		}
		if err := w.readHeads(); err != nil {
			return err
		}
	} else if _, err := w.knownRows(); err != nil {
		return err
	} else if err := w.checkHeads(); err != nil {
		return err
	}
	if err := check(w.tx, guards); err != nil {
		return err
	}
	if ahead && len(byHash) == 0 {
		return nil
	}
	return w.readPeople()
}

// lockTypes makes conditional writes free of races between nodes: a write
// takes its types shared, a guard takes the types it looks at for itself
// alone. A write that moves a resource runs alone. Types are locked in the
// order of their numbers, whatever the mode: two writes that need the same
// types then never wait for each other. The statement that comes last also
// gives the transaction's number, and the version of the search parameters.
func (w *writing) lockTypes(p *db.Pipeline, guards []Guard, known *int64) {
	alone := map[int64]bool{}
	for _, g := range guards {
		for _, t := range g.Types {
			alone[w.s.nums.kind(t)] = true
		}
	}
	kinds := slices.Collect(maps.Keys(alone))
	for i := range w.drafts {
		kinds = append(kinds, w.s.nums.kind(w.drafts[i].Type))
	}
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	if w.moving { // before the types, as it is below
		p.Query("SELECT pg_advisory_xact_lock(8, 0)", nil, skip)
	} else if len(alone) > 0 {
		p.Query("SELECT pg_advisory_xact_lock_shared(8, 0)", nil, skip)
	}
	for len(alone) > 0 && len(kinds) > 0 {
		sql := "SELECT pg_advisory_xact_lock_shared(7, $1::int)"
		if alone[kinds[0]] {
			sql = "SELECT pg_advisory_xact_lock(7, $1::int)"
		}
		p.Query(sql, []any{kinds[0]}, skip)
		kinds = kinds[1:]
	}
	p.Query("SELECT pg_advisory_xact_lock_shared(8, 0), pg_current_xact_id()::text::bigint, (SELECT count(pg_advisory_xact_lock_shared(7, k::int)) FROM unnest($1::bigint[]) k), (SELECT version FROM registry)",
		[]any{kinds}, func(r *db.Row) error {
			w.txn, *known = r.Int64(1), r.Int64(3)
			return nil
		})
}

// allKnown is the condition that every name of a list has a row. Rows and
// people are locked ahead only under it: otherwise their locks would come
// before those of the names, and two writes could wait for each other.
const allKnown = " AND (SELECT count(*) FROM name WHERE hash = ANY($1)) = cardinality($1::bigint[]) "

// askAhead asks for the names, and where all of them are known for the current
// versions and the people behind them, and locks these.
func (w *writing) askAhead(p *db.Pipeline, byHash map[int64]Ref) {
	if len(w.drafts) == 0 {
		return
	}
	all := slices.AppendSeq(make([]int64, 0, len(byHash)), maps.Keys(byHash)) // never nil, which would be NULL
	slices.Sort(all)
	var about, homes, shards []int64
	for i := range w.drafts {
		d := &w.drafts[i]
		if !d.Fresh {
			about = append(about, w.s.nameHash(d.Ref))
		}
		if d.owner.Empty() {
			shards = append(shards, w.s.shard(d.Ref))
		} else {
			homes = append(homes, w.s.nameHash(d.owner))
		}
	}
	if len(all) > 0 {
		p.Query("SELECT hash, row FROM name WHERE hash = ANY($1::bigint[])", []any{all}, w.takeName(byHash))
	}
	if hashes := w.targetHashes(); len(hashes) > 0 {
		p.Query(targetQuery, []any{hashes, labelBits}, w.takeTarget)
	}
	w.labels.asked = true
	if len(about) > 0 {
		p.Query("SELECT "+headNames+" FROM res WHERE row = ANY(ARRAY(SELECT row FROM name WHERE hash = ANY($2::bigint[])))"+
			allKnown+"ORDER BY row FOR UPDATE", []any{all, about}, w.takeHead)
	}
	p.Query("SELECT person, id, next, key, choices FROM person WHERE person = ANY(ARRAY(SELECT row >> 24 FROM name WHERE hash = ANY($2::bigint[])) || $3::bigint[])"+
		allKnown+"ORDER BY person FOR UPDATE", []any{all, slices.Concat(about, homes), shards}, w.takePerson)
}

// maxNameLocks is how many names a write locks: PostgreSQL has room for so
// many locks only.
const maxNameLocks = 500

// lockNames locks the names that are about to be given and looks them up
// again, so that two nodes do not give one twice. Many names are left to their
// table, which takes each once.
func (w *writing) lockNames(byHash map[int64]Ref, asked bool) error {
	if !asked {
		if err := w.findNames(byHash); err != nil {
			return err
		}
	}
	if len(byHash) == 0 || len(byHash) > maxNameLocks {
		return nil
	}
	p := &db.Pipeline{}
	unknown := slices.Sorted(maps.Keys(byHash))
	p.Query("SELECT pg_advisory_xact_lock(h) FROM unnest($1::bigint[]) h", []any{unknown}, skip)
	p.Query("SELECT hash, row FROM name WHERE hash = ANY($1::bigint[])", []any{unknown}, w.takeName(byHash))
	p.Query(targetQuery, []any{unknown, labelBits}, w.takeTarget)
	return w.tx.Run(p)
}
