package sim

var (
	toSpecialist = own("request", "referral", "Referral to a specialist")
	urgentCancer = own("request", "urgent-suspected-cancer", "Urgent referral, suspected cancer")
	clinicLetter = named("Outpatient letter", coding(loinc, "11488-4", "Consult note"))
	homeLetter   = named("Discharge letter", coding(loinc, "18842-5", "Discharge summary"))
	visitLetter  = named("Emergency department letter", coding(loinc, "34878-9", "Emergency medicine Note"))
)

// refer writes a referral from a visit, the appointment that came of it, and what
// happened there. One that was made lately is still waiting.
func (l *life) refer(v *visit, d *dice, specialty int, why concept, urgent bool) {
	wait := Day(d.between(25, 130))
	if urgent {
		wait = Day(d.between(5, 14))
	}
	seen := (v.day + wait).working()
	waiting := seen > l.r.Today
	if !waiting && seen > l.end {
		return // died before
	}
	r := l.begin("ServiceRequest", v.labels)
	l.raw(`,"status":"`).raw([]string{"completed", "active"}[btoi(waiting)]).raw(`","intent":"order"`)
	l.raw(`,"category":[`).raw(string(toSpecialist)).raw(`],"priority":"`)
	l.raw([]string{"routine", "urgent"}[btoi(urgent)]).raw(`"`)
	if urgent {
		l.field("code").raw(string(urgentCancer))
	} else {
		l.field("code").raw(string(specialtyConcepts[specialty]))
	}
	l.context(v)
	l.field("authoredOn").time(v.day, v.minute+9)
	l.field("requester").place("Practitioner", v.by)
	l.raw(`,"performer":[`).place("HealthcareService", l.hospital().within("service", specialty))
	l.raw(`],"reasonCode":[`).raw(string(why)).raw(`]`)
	l.close()
	if waiting && l.p.dies != 0 {
		return
	}
	minute := 9*60 + 10*d.below(45)
	missed := !waiting && d.chance(70)
	status := "fulfilled"
	switch {
	case waiting:
		status = "booked"
	case missed:
		status = "noshow"
	}
	l.appointment(v, r, seen, minute, status, specialty)
	if waiting || missed {
		return
	}
	c := l.visit(request{kind: inClinic, day: seen, specialty: specialty, why: why, labels: v.labels, basedOn: &r,
		minute: minute})
	l.bloodPressure(&c, d)
	if d.chance(400) {
		l.report(&c, d.below(4), d)
	}
	l.letter(&c, clinicLetter, why, "Thank you for asking us to see this person. We talked about what may help.")
}

// appointment is the only thing that may lie after today, and then it is booked.
func (l *life) appointment(v *visit, basedOn ref, day Day, minute int, status string, specialty int) {
	l.begin("Appointment", v.labels)
	l.raw(`,"status":"`).raw(status).raw(`","specialty":[`).raw(string(specialtyConcepts[specialty])).raw(`]`)
	if l.example {
		l.field("description").text("Hospital: " + specialties[specialty])
	}
	l.field("start").time(day, minute)
	l.field("end").time(day, minute+20)
	l.raw(`,"minutesDuration":20`)
	l.field("created").time(v.day, v.minute+10)
	l.raw(`,"basedOn":[`).ref(basedOn).raw(`],"participant":[{"actor":`).ref(l.me)
	l.raw(`,"status":"accepted"},{"actor":`)
	l.place("HealthcareService", l.hospital().within("service", specialty)).raw(`,"status":"accepted"}]`)
	l.close()
}
