package vaccine

import (
	"fmt"
	"slices"
)

// Bounds of a schedule, so that an assessment of any history ends soon.
const (
	maxVaccines = 4096
	maxAntigens = 256
	maxSeries   = 256 // of an antigen
	maxDoses    = 64  // of a series
)

// Compile makes a plan of a schedule, or says where it does not hold together:
// the error names the place. The schedule may not be changed afterwards.
func Compile(s *Schedule) (*Plan, error) {
	c := compiler{s: s, plan: &Plan{schedule: s, vaccines: map[string]vaccineNo{}}}
	for _, step := range []func() error{c.head, c.vaccines, c.groups, c.conflicts, c.antigens} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("vaccine: schedule %.40q %.40q: %w", s.ID, s.Version, err)
		}
	}
	p := c.plan
	total := 0
	for i := range p.antigens {
		total += len(p.antigens[i].series)
	}
	// Room for each series, so that runs never move.
	p.desks.New = func() any { return &assessment{plan: p, runs: make([]run, 0, total)} }
	return p, nil
}

type compiler struct {
	s       *Schedule
	plan    *Plan
	antigen map[string]int
	group   map[string]int
}

// head checks what says whose rules these are.
func (c *compiler) head() error {
	s := c.s
	if s.ID == "" || s.Version == "" || s.Source == "" || s.Licence == "" {
		return fmt.Errorf("it needs an id, a version, a source and a licence")
	}
	if s.SignedOff != nil && (s.SignedOff.By == "" || s.SignedOff.On == 0) {
		return fmt.Errorf("signedOff names who and when, or is null")
	}
	if len(s.Vaccines) > maxVaccines || len(s.Antigens) > maxAntigens {
		return fmt.Errorf("at most %d vaccines and %d antigens", maxVaccines, maxAntigens)
	}
	c.antigen = map[string]int{}
	for i := range s.Antigens {
		name := s.Antigens[i].Name
		if _, twice := c.antigen[name]; twice || name == "" {
			return fmt.Errorf("antigen %d: the name %.40q is empty or comes twice", i+1, name)
		}
		c.antigen[name] = i
	}
	return nil
}

func (c *compiler) vaccines() error {
	for i := range c.s.Vaccines {
		v := &c.s.Vaccines[i]
		if _, twice := c.plan.vaccines[v.Code]; twice || v.Code == "" {
			return fmt.Errorf("vaccine %d: the code %.40q is empty or comes twice", i+1, v.Code)
		}
		c.plan.vaccines[v.Code] = vaccineNo(i)
		var in []contained
		for _, a := range v.Contains {
			no, known := c.antigen[a.Antigen]
			if !known {
				return fmt.Errorf("vaccine %.40q: there is no antigen %.40q", v.Code, a.Antigen)
			}
			in = append(in, contained{no, a.From, a.Until})
		}
		c.plan.contains = append(c.plan.contains, in)
	}
	return nil
}

func (c *compiler) groups() error {
	c.group = map[string]int{}
	for i := range c.s.Groups {
		g := &c.s.Groups[i]
		if _, twice := c.group[g.Name]; twice || g.Name == "" {
			return fmt.Errorf("group %d: the name %.40q is empty or comes twice", i+1, g.Name)
		}
		c.group[g.Name] = i
		out := group{rule: g}
		for _, name := range g.Antigens {
			no, known := c.antigen[name]
			if !known {
				return fmt.Errorf("group %.40q: there is no antigen %.40q", g.Name, name)
			}
			out.antigens = append(out.antigens, no)
		}
		c.plan.groups = append(c.plan.groups, out)
	}
	return nil
}

func (c *compiler) conflicts() error {
	c.plan.conflicts = make([][]conflict, len(c.s.Vaccines))
	for i := range c.s.Conflicts {
		rule := &c.s.Conflicts[i]
		both, err := c.list([]string{rule.Previous, rule.Current})
		if err != nil {
			return fmt.Errorf("conflict %d: %w", i+1, err)
		}
		if !rule.Begin.Given() || !rule.MinEnd.Given() || !rule.End.Given() {
			return fmt.Errorf("conflict %d: it begins, has a least end and an end", i+1)
		}
		c.plan.conflicts[both[1]] = append(c.plan.conflicts[both[1]], conflict{both[0], rule})
	}
	return nil
}

func (c *compiler) antigens() error {
	for i := range c.s.Antigens {
		a := antigen{rule: &c.s.Antigens[i], group: -1}
		if err := c.fill(&a, i); err != nil {
			return fmt.Errorf("antigen %.40q: %w", a.rule.Name, err)
		}
		c.plan.antigens = append(c.plan.antigens, a)
	}
	return nil
}

func (c *compiler) fill(a *antigen, no int) error {
	for i := range c.plan.groups {
		if slices.Contains(c.plan.groups[i].antigens, no) {
			if a.group >= 0 {
				return fmt.Errorf("it is in two groups")
			}
			a.group = i
		}
	}
	if a.group < 0 {
		return fmt.Errorf("it is in no group")
	}
	if len(a.rule.Series) > maxSeries {
		return fmt.Errorf("at most %d series", maxSeries)
	}
	for i := range a.rule.VaccineContraindication {
		rule := &a.rule.VaccineContraindication[i]
		b := barred{rule: rule}
		var err error
		if b.vaccines, err = c.aged(rule.Vaccines); err != nil {
			return fmt.Errorf("contraindication %.40q: %w", rule.Observation, err)
		}
		a.barred = append(a.barred, b)
	}
	for i := range a.rule.Series {
		if g := a.rule.Series[i].Select.Group; !slices.Contains(a.groups, g) {
			a.groups = append(a.groups, g)
		}
	}
	for i := range a.rule.Series {
		s, err := c.series(a, &a.rule.Series[i])
		if err != nil {
			return fmt.Errorf("series %.60q: %w", a.rule.Series[i].Name, err)
		}
		a.series = append(a.series, s)
	}
	return nil
}

// list is the numbers of vaccines.
func (c *compiler) list(codes []string) ([]vaccineNo, error) {
	out := make([]vaccineNo, 0, len(codes))
	for _, code := range codes {
		no, known := c.plan.vaccines[code]
		if !known {
			return nil, fmt.Errorf("there is no vaccine %.40q", code)
		}
		out = append(out, no)
	}
	return out, nil
}

func (c *compiler) aged(vaccines []AgedVaccine) ([]vaccineNo, error) {
	codes := make([]string, len(vaccines))
	for i := range vaccines {
		codes[i] = vaccines[i].Vaccine
	}
	return c.list(codes)
}

func (c *compiler) set(codes []string) (vaccineSet, error) {
	nos, err := c.list(codes)
	if err != nil || len(nos) == 0 {
		return nil, err
	}
	return setOf(nos, len(c.s.Vaccines)), nil
}

func setOf(nos []vaccineNo, of int) vaccineSet {
	out := make(vaccineSet, (of+63)/64)
	for _, no := range nos {
		out[no/64] |= 1 << (no % 64)
	}
	return out
}
