package england

import (
	"slices"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// Visit is a day on which vaccines can be given together.
type Visit struct {
	On   vaccine.Date
	Jabs []Jab
}

// A plan looks so far ahead, and at most at so many visits.
const (
	mostVisits = 8
	aheadDays  = 366
)

// Visits are the fewest visits that give what is due within a year, at least four
// weeks apart unless something would be too late by then: what is due at a visit
// is given there, and what could be is not put off. It is a plan for somebody to
// look at, as if each visit happened on its day.
func (c *Calendar) Visits(who vaccine.Person, today vaccine.Date) (all []Visit) {
	who.History = slices.Clone(who.History)
	day := today
	for len(all) < mostVisits {
		r := c.Assess(who, day)
		at, ok := nextVisit(&r, day, len(all) > 0)
		if !ok || at > today+aheadDays {
			return all
		}
		if at != day {
			r = c.Assess(who, at)
		}
		v := Visit{On: at, Jabs: c.Jabs(&r, at)}
		if len(v.Jabs) == 0 {
			return all
		}
		for _, j := range v.Jabs {
			who.History = append(who.History, vaccine.Given{On: at, Vaccine: j.Vaccine})
		}
		all, day = append(all, v), at
	}
	return all
}

// nextVisit is the day of the first one after a day, or that day itself where no
// visit was before.
func nextVisit(r *Result, day vaccine.Date, after bool) (at vaccine.Date, ok bool) {
	least := day
	if after {
		least = day.Add(fourWeeks)
	}
	for i := range r.Next {
		n := &r.Next[i]
		if n.Status == Open && n.Vaccine != "" && (!ok || n.Due < at) {
			at, ok = n.Due, true
		}
	}
	if !ok {
		return 0, false
	}
	at = max(at, least)
	for i := range r.Next {
		n := &r.Next[i]
		if n.Status == Open && n.Vaccine != "" && n.Latest != 0 && n.Latest < at && n.Due <= n.Latest {
			at = min(at, max(n.Due, day))
		}
	}
	return at, true
}
