package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
)

// A file that is a Binary of its own lies in nobody's record, and opens by an
// entry that leads to it. It goes with the person whose it says it is. One that
// does not say goes with the person whose entry opens it, by the word of an
// operator or a program, unless an entry that is not theirs opens it too: then it
// is not theirs alone, and is counted. All versions of theirs are looked at, so
// that what an entry led to before goes as well.

const typeBinary = "Binary"

var urlKey = []byte(`"url"`)

// elsewhere is what was found out before the write lock: whether entries of
// others open files of a person that do not say whose they are. It takes a look
// at every record, which no other write should wait for.
type elsewhere struct {
	files  map[Ref]bool // that were looked for
	opened map[Ref]bool // those of them that others open
	at     moment       // when the look began
}

// lookElsewhere looks through all other records for what opens a person's files.
func (s *Store) lookElsewhere(ctx context.Context, num int64) (*elsewhere, error) {
	look := &elsewhere{files: map[Ref]bool{}, opened: map[Ref]bool{}}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		text, err := s.snapshot(tx)
		if err != nil {
			return err
		}
		if look.at, err = parseMoment(text); err != nil {
			return err
		}
		e := &erasing{writing: &writing{s: s, tx: tx}, person: num}
		if err := e.findApart(); err != nil {
			return err
		}
		_, unsaid, err := e.filesLed()
		for _, ref := range unsaid {
			look.files[ref] = true
		}
		return err
	})
	at := span{low: 0, high: lastRow}
	for more := len(look.files) > 0; more && err == nil; {
		err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
			more, err = s.chunkIn(tx, "res", &at, func(h *head, v *Version) error { return s.opensAny(tx, h, v, num, look) })
			return err
		})
	}
	if err != nil || len(look.files) == 0 {
		return look, err
	}
	// What was written during the long look is looked at here, so that little is left
	// to be done under the lock.
	return look, s.db.Read(ctx, func(tx *db.Tx) error {
		text, err := s.snapshot(tx)
		if err != nil {
			return err
		}
		if err := s.lookAgain(tx, num, look); err != nil {
			return err
		}
		look.at, err = parseMoment(text)
		return err
	})
}

// lookAgain looks at what was written since the moment of a look.
func (s *Store) lookAgain(tx *db.Tx, num int64, look *elsewhere) error {
	b := &builder{sql: tx.Dialect()}
	sql := "SELECT DISTINCT f.row FROM feed f WHERE " + look.at.since(b, "f.tx") + " AND f.kind <> " + b.arg(s.nums.kind(typeBinary))
	var rows []Row
	if err := tx.Query(sql, b.args, func(r *db.Row) error {
		rows = append(rows, r.Int64(0))
		return nil
	}); err != nil {
		return err
	}
	for part := range slices.Chunk(rows, verifyChunk) {
		heads, err := s.headsWhere(tx, "res r WHERE r.body IS NOT NULL AND "+tx.Dialect().AnyInt("r.row", "$1"), part)
		if err != nil {
			return err
		}
		if err := s.readKeys(tx, heads); err != nil {
			return err
		}
		for _, h := range heads {
			v, err := s.open(h)
			if err != nil {
				continue
			}
			if err := s.opensAny(tx, h, v, num, look); err != nil {
				return err
			}
		}
	}
	return nil
}

// span is rows and versions that are read from low on, up to high.
type span struct {
	low, high Row
	after     int64 // version of low
}

// chunkIn opens the next versions of a span, which begins behind them then.
// Those that can not be read are left out: damage must not keep a record from
// being erased.
func (s *Store) chunkIn(tx *db.Tx, table string, at *span, fn func(*head, *Version) error) (more bool, err error) {
	var heads []*head
	size, n := 0, 0
	err = tx.Query("SELECT "+headNames+" FROM "+table+" WHERE row >= $1 AND row < $2 AND (row > $1 OR ver > $3) AND kind <> $4 AND body IS NOT NULL ORDER BY row, ver LIMIT $5",
		[]any{at.low, at.high, at.after, s.nums.kind(typeBinary), verifyChunk}, func(r *db.Row) error {
			h := &head{}
			h.scan(r)
			h.body = clone(h.body)
			heads = append(heads, h)
			n++
			if size += len(h.body); size > maxBatchBytes {
				more = true
				return db.Stop
			}
			return nil
		})
	if err != nil || n == 0 {
		return false, err
	}
	at.low, at.after = heads[n-1].row, heads[n-1].ver
	if err := s.readKeys(tx, heads); err != nil {
		return false, err
	}
	for _, h := range heads {
		v, err := s.open(h)
		if err != nil {
			continue
		}
		if err := fn(h, v); err != nil {
			return false, err
		}
	}
	return more || n == verifyChunk, nil
}

// filesIn tells of each Binary of this server to which an address in a version
// leads.
func (s *Store) filesIn(v *Version, fn func(Ref)) {
	body, err := v.Body()
	if err != nil || !bytes.Contains(body, urlKey) {
		return
	}
	t, err := v.Tree()
	if err != nil {
		return
	}
	for n := range t.Strings("url") {
		if ref, ok := s.Local(n.Str()); ok && ref.Type == typeBinary {
			fn(ref)
		}
	}
}

// opensAny notes which files an entry that is not the person's opens: those to
// which it leads, where somebody whose word counts wrote so.
func (s *Store) opensAny(tx *db.Tx, h *head, v *Version, person int64, look *elsewhere) error {
	if PersonOf(h.row) == person {
		return nil
	}
	led := map[Ref]bool{}
	s.filesIn(v, func(ref Ref) {
		if look.files[ref] && !look.opened[ref] {
			led[ref] = true
		}
	})
	if len(led) == 0 {
		return nil
	}
	w, err := s.word(tx, v.Ref, h, byAny)
	if err != nil || !w.Vouched || len(w.Versions) == 0 {
		return err
	}
	if last := w.Versions[len(w.Versions)-1]; last.Encoded != nil {
		s.filesIn(last, func(ref Ref) { look.opened[ref] = look.opened[ref] || led[ref] })
	}
	return nil
}

// filesLed gives the files to which versions of the person lead: those that say
// they are theirs, and those that say nothing, where an operator or a program
// wrote the address.
func (e *erasing) filesLed() (theirs, unsaid []Ref, err error) {
	led := map[Ref]bool{} // whether a word that counts leads there
	take := func(h *head, v *Version) error {
		e.s.filesIn(v, func(ref Ref) { led[ref] = led[ref] || h.mask&byAny != 0 })
		return nil
	}
	all := func(table string, at span) (err error) {
		for more := true; more && err == nil; {
			more, err = e.s.chunkIn(e.tx, table, &at, take)
		}
		return err
	}
	for _, table := range []string{"res", "old"} {
		if err := all(table, span{low: FirstRow(e.person), high: FirstRow(e.person + 1)}); err != nil {
			return nil, nil, err
		}
	}
	for _, row := range e.apart {
		if err := all("old", span{low: row, high: row + 1}); err != nil {
			return nil, nil, err
		}
	}
	for ref, vouched := range led {
		f, err := e.file(ref)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case f == nil:
		case f.theirs:
			theirs = append(theirs, ref)
		case f.unsaid && vouched:
			unsaid = append(unsaid, ref)
		}
	}
	order := func(a, b Ref) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(theirs, order)
	slices.SortFunc(unsaid, order)
	return theirs, unsaid, nil
}

// ownFile is a Binary, and whose it says it is: the person's, or nothing.
type ownFile struct {
	now            *head
	theirs, unsaid bool
}

// file reads a Binary that lies in nobody's record; nil where there is none. Of
// one that was deleted, what it said last counts.
func (e *erasing) file(ref Ref) (*ownFile, error) {
	heads, err := e.s.headsWhere(e.tx, "name n JOIN res r ON r.row = n.row WHERE n.hash = $1", e.s.nameHash(ref))
	if err != nil || len(heads) != 1 || heads[0].id != ref.ID || e.s.nums.kindName(heads[0].kind) != typeBinary || Subject(heads[0].row) != 0 {
		return nil, err
	}
	f, said := &ownFile{now: heads[0]}, heads[0]
	if said.body == nil {
		if said, err = e.s.lastSaid(e.tx, said); err != nil {
			return nil, err
		}
	}
	if err := e.s.readKeys(e.tx, []*head{f.now, said}); err != nil {
		return nil, err
	}
	v, err := e.s.open(said)
	if err != nil || v.Encoded == nil {
		return f, nil // it can not be read, so nobody knows whose it is
	}
	t, err := v.Tree()
	if err != nil {
		return f, nil
	}
	about := t.Root().Get("securityContext")
	if f.unsaid = !about.Exists(); f.unsaid {
		return f, nil
	}
	to, ok := e.s.Local(about.Get("reference").Str())
	if !ok {
		return f, nil
	}
	_, err = e.tx.One("SELECT row FROM name WHERE hash = $1", []any{e.s.nameHash(to)}, func(r *db.Row) error {
		f.theirs = PersonOf(r.Int64(0)) == e.person
		return nil
	})
	return f, err
}

// findFiles says which files go. Whatever was written since the other records
// were looked at is looked at here. The error is ErrStale where the person's
// entries lead to others by now.
func (e *erasing) findFiles() error {
	if e.people[e.person].erased() {
		return nil
	}
	theirs, unsaid, err := e.filesLed()
	if err != nil {
		return err
	}
	e.files = theirs
	if len(unsaid) == 0 {
		return nil
	}
	for _, ref := range unsaid {
		if !e.look.files[ref] {
			return ErrStale
		}
	}
	if err := e.s.lookAgain(e.tx, e.person, e.look); err != nil {
		return err
	}
	for _, ref := range unsaid {
		if e.look.opened[ref] {
			e.out.Shared++
			continue
		}
		e.files = append(e.files, ref)
	}
	return nil
}

// dropFiles takes away what files are found by and moves their names into the
// record that is erased, so that these ids too are never given again. Their rows
// are written down until the whole index was swept.
func (e *erasing) dropFiles() error {
	e.buf.drop = e.buf.drop[:0]
	for _, ref := range e.files {
		f, err := e.file(ref)
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		rows, err := e.s.homesOf(e.tx, ref)
		if err != nil {
			return err
		}
		if e.out.Files++; f.now.body != nil {
			e.out.Resources++
			if err := e.dropOne(f.now); err != nil {
				return err
			}
		}
		e.fileRows = append(e.fileRows, rows...)
		if err := e.bury(ref, f.now.row); err != nil {
			return err
		}
	}
	return e.flushDrops()
}

// bury gives a name a place in the record that is erased.
func (e *erasing) bury(ref Ref, row Row) error {
	p := e.people[e.person]
	grave := FirstRow(e.person) + min(p.next, 1<<seqBits-1)
	p.next++
	for _, st := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE person SET next = $2 WHERE person = $1", []any{e.person, p.next}},
		{"UPDATE name SET row = $2 WHERE hash = $1", []any{e.s.nameHash(ref), grave}},
		{"UPDATE link SET target = $2 WHERE target = $1", []any{row, grave}},
		{"INSERT INTO erased_file (person, row) VALUES ($1, $2) ON CONFLICT DO NOTHING", []any{e.person, row}},
	} {
		if _, err := e.tx.Exec(st.sql, st.args...); err != nil {
			return err
		}
	}
	return nil
}
