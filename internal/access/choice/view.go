package choice

// View is a program for one viewer: what each provision asks of the viewer has
// been answered, and classes are left. It holds for the moment at which the
// viewer asked. The nil View refuses everything.
type View struct {
	p    *Program
	open []aspect // of the consents whose root may match the viewer
}

// aspect is one consent for one viewer.
type aspect struct {
	*Consent
	at      int    // in the program
	matched []bool // by node, whether it matches the viewer
}

// View answers what the program asks of a viewer. Nobody, or no program, gives
// the View that refuses.
func (p *Program) View(v *Viewer) *View {
	if p == nil || v == nil {
		return nil
	}
	w := &View{p: p}
	for at, c := range p.cs {
		if p.bits[at] == nil || c.root.viewer(v) != Applies {
			continue
		}
		a := aspect{Consent: c, at: at, matched: make([]bool, c.count)}
		a.matched[c.root.seq] = true
		for _, k := range c.root.kids {
			a.look(k, v)
		}
		w.open = append(w.open, a)
	}
	return w
}

// look fills matched for a node and, where it matches, for those below it:
// others are never asked.
func (a *aspect) look(n *node, v *Viewer) {
	if a.matched[n.seq] = n.viewer(v) == Applies; !a.matched[n.seq] {
		return
	}
	for _, k := range n.kids {
		a.look(k, v)
	}
}

// Verdict is what Decide says of every resource of the class for this viewer. A
// class of other conditions is refused.
func (w *View) Verdict(c Class) Verdict {
	if w == nil {
		return unreadable
	}
	met, ok := w.p.met(c)
	if !ok {
		return unreadable
	}
	var all Verdict
	for i := range w.open {
		if d := w.one(&w.open[i], met); d.Decided {
			if all = all.and(d); !all.Permit {
				break
			}
		}
	}
	return all
}

// one is the verdict of one consent on resources that meet these conditions.
func (w *View) one(a *aspect, met []byte) Verdict {
	bits := w.p.bits[a.at]
	return a.decide(func(n *node) bool {
		bit := bits[n.seq]
		return a.matched[n.seq] && (bit < 0 || met[bit/8]&(1<<(bit%8)) != 0)
	})
}
