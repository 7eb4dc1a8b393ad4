package choice

// Verdict is what choices say about a viewer and a resource. The zero Verdict is
// undecided: no choice says anything.
type Verdict struct {
	Decided, Permit bool
	// Consent and Version name the consent that decided; of several the first
	// that denies, else the first. Empty for what is refused because it could
	// not be evaluated.
	Consent string
	Version int64
	// Path is the FHIRPath of the provision that decided.
	Path string
}

// unreadable is the verdict where the truth is not known.
var unreadable = Verdict{Decided: true}

// Decide says what the consents say together: any deny is a deny, else any
// permit is a permit, else they say nothing. It knows no World.
func Decide(cs []*Consent, v *Viewer, i *Item) Verdict { return World{}.Decide(cs, v, i) }

// Decide is the function Decide in a World.
func (w World) Decide(cs []*Consent, v *Viewer, i *Item) Verdict {
	if v == nil || i == nil {
		return unreadable
	}
	var all Verdict
	for _, c := range cs {
		if c == nil {
			return unreadable
		}
		if !c.enforced() {
			continue
		}
		d := c.decide(func(n *node) answer {
			a, _ := n.viewer(v)
			if a != no && n.cond != nil {
				t := w.test(n.cond)
				a = min(a, t.answers(i))
			}
			return a
		})
		if all = all.and(d); all.Decided && !all.Permit {
			break
		}
	}
	return all
}

// and combines the verdicts of two consents.
func (d Verdict) and(o Verdict) Verdict {
	if !d.Decided || o.Decided && d.Permit && !o.Permit {
		return o
	}
	return d
}

// decide is the verdict of one consent. matches says whether a node by itself
// matches the viewer and the resource. Where that is not known of the root, the
// consent may say nothing at all: then its deny counts and its permit does not.
func (c *Consent) decide(matches func(*node) answer) Verdict {
	sure := matches(c.root)
	if sure == no {
		return Verdict{}
	}
	n := c.root.decide(matches)
	if sure == unsure && !n.deny {
		return Verdict{}
	}
	return Verdict{Decided: true, Permit: !n.deny, Consent: c.id, Version: c.version, Path: n.path}
}

// decide finds the node that decides when this one matches. A child that
// stands, by itself or by what lies below it, is an exception to its parent;
// where several match, one that stands is enough. Types alternate, so the type
// of the node that is found is the decision.
func (n *node) decide(matches func(*node) answer) *node {
	at := n
	for _, k := range n.kids {
		if !matches(k).settle(k.deny) {
			continue
		}
		found := k.decide(matches)
		if found.deny == k.deny {
			return found
		}
		if at == n {
			at = found // an exception to the exception: the deepest that matches
		}
	}
	return at
}
