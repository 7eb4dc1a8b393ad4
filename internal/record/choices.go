package record

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// choose limits a session to what people's choices let its holder see. Until
// it has found that out, nothing may be seen.
func (s *Session) choose(ctx context.Context) error {
	if !policy.Applies(s.who) {
		return nil
	}
	person, one := s.scope.Person()
	if !one {
		return s.chooseMany(ctx)
	}
	s.base.Classes = []int64{} // nothing, until it is known
	rule := s.d.policy.Rule(s.who, s.why)
	if rule == nil {
		return s.close(problem.Forbidden, "no-policy", "The rules of this service let nobody see a record in this way. Ask the operator if you think that they should.")
	}
	s.base.Deny |= int64(rule.Keeps())
	if rule.Unjudged == "hidden" {
		s.base.Deny |= int64(label.UnderReview)
	}
	at, err := s.find(ctx, person, rule)
	if err != nil {
		return err
	}
	if rule.Tie {
		// Most who look are where the person is registered, which is quick to see.
		tied := at.Tie != (store.Stamp{})
		if !tied {
			if tied, err = s.tied(ctx, person); err != nil {
				return err
			}
		}
		if !tied {
			return s.close(problem.Forbidden, "no-tie", "Nothing here shows that your organisation looks after this person. Register them, accept their referral or book them in, then try again. In an emergency, say so: what you see then is looked at afterwards.")
		}
	}
	c, err := s.chosen(ctx, person, at.Choices)
	switch {
	case err != nil:
		return err
	case c != nil && c.Program != nil:
		viewer, err := s.viewerOf(ctx, c.Program, person, at)
		if err != nil {
			return err
		}
		s.base.Classes, s.by = s.classesFor(c, viewer, rule)
	case rule.Undecided != "permit":
		return s.close(problem.Forbidden, "not-agreed", "This person has not agreed to this. Ask them first.")
	}
	return nil
}

// close takes everything from a session: it is refused.
func (s *Session) close(kind problem.Kind, rule, reason string) error {
	s.scope, s.decision = access.Scope{}, access.Decision{Rule: rule, Version: s.decision.Version, Reason: reason, Kind: kind}
	return nil
}

// classes are those that the viewer may see, in order, and the parts of the
// choices that let them.
func classes(c *store.Choices, viewer *choice.Viewer, rule *policy.Rule) (open []int64, by []audit.By) {
	view := c.Program.View(viewer)
	open = []int64{}
	c.Classes(func(num int64, class choice.Class) {
		verdict := view.Verdict(class)
		if !rule.May(verdict) {
			return
		}
		open = append(open, num)
		if verdict.Decided {
			by = append(by, audit.By{Consent: verdict.Consent, Version: verdict.Version, Path: verdict.Path})
		}
	})
	slices.Sort(open)
	slices.SortFunc(by, compareBy)
	return open, slices.Compact(by)
}

func compareBy(a, b audit.By) int {
	return cmp.Or(strings.Compare(a.Consent, b.Consent), cmp.Compare(a.Version, b.Version), strings.Compare(a.Path, b.Path))
}

// holders are those by whom a tie to the session's holder is known.
func (s *Session) holders() []store.Ref {
	var all []store.Ref
	if s.who.Organisation != "" { // first, as most are tied by it
		all = append(all, store.Ref{Type: "Organization", ID: s.who.Organisation})
	}
	if typ, id, ok := strings.Cut(s.who.User, "/"); ok {
		all = append(all, store.Ref{Type: typ, ID: id})
	}
	return all
}

// tied tells whether the record shows, by what holds for a while, that those who
// ask look after the person.
func (s *Session) tied(ctx context.Context, person int64) (tied bool, err error) {
	params := map[string][]string{}
	for _, t := range s.d.policy.Ties {
		if !t.Always() {
			params[t.Type] = t.Params
		}
	}
	now := s.d.now()
	err = s.d.store.Tied(ctx, person, s.holders(), params, func(v *store.Version) (bool, error) {
		tie := s.d.policy.Tie(v.Type)
		if tie == nil {
			return false, nil
		}
		t, err := v.Tree()
		if err != nil {
			return false, err
		}
		tied = tied || tie.Holds(t, now)
		return tied, nil
	})
	return tied, err
}
