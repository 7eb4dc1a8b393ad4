package given

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
)

// Assess says what of a history counts on a day and what comes next. Its doses
// are beside those of the history.
//
// A dose whose day is not exact is held against the rules on the first and on the
// last day that it can have been. It counts if it counts on both, and then as if
// it had been on the last, so that what follows is not too soon. Otherwise it is
// left out, and said to be [england.NotExact].
func (r *Reader) Assess(h *History, on vaccine.Date) england.Result {
	out, _ := r.settle(h, on)
	return out
}

// Visits are a plan to catch up, as [england.Calendar.Visits] makes it.
func (r *Reader) Visits(h *History, on vaccine.Date) []england.Visit {
	if h.Born == 0 {
		return nil
	}
	_, who := r.settle(h, on)
	return r.c.Visits(who, on)
}

func (r *Reader) settle(h *History, on vaccine.Date) (england.Result, vaccine.Person) {
	out := map[int]bool{} // doses of which it can not be said whether they count
	for {
		last := r.person(h, on, out, true)
		res := r.c.Assess(last, on)
		if slices.IndexFunc(h.Doses, func(d Dose) bool { return d.First != d.Last }) < 0 {
			return r.say(h, res, out), last
		}
		first := r.c.Assess(r.person(h, on, out, false), on)
		more := false
		for i := range res.Doses {
			if !out[i] && !h.Doses[i].Exact() && res.Doses[i].Counts != first.Doses[i].Counts {
				out[i], more = true, true
			}
		}
		if !more {
			return r.say(h, res, out), last
		}
	}
}

// person is what the rules are asked about: with each dose on the last or on the
// first day that it can have been.
func (r *Reader) person(h *History, on vaccine.Date, out map[int]bool, last bool) vaccine.Person {
	who := vaccine.Person{Born: h.Born, Sex: h.Sex, Observations: h.Observations, History: make([]vaccine.Given, len(h.Doses))}
	for i := range h.Doses {
		d := &h.Doses[i]
		g := vaccine.Given{Vaccine: d.Vaccine, On: d.First, Expires: d.Expires, SubStandard: d.SubStandard}
		if last {
			g.On = d.Last
		}
		if d.First != 0 && d.First != d.Last {
			g.On, g.Expires = min(max(g.On, h.Born), max(on, d.First)), 0
		}
		if out[i] {
			g.On = 0
		}
		who.History[i] = g
	}
	return who
}

// say marks what is not exact enough to be judged.
func (r *Reader) say(h *History, res england.Result, out map[int]bool) england.Result {
	for i := range res.Doses {
		if d := &res.Doses[i]; out[i] || h.Doses[i].First == 0 {
			*d = england.Dose{Why: england.NotExact}
		}
	}
	return res
}
