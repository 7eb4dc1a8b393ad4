package england

import (
	"fmt"
	"slices"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// Yearly is a programme of every year, as flu is: who is of an age on a day of
// the year, or at risk, has one dose from Start to End.
type Yearly struct {
	Programme   string           `json:"programme"`
	Vaccines    []string         `json:"vaccines"` // the first that fits is offered
	Start       vaccine.MonthDay `json:"start"`
	End         vaccine.MonthDay `json:"end"`
	Counted     vaccine.MonthDay `json:"counted"` // the day on which ages are counted
	From        int              `json:"from"`    // whole years on that day, both included
	To          int              `json:"to"`
	AbsoluteMin vaccine.Period   `json:"absoluteMin,omitzero"` // a dose before this age does not count
	// Risk is an observation for which it is offered at ages in [RiskFrom,
	// RiskUntil) as well.
	Risk      string         `json:"risk,omitzero"`
	RiskFrom  vaccine.Period `json:"riskFrom,omitzero"`
	RiskUntil vaccine.Period `json:"riskUntil,omitzero"`
}

// season is a programme of every year, made ready.
type season struct {
	*Yearly
	c  *Calendar
	at int // of its programme
}

// seasons checks the programmes of every year.
func (c *Calendar) seasons() error {
	for i := range c.file.Schedule.Antigens {
		for k := range c.file.Schedule.Antigens[i].Series {
			c.limit(&c.file.Schedule.Antigens[i].Series[k])
		}
	}
	for i := range c.file.Yearly {
		y := &c.file.Yearly[i]
		at, known := c.byName[y.Programme]
		switch {
		case !known || slices.Contains(c.groups, at):
			return fmt.Errorf("yearly %d: there is no programme %.40q, or the schedule has a group of that name", i+1, y.Programme)
		case y.Start.IsZero() || y.End.IsZero() || y.Counted.IsZero():
			return fmt.Errorf("yearly %d: it needs a start, an end and a day on which ages are counted", i+1)
		case y.From < 0 || y.To < y.From || y.To > 150:
			return fmt.Errorf("yearly %d: its ages are none", i+1)
		case y.Risk != "" && (!y.RiskFrom.Given() || !y.RiskUntil.Given()):
			return fmt.Errorf("yearly %d: for a risk it needs two ages", i+1)
		}
		for _, v := range y.Vaccines {
			if _, known := c.names[v]; !known {
				return fmt.Errorf("yearly %d: there is no vaccine %.40q", i+1, v)
			}
			c.covers[v] = append(c.covers[v], at)
		}
		c.yearly = append(c.yearly, &season{y, c, at})
	}
	return nil
}

// on is that day of a year.
func on(m vaccine.MonthDay, year int) vaccine.Date {
	return vaccine.DateOf(year, int(m.Month), int(m.Day))
}

// of is the year in which the season began that a day is in. A season lasts until
// the next one begins.
func (y *season) of(d vaccine.Date) int {
	year, _, _ := d.Civil()
	if d < on(y.Start, year) {
		return year - 1
	}
	return year
}

// end is the last day on which the dose of a season is offered.
func (y *season) end(year int) vaccine.Date {
	if d := on(y.End, year); d >= on(y.Start, year) {
		return d
	}
	return on(y.End, year+1)
}

// doses says which of the history count: one in a season. What the engine made
// of them before is left alone.
func (y *season) doses(out *Result, who *vaccine.Person, today vaccine.Date) {
	first := map[int]int{} // by season, the dose that counts
	n := &out.Next[y.at]
	for i := range who.History {
		g := &who.History[i]
		if g.On == 0 || g.On > today || !slices.Contains(y.Vaccines, g.Vaccine) {
			continue
		}
		d := &out.Doses[i]
		switch {
		case g.SubStandard || g.Expires != 0 && g.On > g.Expires:
			d.Why, d.Of = Spoilt, y.Programme
		case y.AbsoluteMin.Given() && g.On < who.Born.Add(y.AbsoluteMin):
			d.Why, d.Of, d.On = TooEarly, y.Programme, who.Born.Add(y.AbsoluteMin)
		default:
			year := y.of(g.On)
			other, twice := first[year]
			if !twice || who.History[other].On > g.On {
				first[year] = i
			}
			d.Why, d.Of = Extra, y.Programme
		}
	}
	years := make([]int, 0, len(first))
	for year := range first {
		years = append(years, year)
	}
	slices.Sort(years)
	for _, year := range years {
		d := &out.Doses[first[year]]
		d.Why, d.Of = Counts, ""
		d.count(n)
	}
}

// next is the next season in which the person is offered a dose.
func (y *season) next(out *Result, who *vaccine.Person, today vaccine.Date) {
	n := &out.Next[y.at]
	now := y.of(today)
	had := false
	for i := range who.History {
		d := &out.Doses[i]
		had = had || d.Counts && who.History[i].On <= today && y.of(who.History[i].On) == now && slices.Contains(y.Vaccines, who.History[i].Vaccine)
	}
	for year := now; year <= now+3+y.From; year++ {
		from, until, ok := y.offer(who, year)
		if !ok || year == now && (had || today > until) {
			continue
		}
		n.Status, n.Number = Open, n.Had+1
		n.Earliest, n.Due, n.Latest = from, from, until
		n.Vaccine = y.choose(who.Born, max(from, today))
		return
	}
}

// offer is when somebody is offered a dose in the season that begins in a year.
func (y *season) offer(who *vaccine.Person, year int) (from, until vaccine.Date, ok bool) {
	start, end := on(y.Start, year), y.end(year)
	counted := on(y.Counted, year)
	if age := wholeYears(who.Born, counted); counted >= who.Born && age >= y.From && age <= y.To {
		return start, end, true
	}
	if y.Risk == "" || !slices.ContainsFunc(who.Observations, func(o vaccine.Observed) bool { return o.Code == y.Risk }) {
		return 0, 0, false
	}
	from, until = max(start, who.Born.Add(y.RiskFrom)), min(end, who.Born.Add(y.RiskUntil)-1)
	return from, until, from <= until
}

// choose takes the first vaccine that is given at the age.
func (y *season) choose(born, on vaccine.Date) string {
	return y.c.offered(y.Vaccines, born, on)
}

// wholeYears is an age, as birthdays count it.
func wholeYears(born, d vaccine.Date) int {
	by, bm, bd := born.Civil()
	year, month, day := d.Civil()
	age := year - by
	if month < bm || month == bm && day < bd {
		age--
	}
	return age
}
