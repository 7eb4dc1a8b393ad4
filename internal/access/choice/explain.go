package choice

// Reason is why a consent does or does not apply to a viewer and a resource.
type Reason uint8

// The reasons, in the order in which they are looked for.
const (
	Applies       Reason = iota
	NotEvaluated         // it is not active, or no sharing choice
	OutsidePeriod        // its time has not come, or is over
	OtherActor           // it is about others than the viewer
	OtherAction          // it is about doing something else
	OtherPurpose         // it is about other purposes
	OtherData            // it is about other data
	Unsure               // whether it applies is not known, and it would permit
	Unreadable           // it could not be evaluated, and so denies
)

var reasonNames = [...]string{"applies", "not evaluated", "outside of its period", "about somebody else", "about another action",
	"about another purpose", "about other data", "not sure to apply", "could not be evaluated"}

// String is the reason in a few words for a log.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return reasonNames[Unreadable]
}

// Step is what one consent says about a viewer and a resource, and why.
type Step struct {
	Consent string
	Version int64
	Why     Reason
	// Path is the FHIRPath of the provision that decided, of the root where it
	// does not apply.
	Path string
	// Permit is the decision, where Why is Applies.
	Permit bool
	// Matched are the paths of all provisions that matched, from the root down,
	// in the order of the resource.
	Matched []string
	// Sets are the value sets that those provisions ask for, of a consent that
	// does not apply all that it asks for: as they were when the choice was made.
	Sets []SetName
}

// Explain says for every consent of the program whether it applies and what it
// decides. Verdict combines these: any deny, else any permit. A class of other
// conditions makes every consent Unreadable.
func (p *Program) Explain(v *Viewer, c Class) []Step {
	if p == nil {
		return []Step{{Why: Unreadable}}
	}
	m, ok := p.met(c)
	steps := make([]Step, 0, len(p.cs))
	w, next := p.View(v), 0
	for at, one := range p.cs {
		s := Step{Consent: one.id, Version: one.version, Path: rootPath, Why: Unreadable}
		switch {
		case p.bits[at] == nil:
			s.Why = NotEvaluated
		case !ok || w == nil:
		case next < len(w.open) && w.open[next].at == at:
			w.explain(&s, &w.open[next], m)
			next++
		default:
			_, s.Why = one.root.viewer(v)
		}
		if s.Why != Applies && one.root != nil {
			s.Sets = one.root.sets(true)
		}
		steps = append(steps, s)
	}
	return steps
}

func (w *View) explain(s *Step, a *aspect, m met) {
	d := w.one(a, m)
	switch {
	case d.Decided:
		s.Why, s.Path, s.Permit = Applies, d.Path, d.Permit
		w.matched(s, a, a.root, m)
	case w.match(a, a.root, m) == unsure:
		s.Why = Unsure
	default:
		s.Why = OtherData
	}
}

// matched notes a node that matches, and those below it that do.
func (w *View) matched(s *Step, a *aspect, n *node, m met) {
	s.Matched = append(s.Matched, n.path)
	s.Sets = sortedNames(append(s.Sets, n.sets(false)...))
	for _, k := range n.kids {
		if w.match(a, k, m).settle(k.deny) {
			w.matched(s, a, k, m)
		}
	}
}
