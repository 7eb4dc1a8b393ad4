package mandate

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// Held is a right that stands now, with the account of who has it; empty where
// they have none yet.
type Held struct {
	Mandate
	Right Right
}

// Held lists what those may do now who act for a person, for that person: what
// does not stand, for whatever reason, is not in it.
func (m *Mandates) Held(ctx context.Context, patient string) ([]Held, error) {
	given, err := m.Given(ctx, patient)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	person, can, err := m.known(ctx, patient)
	if err != nil {
		return nil, err
	}
	var all []Held
	for _, d := range given {
		if r, ok := m.Rules.stand(d, person, can, m.Now(), m.Zone); ok {
			all = append(all, Held{d, r})
		}
	}
	return all, nil
}

// Decides says whether somebody decides themself, entry by entry, what those
// see who act for them: who is old enough to agree alone, or was found to
// understand it, and was not found unable. Of whom nothing is known, nothing is
// said.
func (m *Mandates) Decides(ctx context.Context, patient string) (bool, error) {
	person, can, err := m.known(ctx, patient)
	if err != nil {
		return false, err
	}
	terms, born, now := m.Rules.Bases[Consented], readDate(person.Born), m.Now()
	switch {
	case person.died, terms == nil, can.good(false, now):
		return false, nil
	case can.good(true, now):
		return true, nil
	}
	return born.known() && born.age(dateOf(now.In(m.Zone))) >= terms.AbleUnder, nil
}

// known is what is known of a person, and what was decided about them.
func (m *Mandates) known(ctx context.Context, patient string) (s subject, can ability, err error) {
	err = m.DB.Read(ctx, func(dt *db.Tx) error {
		s, can, err = m.facts(&tx{db.Watch(dt, m.trace)}, patient)
		return err
	})
	return s, can, err
}
