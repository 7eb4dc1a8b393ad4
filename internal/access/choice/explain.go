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
	Unreadable           // it could not be evaluated, and so denies
)

var reasonNames = [...]string{"applies", "not evaluated", "outside of its period", "about somebody else", "about another action",
	"about another purpose", "about other data", "could not be evaluated"}

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
}

// Explain says for every consent of the program whether it applies and what it
// decides. Verdict combines these: any deny, else any permit. A class of other
// conditions makes every consent Unreadable.
func (p *Program) Explain(v *Viewer, c Class) []Step {
	if p == nil {
		return []Step{{Why: Unreadable}}
	}
	met, ok := p.met(c)
	steps := make([]Step, 0, len(p.cs))
	for at, one := range p.cs {
		s := Step{Consent: one.id, Version: one.version, Path: rootPath, Why: Unreadable}
		switch {
		case p.bits[at] == nil:
			s.Why = NotEvaluated
		case ok && v != nil:
			p.explain(&s, at, v, met)
		}
		steps = append(steps, s)
	}
	return steps
}

func (p *Program) explain(s *Step, at int, v *Viewer, met []byte) {
	root := p.cs[at].root
	if s.Why = root.viewer(v); s.Why != Applies {
		return
	}
	d := p.one(at, v, met)
	if !d.Decided {
		s.Why = OtherData
		return
	}
	s.Path, s.Permit = d.Path, d.Permit
	p.matched(s, at, root, v, met)
}

func (p *Program) matched(s *Step, at int, n *node, v *Viewer, met []byte) {
	bit := p.bits[at][n.seq]
	if n.viewer(v) != Applies || bit >= 0 && met[bit/8]&(1<<(bit%8)) == 0 {
		return
	}
	s.Matched = append(s.Matched, n.path)
	for _, k := range n.kids {
		p.matched(s, at, k, v, met)
	}
}
