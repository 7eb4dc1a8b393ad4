package store

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A person's sharing choices look at who asks and at what is asked for. What
// they say of a resource is worked out when it is written: the set of their
// conditions that it answers is its class, and the number of that class stands
// in its mask. A session then works out once which classes its viewer may see,
// and that is a term of every query. A change of choices gives every row of the
// person its new class in the transaction that changes them.
const (
	choiceShift = 40
	maxChoice   = 1<<16 - 1
	choiceBits  = int64(maxChoice) << choiceShift
)

// classOf is the number of the class in a mask: 0 where the record has no
// choices, or belongs to nobody.
func classOf(mask int64) int64 { return mask & choiceBits >> choiceShift }

// Choices are what a person has chosen, and the classes that their resources
// are in. They do not change: a change makes new ones.
type Choices struct {
	Program *choice.Program
	person  int64
	epoch   int64
	nums    map[choice.Class]int64
	last    int64 // the number that was given last
}

// Chosen tells whether the person's choices were asked about the version.
func (v *Version) Chosen() bool { return classOf(v.Mask) != 0 }

// Person is whose choices these are, by number.
func (c *Choices) Person() int64 { return c.person }

// Number changes whenever the choices, or the classes, of the person do.
func (c *Choices) Number() int64 { return c.epoch }

// Classes gives every class with its number.
func (c *Choices) Classes(fn func(num int64, class choice.Class)) {
	for class, num := range c.nums {
		fn(num, class)
	}
}

// ClassOf is the class whose number stands in a mask.
func (c *Choices) ClassOf(mask int64) (choice.Class, bool) {
	want := classOf(mask)
	for class, num := range c.nums {
		if num == want {
			return class, true
		}
	}
	return "", false
}

// Choices reads what a person has chosen; nil where they have no choices that
// stand.
func (s *Store) Choices(ctx context.Context, person int64) (*Choices, error) {
	epoch := int64(0)
	err := s.db.Query(ctx, epochQuery, []any{person}, func(r *db.Row) error { epoch = r.Int64(0); return nil })
	if err != nil {
		return nil, err
	}
	return s.ChoicesOf(ctx, person, epoch)
}

// ChoicesOf is Choices where the number of the person's choices was just read.
func (s *Store) ChoicesOf(ctx context.Context, person, epoch int64) (c *Choices, err error) {
	if epoch == 0 {
		return nil, nil
	}
	if c = s.chosen.get(person, epoch); c != nil {
		return c, nil
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		epoch = 0
		if err := tx.Query(epochQuery, []any{person}, func(r *db.Row) error { epoch = r.Int64(0); return nil }); err != nil || epoch == 0 {
			return err
		}
		c, err = s.loadChoices(tx, person, epoch)
		return err
	})
	if err == nil && c != nil {
		s.chosen.put(c)
	}
	return c, err
}

const epochQuery = "SELECT choices FROM person WHERE person = $1"

// ChoicesBefore are the choices of a person as they were last read here, which may
// have changed since: they tell what is worth asking for. nil where none were.
func (s *Store) ChoicesBefore(person int64) *Choices { return s.chosen.last(person) }

// loadChoices reads the choices and the classes of a person.
func (s *Store) loadChoices(tx *db.Tx, person, epoch int64) (*Choices, error) {
	c := &Choices{person: person, epoch: epoch, nums: map[choice.Class]int64{}}
	var err error
	if c.Program, err = s.compileChoices(tx, person); err != nil {
		return nil, err
	}
	err = tx.Query("SELECT num, class FROM choice_class WHERE person = $1", []any{person}, func(r *db.Row) error {
		num := r.Int64(0)
		c.nums[choice.Class(r.Bytes(1))] = num
		c.last = max(c.last, num)
		return nil
	})
	return c, err
}

// compileChoices reads the Consents of a person that stand; nil where there
// are none.
func (s *Store) compileChoices(tx *db.Tx, person int64) (*choice.Program, error) {
	return s.compileWith(tx, person, func(all []*choice.Consent) []*choice.Consent { return all })
}

// compileWith is compileChoices with a change made to them.
func (s *Store) compileWith(tx *db.Tx, person int64, change func([]*choice.Consent) []*choice.Consent) (*choice.Program, error) {
	heads, err := s.headsWhere(tx, "res r WHERE r.body IS NOT NULL AND r.row IN (SELECT row FROM far WHERE hash = $1 AND row >= $2 AND row < $3)",
		s.typeHash("Consent"), FirstRow(person), FirstRow(person+1))
	if err != nil {
		return nil, err
	}
	versions, err := s.openAll(tx, heads)
	if err != nil {
		return nil, err
	}
	var all []*choice.Consent
	for _, v := range versions {
		c, err := s.readChoice(tx, v)
		if err != nil {
			return nil, lost(err) // it was read before it was written
		}
		if c != nil {
			all = append(all, c)
		}
	}
	if all = change(all); len(all) == 0 {
		return nil, nil
	}
	var failed error
	world := s.world()
	world.Refers = func(ref string) []string {
		refs, err := s.refsNow(tx, person, ref)
		failed = errors.Join(failed, err)
		return refs
	}
	p, err := world.Compile(all)
	return p, errors.Join(failed, err)
}

// world is what choices are read in. What is in the value sets that they name is
// added by whoever needs it.
func (s *Store) world() choice.World { return choice.World{Base: s.base} }

// readChoice reads a Consent that is a sharing choice; nil for others.
func (s *Store) readChoice(tx *db.Tx, v *Version) (*choice.Consent, error) {
	t, err := v.Tree()
	if err != nil {
		return nil, err
	}
	world := s.world()
	world.Sets = s.setsOf(tx, v)
	c, err := world.Read(t)
	if err != nil || c.Kind() != choice.Sharing {
		return nil, err
	}
	return c.At(v.ID, v.Version), nil
}

// refsNow is what a resource of a person refers to now.
func (s *Store) refsNow(tx *db.Tx, person int64, ref string) ([]string, error) {
	r, ok := s.localRef(ref)
	if !ok {
		return nil, nil
	}
	heads, err := s.headsWhere(tx, "name n JOIN res r ON r.row = n.row WHERE n.hash = $1 AND r.body IS NOT NULL", s.nameHash(r))
	if err != nil || len(heads) != 1 || PersonOf(heads[0].row) != person {
		return nil, err
	}
	item, err := s.itemOf(tx, heads[0])
	return item.Refs, err
}

// itemOf reads a version for what choices look at.
func (s *Store) itemOf(tx *db.Tx, h *head) (choice.Item, error) {
	versions, err := s.openAll(tx, []*head{h})
	if err != nil {
		return choice.Item{}, err
	}
	return s.item(versions[0])
}

func (s *Store) item(v *Version) (choice.Item, error) {
	t, err := v.Tree()
	if err != nil {
		return choice.Item{}, err
	}
	return s.world().ItemOf(t, v.Type, v.ID, securityOf(v.Mask)), nil
}

// CheckChoice refuses a Consent that could not be obeyed, but for its value sets:
// these are looked at when it is written, with what is written beside it.
func (s *Store) CheckChoice(t *fhir.Tree) error {
	world := s.world()
	world.Sets = choice.AnySet
	_, err := world.Read(t)
	return err
}

// chosen remembers the choices of people, as they were at an epoch.
type chosen struct {
	mu  sync.Mutex
	all map[int64]*Choices
}

// maxChosen bounds how many people's choices are remembered; then it is begun
// anew.
const maxChosen = 10_000

func (k *chosen) get(person, epoch int64) *Choices {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.all[person]; c != nil && c.epoch == epoch {
		return c
	}
	return nil
}

func (k *chosen) last(person int64) *Choices {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[person]
}

func (k *chosen) drop(person int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, person)
}

func (k *chosen) put(c *Choices) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= maxChosen {
		k.all = map[int64]*Choices{}
	}
	k.all[c.person] = c
}

// hides tells whether the reach may not see a row with this mask.
func (r Reach) hides(mask int64) bool {
	if mask&r.Deny != 0 {
		return true
	}
	if r.Classes == nil {
		return false
	}
	class := classOf(mask)
	_, ok := slices.BinarySearch(r.Classes, class)
	return class != 0 && !ok
}

// errClasses says that a record has more classes than there are numbers.
var errClasses = problem.New(problem.Unprocessable, "These choices divide the record into too many parts. Make fewer choices about single things, then try again.")

// securityOf is the labels that stand in a mask.
func securityOf(mask int64) []choice.Coding {
	var out []choice.Coding
	for _, c := range label.Set(mask).Codings() {
		out = append(out, choice.Coding(c))
	}
	return out
}
