package record

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// chooseMany limits a session about everybody to what each person's choices let
// its holder see: that of a program, or of somebody who does research. Staff who
// look for the person whom they will care for are bound by the rules for
// finding somebody, and by that person's choices once they have found them.
func (s *Session) chooseMany(ctx context.Context) error {
	if s.who.Role != access.RoleProgram && s.who.Role != access.RoleResearcher {
		return nil
	}
	s.base.Viewpoint = &store.Viewpoint{Asks: true} // nothing, until it is known
	rule := s.d.policy.Rule(s.who, s.why)
	if rule == nil {
		return s.close(problem.Forbidden, "no-policy", "The rules of this service let nobody see records in this way. Ask the operator if you think that they should.")
	}
	if rule.Unjudged == "hidden" {
		s.base.Deny |= int64(label.UnderReview)
	}
	if rule.Undecided == "permit" && rule.No == "lifted" {
		s.base.Viewpoint = nil // whatever people chose, the rule shows it
		return nil
	}
	return s.settle(ctx, rule)
}

// settle has it worked out what the session sees of everybody who made choices,
// as of now. While that takes longer than a question waits for, there is no
// answer: an empty one would say that there is nothing.
func (s *Session) settle(ctx context.Context, rule *policy.Rule) error {
	v, err := s.viewerOfMany(ctx)
	if err != nil {
		return err
	}
	id, err := s.viewpointOf(v, rule)
	if err != nil {
		return err
	}
	at := store.Viewpoint{ID: id, Asks: rule.Undecided != "permit", At: v.Now.UnixMilli()}
	ready, err := s.d.store.Settle(ctx, at, func(c *store.Choices) (store.Judged, error) {
		return judge(c, v, rule), nil
	})
	if err != nil {
		return err
	}
	if !ready {
		return problem.New(problem.Unavailable, "What people chose to share is being worked out for this program. Nothing is shown before that is done. Try again in a minute.")
	}
	s.base.Viewpoint, s.settled = &at, true
	return nil
}

// again finds out anew what people chose, for a session that goes on: before
// each of its questions but the first, for which it was found out just now.
func (s *Session) again(ctx context.Context) error {
	if s.base.Viewpoint == nil {
		return nil
	}
	if s.settled {
		s.settled = false
		return nil
	}
	rule := s.d.policy.Rule(s.who, s.why)
	if rule == nil {
		return problem.New(problem.Forbidden, "The rules of this service let nobody see records in this way. Ask the operator if you think that they should.")
	}
	err := s.settle(ctx, rule)
	s.settled = false
	return err
}

// judge says what a person's choices make of a viewer, by a rule.
func judge(c *store.Choices, v *choice.Viewer, rule *policy.Rule) store.Judged {
	if c.Program == nil {
		return store.Judged{Silent: true} // they have ended all their choices
	}
	view := c.Program.View(amongTeams(v, c.Program))
	out := store.Judged{Open: []int64{}, Silent: view.Silent()}
	c.Classes(func(num int64, class choice.Class) {
		if rule.May(view.Verdict(class)) {
			out.Open = append(out.Open, num)
		}
	})
	if next := c.Program.NextChange(v.Now); !next.IsZero() {
		out.Until = (next.UnixMicro() + 999) / 1000
	}
	return out
}

// viewpointOf stands for all that choices can tell a viewer by, but for the
// time, and for what the rule makes of a verdict.
func (s *Session) viewpointOf(v *choice.Viewer, rule *policy.Rule) (int64, error) {
	known := *v
	known.Now = known.Now.Truncate(0)
	text, err := json.Marshal([]any{known.Refs, known.Idents, known.Perhaps, known.PerhapsIdents, known.Roles, known.Purpose, known.Action, known.Now.Location().String(), rule.Undecided, rule.No})
	if err != nil {
		return 0, problem.Wrap(problem.Internal, "", err)
	}
	return int64(s.d.ring.Hasher("viewpoint").Sum(text)), nil
}

// allowedBy adds to the entries of a session about many which parts of each
// person's choices let it see what was given of them.
func (s *Session) allowedBy(ctx context.Context, entries []audit.Entry, given []*store.Version) error {
	if s.base.Viewpoint == nil {
		return nil
	}
	chosen := map[int64][]*store.Version{}
	for _, g := range given {
		if g.Chosen() {
			chosen[store.Subject(g.Row)] = append(chosen[store.Subject(g.Row)], g)
		}
	}
	v, err := s.viewerOfMany(ctx)
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		if len(chosen[e.Person]) == 0 {
			continue
		}
		c, err := s.d.store.Choices(ctx, e.Person)
		if err != nil {
			return err
		}
		if c == nil || c.Program == nil {
			continue
		}
		view := c.Program.View(amongTeams(v, c.Program))
		for _, g := range chosen[e.Person] {
			class, known := c.ClassOf(g.Mask)
			if d := view.Verdict(class); known && d.Decided {
				e.By = append(e.By, audit.By{Consent: d.Consent, Version: d.Version, Path: d.Path})
			}
		}
		slices.SortFunc(e.By, compareBy)
		e.By = slices.Compact(e.By)
	}
	return nil
}

// Stand tells of resources that the session gave out before which of them it
// may give out now. It gives nothing away, and stands in no log: the look was
// written down when it happened.
func (s *Session) Stand(ctx context.Context, keys []Key) (map[Key]bool, error) {
	if err := s.again(ctx); err != nil {
		return nil, err
	}
	refs := make([]store.Ref, len(keys))
	for i, k := range keys {
		refs[i] = store.Ref(k)
	}
	stands, err := s.d.store.Stands(ctx, s.to(access.Search), refs)
	out := make(map[Key]bool, len(stands))
	for ref, ok := range stands {
		out[Key(ref)] = ok
	}
	return out, err
}

// hidden tells whether a resource is there that the session may not see. It is
// for a session about many, which may make what is not there under an id of its
// own choosing, and must not write over what is hidden from it.
func (s *Session) hidden(ctx context.Context, v access.Verb, ref store.Ref) (bool, error) {
	if s.base.Viewpoint == nil {
		return false, nil
	}
	mine, err := s.d.store.Read(ctx, s.to(v), ref, 0)
	if err != nil || mine != nil {
		return false, err
	}
	any, err := s.d.store.Read(ctx, store.Reach{Everyone: true}, ref, 0)
	return any != nil, err
}
