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
	at      int      // in the program
	matched []answer // by node, whether it matches the viewer
}

// View answers what the program asks of a viewer. Nobody, or no program, gives
// the View that refuses.
func (p *Program) View(v *Viewer) *View {
	if p == nil || v == nil {
		return nil
	}
	w := &View{p: p}
	for at, c := range p.cs {
		if p.bits[at] == nil {
			continue
		}
		sure, _ := c.root.viewer(v)
		if sure == no {
			continue
		}
		a := aspect{Consent: c, at: at, matched: make([]answer, c.count)}
		a.matched[c.root.seq] = sure
		for _, k := range c.root.kids {
			a.look(k, v)
		}
		w.open = append(w.open, a)
	}
	return w
}

// Silent tells whether no choice can say anything about the viewer, of whatever
// resource.
func (w *View) Silent() bool { return w != nil && len(w.open) == 0 }

// look fills matched for a node and, where it may match, for those below it:
// others are never asked.
func (a *aspect) look(n *node, v *Viewer) {
	if a.matched[n.seq], _ = n.viewer(v); a.matched[n.seq] == no {
		return
	}
	for _, k := range n.kids {
		a.look(k, v)
	}
}

// match is the answer of one node to the viewer and to what a class says.
func (w *View) match(a *aspect, n *node, m met) answer {
	return min(a.matched[n.seq], m.answer(w.p.bits[a.at][n.seq]))
}

// Verdict is what Decide says of every resource of the class for this viewer. A
// class of other conditions is refused.
func (w *View) Verdict(c Class) Verdict {
	if w == nil {
		return unreadable
	}
	m, ok := w.p.met(c)
	if !ok {
		return unreadable
	}
	var all Verdict
	for i := range w.open {
		if d := w.one(&w.open[i], m); d.Decided {
			if all = all.and(d); !all.Permit {
				break
			}
		}
	}
	return all
}

// one is the verdict of one consent on resources that meet these conditions.
func (w *View) one(a *aspect, m met) Verdict {
	return a.decide(func(n *node) answer { return w.match(a, n, m) })
}
