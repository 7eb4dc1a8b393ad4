package record

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Tie is something in a record that says that those who ask look after the
// person.
type Tie struct {
	Key
	// Since and Until are when it began and when it will have ended, with the days
	// after it for which the policy lets them see the record still. Zero is not
	// said.
	Since, Until time.Time
}

// Bounds of Ties.
const (
	mostTies     = 5   // that are told
	mostTiesRead = 200 // resources that may tie, the last ones first
)

// Ties says by what the holder of the session, who cares for its person, is tied
// to them now: the kinds in the order of the policy, the latest of a kind first.
// It tells of what they may see, and of nothing else. So it may be empty for
// somebody who is tied by what is kept from them. It stands in the access log as a
// look at what it tells.
func (s *Session) Ties(ctx context.Context) ([]Tie, error) {
	person, one := s.scope.Person()
	rule := s.d.policy.Rule(s.who, s.why)
	if !one || rule == nil || !rule.Tie {
		return nil, nil
	}
	held, err := s.holding(ctx, person)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(held, func(a, b *store.Version) int { return cmp.Compare(s.rankOf(a.Type), s.rankOf(b.Type)) })
	var out []Tie
	var told []*store.Version
	for _, v := range held {
		seen, err := s.d.store.Read(ctx, s.to(access.Read), v.Ref, 0)
		if err != nil {
			return nil, err
		}
		if seen == nil || seen.Encoded == nil {
			continue
		}
		tie, err := s.tieOf(seen)
		if err != nil {
			return nil, err
		}
		if out, told = append(out, tie), append(told, seen); len(out) == mostTies {
			break
		}
	}
	return out, s.note(ctx, access.Read, "", http.StatusOK, -1, nil, told)
}

// holding finds what ties the holder of the session to a person now. A
// registration is found behind any number of visits.
func (s *Session) holding(ctx context.Context, person int64) (held []*store.Version, err error) {
	always, others := s.tieParams()
	for _, params := range []map[string][]string{always, others} {
		read := 0
		err := s.d.store.Tied(ctx, person, s.holders(), params, func(v *store.Version) (bool, error) {
			t, err := v.Tree()
			if err != nil {
				return false, err
			}
			if tie := s.d.policy.Tie(v.Type); tie != nil && tie.Holds(t, s.d.now()) {
				held = append(held, v)
			}
			read++
			return read >= mostTiesRead, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return held, nil
}

// tieParams are the parameters that tie, by type: those of resources that tie by
// what they refer to alone, and those of the others.
func (s *Session) tieParams() (always, others map[string][]string) {
	always, others = map[string][]string{}, map[string][]string{}
	for _, t := range s.d.policy.Ties {
		if t.Always() {
			always[t.Type] = t.Params
		} else {
			others[t.Type] = t.Params
		}
	}
	return always, others
}

// rankOf is the place of a type among the ties of the policy.
func (s *Session) rankOf(typ string) int {
	return slices.IndexFunc(s.d.policy.Ties, func(t policy.Tie) bool { return t.Type == typ })
}

// tieOf reads since when and until when a resource ties.
func (s *Session) tieOf(v *store.Version) (Tie, error) {
	out := Tie{Key: Key(v.Ref)}
	t, err := v.Tree()
	if err != nil {
		return out, err
	}
	rule := s.d.policy.Tie(v.Type)
	n := t.Root().Get(rule.Time)
	if rule.Time == "" || !n.Exists() {
		return out, nil
	}
	i, ok := fhir.DateRange(n)
	if n.Kind() == fhir.Object {
		i, ok = fhir.PeriodRange(n)
	}
	if !ok {
		return out, nil
	}
	if i.Low > fhir.Earliest {
		out.Since = time.UnixMicro(i.Low).UTC()
	}
	if i.High < fhir.Latest {
		out.Until = time.UnixMicro(i.High).UTC().AddDate(0, 0, rule.AfterDays)
	}
	return out, nil
}
