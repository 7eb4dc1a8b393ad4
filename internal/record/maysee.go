package record

import (
	"cmp"
	"context"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Seen says whether somebody may see a resource, and why.
type Seen struct {
	May bool
	// Layer is what decided: "law" and "safeguarding", which stand above a person's
	// choices and above an emergency, "rule" of this program, "policy" of the service,
	// "label" of the resource or "choice" of the person; where nothing but the
	// policy's word for the undecided speaks, that is "default".
	Layer string
	// Rule is the rule that spoke, Rules and Policy the versions of the rules and
	// of the policy, and Reason a sentence that is safe to show.
	Rule, Rules, Policy, Reason string
	// Hidden are the labels of the resource that are hidden from them.
	Hidden []string
	// Steps say of each of the person's choices whether it applies, and why.
	Steps []choice.Step
}

// MaySee says whether somebody with a purpose may see a resource that this
// session sees, and why. It goes the way that they would go themself, up to the
// answer, and gives nothing of the resource away. It is for the person whose
// record it is and for those who run the service, and stands in the access log
// as a look at the resource.
func (s *Session) MaySee(ctx context.Context, k Key, who access.Who, why access.Purpose) (Seen, error) {
	all, err := s.WhoSees(ctx, k, []Viewer{{who, why}})
	if err != nil {
		return Seen{}, err
	}
	return all[0], nil
}

// tell takes out of an explanation what this session may not read: an app that
// may not see a person's choices is not told of them here either. readable
// keeps what was found out about each choice.
func (s *Session) tell(ctx context.Context, seen Seen, readable map[string]bool) (Seen, error) {
	var told []choice.Step
	for _, step := range seen.Steps {
		ok, known := readable[step.Consent]
		if !known && s.sees(access.Read, "Consent") {
			v, err := s.d.store.Read(ctx, s.to(access.Read), store.Ref{Type: "Consent", ID: step.Consent}, 0)
			if err != nil {
				return Seen{}, err
			}
			ok = v != nil
		}
		if readable[step.Consent] = ok; ok {
			told = append(told, step)
		}
	}
	if len(told) < len(seen.Steps) && seen.Layer == "choice" {
		seen.Rule, seen.Reason = "choice", theyDecided
	}
	seen.Steps = told
	return seen, nil
}

// judge says of a version what this session makes of it; of nil where it is
// refused altogether.
func (s *Session) judge(ctx context.Context, v *store.Version) (Seen, error) {
	out := Seen{Layer: "rule", Rule: s.decision.Rule, Rules: s.decision.Version, Policy: s.d.policy.Version, Reason: s.decision.Reason}
	rule := s.d.policy.Rule(s.who, s.why)
	if !s.decision.Granted {
		if rule == nil || s.decision.Kind == problem.Forbidden && s.decision.Rule == "no-tie" || s.decision.Rule == "not-agreed" {
			out.Layer = "policy"
		}
		return out, nil
	}
	if !s.sees(access.Read, v.Type) {
		out.Rule, out.Reason = "outside-bound", "The rules let them see no "+v.Type+" resources."
		return out, nil
	}
	if out.Hidden = label.Set(uint64(v.Mask & s.base.Deny)).Names(); len(out.Hidden) > 0 {
		out.Layer, out.Rule = "label", "hidden-label"
		out.Reason = "It is of a kind that is hidden from them."
		if rule != nil {
			out.imposed(label.Set(uint64(v.Mask)) & rule.Keeps())
		}
		return out, nil
	}
	err := s.weigh(ctx, v, &out)
	return out, err
}

// imposed names the layer of what stands above a person's choices: the law, then
// those who keep somebody safe.
func (s *Seen) imposed(kept label.Set) {
	switch {
	case kept&label.CourtOrder != 0:
		s.Layer, s.Rule, s.Reason = "law", "court-order", "A court decided who may not see it."
	case kept&label.Imposed != 0:
		s.Layer, s.Rule, s.Reason = "safeguarding", "safeguarding-restriction", "It is kept from them to keep somebody safe."
	}
}

// weigh adds what the person's choices say of a version.
func (s *Session) weigh(ctx context.Context, v *store.Version, out *Seen) error {
	found, err := s.d.store.Read(ctx, s.to(access.Read), v.Ref, 0)
	if err != nil {
		return err
	}
	out.May = found != nil
	rule := s.d.policy.Rule(s.who, s.why)
	if rule == nil {
		return nil // those who run the service
	}
	out.Layer, out.Rule, out.Reason = "default", rule.Name, rule.Why
	c, err := s.d.store.Choices(ctx, store.Subject(v.Row))
	if err != nil || c == nil || c.Program == nil {
		return err
	}
	class, known := c.ClassOf(v.Mask)
	if !known {
		return nil
	}
	viewer, err := s.viewerOf(ctx, c.Program, store.Subject(v.Row), footing{})
	if err != nil {
		return err
	}
	out.Steps = c.Program.Explain(viewer, class)
	verdict := c.Program.View(viewer).Verdict(class)
	switch {
	case verdict.Decided && verdict.Permit == out.May:
		out.Layer, out.Rule, out.Reason = "choice", "Consent/"+verdict.Consent, decided(out.Steps, verdict.Consent)
	case verdict.Decided:
		out.Layer, out.Reason = "policy", rule.Why+" The person said no, and the policy lifts that here."
	}
	return nil
}

// theyDecided is the reason where a choice decides.
const theyDecided = "The person decided it."

// decided is that, with the value sets that the choice goes by.
func decided(steps []choice.Step, consent string) string {
	for _, step := range steps {
		if step.Consent != consent || len(step.Sets) == 0 {
			continue
		}
		var lists []string
		for _, set := range step.Sets {
			list := cmp.Or(set.Title, set.URL)
			if set.Version != "" {
				list += ", version " + set.Version
			}
			lists = append(lists, list)
		}
		return "The person decided it, for what is in this list: " + strings.Join(lists, "; ") + "."
	}
	return theyDecided
}
