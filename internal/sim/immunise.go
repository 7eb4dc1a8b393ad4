package sim

var (
	arms = [...]concept{hl7("v3-ActSite", "LA", "left arm"), hl7("v3-ActSite", "RA", "right arm")}
	// intramuscular, by mouth and by nose
	routes = [...]concept{hl7("v3-RouteOfAdministration", "IM", "Injection, intramuscular"),
		hl7("v3-RouteOfAdministration", "PO", "Swallow, oral"),
		hl7("v3-RouteOfAdministration", "NASINHL", "Inhalation, nasal")}
	objected = hl7("v3-ActReason", "PATOBJ", "patient objection")
)

// immunise writes an Immunization that was given.
func (l *life) immunise(v *visit, which, number, place int) {
	q := &vaccines[which]
	d := throw(l.key^ofVaccines, l.count)
	l.begin("Immunization", 0)
	l.raw(`,"status":"completed","vaccineCode":`).raw(string(q.is))
	l.subject("patient")
	if v.typ != "" {
		l.field("encounter").ref(v.ref)
	}
	l.field("occurrenceDateTime").time(v.day, v.minute+3)
	l.field("recorded").day(v.day)
	l.raw(`,"primarySource":true,"lotNumber":"MADEUP`).int(1000 + d.below(9000))
	l.raw(`","expirationDate":`).day(v.day + Day(d.between(60, 500)))
	switch which {
	case rotavirus:
		l.field("route").raw(string(routes[1]))
	case fluNasal:
		l.field("route").raw(string(routes[2]))
	default:
		l.field("site").raw(string(arms[place%2]))
		l.field("route").raw(string(routes[0]))
	}
	l.raw(`,"performer":[{"actor":`).place("Practitioner", v.by)
	l.raw(`}],"protocolApplied":[{"targetDisease":[`).raw(q.diseases)
	l.raw(`],"doseNumberPositiveInt":`).int(number).raw(`}]`)
	l.close()
}

// declined writes the doses of a session that a family said no to.
func (l *life) declined(s *session, day Day) {
	day = l.weekday(day)
	by, _, _ := l.where(s.kind, 0, int(l.key>>8&1023))
	for i := range s.doses {
		q := &s.doses[i]
		if !l.due(q) {
			continue
		}
		l.begin("Immunization", 0)
		l.raw(`,"status":"not-done","statusReason":`).raw(string(objected))
		l.field("vaccineCode").raw(string(vaccines[q.vaccine].is))
		l.subject("patient")
		l.field("occurrenceDateTime").day(day)
		l.raw(`,"primarySource":true,"performer":[{"actor":`).place("Practitioner", by).raw(`}]`)
		l.close()
	}
}

// nasal writes children's yearly flu spray, offered since 2013 from the age of 2.
func (l *life) nasal(d *dice, refuses bool) {
	for age := 2; age <= 15; age++ {
		born, _, _ := l.p.born.civil()
		day := (Date(born+age, 10, 1) + Day(d.below(70))).working()
		if day < Date(2014, 9, 1) || day < l.from || day > l.end || refuses || !l.keep(d) || !d.chance(530) {
			continue
		}
		kind := byNurse
		if age > 4 {
			kind = inSchool
		}
		v := l.visit(request{kind: kind, day: day, why: forVaccine})
		l.immunise(&v, fluNasal, 1, 0)
	}
}

// adultVaccines writes flu, pneumococcal, shingles, RSV and COVID-19. The ages are
// those of England's programmes, roughly (UKHSA, Green Book); uptake is our guess.
func (l *life) adultVaccines(d *dice, refuses bool) {
	if refuses || l.age(l.end) < 16 {
		return
	}
	risk := func(on Day) bool {
		return l.has(asthma, on) || l.has(diabetes, on) || l.has(copd, on) || l.has(heartDisease, on)
	}
	year, _, _ := l.from.civil()
	for ; ; year++ {
		day := (Date(year, 9, 20) + Day(d.below(80))).working()
		if day > l.end {
			break
		}
		old := l.age(day) >= 65
		if day < l.from || l.age(day) < 16 || !old && !risk(day) || !d.chance(400+380*btoi(old)) || !l.keep(d) {
			continue
		}
		v := l.visit(request{kind: byNurse, day: day, why: forVaccine})
		l.immunise(&v, flu, 1, 0)
		if year >= 2021 && l.age(day) >= 75 {
			l.immunise(&v, covid, min(9, year-2018), 1)
		}
	}
	l.once(d, ppv, 1, 65, Date(2003, 4, 1), 700)
	l.once(d, shingles, 1, 70, Date(2013, 9, 1), 620)
	l.once(d, rsv, 1, 75, Date(2024, 9, 1), 600)
	first := (Date(2021, 1, 11) + Day(max(0, 85-years(l.p.born, Date(2021, 1, 11)))*3+d.below(20))).working()
	for i := range 3 {
		day := (first + Day(i*80)).working()
		if years(l.p.born, day) < 16 || day > l.end || !d.chance([]int{900, 960, 800}[i]) {
			return
		}
		v := l.attend(byNurse, day)
		l.immunise(&v, covid, i+1, 0)
	}
}

// once writes a vaccine that is offered at an age, since a programme began.
func (l *life) once(d *dice, which, number, age int, began Day, uptake int) {
	turns := anniversary(l.p.born, age)
	day := (max(turns, began) + Day(d.between(5, 300))).working()
	if d.chance(uptake) && day <= l.end && years(l.p.born, day) < age+12 {
		v := l.attend(byNurse, day)
		l.immunise(&v, which, number, 1)
	}
}
