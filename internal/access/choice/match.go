package choice

import (
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// answer is whether an attribute holds.
type answer uint8

const (
	no answer = iota
	unsure
	yes
)

func when(b bool) answer {
	if b {
		return yes
	}
	return no
}

// settle decides what is not known of an exception by its type: a deny holds, a
// permit does not.
func (a answer) settle(deny bool) bool { return a == yes || a == unsure && deny }

// holds says whether the moment lies in the span.
func (s span) holds(now time.Time) answer {
	if s.absent() {
		return yes
	}
	if now.IsZero() {
		return unsure
	}
	i, at := s.in(now.Location()), now.UnixMicro()
	return when(i.Low <= at && at < i.High)
}

// viewer says whether what is asked of the viewer holds, and where it does not,
// which attribute it is.
func (n *node) viewer(v *Viewer) (answer, Reason) {
	all := yes
	for _, asked := range [...]struct {
		there bool
		holds func(*Viewer) answer
		not   Reason
	}{
		{!n.period.absent(), func(v *Viewer) answer { return n.period.holds(v.Now) }, OutsidePeriod},
		{len(n.actors) > 0, n.names, OtherActor},
		{len(n.actions) > 0, n.acts, OtherAction},
		{len(n.purposes) > 0, n.serves, OtherPurpose},
	} {
		if !asked.there {
			continue
		}
		a := asked.holds(v)
		if a == no {
			return no, asked.not
		}
		all = min(all, a)
	}
	if all == unsure {
		return unsure, Unsure
	}
	return yes, Applies
}

func (n *node) names(v *Viewer) answer {
	if len(v.Refs) == 0 && len(v.Idents) == 0 {
		return unsure
	}
	best := no
	for i := range n.actors {
		a := &n.actors[i]
		is := v.is(a)
		if (a.role != Coding{}) && !slices.Contains(v.Roles, a.role) {
			if len(v.Roles) > 0 {
				continue
			}
			is = min(is, unsure)
		}
		if best = max(best, is); best == yes {
			break
		}
	}
	return best
}

// is says whether the viewer is or belongs to whom an actor names.
func (v *Viewer) is(a *actor) answer {
	switch {
	case a.ref != "" && slices.Contains(v.Refs, a.ref), (a.ident != Coding{}) && slices.Contains(v.Idents, a.ident):
		return yes
	case a.ref != "" && slices.Contains(v.Perhaps, a.ref), (a.ident != Coding{}) && slices.Contains(v.PerhapsIdents, a.ident):
		return unsure
	}
	return no
}

func (n *node) acts(v *Viewer) answer {
	if v.Action == "" {
		return unsure
	}
	return when(slices.Contains(n.actions, v.Action))
}

func (n *node) serves(v *Viewer) answer {
	if len(v.Purpose) == 0 {
		return unsure
	}
	for _, p := range v.Purpose {
		for _, wide := range n.purposes {
			if under(Purposes, p, wide) {
				return yes
			}
		}
	}
	return no
}

// test is a condition with what the world knows about it.
type test struct {
	*cond
	utc, local fhir.Interval // of the period; UTC for items whose time is dates
	targets    []string      // what resources named with meaning related refer to
	resolved   bool          // whether targets are known
}

func (w World) test(c *cond) test {
	t := test{cond: c}
	if !c.period.absent() {
		t.utc, t.local = c.period.in(time.UTC), c.period.in(w.zone())
	}
	if w.Refers == nil {
		return t
	}
	t.resolved = true
	for _, d := range c.data {
		if d.meaning == related {
			t.targets = append(t.targets, w.Refers(d.ref)...)
		}
	}
	slices.Sort(t.targets)
	t.targets = slices.Compact(t.targets)
	return t
}

// answers says whether a resource meets the condition: for a deny, it or one of
// those inside of it.
func (t *test) answers(i *Item) answer {
	best := t.holds(i)
	if t.deny {
		for n := range i.Within {
			best = max(best, t.holds(&i.Within[n]))
		}
	}
	return best
}

func (t *test) holds(i *Item) answer {
	all := yes
	if len(t.labels) > 0 {
		all = min(all, when(t.labelled(i)))
	}
	if len(t.classes) > 0 {
		all = min(all, t.classed(i))
	}
	if t.codes != nil {
		all = min(all, when(t.coded(i)))
	}
	if !t.period.absent() {
		all = min(all, t.dated(i))
	}
	if len(t.data) > 0 {
		all = min(all, t.named(i))
	}
	return all
}

// labelled compares labels. A level of confidentiality is a mark: a permit
// reaches up to it, a deny down to it.
func (t *test) labelled(i *Item) bool {
	at := level(i.Security)
	for _, l := range t.labels {
		if l.System == ConfidentialitySystem {
			if mark := slices.Index(levels, l.Code); t.deny && at >= mark || !t.deny && at <= mark {
				return true
			}
			continue
		}
		for _, has := range i.Security {
			if has == l || l.System == ActCodeSystem && under(Sensitivities, sensitivity(has), l.Code) {
				return true
			}
		}
	}
	return false
}

func (t *test) classed(i *Item) answer {
	if i.Type == "" {
		return unsure
	}
	best := no
	for _, c := range t.classes {
		if c.typ != "" {
			if c.typ == i.Type {
				return yes
			}
			continue
		}
		for _, p := range i.Profiles {
			if has := fhir.ParseCanonical(p); has.URL == c.profile.URL {
				best = max(best, sameVersion(c.profile.Version, has.Version))
			}
		}
	}
	return best
}

// sameVersion compares versions of a profile. A resource that does not say
// which version it meets may meet any.
func sameVersion(asked, has string) answer {
	if asked != "" && has == "" {
		return unsure
	}
	return when(asked == "" || asked == has)
}

func (t *test) coded(i *Item) bool {
	for _, c := range i.Codes {
		if t.codes[c] {
			return true
		}
		if but, whole := t.wholes[c.System]; whole && !but[c.Code] {
			return true
		}
	}
	return false
}

// dated compares the clinical time. It holds where all of the item's time lies
// within, and is not known where a part does: a time that is not known is all
// of time. Who somebody is has no time, so that no period holds.
func (t *test) dated(i *Item) answer {
	if i.Type == "Patient" {
		return no
	}
	at, period := i.time(), t.local
	if i.Days {
		period = t.utc
	}
	switch {
	case period.Contains(at):
		return yes
	case period.Overlaps(at):
		return unsure
	}
	return no
}

// time is the clinical time in microseconds since 1970; all of time where it is
// not known.
func (i *Item) time() fhir.Interval {
	at := fhir.Interval{Low: fhir.Earliest, High: fhir.Latest}
	if !i.From.IsZero() {
		at.Low = i.From.UnixMicro()
	}
	if !i.To.IsZero() {
		at.High = i.To.UnixMicro()
	}
	if !i.From.IsZero() && !i.To.IsZero() {
		at.High = max(at.High, at.Low+1)
	}
	return at
}

// The meanings of provision.data (http://hl7.org/fhir/consent-data-meaning).
const (
	instance   = "instance"
	related    = "related"
	dependents = "dependents"
	authoredBy = "authoredby"
)

// named says whether the item is one of those that the data name. What is
// reached through a reference never is the person's own Patient: nearly
// everything refers to it, and who somebody is, is hidden by naming it only.
func (t *test) named(i *Item) answer {
	self, best := i.Type+"/"+i.ID, no
	for _, d := range t.data {
		switch {
		case d.meaning == authoredBy:
			if slices.Contains(i.Authors, d.ref) {
				return yes
			}
		case self == d.ref:
			return yes
		case d.meaning == instance || self == t.person:
		case d.meaning == related && t.resolved && slices.Contains(t.targets, self):
			return yes
		case d.meaning == dependents && slices.Contains(i.Refs, d.ref):
			return yes
		case d.meaning == related && (!t.resolved || slices.Contains(i.Refs, d.ref)):
			best = unsure // IHE's examples read it the other way round than R4
		}
	}
	return best
}
