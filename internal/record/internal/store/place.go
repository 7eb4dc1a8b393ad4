package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// readPeople reads, and on PostgreSQL locks, the people and shards whose rows
// the drafts may come to lie in.
func (w *writing) readPeople() error {
	w.people = map[int64]*person{}
	var nums []int64
	add := func(num int64) {
		if !contains(nums, num) {
			nums = append(nums, num)
		}
	}
	for i := range w.drafts {
		d := &w.drafts[i]
		if row, ok := w.names[d.Ref]; ok {
			add(PersonOf(row))
		}
		switch row, ok := w.names[d.owner]; {
		case d.owner.Empty():
			add(w.s.shard(d.Ref))
		case ok:
			add(PersonOf(row))
		}
	}
	return w.readPersons(nums)
}

func (w *writing) takePerson(r *db.Row) error {
	p := &person{num: r.Int64(0), id: r.Text(1), next: r.Int64(2), wrapped: slices.Clone(r.Bytes(3)), choices: r.Int64(4)}
	w.people[p.num] = p
	return nil
}

func (w *writing) readPersons(nums []int64) error {
	if len(nums) == 0 {
		return nil
	}
	slices.Sort(nums)
	sql := "SELECT person, id, next, key, choices FROM person WHERE "
	arg := any(nums)
	if len(nums) == 1 {
		sql += "person = $1"
		arg = nums[0]
	} else {
		sql += w.tx.Dialect().AnyInt("person", "$1")
	}
	if w.tx.Dialect() == db.Postgres {
		sql += " ORDER BY person FOR UPDATE"
	}
	return w.tx.Query(sql, []any{arg}, w.takePerson)
}

// shard is the number under which a resource lies that belongs to nobody.
func (s *Store) shard(r Ref) int64 {
	h := uint64(s.hash(domainShard, []byte(r.Type+"/"+r.ID)))
	return 1 + int64(h%shards)
}

// placeAll finds or makes the row of each draft; -1 is a delete of what is not
// there. Patients come first: what is about them lies behind them.
func (w *writing) placeAll() ([]Row, error) {
	rows := make([]Row, len(w.drafts))
	for _, patients := range []bool{true, false} {
		for i := range w.drafts {
			if (w.drafts[i].Type == "Patient") != patients {
				continue
			}
			row, err := w.place(i)
			if err != nil {
				return nil, err
			}
			rows[i] = row
		}
	}
	return rows, nil
}

func (w *writing) place(i int) (Row, error) {
	d := &w.drafts[i]
	was := w.heads[w.names[d.Ref]]
	if err := expect(i, d.Expect, was); err != nil {
		return 0, err
	}
	if d.packed == nil {
		if was == nil || was.body == nil {
			w.out[i] = Written{Version: version(was)}
			return -1, nil
		}
		return was.row, nil
	}
	kept, known := w.names[d.Ref]
	if p := w.people[PersonOf(kept)]; known && p != nil && p.erased() {
		return 0, errErased
	}
	home, err := w.home(d)
	if err != nil {
		return 0, err
	}
	switch {
	case d.Type == "Patient":
		w.names[d.Ref] = FirstRow(home)
		return FirstRow(home), nil
	case known && PersonOf(kept) == home:
		return kept, nil
	case known && !w.moving && w.tx.Dialect() == db.Postgres:
		return 0, errMoving
	}
	row, err := w.newRow(home, d.Ref)
	if err != nil {
		return 0, err
	}
	if known {
		// What refers to the resource follows it to its new place.
		w.buf.relink = append(w.buf.relink, [2]Row{kept, row})
		w.buf.rename = append(w.buf.rename, [2]int64{w.s.nameHash(d.Ref), row})
		if was != nil {
			w.heads[row] = was
		}
	} else {
		w.buf.names = append(w.buf.names, w.s.nameHash(d.Ref), row)
	}
	w.names[d.Ref] = row
	return row, nil
}

func version(h *head) int64 {
	if h == nil {
		return 0
	}
	return h.ver
}

func expect(i int, want int64, was *head) error {
	there := was != nil && was.body != nil
	switch {
	case want == AnyVersion, want == Absent && !there, want == Present && there, want > 0 && there && was.ver == want:
		return nil
	}
	return &StaleError{Index: i, Version: version(was)}
}

// home is the person or shard that a draft's resource belongs to.
func (w *writing) home(d *Draft) (int64, error) {
	if d.owner.Empty() {
		num := w.s.shard(d.Ref)
		if w.people[num] == nil {
			if err := w.readPersons([]int64{num}); err != nil {
				return 0, err
			}
		}
		if w.people[num] == nil {
			return num, w.makePerson(num, "")
		}
		return num, nil
	}
	if row, ok := w.names[d.owner]; ok {
		num := PersonOf(row)
		p := w.people[num]
		if p == nil {
			if err := w.readPersons([]int64{num}); err != nil {
				return 0, err
			}
			p = w.people[num]
		}
		if p != nil && p.erased() {
			return 0, errErased
		}
		if p == nil || p.id != d.owner.ID {
			return 0, lost(fmt.Errorf("store: person %d is not the one that is named", num))
		}
		return num, nil
	}
	return w.newPatient(d.owner)
}

// newPatient gives a patient a number; the Patient resource may come later.
func (w *writing) newPatient(r Ref) (int64, error) {
	num, err := w.newPerson(r)
	if err != nil {
		return 0, err
	}
	w.names[r] = FirstRow(num)
	w.buf.names = append(w.buf.names, w.s.nameHash(r), FirstRow(num))
	return num, nil
}

// newPerson makes a person under the number that their id leads to, or the next
// one that is free. So the order in which people are listed says nothing of when
// they were first heard of.
func (w *writing) newPerson(r Ref) (int64, error) {
	h := uint64(w.s.hash(domainPerson, []byte(r.ID)))
	for try := range uint64(maxProbes) {
		num := firstPerson + int64((h+try)%persons)
		if w.people[num] != nil {
			continue
		}
		if err := w.makePerson(num, r.ID); err != nil {
			return 0, err
		}
		if w.people[num].id == r.ID {
			return num, nil
		}
	}
	return 0, errFull
}

func (w *writing) makePerson(num int64, id string) error {
	wrapped, key, err := w.s.ring.NewPersonKey(num)
	if err != nil {
		return err
	}
	w.people[num] = &person{num: num, id: id, next: 1, key: key, wrapped: wrapped}
	// Written at once, so that another node or a later draft finds it. Two may
	// make the same shard: one then waits here, and takes what the other made.
	n, err := w.tx.Exec("INSERT INTO person (person, id, next, key) VALUES ($1, $2, 1, $3) ON CONFLICT DO NOTHING", num, id, wrapped)
	if err != nil || n > 0 {
		return err
	}
	return w.readPersons([]int64{num})
}

// newRow is a row for a resource that has none yet with a person or shard.
func (w *writing) newRow(num int64, r Ref) (Row, error) {
	if num < firstPerson {
		return w.placeIn(num, r)
	}
	p := w.people[num]
	if p.next >= 1<<seqBits {
		return 0, errFull
	}
	row := FirstRow(num) + p.next
	p.next++
	p.touched = true
	return row, nil
}

var errFull = problem.New(problem.Unavailable, "This record is full. Tell the operator.")

// placeIn is the row in a shard to which the name of a resource leads, or the
// next one that is free: a place may be kept because somebody's record refers to
// it, and the order must not tell that. Whoever comes here has locked the shard.
func (w *writing) placeIn(shard int64, r Ref) (Row, error) {
	h := uint64(w.s.hash(domainPlace, []byte(r.Type+"/"+r.ID)))
	for try := range uint64(maxProbes) {
		row := FirstRow(shard) + firstPlace + int64((h+try)%places)
		taken := w.s.hash(domainTaken, binary.BigEndian.AppendUint64(nil, uint64(row)))
		n, err := w.tx.Exec("INSERT INTO name (hash, row) VALUES ($1, $2) ON CONFLICT DO NOTHING", taken, row)
		if err != nil || n > 0 {
			return row, err
		}
	}
	return 0, errFull
}

// keyOf returns the key that bodies of a person or shard are sealed with.
func (w *writing) keyOf(num int64) (*seal.Key, error) {
	p := w.people[num]
	if p == nil {
		return nil, lost(fmt.Errorf("store: person %d was not read", num))
	}
	if p.key == nil {
		if p.key = w.s.keys.get(num); p.key == nil {
			k, err := w.s.ring.Unwrap(num, p.wrapped)
			if err != nil {
				return nil, err
			}
			p.key = k
		}
	}
	return p.key, nil
}

// resolveLinks fills in the rows of what a resource refers to. What the store
// has never heard of is given a place, so that the reference holds as soon as
// the resource comes.
func (w *writing) resolveLinks(row Row, links []linkEntry) error {
	for i := range links {
		l := &links[i]
		r, ok := w.names[l.target]
		if !ok {
			found, err := w.tx.One("SELECT row FROM name WHERE hash = $1", []any{w.s.nameHash(l.target)}, func(q *db.Row) error {
				r = q.Int64(0)
				return nil
			})
			if err != nil {
				return err
			}
			if !found {
				if r, err = w.keepPlace(l.target); err != nil {
					return err
				}
			}
			w.names[l.target] = r
		}
		l.row = r
	}
	slices.SortFunc(links, linkEntry.compare)
	return nil
}

// keepPlace makes a row for a resource that is referred to and not there yet.
func (w *writing) keepPlace(r Ref) (Row, error) {
	if r.Type == "Patient" {
		num, err := w.newPatient(r)
		return FirstRow(num), err
	}
	num, err := w.home(&Draft{Ref: r})
	if err != nil {
		return 0, err
	}
	row, err := w.newRow(num, r)
	if err != nil {
		return 0, err
	}
	w.buf.names = append(w.buf.names, w.s.nameHash(r), row)
	return row, nil
}
