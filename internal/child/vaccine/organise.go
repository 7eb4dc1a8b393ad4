package vaccine

import (
	"cmp"
	"slices"
	"strings"
)

// given is a dose of the history, in the order of days.
type given struct {
	*Given
	vaccine vaccineNo
	no      int // in the person's history
}

// organise takes the history apart by antigen, in the order of days (section
// 4.2). Doses of one day are in an order that depends on what they are, never on
// where they stood in the history.
func (a *assessment) organise() {
	a.given, a.unknown = a.given[:0], a.unknown[:0]
	for i := range a.who.History {
		g := &a.who.History[i]
		no, known := a.plan.vaccines[g.Vaccine]
		switch {
		case g.On == 0 || g.On > a.on:
		case !known:
			a.unknown = append(a.unknown, i)
		default:
			a.given = append(a.given, given{g, no, i})
		}
	}
	slices.SortStableFunc(a.given, earlier)
	if a.byAntigen == nil {
		a.byAntigen = make([][]int, len(a.plan.antigens))
	}
	for i := range a.byAntigen {
		a.byAntigen[i] = a.byAntigen[i][:0]
	}
	for i, g := range a.given {
		for _, c := range a.plan.contains[g.vaccine] {
			if a.aged(g.On, c.from, c.until) {
				a.byAntigen[c.antigen] = append(a.byAntigen[c.antigen], i)
			}
		}
	}
}

func earlier(x, y given) int {
	if x.On != y.On {
		return cmp.Compare(x.On, y.On)
	}
	sub := func(g given) int {
		if g.SubStandard {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(sub(x), sub(y)),
		cmp.Compare(x.vaccine, y.vaccine),
		strings.Compare(x.Product, y.Product),
		strings.Compare(x.Maker, y.Maker),
		cmp.Compare(y.Amount, x.Amount),
		cmp.Compare(y.Expires, x.Expires),
	)
}

// aged says that the person's age on d is in [from, until); what is not given
// is open.
func (a *assessment) aged(d Date, from, until Period) bool {
	return (!from.Given() || d >= a.who.Born.Add(from)) && (!until.Given() || d < a.who.Born.Add(until))
}
