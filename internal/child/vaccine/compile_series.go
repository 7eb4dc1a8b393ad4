package vaccine

import (
	"fmt"
	"slices"
)

func (c *compiler) series(a *antigen, rule *Series) (series, error) {
	s := series{rule: rule}
	var known bool
	if s.group, known = c.group[rule.Group]; !known {
		return s, fmt.Errorf("there is no group %.40q", rule.Group)
	}
	if !slices.Contains([]SeriesType{Standard, Risk, EvaluationOnly}, rule.Type) {
		return s, fmt.Errorf("its type is standard, risk or evaluation only, not %.40q", rule.Type)
	}
	for _, sex := range rule.Sex {
		if !slices.Contains([]Sex{Male, Female, Unknown}, sex) {
			return s, fmt.Errorf("a sex is male, female or unknown, not %.40q", sex)
		}
	}
	if len(rule.Doses) == 0 || len(rule.Doses) > maxDoses {
		return s, fmt.Errorf("it has 1 to %d doses", maxDoses)
	}
	s.selection = slices.Index(a.groups, rule.Select.Group)
	for _, name := range rule.Select.Equivalent {
		if at := slices.Index(a.groups, name); at >= 0 && at != s.selection {
			s.equivalent = append(s.equivalent, at)
		}
	}
	for i := range rule.Doses {
		d, err := c.dose(a, rule, i)
		if err != nil {
			return s, fmt.Errorf("dose %d: %w", i+1, err)
		}
		s.doses = append(s.doses, d)
	}
	return s, nil
}

func (c *compiler) dose(a *antigen, of *Series, at int) (d dose, err error) {
	rule := &of.Doses[at]
	d.rule = rule
	if err := checkAges(rule.Ages); err != nil {
		return d, err
	}
	if d.intervals, err = c.intervals(rule.Intervals, at); err != nil {
		return d, err
	}
	if d.allowable, err = c.intervals(rule.Allowable, at); err != nil {
		return d, err
	}
	for i := range rule.Preferable {
		no, known := c.plan.vaccines[rule.Preferable[i].Vaccine]
		if !known {
			return d, fmt.Errorf("there is no vaccine %.40q", rule.Preferable[i].Vaccine)
		}
		d.preferable = append(d.preferable, no)
	}
	d.offered = setOf(d.preferable, len(c.s.Vaccines))
	if d.alsoValid, err = c.aged(rule.AlsoValid); err != nil {
		return d, err
	}
	if len(d.preferable)+len(d.alsoValid) == 0 {
		return d, fmt.Errorf("it names no vaccine")
	}
	if d.inadvertent, err = c.set(rule.Inadvertent); err != nil {
		return d, err
	}
	if rule.Season != nil && rule.Season.Start != 0 && rule.Season.End != 0 && rule.Season.Start > rule.Season.End {
		return d, fmt.Errorf("its season ends before it starts")
	}
	return d, c.skips(&d, a)
}

// inOrder refuses periods that come in a wrong order, counted from the first day
// of a year.
func inOrder(absoluteMin, least, recommended, late Period) error {
	from := DateOf(2001, 1, 1)
	at, last := from, "nothing"
	for _, step := range []struct {
		name string
		p    Period
	}{{"absoluteMin", absoluteMin}, {"min", least}, {"recommended", recommended}, {"late", late}} {
		if !step.p.Given() {
			continue
		}
		d := from.Add(step.p)
		if d < at {
			return fmt.Errorf("the %s (%s) is less than %s", step.name, step.p, last)
		}
		at, last = d, step.name
	}
	return nil
}

func checkAges(ages []Age) error {
	born := DateOf(2001, 1, 1)
	for _, age := range ages {
		if err := inOrder(age.AbsoluteMin, age.Min, age.Recommended, age.Late); err != nil {
			return fmt.Errorf("an age: %w", err)
		}
		if age.Max.Given() && age.AbsoluteMin.Given() && born.Add(age.Max) <= born.Add(age.AbsoluteMin) {
			return fmt.Errorf("the age max (%s) is not above absoluteMin (%s)", age.Max, age.AbsoluteMin)
		}
	}
	return nil
}

func (c *compiler) intervals(rules []Interval, at int) (out []interval, err error) {
	for i := range rules {
		rule := &rules[i]
		ways := 0
		for _, way := range []bool{rule.FromPrevious, rule.FromTarget != 0, len(rule.FromVaccines) > 0, rule.FromObservation != ""} {
			if way {
				ways++
			}
		}
		if ways != 1 {
			return nil, fmt.Errorf("interval %d is from one thing, not %d", i+1, ways)
		}
		if rule.FromTarget < 0 || rule.FromTarget > at {
			return nil, fmt.Errorf("interval %d is from dose %d, which is not before it", i+1, rule.FromTarget)
		}
		if err := inOrder(rule.AbsoluteMin, rule.Min, rule.Recommended, rule.Late); err != nil {
			return nil, fmt.Errorf("interval %d: %w", i+1, err)
		}
		in := interval{rule: rule}
		if in.vaccines, err = c.set(rule.FromVaccines); err != nil {
			return nil, fmt.Errorf("interval %d: %w", i+1, err)
		}
		out = append(out, in)
	}
	return out, nil
}

func (c *compiler) skips(d *dose, a *antigen) error {
	for i := range d.rule.Skips {
		rule := &d.rule.Skips[i]
		s := skip{logic: rule.Logic}
		for j := range rule.Sets {
			set := skipSet{rule: &rule.Sets[j]}
			for k := range set.rule.Conditions {
				cond, err := c.condition(&set.rule.Conditions[k], a)
				if err != nil {
					return fmt.Errorf("skip %d, set %d, condition %d: %w", i+1, j+1, k+1, err)
				}
				set.conditions = append(set.conditions, cond)
			}
			s.sets = append(s.sets, set)
			if !logical(set.rule.Logic, len(set.conditions)) {
				return fmt.Errorf("skip %d, set %d: it needs conditions, and logic for several", i+1, j+1)
			}
		}
		if !logical(rule.Logic, len(s.sets)) {
			return fmt.Errorf("skip %d: it needs sets, and logic for several", i+1)
		}
		switch rule.Context {
		case InEvaluation:
			d.evaluation = append(d.evaluation, s)
		case InForecast:
			d.forecast = append(d.forecast, s)
		case InBoth:
			d.evaluation, d.forecast = append(d.evaluation, s), append(d.forecast, s)
		default:
			return fmt.Errorf("skip %d: its context is evaluation, forecast or both", i+1)
		}
	}
	return nil
}

// logical says that there are some, and that it is told how several combine.
func logical(l Logic, n int) bool {
	return n > 0 && (l == All || l == Any || l == "" && n == 1)
}

func (c *compiler) condition(rule *Condition, a *antigen) (out condition, err error) {
	out.rule = rule
	switch rule.Kind {
	case ConditionAge:
		if !rule.BeginAge.Given() && !rule.EndAge.Given() {
			return out, fmt.Errorf("it names no age")
		}
	case ConditionInterval:
		if !rule.Interval.Given() {
			return out, fmt.Errorf("it names no interval")
		}
	case ConditionBorn:
		if rule.Start == 0 && rule.End == 0 {
			return out, fmt.Errorf("it names no date")
		}
	case ConditionCompleted:
		for _, name := range rule.SeriesGroups {
			at := slices.Index(a.groups, name)
			if at < 0 {
				return out, fmt.Errorf("there is no series group %.40q", name)
			}
			out.groups = append(out.groups, at)
		}
		if len(out.groups) == 0 {
			return out, fmt.Errorf("it names no series group")
		}
	case ConditionCount:
		if !slices.Contains([]Compare{More, Equal, Less}, rule.Compare) || rule.Count < 0 {
			return out, fmt.Errorf("it counts greater than, equal to or less than a number")
		}
		out.vaccines, err = c.set(rule.Vaccines)
	default:
		err = fmt.Errorf("there is no kind %.40q", rule.Kind)
	}
	return out, err
}
