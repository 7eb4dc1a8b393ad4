package sim

var (
	problemList = hl7("condition-category", "problem-list-item", "Problem List Item")
	episodeOnly = hl7("condition-category", "encounter-diagnosis", "Encounter Diagnosis")
	isActive    = clinical("active", "Active")
	isResolved  = clinical("resolved", "Resolved")
	isConfirmed = `,"verificationStatus":{"coding":[` +
		coding(hl7Codes+"condition-ver-status", "confirmed", "Confirmed") + `]}`
)

func clinical(code, display string) string {
	return `,"clinicalStatus":{"coding":[` + coding(hl7Codes+"condition-clinical", code, display) + `]}`
}

// condition writes a Condition, of a visit where there was one.
func (l *life) condition(v *visit, code, kind concept, since, until Day) ref {
	r := l.begin("Condition", v.labels)
	if until != 0 {
		l.raw(isResolved)
	} else {
		l.raw(isActive)
	}
	l.raw(isConfirmed).raw(`,"category":[`).raw(string(kind)).raw(`],"code":`).raw(string(code))
	l.context(v)
	l.field("onsetDateTime").day(since)
	if until != 0 {
		l.field("abatementDateTime").day(until)
	}
	l.field("recordedDate").day(max(since, v.day))
	l.field("recorder").place("Practitioner", v.by)
	l.close()
	return r
}

// problems writes the long conditions, how they were found and what is taken.
func (l *life) problems() {
	for i := range l.ills {
		s := &l.ills[i]
		what := &illnesses[s.which]
		d := throw(l.key^ofMedicine, uint64(s.which))
		v := visit{by: l.doctor(), org: l.practice(), day: s.since, labels: what.labels}
		found := l.weekday(s.since)
		if found >= l.from && l.keep(&d) {
			v = l.visit(request{kind: byDoctor, day: found, why: what.code, labels: what.labels})
			l.bloodPressure(&v, &d)
			if len(what.panels) > 0 {
				l.report(&v, what.panels[0], &d)
			}
		}
		s.ref = l.condition(&v, what.code, problemList, s.since, s.until)
		if v.typ != "" && what.clinic != 0 && d.chance(650) {
			l.refer(&v, &d, what.clinic, what.code, s.which >= breastCancer && s.which <= lungCancer)
		}
		if v.typ != "" && what.labels&(mentalHealth|psychiatry|substance) != 0 {
			l.talking(s, &d, what)
		}
		for n, pill := range what.pills {
			if l.taken>>pill&1 == 1 || !d.chance([]int{850, 500, 350}[n]) {
				continue
			}
			l.taken |= 1 << pill
			l.repeats(s, pill, &d, what.labels)
		}
	}
}

// weekday is the first working day from a day on which the person was alive.
func (l *life) weekday(d Day) Day { return min(d.working(), l.end) }

// repeats writes half-yearly prescriptions through the window, and what the
// person says that they take.
func (l *life) repeats(s *illnessSpell, pill int, d *dice, labels label) {
	const half = 182
	stop := l.end
	if s.until != 0 {
		stop = s.until
	}
	start := s.since + Day(d.between(0, 60))
	if start > stop {
		return
	}
	l.takes(pill, start, s.until, s.ref, labels)
	first := start
	if first < l.from {
		first += (l.from - first + half - 1) / half * half
	}
	for slot := first; slot <= stop; slot += half {
		n := l.times(d, 1)
		for k := range n {
			day := slot + Day(k*half/n)
			if day > stop {
				break
			}
			v := visit{by: l.doctor(), day: l.weekday(day), minute: 600 + d.below(300), labels: labels}
			status := "completed"
			if day+half > l.r.Today && l.p.dies == 0 && s.until == 0 {
				status = "active"
			}
			l.prescribe(&v, prescription{drug: pill, status: status, repeats: 5, reason: &s.ref})
		}
	}
}

var (
	lowMood  = head(survey, inLOINC("44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]"))
	worry    = head(survey, inLOINC("70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]"))
	talkedOf = own("document", "mental-health-letter", "Mental health letter")
)

// talking is treatment by the community mental health team.
func (l *life) talking(s *illnessSpell, d *dice, what *illness) {
	day := s.since + Day(d.between(20, 70))
	for i := range l.times(d, 5) {
		on := l.weekday(day)
		if on > l.end || s.until != 0 && on > s.until {
			return
		}
		v := l.visit(request{kind: byMind, day: on, why: what.code, labels: what.labels})
		if s.which == anxiety {
			l.score(&v, worry, max(0, 15-2*i+d.below(5)))
		} else {
			l.score(&v, lowMood, max(0, 18-2*i+d.below(6)))
		}
		if i == 0 {
			l.letter(&v, talkedOf, what.code, "We met today and agreed to talk every two weeks.")
		}
		day = on + Day(d.between(12, 24))
	}
}
