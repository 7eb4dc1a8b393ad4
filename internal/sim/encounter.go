package sim

// visitKind says where care was given, and by whom.
type visitKind uint8

const (
	byDoctor visitKind = iota
	byNurse
	byPhone
	byHealthVisitor
	inSchool
	inEmergency
	inClinic // hospital outpatients, by specialty
	onWard   // hospital, in a bed
	byMind   // community mental health
	inSexual // sexual health clinic
	byMidwife
	atHome // district nursing
)

var visitKinds = [...]struct {
	class string
	is    concept
	team  int // of the community provider
	long  int // minutes
}{
	byDoctor:        {class("AMB", "ambulatory"), own("encounter", "gp", "GP consultation"), 0, 12},
	byNurse:         {class("AMB", "ambulatory"), own("encounter", "nurse", "Practice nurse appointment"), 0, 15},
	byPhone:         {class("VR", "virtual"), own("encounter", "phone", "Telephone consultation"), 0, 8},
	byHealthVisitor: {class("HH", "home health"), own("encounter", "health-visitor", "Health visitor contact"), visiting, 40},
	inSchool:        {class("AMB", "ambulatory"), own("encounter", "school", "School immunisation session"), school, 5},
	inEmergency:     {class("EMER", "emergency"), own("encounter", "emergency", "Emergency department attendance"), 0, 190},
	inClinic:        {class("AMB", "ambulatory"), own("encounter", "outpatient", "Hospital outpatient appointment"), 0, 20},
	onWard:          {class("IMP", "inpatient encounter"), own("encounter", "inpatient", "Hospital admission"), 0, 1440},
	byMind:          {class("AMB", "ambulatory"), own("encounter", "mental-health", "Mental health appointment"), mind, 45},
	inSexual:        {class("AMB", "ambulatory"), own("encounter", "sexual-health", "Sexual health clinic visit"), sexual, 25},
	byMidwife:       {class("AMB", "ambulatory"), own("encounter", "midwife", "Antenatal appointment"), maternity, 20},
	atHome:          {class("HH", "home health"), own("encounter", "district-nurse", "District nurse visit"), nursing, 30},
}

func class(code, display string) string { return coding(hl7Codes+"v3-ActCode", code, display) }

// visit is one Encounter: what was found, given and written refers to it.
type visit struct {
	ref
	day    Day
	minute int
	by     spot
	org    spot
	labels label
}

// where finds who sees the person and for which organisation. pick chooses among
// the staff.
func (l *life) where(kind visitKind, specialty, pick int) (by, org, location spot) {
	switch kind {
	case byDoctor, byPhone:
		s := l.practice()
		if pick%3 > 0 {
			return l.doctor(), s, s
		}
		return s.within("gp", pick%doctors(s.n)), s, s
	case byNurse:
		s := l.practice()
		return s.within("nurse", pick%nurses(s.n)), s, s
	case inEmergency, inClinic, onWard:
		s := l.hospital()
		by = s.within("consultant", specialty*consultants+pick%consultants)
		switch kind {
		case inEmergency:
			return by, s, s.within("emergency", 0)
		case inClinic:
			return by, s, s.within("clinic", 0)
		}
		return by, s, s.within("ward", (specialty+pick)%wards)
	}
	s, t := l.community(), visitKinds[kind].team
	return s.within(teams[t].id+"-staff", pick%teams[t].staff), s.within("team", t), s
}

// request is what a visit is about.
type request struct {
	kind      visitKind
	day       Day
	specialty int
	why       concept
	labels    label
	nights    int
	basedOn   *ref
	minute    int // local time of the beginning; 0: during working hours, by chance
}

// visit writes an Encounter. The day must be one on which the person was alive.
func (l *life) visit(q request) visit {
	d := throw(l.key^ofCare, l.count)
	v := visit{day: q.day, minute: q.minute, labels: q.labels}
	if v.minute == 0 {
		v.minute = 8*60 + 30 + 5*d.below(110)
		if q.kind == inEmergency {
			v.minute = 10 + 5*d.below(262)
		}
	}
	what := &visitKinds[q.kind]
	var location spot
	v.by, v.org, location = l.where(q.kind, q.specialty, d.below(1000))
	v.ref = l.begin("Encounter", q.labels)
	l.raw(`,"status":"finished","class":`).raw(what.class).raw(`,"type":[`).raw(string(what.is)).raw(`]`)
	if q.kind == inClinic || q.kind == onWard {
		l.field("serviceType").raw(string(specialtyConcepts[q.specialty]))
	}
	l.subject("subject")
	if q.kind <= byPhone {
		l.raw(`,"episodeOfCare":[`).ref(l.episode).raw(`]`)
	}
	if q.basedOn != nil {
		l.raw(`,"basedOn":[`).ref(*q.basedOn).raw(`]`)
	}
	l.raw(`,"participant":[{"individual":`).place("Practitioner", v.by).raw(`}]`)
	until, minute := q.day+Day(q.nights), v.minute+what.long
	if q.nights > 0 {
		minute = 11*60 + d.below(300)
	}
	if l.p.dies != 0 && (until > l.end || until == l.end && minute > l.hourOfDeath()) {
		until, minute = l.end, max(l.hourOfDeath(), btoi(q.day == l.end)*v.minute)
	}
	if until > l.r.Today || until == l.r.Today && minute > 1439 {
		until, minute = l.r.Today, 1439
	}
	l.raw(`,"period":{"start":`).time(v.day, v.minute).field("end").time(until, minute).raw(`}`)
	if q.why != "" {
		l.raw(`,"reasonCode":[`).raw(string(q.why)).raw(`]`)
	}
	l.raw(`,"location":[{"location":`).place("Location", location).raw(`}],"serviceProvider":`)
	l.place("Organization", v.org)
	l.close()
	return v
}

// hourOfDeath is late in the day, so that what else happened on it came before.
func (l *life) hourOfDeath() int { return 23*60 + int(l.key%59) }

// context writes what most resources of a visit share. A visit without an
// Encounter stands for a day and a person in charge.
func (l *life) context(v *visit) {
	l.subject("subject")
	if v.typ != "" {
		l.field("encounter").ref(v.ref)
	}
}
