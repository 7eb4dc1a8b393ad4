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
		d := c.decide(v, func(n *node) bool {
			t := w.test(n.cond)
			return t.answers(i)
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

// decide is the verdict of one consent. meets says whether the resource meets
// the condition of a node that has one.
func (c *Consent) decide(v *Viewer, meets func(*node) bool) Verdict {
	n := c.root.decide(v, meets)
	if n == nil {
		return Verdict{}
	}
	return Verdict{Decided: true, Permit: !n.deny, Consent: c.id, Version: c.version, Path: n.path}
}

// decide finds the node that decides, nil where this one does not match. A
// child that stands, by itself or by what lies below it, is an exception to its
// parent; where several match, one that stands is enough. Types alternate, so
// the type of the node that is found is the decision.
func (n *node) decide(v *Viewer, meets func(*node) bool) *node {
	if n.viewer(v) != Applies || n.cond != nil && !meets(n) {
		return nil
	}
	at := n
	for _, k := range n.kids {
		switch found := k.decide(v, meets); {
		case found == nil:
		case found.deny == k.deny:
			return found
		case at == n:
			at = found // an exception to the exception: the deepest that matches
		}
	}
	return at
}
