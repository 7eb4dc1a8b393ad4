package sim

// name writes a HumanName for a member of a household.
func (w *writer) name(p *member, family, use string) *writer {
	w.raw(`{"use":"`).raw(use).raw(`","family":`).text(family).raw(`,"given":[`).text(p.given)
	if p.middle != "" {
		w.raw(`,`).text(p.middle)
	}
	return w.raw(`]}`)
}

// identifiers writes the array: the NHS number where there is one, and the
// identifier that everybody has.
func (l *life) identifiers(p *member) {
	l.raw(`,"identifier":[`)
	if number, ok := Number(l.r.Seed, p.index); ok {
		l.raw(`{"use":"official","system":"` + nhsNumber + `","value":"`).raw(number).raw(`"},`)
	}
	l.raw(`{"system":"` + personID + `","value":"`).raw(l.apart()).int(p.index).raw(`"}]`)
}

// telecom writes how to reach somebody. Children have no telephone of their own.
func (l *life) telecom(p *member) {
	d := throw(key(key(l.r.Seed, ofPerson), uint64(p.index)), ofIdentity)
	l.raw(`,"telecom":[`).landline(l.h.landline, "home")
	if years(p.born, l.r.Today) >= 13 {
		l.raw(`,`).mobile(d.below(1000))
	}
	if years(p.born, l.r.Today) >= 16 && d.chance(800) {
		l.raw(`,{"system":"email","value":"person.`).int(p.index).raw(`@example.org"}`)
	}
	l.raw(`]`)
}

var maritals = [...]concept{
	hl7("v3-MaritalStatus", "S", "Never Married"), hl7("v3-MaritalStatus", "M", "Married"),
	hl7("v3-MaritalStatus", "W", "Widowed"),
}

func (l *life) patient() {
	p := l.p
	l.me = l.begin("Patient", 0)
	l.identifiers(p)
	l.raw(`,"active":true,"name":[`).name(p, p.family, "official")
	if p.maiden != "" && p.maiden != p.family {
		l.raw(`,`).name(p, p.maiden, "maiden")
	}
	l.raw(`]`)
	l.telecom(p)
	l.raw(`,"gender":"`).raw(p.sex.code()).raw(`","birthDate":`).day(p.born)
	if p.dies != 0 {
		l.field("deceasedDateTime").time(p.dies, l.hourOfDeath())
	}
	l.raw(`,"address":[`).address(&l.h.home, "home").raw(`]`)
	if l.age(l.r.Today) >= 18 {
		l.field("maritalStatus").raw(string(maritals[l.marital()]))
	}
	if p.birth > 0 {
		l.field("multipleBirthInteger").int(p.birth)
	}
	l.contacts()
	l.raw(`,"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"`)
	l.raw(p.origin.tongue).raw(`"}],"text":`).text(p.origin.speech).raw(`},"preferred":true}]`)
	l.raw(`,"generalPractitioner":[`).place("Practitioner", l.doctor())
	l.raw(`],"managingOrganization":`).place("Organization", l.practice())
	l.close()
}

// marital is an index of maritals: the wed whose partner died are widowed.
func (l *life) marital() int {
	if !l.p.wed {
		d := l.throw(ofIdentity)
		if l.age(l.r.Today) > 70 && d.chance(600) {
			return 2
		}
		return 0
	}
	for i := range l.h.people {
		if o := &l.h.people[i]; o != l.p && o.wed && o.dies != 0 && (l.p.dies == 0 || o.dies < l.p.dies) {
			return 2
		}
	}
	return 1
}

// contacts of a child are the parents; of an adult, whoever else is at home.
func (l *life) contacts() {
	first := true
	for i := range l.h.people {
		o := &l.h.people[i]
		if o == l.p || o.dies != 0 || years(o.born, l.r.Today) < 18 {
			continue
		}
		if l.age(l.r.Today) < 18 && !l.p.isParent(i) {
			continue
		}
		if first {
			l.raw(`,"contact":[`)
		} else {
			l.raw(`,`)
		}
		first = false
		l.raw(`{"relationship":[`).raw(string(nextOfKin)).raw(`],"name":`).name(o, o.family, "usual")
		l.telecom(o)
		l.raw(`,"gender":"`).raw(o.sex.code()).raw(`"}`)
	}
	if !first {
		l.raw(`]`)
	}
}

var nextOfKin = hl7("v2-0131", "N", "Next-of-Kin")

func (p *member) isParent(place int) bool {
	return place == p.mother || place == p.father || place == p.second
}

var (
	isMother = hl7("v3-RoleCode", "MTH", "mother")
	isFather = hl7("v3-RoleCode", "FTH", "father")
	isParent = hl7("v3-RoleCode", "PRN", "parent")
)

// relatives writes the parents of a child as RelatedPerson. They carry the
// parent's own identifiers: that is how the parent's record is found.
func (l *life) relatives() {
	if l.age(l.r.Today) >= 18 {
		return
	}
	for i := range l.h.people {
		if !l.p.isParent(i) {
			continue
		}
		o, is := &l.h.people[i], isParent
		switch i {
		case l.p.mother:
			is = isMother
		case l.p.father:
			is = isFather
		}
		l.begin("RelatedPerson", 0)
		l.identifiers(o)
		l.raw(`,"active":`).raw([]string{"true", "false"}[btoi(o.dies != 0)])
		l.subject("patient")
		l.raw(`,"relationship":[`).raw(string(is)).raw(`],"name":[`).name(o, o.family, "official").raw(`]`)
		l.telecom(o)
		l.raw(`,"gender":"`).raw(o.sex.code()).raw(`","birthDate":`).day(o.born)
		l.raw(`,"address":[`).address(&l.h.home, "home").raw(`]`)
		l.close()
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

var gpCare = own("episode", "gp-registration", "Registered with a general practice")

// registration writes the time with the practice, from birth or from moving in.
func (l *life) registration() {
	d := l.throw(ofIdentity)
	since := l.p.born + Day(d.between(7, 40))
	if moved := l.r.Today - Day(d.between(200, 30*365)); moved > since {
		since = moved
	}
	since = min(since, l.end)
	l.episode = l.begin("EpisodeOfCare", 0)
	if l.p.dies != 0 {
		l.raw(`,"status":"finished"`)
	} else {
		l.raw(`,"status":"active"`)
	}
	l.raw(`,"type":[`).raw(string(gpCare)).raw(`]`)
	l.subject("patient")
	l.field("managingOrganization").place("Organization", l.practice())
	l.raw(`,"period":{"start":`).day(since)
	if l.p.dies != 0 {
		l.field("end").day(l.p.dies)
	}
	l.raw(`},"careManager":`).place("Practitioner", l.doctor())
	l.close()
}

func (l *life) practice() spot { return spot{kind: atPractice, n: l.h.practice} }

// doctor is the person's own GP; the whole family has the same one.
func (l *life) doctor() spot {
	return l.practice().within("gp", int(l.h.key>>32)%doctors(l.h.practice))
}

func (l *life) hospital() spot { return spot{kind: atHospital, n: l.h.practice % l.r.hospitals()} }

func (l *life) community() spot { return spot{kind: atCommunity, n: l.h.practice % l.r.communities()} }
