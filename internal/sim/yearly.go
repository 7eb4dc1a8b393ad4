package sim

var (
	isYearlyReview = own("reason", "long-term-condition-review", "Long-term condition review")
	isHealthCheck  = own("reason", "health-check", "Health check")
	footCheck      = head(exam, own("observation", "foot-check", "Diabetic foot check"))
	footLow        = own("answer", "low-risk", "Low risk")
	footRaised     = own("answer", "raised-risk", "Raised risk")
)

// yearlyCare writes the review of all long conditions once a year, and a health
// check every five years for the others from 40 to 74.
func (l *life) yearlyCare() {
	for year := 0; ; year++ {
		from := later(l.from, 12*year)
		if from > l.end {
			break
		}
		d := throw(l.key^ofCare, uint64(year)+1<<32)
		day := from + Day(d.below(330))
		if day > l.end || l.age(day) < 16 {
			continue
		}
		var asked uint64
		due := 0
		for i := range l.ills {
			s := &l.ills[i]
			if s.since > day || s.until != 0 && s.until <= day || len(illnesses[s.which].panels) == 0 ||
				illnesses[s.which].labels != 0 {
				continue
			}
			due++
			for _, p := range illnesses[s.which].panels {
				asked |= 1 << p
			}
		}
		age := l.age(day)
		check := due == 0 && age >= 40 && age < 75 && age%5 == 0
		if due == 0 && !check || !d.chance(820) {
			continue
		}
		for k := range l.times(&d, 1) {
			if on := day + Day(30*k); on <= l.end {
				l.reviewOf(l.weekday(on), asked, check, &d)
			}
		}
	}
	l.quietReviews()
	l.carePlan()
}

func (l *life) reviewOf(day Day, asked uint64, check bool, d *dice) {
	why := isYearlyReview
	if check {
		why, asked = isHealthCheck, 1<<lipids|1<<sugar
	}
	v := l.visit(request{kind: byNurse, day: day, why: why})
	l.bloodPressure(&v, d)
	l.measure(&v, &pulse, l.restingPulse(day, d))
	l.weighAdult(&v, d)
	l.habits(&v, d)
	if l.has(diabetes, day) || l.has(typeOne, day) {
		l.answer(&v, footCheck, oneOf(d.chance(780), footLow, footRaised))
	}
	if l.has(asthma, day) || l.has(copd, day) {
		l.measure(&v, &peakFlow, 440-150*btoi(l.has(copd, day))-80*btoi(l.p.sex == female)+d.bell()*40/1000)
	}
	for p := range panels {
		if asked>>p&1 == 1 {
			l.report(&v, p, d)
		}
	}
}

// quietReviews are the yearly reviews of conditions that carry labels: apart from
// the others, so that each resource has one kind of content.
func (l *life) quietReviews() {
	for i := range l.ills {
		s := &l.ills[i]
		what := &illnesses[s.which]
		if what.labels == 0 || len(what.panels) == 0 {
			continue
		}
		d := throw(l.key^ofCare, uint64(s.which)+1<<40)
		for day := max(s.since+200, l.from); day <= l.end && (s.until == 0 || day < s.until); day += 365 {
			if !l.keep(&d) {
				continue
			}
			kind := byDoctor
			if what.labels&psychiatry != 0 {
				kind = byMind
			} else if what.labels&hiv != 0 {
				kind = inSexual
			}
			v := l.visit(request{kind: kind, day: l.weekday(day), why: what.code, labels: what.labels})
			for _, p := range what.panels {
				l.report(&v, p, &d)
			}
		}
	}
}

var (
	planCategory = own("plan", "personal-care-plan", "Personal care plan")
	planSteps    = [...]concept{own("plan", "be-active", "Walk for half an hour on most days"),
		own("plan", "eat-well", "Eat more vegetables and less salt"), own("plan", "check-pressure", "Check blood pressure at home"),
		own("plan", "know-signs", "Know the signs of getting worse and whom to call")}
)

// carePlan is for some of those who have several long conditions.
func (l *life) carePlan() {
	d := l.throw(ofReviews)
	var about [3]*illnessSpell
	n := 0
	for i := range l.ills {
		s := &l.ills[i]
		if s.until == 0 && illnesses[s.which].labels == 0 && len(illnesses[s.which].panels) > 0 && n < len(about) {
			about[n] = s
			n++
		}
	}
	if n < 2 || !d.chance(450) {
		return
	}
	made := max(about[0].since, about[1].since, l.end-Day(d.below(500)))
	if n == 3 {
		made = max(made, about[2].since)
	}
	l.begin("CarePlan", 0)
	l.raw(`,"status":"`).raw([]string{"active", "completed"}[btoi(l.p.dies != 0)])
	l.raw(`","intent":"plan","category":[`).raw(string(planCategory)).raw(`],"title":"My care plan"`)
	l.subject("subject")
	l.raw(`,"period":{"start":`).day(made).raw(`}`)
	l.field("created").day(made)
	l.field("author").place("Practitioner", l.doctor())
	l.raw(`,"addresses":[`).ref(about[0].ref).raw(`,`).ref(about[1].ref).raw(`],"activity":[`)
	for i, at := range [2]int{d.below(2), 2 + d.below(2)} {
		if i > 0 {
			l.raw(`,`)
		}
		l.raw(`{"detail":{"kind":"Task","code":`).raw(string(planSteps[at])).raw(`,"status":"`)
		l.raw([]string{"in-progress", "stopped"}[btoi(l.p.dies != 0)]).raw(`"}}`)
	}
	l.raw(`]`)
	l.close()
}
