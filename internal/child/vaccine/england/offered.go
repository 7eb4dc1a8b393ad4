package england

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// limit learns at which ages a vaccine is given, from all rules that offer it.
func (c *Calendar) limit(s *vaccine.Series) {
	for i := range s.Doses {
		for _, p := range s.Doses[i].Preferable {
			if p.From.Given() || p.Until.Given() {
				c.limits[p.Vaccine] = vaccine.AgeRange{From: p.From, Until: p.Until}
			}
		}
	}
}

// offered is the first of some vaccines that is given at the age on a day.
func (c *Calendar) offered(codes []string, born, on vaccine.Date) string {
	for _, code := range codes {
		l := c.limits[code]
		if (!l.From.Given() || on >= born.Add(l.From)) && (!l.Until.Given() || on < born.Add(l.Until)) {
			return code
		}
	}
	if len(codes) > 0 {
		return codes[0]
	}
	return ""
}

// Jab is a vaccine to be given, with the programmes that it serves.
type Jab struct {
	Vaccine    string
	Programmes []string
	Overdue    bool
}

// Jabs are the fewest vaccines that give what is due on a day, in the order of
// the programmes: one that serves several takes the place of those that serve
// less, as MMRV does of MMR.
func (c *Calendar) Jabs(r *Result, on vaccine.Date) (all []Jab) {
	return c.jabs(r, func(n *Next) bool { return n.DueOn(on) }, on)
}

func (c *Calendar) jabs(r *Result, wanted func(*Next) bool, on vaccine.Date) (all []Jab) {
	for i := range r.Next {
		n := &r.Next[i]
		if !wanted(n) || n.Vaccine == "" {
			continue
		}
		at := slices.IndexFunc(all, func(j Jab) bool { return j.Vaccine == n.Vaccine || c.serves(j.Vaccine, i) })
		if at < 0 {
			all = append(all, Jab{Vaccine: n.Vaccine})
			at = len(all) - 1
		}
		all[at].Programmes = append(all[at].Programmes, n.Programme)
		all[at].Overdue = all[at].Overdue || n.OverdueOn(on)
	}
	return c.fewest(all)
}

// fewest takes out what another vaccine of the list gives as well.
func (c *Calendar) fewest(all []Jab) []Jab {
	out := all[:0:0]
	for i, j := range all {
		by := slices.IndexFunc(all, func(o Jab) bool { return o.Vaccine != j.Vaccine && c.servesAll(o.Vaccine, j.Programmes) })
		if by < 0 || by > i && c.servesAll(j.Vaccine, all[by].Programmes) {
			out = append(out, j)
			continue
		}
		all[by].Programmes = append(all[by].Programmes, j.Programmes...)
		all[by].Overdue = all[by].Overdue || j.Overdue
		if at := slices.IndexFunc(out, func(o Jab) bool { return o.Vaccine == all[by].Vaccine }); at >= 0 {
			out[at] = all[by]
		}
	}
	return out
}

func (c *Calendar) serves(code string, programme int) bool {
	return slices.Contains(c.covers[code], programme)
}

func (c *Calendar) servesAll(code string, programmes []string) bool {
	return !slices.ContainsFunc(programmes, func(p string) bool { return !c.serves(code, c.byName[p]) })
}
