package store

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/db"
)

// Proposed are the choices of a person as they would be after a change, with
// what the person's record is under them. Nothing of it is stored.
type Proposed struct {
	// Choices are as they would be read; nil for none.
	Choices *Choices
	// Entries are what is in the record now, in the order in which it came.
	Entries []Entry
	// More says that there is more in the record than was looked at.
	More bool
}

// Entry is one resource with the mask that it would have.
type Entry struct {
	*Version
	Then int64
}

// proposedAtOnce is how many rows are read together.
const proposedAtOnce = 500

// Propose works out what a record would be if some choices of its person ended
// and others were added, for at most so many of its resources. It is the same
// reading and the same classes as those of a write.
func (s *Store) Propose(ctx context.Context, person int64, end []string, add []*fhir.Tree, most int) (p *Proposed, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		world := s.world()
		world.Sets = s.setsNow(tx)
		var added []*choice.Consent
		for _, t := range add {
			c, err := world.Read(t)
			if err != nil {
				return err
			}
			added = append(added, c)
		}
		p = &Proposed{}
		program, err := s.compileWith(tx, person, func(all []*choice.Consent) []*choice.Consent {
			stay := slices.DeleteFunc(all, func(c *choice.Consent) bool { return slices.Contains(end, c.ID()) })
			return append(stay, added...)
		})
		if err != nil {
			return err
		}
		if program != nil {
			p.Choices = &Choices{Program: program, person: person, nums: map[choice.Class]int64{}}
		}
		return s.proposeRows(tx, person, p, most)
	})
	return p, err
}

// proposeRows gives the resources of a person their masks under the choices.
func (s *Store) proposeRows(tx *db.Tx, person int64, p *Proposed, most int) error {
	for after := FirstRow(person) - 1; ; {
		heads, err := s.headsWhere(tx, "res r WHERE r.row > $1 AND r.row < $2 AND r.body IS NOT NULL ORDER BY r.row LIMIT $3",
			after, FirstRow(person+1), int64(proposedAtOnce))
		if err != nil {
			return err
		}
		versions, err := s.openAll(tx, heads)
		if err != nil {
			return err
		}
		for _, v := range versions {
			if len(p.Entries) == most {
				p.More = true
				return nil
			}
			after = v.Row
			e := Entry{v, v.Mask &^ choiceBits}
			if p.Choices != nil {
				it, err := s.item(v)
				if err != nil {
					return err
				}
				num, err := p.Choices.propose(p.Choices.Program.Class(&it))
				if err != nil {
					return err
				}
				e.Then |= num << choiceShift
			}
			p.Entries = append(p.Entries, e)
		}
		if len(heads) < proposedAtOnce {
			return nil
		}
	}
}

// propose is the number of a class in choices that are not stored.
func (c *Choices) propose(class choice.Class) (int64, error) {
	num, ok := c.nums[class]
	if !ok {
		if c.last >= maxChoice {
			return 0, errClasses
		}
		c.last++
		num = c.last
		c.nums[class] = num
	}
	return num, nil
}

// ReadChoice reads a Consent that is a sharing choice as the store would; nil for
// one of another kind. The error says why it could not be obeyed. What is in its
// value sets is not looked at: what it says of resources counts for nothing.
func (s *Store) ReadChoice(t *fhir.Tree) (*choice.Consent, error) {
	world := s.world()
	world.Sets = choice.AnySet
	c, err := world.Read(t)
	if err != nil || c.Kind() != choice.Sharing {
		return nil, err
	}
	return c, nil
}
