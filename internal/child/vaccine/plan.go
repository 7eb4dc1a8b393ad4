package vaccine

import "sync"

// Plan is a schedule made ready by [Compile]: codes are numbers, and what does
// not hold together was refused. Many can use it at once.
type Plan struct {
	schedule  *Schedule
	vaccines  map[string]vaccineNo
	contains  [][]contained // by vaccine
	conflicts [][]conflict  // by the later of the two vaccines
	antigens  []antigen
	groups    []group
	desks     sync.Pool // of *assessment: what an assessment is worked out on
}

// Schedule is what the plan was made of. It may not be changed.
func (p *Plan) Schedule() *Schedule { return p.schedule }

// vaccineNo is the place of a vaccine in the schedule.
type vaccineNo uint16

// vaccineSet is a bit for each vaccine of the schedule.
type vaccineSet []uint64

func (s vaccineSet) has(v vaccineNo) bool {
	return int(v)/64 < len(s) && s[v/64]>>(v%64)&1 == 1
}

// contained is an antigen of a vaccine at ages in [from, until).
type contained struct {
	antigen     int
	from, until Period
}

type conflict struct {
	previous vaccineNo
	rule     *Conflict
}

type group struct {
	rule     *Group
	antigens []int
}

type antigen struct {
	rule   *Antigen
	group  int
	series []series
	groups []string // series groups, in the order of their first series
	barred []barred
}

// barred is what a vaccine contraindication takes away.
type barred struct {
	rule     *VaccineContraindication
	vaccines []vaccineNo // beside rule.Vaccines
}

type series struct {
	rule       *Series
	group      int   // vaccine group
	selection  int   // series group: index into antigen.groups
	equivalent []int // series groups that will do as well
	doses      []dose
}

type dose struct {
	rule        *SeriesDose
	intervals   []interval
	allowable   []interval
	preferable  []vaccineNo // beside rule.Preferable
	alsoValid   []vaccineNo // beside rule.AlsoValid
	inadvertent vaccineSet
	offered     vaccineSet // those of preferable
	evaluation  []skip
	forecast    []skip
}

type interval struct {
	rule     *Interval
	vaccines vaccineSet
}

type skip struct {
	logic Logic
	sets  []skipSet
}

type skipSet struct {
	rule       *SkipSet
	conditions []condition
}

type condition struct {
	rule     *Condition
	vaccines vaccineSet
	groups   []int // series groups
}
