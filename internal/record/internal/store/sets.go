package store

import (
	"encoding/json"
	"fmt"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A sharing choice that names a value set means what was in the set when the
// choice was written. That is kept beside the choice, sealed under the person's
// key, and read from there ever after: nobody changes what a person chose by
// changing a ValueSet, or by deleting it, and nothing has to be worked out again
// when one changes. A new version of the choice takes the sets of its own time,
// and where one can not be used any more, what was kept: so that a choice can be
// corrected, and marked as more private, whatever became of its sets.

// askedSets are value sets by the canonical URLs by which a choice asks for them.
type askedSets map[string]*choice.Set

// maxSameSet bounds how many ValueSets with one URL are looked at.
const maxSameSet = 50

// setsNow reads value sets as they are in nobody's record now.
func (s *Store) setsNow(tx *db.Tx) func(string) (*choice.Set, error) {
	return func(canonical string) (*choice.Set, error) {
		return choice.SetOf(canonical, func(canonical string) (*fhir.Tree, error) { return s.valueSet(tx, canonical) })
	}
}

// valueSet is the one ValueSet that a canonical URL means; nil for none. It has to
// be the word of those who run the service: programs that they let in write
// ValueSets too, and could otherwise say what is in the no that is said to them.
func (s *Store) valueSet(tx *db.Tx, canonical string) (*fhir.Tree, error) {
	url := fhir.ParseCanonical(canonical)
	p, ok := s.reg.Load().Lookup("ValueSet", "url")
	if !ok || url.URL == "" || url.Fragment != "" {
		return nil, nil
	}
	heads, err := s.headsWhere(tx, "res r WHERE r.body IS NOT NULL AND r.kind = $1 AND r.row IN (SELECT row FROM far WHERE hash = $2 AND row < $3) LIMIT $4",
		s.nums.kind("ValueSet"), s.textHash(s.nums.param(p.ID), url.URL), FirstRow(firstPerson), int64(maxSameSet))
	if err != nil {
		return nil, err
	}
	versions, err := s.openAll(tx, heads)
	if err != nil {
		return nil, err
	}
	var found *fhir.Tree
	for _, v := range versions {
		t, err := v.Tree()
		if err != nil {
			return nil, err
		}
		switch root := t.Root(); {
		case !root.Get("url").Is(url.URL) || url.Version != "" && !root.Get("version").Is(url.Version):
			continue
		case found != nil:
			return nil, problem.New(problem.Unprocessable, "There are several versions of this value set here. Say which one: write its URL, a bar, and its version.")
		case v.Mask&ByOperator == 0:
			return nil, problem.New(problem.Unprocessable, "This value set was not written by those who run the service. Ask the operator to look at it and to write it once more, then try again.")
		}
		found = t
	}
	return found, nil
}

// pinSets keeps what is in the value sets that the Consents of a write name, and
// refuses a Consent that names one that can not be used.
func (w *writing) pinSets(rows []Row) error {
	for i := range w.drafts {
		d := &w.drafts[i]
		if d.Type != "Consent" || rows[i] < 0 || PersonOf(rows[i]) < firstPerson {
			continue
		}
		stale, before := []int64{rows[i]}, askedSets{}
		if was := w.heads[w.names[d.Ref]]; was != nil {
			var err error
			if before, err = w.s.keptSets(w.tx, &Version{Ref: d.Ref, Row: was.row, Version: was.ver}); err != nil {
				return err
			}
			stale = append(stale, was.row)
		}
		if _, err := w.tx.Exec("DELETE FROM choice_set WHERE "+w.tx.Dialect().AnyInt("row", "$1"), stale); err != nil {
			return err
		}
		if d.Encoded == nil {
			continue
		}
		if err := w.pin(&Version{Ref: d.Ref, Row: rows[i], Version: w.out[i].Version, Encoded: d.Encoded}, before); err != nil {
			return err
		}
	}
	return nil
}

// pin keeps the sets of a Consent, of which some were kept before.
func (w *writing) pin(v *Version, before askedSets) error {
	t, err := v.Tree()
	if err != nil {
		return err
	}
	sets, now, world := askedSets{}, w.s.setsNow(w.tx), w.s.world()
	world.Sets = func(canonical string) (*choice.Set, error) {
		set, err := now(canonical)
		if old := before[canonical]; old != nil && problem.Is(err, problem.Unprocessable) {
			set, err = old, nil
		}
		if err == nil {
			sets[canonical] = set
		}
		return set, err
	}
	if _, err := world.Read(t); err != nil || len(sets) == 0 {
		return err
	}
	plain, err := json.Marshal(sets)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	key, err := w.keyOf(PersonOf(v.Row))
	if err != nil {
		return err
	}
	_, err = w.tx.Exec("INSERT INTO choice_set (row, ver, sets) VALUES ($1, $2, $3)", v.Row, v.Version, key.Seal(nil, plain, setsPlace(v)))
	return err
}

// setsPlace is what the sets of a choice are sealed to.
func setsPlace(v *Version) []byte { return append(place(v.Row, v.Version), "value sets"...) }

// setsOf reads value sets as they were when a choice was written.
func (s *Store) setsOf(tx *db.Tx, v *Version) func(string) (*choice.Set, error) {
	var kept askedSets
	return func(canonical string) (*choice.Set, error) {
		if kept == nil {
			var err error
			if kept, err = s.keptSets(tx, v); err != nil {
				return nil, err
			}
		}
		if set := kept[canonical]; set != nil {
			return set, nil
		}
		return nil, lost(fmt.Errorf("store: the value sets of row %d version %d are not there", v.Row, v.Version))
	}
}

func (s *Store) keptSets(tx *db.Tx, v *Version) (kept askedSets, err error) {
	var sealed []byte
	if err := tx.Query("SELECT sets FROM choice_set WHERE row = $1 AND ver = $2", []any{v.Row, v.Version}, func(r *db.Row) error {
		sealed = clone(r.Bytes(0))
		return nil
	}); err != nil || sealed == nil {
		return askedSets{}, err
	}
	h := &head{row: v.Row}
	if err := s.readKeys(tx, []*head{h}); err != nil || h.key == nil {
		return askedSets{}, err
	}
	plain, err := h.key.Open(nil, sealed, setsPlace(v))
	if err == nil {
		err = json.Unmarshal(plain, &kept)
	}
	if err != nil {
		return nil, lost(err)
	}
	return kept, nil
}
