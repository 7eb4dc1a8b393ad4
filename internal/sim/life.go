package sim

// window is how far back a record goes into detail, in years: what is older is
// a list of problems, vaccinations and births, as in real records that moved to
// computers.
const window = 12

// life is one person while their record is written.
type life struct {
	*writer
	r       *Region
	h       *household
	p       *member
	seat    int // in the household
	me      ref
	episode ref
	key     uint64
	depth   int  // thousandths
	end     Day  // today or the day of death
	from    Day  // where detail begins
	body    body // what measurements go by
	ills    []illnessSpell
	smoker  smoking
	taken   uint64 // drugs by bit, so that nothing is given twice for two reasons
	allergy Day    // since when penicillin is known to harm, 0: it is not
}

// live writes everything about one member of a household.
func (r *Region) live(h *household, place int) []Resource {
	p := &h.people[place]
	k := key(key(r.Seed, ofPerson), uint64(p.index))
	l := &life{r: r, h: h, p: p, seat: place, key: k, depth: int(float64(r.Depth*1000) + 0.5), end: r.Today,
		writer: &writer{links: r.Links, example: r.Example, key: key(k, ofIDs), out: make([]Resource, 0, 64)}}
	if p.dies != 0 {
		l.end = p.dies
	}
	l.from = max(p.born, later(r.Today, -12*window))
	l.makeBody()
	l.fallIll()

	l.patient()
	l.relatives()
	l.registration()
	l.birth()
	l.childhood()
	l.childReviews()
	l.vaccinations()
	l.problems()
	l.allergies()
	l.acute()
	l.yearlyCare()
	l.screening()
	l.operations()
	l.births()
	l.dying()
	l.familyHistory()
	l.choices()
	l.toCome()
	return l.out
}

func (l *life) throw(subject uint64) dice { return throw(l.key, subject) }

// alive says whether something may happen on a day.
func (l *life) alive(d Day) bool { return d >= l.p.born && d <= l.end }

// age is in whole years.
func (l *life) age(d Day) int { return years(l.p.born, d) }

// times turns a number of events at depth 1 into a number for this depth,
// rounded up or down by chance so that the mean is right.
func (l *life) times(d *dice, n int) int {
	n *= l.depth
	count := n / 1000
	if d.chance(n % 1000) {
		count++
	}
	return count
}

// keep says whether an event that happens once at depth 1 stays at this depth.
func (l *life) keep(d *dice) bool { return l.depth >= 1000 || d.chance(l.depth) }

// subject writes the reference to the person.
func (l *life) subject(field string) { l.field(field).ref(l.me) }
