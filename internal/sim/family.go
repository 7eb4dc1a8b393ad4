package sim

var (
	isExpecting = named("Pregnancy", coding(icd10, "Z34.9", ""))
	normalBirth = own("procedure", "birth", "Vaginal birth")
	caesarean   = own("procedure", "caesarean", "Caesarean birth")
	fundus      = quantity(exam, "11881-0", "Uterus Fundal height Tape measure", "cm", "cm", 0)
)

// births writes the pregnancies of mothers whose children are in the household.
func (l *life) births() {
	if l.p.sex != female {
		return
	}
	for i := range l.h.people {
		c := &l.h.people[i]
		if c.birth == 2 || c.mother < 0 || &l.h.people[c.mother] != l.p || c.born < l.from {
			continue
		}
		d := throw(l.key^ofMaternity, uint64(i))
		l.pregnancy(c, l.h.bornAt(i), &d)
	}
}

func (l *life) pregnancy(c *member, bornAt int, d *dice) {
	began := c.born - Day(c.weeks*7+c.days)
	for _, week := range [...]int{9, 16, 20, 25, 28, 31, 34, 36, 38, 40} {
		day := (began + Day(week*7)).working()
		if day >= c.born-2 || day < l.from || !l.keep(d) {
			continue
		}
		v := l.visit(request{kind: byMidwife, day: day, why: isExpecting})
		l.bloodPressure(&v, d)
		if week >= 25 {
			l.measure(&v, &fundus, week+d.below(3)-1)
		}
		if week == 9 || week == 28 {
			l.report(&v, bloodCount, d)
		}
		if week == 20 && d.chance(650) {
			l.immunise(&v, whoopingCough, 1, 0)
		}
		if week == 31 && day >= Date(2024, 9, 1) && d.chance(550) {
			l.immunise(&v, rsv, 1, 1)
		}
	}
	begun := max(began+40, l.p.born)
	pseudo := visit{by: l.doctor(), org: l.practice(), day: begun}
	l.condition(&pseudo, isExpecting, problemList, begun, c.born)
	v := l.visit(request{kind: onWard, day: c.born, specialty: obstetrics, why: isExpecting,
		nights: min(d.between(1, 3), int(l.end-c.born)), minute: bornAt - 170})
	l.procedure(&v, oneOf(d.chance(620), normalBirth, caesarean))
	l.report(&v, bloodCount, d)
	l.letter(&v, homeLetter, isExpecting, "Mother and baby went home well.")
}

// dying writes the last admission of those who died, and what of.
func (l *life) dying() {
	if l.p.dies == 0 || l.end < l.from {
		return
	}
	d := l.throw(ofCare)
	why := ill("R54", "Old age")
	if l.age(l.end) < 75 {
		why = ill("R99", "Cause not stated")
	}
	for i := range l.ills {
		if s := &l.ills[i]; illnesses[s.which].death && s.until == 0 {
			why = illnesses[s.which].code
		}
	}
	nights := d.between(0, 20)
	day := max(l.end-Day(nights), l.from, l.p.born)
	v := l.visit(request{kind: onWard, day: day, specialty: medicine, why: why, nights: int(l.end - day),
		minute: 600 + d.below(600)})
	l.report(&v, bloodCount, &d)
	l.report(&v, kidneys, &d)
	l.letter(&v, homeLetter, why, "We are sorry to tell you that this person died in hospital.")
}

var (
	motherOf   = hl7("v3-RoleCode", "MTH", "mother")
	fatherOf   = hl7("v3-RoleCode", "FTH", "father")
	inFamilies = [...]int{heartDisease, diabetes, breastCancer, bowelCancer, stroke, hypertension, glaucoma}
)

// familyHistory writes what some adults told about their parents.
func (l *life) familyHistory() {
	d := l.throw(ofFamily)
	if l.age(l.end) < 25 {
		return
	}
	for _, of := range [2]concept{motherOf, fatherOf} {
		which := inFamilies[d.below(len(inFamilies))]
		if !d.chance(220) || which == breastCancer && of == fatherOf {
			continue
		}
		day := max(l.from, l.end-Day(d.below(3000)))
		l.begin("FamilyMemberHistory", 0)
		l.raw(`,"status":"completed"`)
		l.subject("patient")
		l.field("date").day(day)
		l.field("relationship").raw(string(of))
		l.raw(`,"condition":[{"code":`).raw(string(illnesses[which].code))
		l.raw(`,"onsetAge":{"value":`).int(d.between(40, 78))
		l.raw(`,"unit":"years","system":"http://unitsofmeasure.org","code":"a"}}]`)
		l.close()
	}
}

var (
	privacyScope = hl7("consentscope", "patient-privacy", "Privacy Consent")
	toDisclose   = named("Information disclosure", coding(loinc, "59284-0", "Consent Document"))
	receiver     = hl7("v3-ParticipationType", "IRCP", "information recipient")
)

// choices writes a Consent for few: a no to the hospital or to labelled content.
func (l *life) choices() {
	d := l.throw(ofChoice)
	if l.age(l.end) < 16 || !d.chance(35) {
		return
	}
	day := max(l.from, anniversary(l.p.born, 16), l.end-Day(d.below(1500)))
	l.begin("Consent", 0)
	l.raw(`,"status":"active","scope":`).raw(string(privacyScope))
	l.raw(`,"category":[`).raw(string(toDisclose)).raw(`]`)
	l.subject("patient")
	l.field("dateTime").time(day, 700)
	l.raw(`,"performer":[`).ref(l.me).raw(`],"organization":[`).place("Organization", l.practice())
	l.raw(`],"policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny"`)
	if d.chance(500) {
		l.raw(`,"actor":[{"role":`).raw(string(receiver)).raw(`,"reference":`).place("Organization", l.hospital()).raw(`}]`)
	} else {
		l.raw(`,"securityLabel":[`).raw(coding(hl7Codes+"v3-ActCode", "MH", "mental health information sensitivity")).raw(`]`)
	}
	l.raw(`}`)
	l.close()
}
