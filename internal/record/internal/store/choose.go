package store

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/db"
)

// classFor is the class of a version under the choices of the person in whose
// record it lies, as bits of its mask.
func (w *writing) classFor(row Row, d *Draft, mask int64) (int64, error) {
	if d.Encoded == nil {
		return 0, nil // a delete keeps the class of what was there
	}
	p := w.people[PersonOf(row)]
	if p == nil {
		return 0, lost(fmt.Errorf("store: person %d was not read", PersonOf(row)))
	}
	if p.choices == 0 || w.choosers[p.num] {
		return 0, nil // choosers are given all their classes at the end
	}
	c, err := w.choicesOf(p)
	if err != nil || c.Program == nil {
		return 0, err
	}
	it, err := w.s.item(&Version{Ref: d.Ref, Row: row, Mask: mask, Encoded: d.Encoded})
	if err != nil {
		return 0, err
	}
	return w.number(p, c.Program.Class(&it))
}

// choicesOf reads the choices of a person whose row this write has read.
func (w *writing) choicesOf(p *person) (*Choices, error) {
	if c := w.chosen[p.num]; c != nil {
		return c, nil
	}
	c := w.s.chosen.get(p.num, p.choices)
	if c == nil {
		var err error
		if c, err = w.s.loadChoices(w.tx, p.num, p.choices); err != nil {
			return nil, err
		}
	}
	w.keepChoices(c)
	return c, nil
}

func (w *writing) keepChoices(c *Choices) {
	if w.chosen == nil {
		w.chosen = map[int64]*Choices{}
	}
	w.chosen[c.person] = c
}

// number gives a class its number, a new one where it has none yet. Whoever
// remembers the choices without it must read them again, so it is a change of
// them.
func (w *writing) number(p *person, class choice.Class) (int64, error) {
	c := w.chosen[p.num]
	num, ok := c.nums[class]
	if !ok {
		if c.last >= maxChoice {
			return 0, errClasses
		}
		grown := *c
		w.nextEpoch(p)
		grown.last, grown.epoch, grown.nums = c.last+1, p.choices, maps.Clone(c.nums)
		num = grown.last
		grown.nums[class] = num
		w.keepChoices(&grown)
		if _, err := w.tx.Exec("INSERT INTO choice_class (person, num, class) VALUES ($1, $2, $3)", p.num, num, []byte(class)); err != nil {
			return 0, err
		}
		if err := w.saveEpoch(p); err != nil {
			return 0, err
		}
	}
	return num << choiceShift, nil
}

// nextEpoch gives a person's choices another number.
func (w *writing) nextEpoch(p *person) { p.choices = max(p.choices+1, w.txn) }

// needTx finds out the number of the transaction where a write of labels alone
// did not: the numbers of choices are those of transactions, by which nodes
// tell what changed since they looked.
func (w *writing) needTx() error {
	if w.txn != 0 {
		return nil
	}
	sql := w.tx.Dialect().Pick("SELECT coalesce(max(tx), 0) + 1 FROM feed", "SELECT pg_current_xact_id()::text::bigint")
	return w.tx.Query(sql, nil, func(r *db.Row) error { w.txn = r.Int64(0); return nil })
}

func (w *writing) saveEpoch(p *person) error {
	_, err := w.tx.Exec("UPDATE person SET choices = $1 WHERE person = $2", p.choices, p.num)
	return err
}

// findChoosers notes the people whose choices this write may change: those of
// its Consents, and of what their choices look at beside the resource itself.
func (w *writing) findChoosers(rows []Row) error {
	note := func(row Row) {
		if w.choosers == nil {
			w.choosers = map[int64]bool{}
		}
		w.choosers[PersonOf(row)] = true
	}
	for i := range w.drafts {
		d := &w.drafts[i]
		if rows[i] < 0 || PersonOf(rows[i]) < firstPerson {
			continue
		}
		was := w.heads[w.names[d.Ref]]
		if d.Type == "Consent" {
			note(rows[i])
			if was != nil && PersonOf(was.row) >= firstPerson {
				note(was.row)
			}
			continue
		}
		p := w.people[PersonOf(rows[i])]
		if p == nil || p.choices == 0 {
			continue
		}
		c, err := w.choicesOf(p)
		if err != nil {
			return err
		}
		if c.Program != nil && slices.Contains(c.Program.Watches(), d.Type+"/"+d.ID) {
			note(rows[i])
		}
	}
	return nil
}

// noteRelabelled notes that a row in the store has other labels now, which the
// choices of its person may look at.
func (w *writing) noteRelabelled(row Row) {
	if w.relabelled == nil {
		w.relabelled = map[int64]bool{}
	}
	w.relabelled[PersonOf(row)] = true
}

// addRelabelled adds those to the choosers who have choices.
func (w *writing) addRelabelled() error {
	if len(w.relabelled) == 0 {
		return nil
	}
	return w.tx.Query("SELECT person FROM person WHERE choices <> 0 AND "+w.tx.Dialect().AnyInt("person", "$1"),
		[]any{slices.Sorted(maps.Keys(w.relabelled))}, func(r *db.Row) error {
			if w.choosers == nil {
				w.choosers = map[int64]bool{}
			}
			w.choosers[r.Int64(0)] = true
			return nil
		})
}

// rechoose reads the choices of people anew, once everything else of the write
// is in its tables, and gives all their rows their classes.
func (w *writing) rechoose() error {
	if err := w.addRelabelled(); err != nil || len(w.choosers) == 0 {
		return err
	}
	if err := w.needTx(); err != nil {
		return err
	}
	for _, num := range slices.Sorted(maps.Keys(w.choosers)) {
		if w.people[num] == nil {
			if err := w.readPersons([]int64{num}); err != nil {
				return err
			}
		}
		if p := w.people[num]; p != nil {
			if err := w.rechooseOne(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writing) rechooseOne(p *person) error {
	program, err := w.s.compileChoices(w.tx, p.num)
	if err != nil {
		return err
	}
	if program == nil && p.choices == 0 {
		return nil
	}
	c := &Choices{Program: program, person: p.num, nums: map[choice.Class]int64{}}
	// Numbers go on where they were: a session that began before must not take
	// a new class for an old one.
	if err := w.tx.Query("SELECT coalesce(max(num), 0) FROM choice_class WHERE person = $1", []any{p.num}, func(r *db.Row) error {
		c.last = r.Int64(0)
		return nil
	}); err != nil {
		return err
	}
	if c.last > maxChoice/2 {
		c.last = 0
	}
	if _, err := w.tx.Exec("DELETE FROM choice_class WHERE person = $1", p.num); err != nil {
		return err
	}
	w.nextEpoch(p)
	c.epoch = p.choices
	w.keepChoices(c)
	for _, table := range []string{"res", "old"} {
		if err := w.classAll(p, program, table); err != nil {
			return err
		}
	}
	return w.saveEpoch(p)
}

// classAll gives the rows of a person in one table their classes.
func (w *writing) classAll(p *person, program *choice.Program, table string) error {
	const chunk = 500
	after, ver := FirstRow(p.num)-1, int64(0)
	for {
		heads, err := w.s.headsWhere(w.tx, table+" r WHERE (r.row > $1 OR r.row = $1 AND r.ver > $2) AND r.row < $3 ORDER BY r.row, r.ver LIMIT $4",
			after, ver, FirstRow(p.num+1), chunk)
		if err != nil {
			return err
		}
		for _, h := range heads {
			after, ver = h.row, h.ver
			if err := w.classOne(p, program, table, h); err != nil {
				return err
			}
		}
		if len(heads) < chunk {
			return nil
		}
	}
}

// classOne gives one version its class. What was deleted says nothing, so it
// is judged by what it said last.
func (w *writing) classOne(p *person, program *choice.Program, table string, h *head) error {
	class := int64(0)
	if program != nil {
		said := h
		if h.body == nil {
			var err error
			if said, err = w.s.lastSaid(w.tx, h); err != nil {
				return err
			}
		}
		it, err := w.s.itemOf(w.tx, said)
		if err != nil {
			return err
		}
		if class, err = w.number(p, program.Class(&it)); err != nil {
			return err
		}
	}
	mask := h.mask&^choiceBits | class
	if mask == h.mask {
		return nil
	}
	_, err := w.tx.Exec("UPDATE "+table+" SET mask = $1 WHERE row = $2 AND ver = $3", mask, h.row, h.ver)
	return err
}
