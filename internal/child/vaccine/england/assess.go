package england

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// Result is what somebody's vaccinations come to on a day.
type Result struct {
	Schedule, Version string
	On                vaccine.Date
	Doses             []Dose // one for each of the history, in its order
	Next              []Next // one for each programme, in the order of the file
}

// Dose is what one vaccination was worth.
type Dose struct {
	Counts bool
	// For are the programmes for which it counts, and as which dose.
	For []Counted
	Why Why          // where it does not count
	Of  string       // the programme for which it does not
	On  vaccine.Date // the first day on which it would have counted, where that is the reason
}

// Counted is a dose of a programme.
type Counted struct {
	Programme string
	Number    int
}

// Why says why a dose does not count.
type Why uint8

// The reasons. NotInSchedule is a vaccine that the schedule knows and asks nobody
// to have, NotKnown one that it does not know. NotExact is said of a dose whose
// day is not known well enough; whoever reads records says so, and not Assess.
const (
	Counts Why = iota
	TooEarly
	TooSoon
	LiveGap
	TooOld
	WrongProduct
	Extra
	Spoilt
	NotInSchedule
	NotKnown
	NotExact
)

var whys = [...]string{"counts", "too early", "too soon", "live gap", "too old", "wrong product", "extra", "spoilt", "not in schedule", "not known", "day not known"}

// String is the reason in the words of the cases.
func (w Why) String() string { return whys[w] }

// Status is how far somebody is with a programme.
type Status uint8

// NotFor is a programme that was never for the person; Past is one that was, and
// is not any more.
const (
	NotFor Status = iota
	Open
	Complete
	Past
	Immune
	Contraindicated
)

var statuses = [...]string{"not for", "open", "complete", "past", "immune", "contraindicated"}

// String is the status in the words of the cases.
func (s Status) String() string { return statuses[s] }

// Next is what comes next in a programme.
type Next struct {
	Programme string
	Status    Status
	Had       int    // doses that count
	Number    int    // of the next one, while it is open
	Vaccine   string // to be given, on the day that was asked about or when it is due
	Series    string // the rules that say so
	Guidance  []string

	Earliest vaccine.Date // the first day on which it counts and is offered
	Due      vaccine.Date
	Overdue  vaccine.Date // late from this day on; 0 for never
	Latest   vaccine.Date // the last day on which it can be given; 0 for no end
}

// DueOn says that a dose is due on a day, or overdue.
func (n *Next) DueOn(d vaccine.Date) bool { return n.Status == Open && n.Due <= d }

// OverdueOn says that it is late on a day.
func (n *Next) OverdueOn(d vaccine.Date) bool {
	return n.Status == Open && n.Overdue != 0 && n.Overdue <= d
}

// Assess says what of a person's history counts on a day and what is next, by
// this schedule. Of somebody without a date of birth nothing is said.
func (c *Calendar) Assess(who vaccine.Person, on vaccine.Date) Result {
	s := c.file.Schedule
	out := Result{Schedule: s.ID, Version: s.Version, On: on}
	if who.Born == 0 || on < who.Born {
		return out
	}
	o := c.plan.Assess(who, on)
	out.Doses = make([]Dose, len(who.History))
	out.Next = make([]Next, len(c.file.Programmes))
	for i := range out.Next {
		out.Next[i].Programme = c.file.Programmes[i].Name
	}
	c.verdicts(&out, &o, &who)
	for _, y := range c.yearly {
		y.doses(&out, &who, on)
	}
	for i := range out.Doses {
		if d := &out.Doses[i]; !d.Counts && d.Why == Counts {
			d.Why = c.whyNot(who.History[i].Vaccine)
		}
	}
	for i := range o.Forecasts {
		c.forecast(&out, &o.Forecasts[i], &who)
	}
	for _, y := range c.yearly {
		y.next(&out, &who, on)
	}
	return out
}

func (c *Calendar) whyNot(code string) Why {
	if _, known := c.names[code]; known {
		return NotInSchedule
	}
	return NotKnown
}

// verdicts takes together what the engine says of a dose for each of its
// programmes. It counts if it counts for one.
func (c *Calendar) verdicts(out *Result, o *vaccine.Outcome, who *vaccine.Person) {
	order := make([]int, len(o.Verdicts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return int(who.History[o.Verdicts[x].Dose].On - who.History[o.Verdicts[y].Dose].On)
	})
	for _, i := range order {
		v := &o.Verdicts[i]
		d, n := &out.Doses[v.Dose], &out.Next[c.byName[v.Group]]
		if v.Status == vaccine.Valid {
			d.count(n)
			continue
		}
		why := whyOf(v.Reason)
		if d.Why == Counts || d.Why == Extra && why != Extra {
			d.Why, d.Of, d.On = why, v.Group, v.From
		}
	}
	for i := range out.Doses {
		if d := &out.Doses[i]; d.Counts {
			d.Why, d.Of, d.On = Counts, "", 0
		}
	}
}

// count adds a dose to a programme, once.
func (d *Dose) count(n *Next) {
	d.Counts = true
	for _, f := range d.For {
		if f.Programme == n.Programme {
			return
		}
	}
	n.Had++
	d.For = append(d.For, Counted{n.Programme, n.Had})
}

func whyOf(r vaccine.Reason) Why {
	switch r {
	case vaccine.TooYoung:
		return TooEarly
	case vaccine.TooOld:
		return TooOld
	case vaccine.TooSoon:
		return TooSoon
	case vaccine.Conflicting:
		return LiveGap
	case vaccine.AlreadyComplete:
		return Extra
	case vaccine.LotExpired, vaccine.BadCondition:
		return Spoilt
	}
	return WrongProduct
}

// forecast takes over what the engine says of a group.
func (c *Calendar) forecast(out *Result, f *vaccine.Forecast, who *vaccine.Person) {
	at := c.byName[f.Group]
	n := &out.Next[at]
	if n.Status == Open || n.Status == Complete { // one for everybody and one for a risk: what is open goes before
		if f.Status != vaccine.NotComplete || n.Status == Open {
			return
		}
	}
	n.Status = statusOf(f.Status)
	if len(f.Series) > 0 {
		n.Series = f.Series[0]
	}
	if n.Status != Open {
		return
	}
	n.Number, n.Guidance = n.Had+1, f.Guidance
	n.Earliest, n.Due, n.Latest = f.Earliest, max(f.Recommended, f.Earliest), f.Latest
	n.Overdue = n.Due.Add(c.graces[at])
	if f.Overdue != 0 {
		n.Overdue = max(n.Overdue, f.Overdue+1)
	}
	for _, call := range c.calls {
		if slices.Contains(f.Series, call.Series) && (call.Dose == 0 || call.Dose == n.Number) {
			n.Overdue = max(n.Overdue, call.Until+1)
		}
	}
	n.Vaccine = c.offered(f.Vaccines, who.Born, max(n.Due, out.On))
}

func statusOf(s vaccine.SeriesStatus) Status {
	switch s {
	case vaccine.NotComplete:
		return Open
	case vaccine.Complete:
		return Complete
	case vaccine.Immune:
		return Immune
	case vaccine.Contraindicated:
		return Contraindicated
	}
	return Past
}
