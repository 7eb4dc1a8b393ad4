package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Erasing a person takes away their key, and with it every copy of their
// bodies that does not lie beside the wrapped key, as those of a backup do; then
// the bodies and everything by which they could be
// found. What stays is their number, with an empty key, and the keyed hashes of
// the ids, so that no id is ever given to somebody else and an old file that is
// loaded brings nobody back.

// Erased is how much of a person was taken away.
type Erased struct {
	Resources int64 // that were there
	Versions  int64 // of these and of what was deleted, current ones included
	Entries   int64 // of the index
	Files     int64 // Binaries of their own, which the others count too
	Shared    int64 // Binaries that stay, since they are not this person's alone
}

// errErased refuses to write into a record that was erased, or under an id that
// belonged to one.
var errErased = problem.New(problem.Gone, "The record that this belongs to was erased, and its ids are not used again. Leave this resource out.")

// erased tells whether the record of a person was erased.
func (p *person) erased() bool { return len(p.wrapped) == 0 }

// Erase takes a person's record away for good. It is safe to run again where it
// was stopped: whatever is left goes then.
func (s *Store) Erase(ctx context.Context, num int64) (Erased, error) {
	if num < firstPerson {
		return Erased{}, problem.New(problem.NotFound, "There is no such record. Check whose it is.")
	}
	e, err := s.eraseOnce(ctx, num)
	for range eraseTries {
		if errors.Is(err, ErrStale) {
			e, err = s.eraseOnce(ctx, num)
		}
	}
	if err != nil {
		return Erased{}, err
	}
	s.keys.drop(num)
	s.chosen.drop(num)
	s.committed()
	left, err := s.sweepIndex(ctx, num)
	if err != nil {
		return Erased{}, err
	}
	e.out.Entries += left
	return e.out, s.db.Scrub(ctx, false)
}

// eraseTries is how often an erasure is begun again where entries were written
// that lead to other files meanwhile.
const eraseTries = 3

// eraseOnce looks for who else opens the person's files, and erases.
func (s *Store) eraseOnce(ctx context.Context, num int64) (e *erasing, err error) {
	look, err := s.lookElsewhere(ctx, num)
	if err != nil {
		return nil, err
	}
	return e, s.db.Write(ctx, func(tx *db.Tx) error {
		e = &erasing{writing: &writing{s: s, tx: tx, names: map[Ref]Row{}}, person: num, look: look}
		return e.run()
	})
}

// erasing is one run of Erase.
type erasing struct {
	*writing
	person int64
	apart  []Row // rows in other records where resources of this one lay before
	look   *elsewhere
	files  []Ref // Binaries that go with it
	out    Erased

	fileRows []Row // where those lie
}

func (e *erasing) run() error {
	if e.tx.Dialect() == db.SQLite {
		// What is deleted is written over, in the pages that it lay in.
		if _, err := e.tx.Exec("PRAGMA secure_delete=ON"); err != nil {
			return err
		}
	}
	err := e.steps()
	if e.tx.Dialect() == db.SQLite {
		if _, off := e.tx.Exec("PRAGMA secure_delete=OFF"); err == nil {
			err = off
		}
	}
	return err
}

func (e *erasing) steps() error {
	for _, step := range []func() error{e.begin, e.findApart, e.findFiles, e.dropIndex, e.dropFiles, e.dropVersions, e.leaveMark} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// begin keeps every other write away on PostgreSQL, as a write that moves a
// resource does, and takes the transaction's number.
func (e *erasing) begin() error {
	sql := "SELECT coalesce(max(tx), 0) + 1 FROM feed"
	if e.tx.Dialect() == db.Postgres {
		if err := e.tx.Query("SELECT pg_advisory_xact_lock(8, 0)", nil, skip); err != nil {
			return err
		}
		sql = "SELECT pg_current_xact_id()::text::bigint"
	}
	if _, err := e.tx.One(sql, nil, func(r *db.Row) error { e.txn = r.Int64(0); return nil }); err != nil {
		return err
	}
	e.people = map[int64]*person{}
	if err := e.readPersons([]int64{e.person}); err != nil {
		return err
	}
	if e.people[e.person] == nil {
		return problem.New(problem.NotFound, "There is no such record. Check whose it is.")
	}
	return nil
}

// span is the person's range of rows, for a statement.
func (e *erasing) span() []any { return []any{FirstRow(e.person), FirstRow(e.person + 1)} }

// dropIndex takes away what the current versions are found by.
func (e *erasing) dropIndex() error {
	if e.people[e.person].erased() {
		return nil
	}
	for after := FirstRow(e.person) - 1; ; {
		var heads []*head
		err := e.tx.Query("SELECT "+headNames+" FROM res WHERE row > $1 AND row < $2 ORDER BY row LIMIT $3",
			[]any{after, FirstRow(e.person + 1), verifyChunk}, func(r *db.Row) error {
				h := &head{}
				h.scan(r)
				h.body = clone(h.body)
				heads = append(heads, h)
				return nil
			})
		if err != nil || len(heads) == 0 {
			return err
		}
		after = heads[len(heads)-1].row
		e.buf.drop = e.buf.drop[:0]
		for _, h := range heads {
			if h.body == nil {
				continue
			}
			e.out.Resources++
			if err := e.dropOne(h); err != nil {
				return err
			}
		}
		if err := e.flushDrops(); err != nil {
			return err
		}
	}
}

// dropOne collects the entries of one version. One that can not be read any
// more is left to the sweep: damage must not keep a record from being erased.
func (e *erasing) dropOne(h *head) error {
	f, err := e.s.factsOfHead(e.tx, h)
	if err != nil {
		return nil
	}
	links := f.links[:0]
	for _, l := range f.links {
		found, err := e.tx.One("SELECT row FROM name WHERE hash = $1", []any{e.s.nameHash(l.target)}, func(r *db.Row) error {
			l.row = r.Int64(0)
			return nil
		})
		if err != nil {
			return err
		}
		if found {
			links = append(links, l)
		}
	}
	f.links = links
	e.out.Entries += int64(len(f.far) + len(f.links) + len(f.ords) + len(f.strs))
	e.buf.drop = append(e.buf.drop, dropped{row: h.row, entries: f.entries})
	return nil
}

// findApart finds the rows in other records where resources of this person lay
// before they came here: what was written there by mistake was about them.
func (e *erasing) findApart() error {
	from, sql := []Row(nil), "SELECT was FROM moved WHERE row >= $1 AND row < $2"
	args := e.span()
	for {
		var next []Row
		err := e.tx.Query(sql, args, func(r *db.Row) error {
			if was := r.Int64(0); PersonOf(was) != e.person && !slices.Contains(e.apart, was) {
				next = append(next, was)
			}
			return nil
		})
		if err != nil || len(next) == 0 {
			return err
		}
		e.apart = append(e.apart, next...)
		from, sql = next, "SELECT was FROM moved WHERE "+e.tx.Dialect().AnyInt("row", "$1")
		args = []any{from}
	}
}

// dropVersions takes away versions, their places in the feed, and the key.
func (e *erasing) dropVersions() error {
	apart, files := append([]Row{}, e.apart...), append([]Row{}, e.fileRows...)
	in := "row >= $1 AND row < $2"
	or := "(" + in + " OR " + e.tx.Dialect().AnyInt("row", "$3") + ")"
	orFile := strings.Replace(or, "$3", "$4", 1)
	withFiles, mine := append(e.span(), files), append(e.span(), append(apart, files...))
	count := func(n int64) { e.out.Versions += n }
	for _, st := range []struct {
		sql  string
		args []any
		done func(int64)
	}{
		{"DELETE FROM feed WHERE (tx, row, ver) IN (SELECT tx, row, ver FROM res WHERE " + orFile + " UNION ALL SELECT tx, row, ver FROM old WHERE " + or + ")", append(mine, files), nil},
		{"DELETE FROM old WHERE " + or, mine, count},
		{"DELETE FROM res WHERE " + or, withFiles, count},
		{"DELETE FROM label_ruling WHERE " + or, withFiles, nil},
		{"DELETE FROM moved WHERE " + in + " OR was >= $1 AND was < $2", e.span(), nil},
		{"DELETE FROM moved WHERE " + e.tx.Dialect().AnyInt("row", "$1"), []any{append(apart, files...)}, nil},
		{"DELETE FROM choice_set WHERE " + in, e.span(), nil},
		{"DELETE FROM choice_class WHERE person = $1", []any{e.person}, nil},
		{"DELETE FROM choice_view WHERE person = $1", []any{e.person}, nil},
		{"DELETE FROM choice_open WHERE person = $1", []any{e.person}, nil},
		{"DELETE FROM optout WHERE person = $1", []any{e.person}, nil},
		{"UPDATE person SET choices = 0 WHERE person = $1", []any{e.person}, nil},
		{"UPDATE person SET id = '', key = $2, choices = 0 WHERE person = $1", []any{e.person, []byte{}}, nil},
	} {
		n, err := e.tx.Exec(st.sql, st.args...)
		if err != nil {
			return err
		}
		if st.done != nil {
			st.done(n)
		}
	}
	return nil
}

// leaveMark keeps the number of the transaction in the feed. On SQLite the next
// one is counted from there, and must not have a number that a follower or a
// page has seen already. No version lies behind the mark.
func (e *erasing) leaveMark() error {
	_, err := e.tx.Exec("INSERT INTO feed (tx, row, ver, kind) VALUES ($1, $2, $3, $4)", e.txn, FirstRow(e.person), int64(1), e.s.nums.kind("Patient"))
	return err
}

// sweepIndex looks through the whole index for what is left of a person, such
// as entries of a search parameter that was changed since, and takes it away.
// It reads beside other writes, and finds nothing new behind it: nothing is
// written into a record that was erased.
func (s *Store) sweepIndex(ctx context.Context, num int64) (gone int64, err error) {
	files := []Row{}
	if err := s.db.Query(ctx, "SELECT row FROM erased_file WHERE person = $1", []any{num}, func(r *db.Row) error {
		files = append(files, r.Int64(0))
		return nil
	}); err != nil {
		return 0, err
	}
	in := "(row >= $1 AND row < $2 OR " + s.db.Dialect().AnyInt("row", "$3") + ")"
	for _, t := range []struct{ table, key string }{
		{"far", "hash"}, {"link", "target"}, {"ord", "key"}, {"str", "key"}, {"also", "person"},
	} {
		keys := map[int64]bool{}
		sql := fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE %s", t.key, t.table, in)
		if err := s.db.Query(ctx, sql, []any{FirstRow(num), FirstRow(num + 1), files}, func(r *db.Row) error {
			keys[r.Int64(0)] = true
			return nil
		}); err != nil {
			return gone, err
		}
		if len(keys) == 0 {
			continue
		}
		list := make([]int64, 0, len(keys))
		for k := range keys {
			list = append(list, k)
		}
		slices.Sort(list)
		var n int64
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			if tx.Dialect() == db.SQLite {
				if _, err := tx.Exec("PRAGMA secure_delete=ON"); err != nil {
					return err
				}
			}
			n, err = tx.Exec("DELETE FROM "+t.table+" WHERE "+tx.Dialect().AnyInt(t.key, "$4")+" AND "+in, FirstRow(num), FirstRow(num+1), files, list)
			if tx.Dialect() == db.SQLite {
				if _, off := tx.Exec("PRAGMA secure_delete=OFF"); err == nil {
					err = off
				}
			}
			return err
		})
		if err != nil {
			return gone, err
		}
		gone += n
	}
	if len(files) == 0 {
		return gone, nil
	}
	return gone, s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM erased_file WHERE person = $1", num)
		return err
	})
}

// Scrub takes what was deleted out of the files: see db.DB.Scrub.
func (s *Store) Scrub(ctx context.Context) error { return s.db.Scrub(ctx, true) }
