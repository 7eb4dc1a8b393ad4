package record

import (
	"context"
	"net/http"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Choosing is a change of somebody's sharing choices: Consents that come into
// force, and the ids of those that end.
type Choosing struct {
	Add []*fhir.Tree
	End []string
}

// Effect is what a change makes of what one onlooker sees.
type Effect struct {
	// Sees says that they see anything of the record, before or afterwards.
	Sees bool
	// Lost and Gained count by type what disappears from them and what appears.
	Lost, Gained map[string]int
	// Entries are what disappears, then what appears, at most MostPreviewed of
	// each, as the person sees them.
	LostEntries, GainedEntries []Resource
}

// Preview is what a change of choices would do, before it is made.
type Preview struct {
	Effects []Effect // in the order of the onlookers
	// More says that the record holds more than was looked at.
	More bool
}

// Bounds of one preview.
const (
	MostPreviewed = 25 // entries shown, of each onlooker and way
	MostOnlookers = 200
	mostProposed  = 20_000 // resources of the record that are looked at
)

// Preview says what a change of the person's sharing choices would hide from
// whom, and what it would show them. Every onlooker goes through the door as
// they would themself, once under the choices of now and once under those that
// are proposed, so that there is one reading of a choice and not two.
//
// It is for the person with their own record, and nobody who acts in their name:
// it tells of all that is in it. It stands in the access log as a look at what is
// shown. The error is Unprocessable where a choice could not be obeyed.
func (s *Session) Preview(ctx context.Context, c Choosing, onlookers []Viewer) (Preview, error) {
	if err := s.mayDecide(ctx); err != nil {
		return Preview{}, err
	}
	if len(onlookers) > MostOnlookers {
		return Preview{}, problem.New(problem.Invalid, "These are more people than can be looked at at once. Ask about fewer.")
	}
	for _, t := range c.Add {
		if err := s.ownChoice(t); err != nil {
			return Preview{}, err
		}
	}
	p, err := s.d.store.Propose(ctx, s.person, c.End, c.Add, mostProposed)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{More: p.More}
	shown := map[store.Ref]*store.Version{}
	for _, o := range onlookers {
		e, err := s.effect(ctx, p, o, shown)
		if err != nil {
			return Preview{}, err
		}
		out.Effects = append(out.Effects, e)
	}
	given := make([]*store.Version, 0, len(shown))
	for _, e := range p.Entries { // in their order
		if v := shown[e.Ref]; v != nil {
			given = append(given, v)
		}
	}
	return out, s.note(ctx, access.Search, "", http.StatusOK, -1, nil, given)
}

// chosen are the person's choices, which have this number, or those that are
// proposed.
func (s *Session) chosen(ctx context.Context, person, number int64) (*store.Choices, error) {
	if s.proposed != nil {
		return s.proposed.Choices, nil
	}
	return s.d.store.ChoicesOf(ctx, person, number)
}

// effect compares what an onlooker sees now and then.
func (s *Session) effect(ctx context.Context, p *store.Proposed, o Viewer, shown map[store.Ref]*store.Version) (Effect, error) {
	e := Effect{Lost: map[string]int{}, Gained: map[string]int{}}
	o.Who.Patient, o.Who.For = s.patient, s.person
	now, err := s.d.begin(ctx, o.Who, About{Patient: s.patient}, o.Why)
	if err != nil {
		return Effect{}, err
	}
	then, err := s.d.beginUnder(ctx, o.Who, About{Patient: s.patient}, o.Why, p)
	if err != nil {
		return Effect{}, err
	}
	mine := s.to(access.Read)
	for i := range p.Entries {
		one := &p.Entries[i]
		may, err := s.d.store.Within(ctx, mine, one.Version)
		if err != nil {
			return Effect{}, err
		}
		before, err := now.mayMeet(ctx, one.Version, one.Mask)
		if err != nil {
			return Effect{}, err
		}
		after, err := then.mayMeet(ctx, one.Version, one.Then)
		if err != nil {
			return Effect{}, err
		}
		e.Sees = e.Sees || before || after
		if !may || before == after {
			continue
		}
		count, list := e.Gained, &e.GainedEntries
		if before {
			count, list = e.Lost, &e.LostEntries
		}
		if count[one.Type]++; len(*list) < MostPreviewed {
			r, err := s.resource(one.Version)
			if err != nil {
				return Effect{}, err
			}
			*list, shown[one.Ref] = append(*list, r), one.Version
		}
	}
	return e, nil
}

// mayMeet tells whether the session would see a resource of its person, were it
// given this mask.
func (s *Session) mayMeet(ctx context.Context, v *store.Version, mask int64) (bool, error) {
	if !s.decision.Granted || !s.sees(access.Read, v.Type) {
		return false, nil
	}
	would := *v
	would.Mask = mask
	return s.d.store.Within(ctx, s.to(access.Read), &would)
}

// mayDecide refuses everybody but the person themself, by themself.
func (s *Session) mayDecide(ctx context.Context) error {
	_, one := s.scope.Person()
	if s.who.Role == access.RoleSelf && s.who.Kind == access.Person && s.who.App == "" && s.why == access.Own && one && s.sees(access.Read, "Consent") {
		return nil
	}
	return s.refuse(ctx, access.Update, "Consent")
}

// ownChoice refuses a Consent that is no sharing choice in force of the session's
// person.
func (s *Session) ownChoice(t *fhir.Tree) error {
	c, err := s.d.store.ReadChoice(t)
	if err != nil {
		return err
	}
	if c == nil || !t.Root().Get("status").Is("active") || c.Person() != s.patient {
		return problem.New(problem.Invalid, "This is no sharing choice of yours. Go back and make it again.")
	}
	return nil
}
