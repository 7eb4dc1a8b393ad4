package sim

var (
	gestationWeeks = head(exam, inLOINC("76516-4", "Gestational age--at birth"))
	apgarOne       = head(survey, inLOINC("9272-6", "1 minute Apgar Score"))
	apgarFive      = head(survey, inLOINC("9274-2", "5 minute Apgar Score"))
	hearingLeft    = head(exam, inLOINC("54108-6", "Newborn hearing screen of Ear - left"))
	hearingRight   = head(exam, inLOINC("54109-4", "Newborn hearing screen of Ear - right"))
	hearingPass    = own("answer", "clear-response", "Clear response")
	hearingRefer   = own("answer", "refer", "No clear response, to be tested again")
	bloodSpot      = head(laboratory, own("observation", "blood-spot", "Newborn blood spot screen, ten conditions"))
	notSuspected   = own("answer", "not-suspected", "None of the conditions suspected")
	isCarrier      = own("answer", "carrier", "Carrier of a condition")
	newbornExam    = head(exam, own("observation", "newborn-examination", "Newborn physical examination"))
	nothingFound   = own("answer", "no-concern", "No concern")
	feeding        = head(social, own("observation", "feeding", "How the baby is fed"))
	feedings       = [...]concept{own("answer", "breast", "Breast milk only"), own("answer", "mixed", "Breast milk and formula"),
		own("answer", "formula", "Formula only")}
	development = head(survey, own("observation", "development", "Development review"))
	asExpected  = own("answer", "as-expected", "As expected for the age")
	watchful    = own("answer", "review-again", "To be looked at again")
	isBirth     = ill("Z38.0", "Born in hospital")
	isReview    = own("reason", "child-health-review", "Child health review")
)

// bornAt is the minute of the day at which a child was born. It is not in the
// first hours, so that no reader in another time zone sees another day.
func (h *household) bornAt(place int) int {
	d := throw(h.key^ofBirth, uint64(place))
	if h.people[place].birth == 2 {
		return h.bornAt(place-1) + 14
	}
	return 240 + d.below(1050)
}

// birth writes the first days of whoever was born within the last 19 years:
// older people's birth records are not in their GP record.
func (l *life) birth() {
	if l.age(l.r.Today) > 18 {
		return
	}
	d := l.throw(ofBirth)
	nights := 1 + max(0, 37-l.p.weeks)*3
	v := l.visit(request{kind: onWard, day: l.p.born, specialty: obstetrics, why: isBirth,
		nights: min(nights, int(l.end-l.p.born)), minute: l.h.bornAt(l.seat)})
	l.measure(&v, &birthWeight, l.measured(l.p.born).weight)
	l.measure(&v, &headSize, l.measured(l.p.born).head)
	l.observation(&v, gestationWeeks)
	l.raw(`,"valueQuantity":{"value":`).int(l.p.weeks).raw(`,"unit":"weeks","system":"http://unitsofmeasure.org","code":"wk"}`)
	l.close()
	early := max(0, 36-l.p.weeks) / 2
	one := max(3, min(10, 9-early-d.below(3)))
	l.score(&v, apgarOne, one)
	l.score(&v, apgarFive, min(10, one+d.below(3)))
	l.answer(&v, newbornExam, nothingFound)
	if on := l.p.born + 1; l.alive(on) {
		v.day, v.minute = on, 600
		l.answer(&v, hearingLeft, oneOf(d.chance(975), hearingPass, hearingRefer))
		l.answer(&v, hearingRight, oneOf(d.chance(975), hearingPass, hearingRefer))
	}
	if l.alive(l.p.born + 5) {
		s := l.visit(request{kind: byMidwife, day: l.p.born + 5, why: isReview})
		l.answer(&s, bloodSpot, oneOf(d.chance(980), notSuspected, isCarrier))
		l.weighChild(&s, false)
	}
}

func oneOf(first bool, a, b concept) concept {
	if first {
		return a
	}
	return b
}

// weighChild writes weight, length or height, and in the first two years head
// size; with all set it leaves nothing out.
func (l *life) weighChild(v *visit, all bool) {
	m := l.measured(v.day)
	l.measure(v, &bodyWeight, m.weight/10)
	months := int(v.day-l.p.born) / 30
	if !all && months < 1 {
		return
	}
	if months < 24 {
		l.measure(v, &bodyLength, m.length)
		if all {
			l.measure(v, &headSize, m.head)
		}
		return
	}
	l.measure(v, &bodyHeight, m.length)
	l.measure(v, &bodyMass, massIndex(m.weight, m.length))
}

// childhood writes the weighings between the reviews: often for babies, then at
// school. How often babies are weighed follows the usual advice of the Red Book
// (no more than monthly up to six months, and so on), with gaps.
func (l *life) childhood() {
	if l.age(l.r.Today) > 18 {
		return
	}
	d := l.throw(ofGrowth)
	for _, days := range [...]int{21, 35, 77, 105, 135, 165, 210, 300, 430, 600, 900, 1300} {
		if !l.keep(&d) || !d.chance(620) {
			continue
		}
		day := l.weekday(l.p.born + Day(days+d.below(12)))
		if l.p.born+Day(days+14) > l.end {
			return
		}
		v := l.visit(request{kind: byHealthVisitor, day: day, why: isReview})
		l.weighChild(&v, d.chance(500))
	}
	for _, age := range [...]int{5, 11} { // National Child Measurement Programme, England
		day := l.weekday(anniversary(l.p.born, age) - Day(d.below(200)))
		if l.alive(day) && day < l.end && d.chance(930) {
			v := l.visit(request{kind: inSchool, day: day, why: isReview})
			l.weighChild(&v, true)
		}
	}
}

// review is a contact that every child in England is offered (Healthy Child
// Programme: new birth visit, 6 to 8 weeks, 9 to 12 months, 2 to 2½ years).
type review struct {
	from, to int // days of age
	kind     visitKind
	missed   int // in 1,000
}

var reviews = [...]review{
	{10, 16, byHealthVisitor, 20}, {42, 60, byHealthVisitor, 120}, {44, 62, byDoctor, 60},
	{290, 380, byHealthVisitor, 180}, {740, 930, byHealthVisitor, 230},
}

func (l *life) childReviews() {
	if l.age(l.r.Today) > 18 {
		return
	}
	d := l.throw(ofReviews)
	for i, r := range reviews {
		day := l.p.born + Day(d.between(r.from, r.to))
		on := l.weekday(day)
		if d.chance(r.missed) || day > l.end {
			continue
		}
		v := l.visit(request{kind: r.kind, day: on, why: isReview})
		l.weighChild(&v, true)
		if i < 3 {
			l.answer(&v, feeding, feedings[d.pick([]int{370, 230, 400})])
		}
		if i >= 3 {
			l.answer(&v, development, oneOf(d.chance(860), asExpected, watchful))
		}
	}
}
