package sim

import "strconv"

// founder writes places.
type founder struct {
	writer
	r    Region
	dice dice
	site address
	line int
}

// madeUp is the tag by which made-up people and places can be told (and removed).
const madeUp = `{"system":"` + ownCodes + `origin","code":"made-up",` +
	`"display":"Made up, for demonstration and tests. Never for care."}`

func (p *founder) start(typ string, s spot) {
	p.open(typ, p.apart()+s.String(), true)
	p.meta(0, true)
}

// at throws the address and telephone of a site in a town.
func (p *founder) at(kind string, n, inTown int) {
	p.dice = throw(key(key(p.r.Seed, ofPlace), uint64(len(kind))<<8|uint64(kind[1])), uint64(n))
	p.site = makeAddress(&p.dice, townOf(inTown))
	p.site.flat = 0
	p.line = p.dice.below(1000)
}

var (
	orgProvider = hl7("organization-type", "prov", "Healthcare Provider")
	orgTeam     = hl7("organization-type", "team", "Organizational team")
	orgBoard    = hl7("organization-type", "govt", "Government")
	isBuilding  = hl7("location-physical-type", "bu", "Building")
	isWard      = hl7("location-physical-type", "wa", "Ward")
	isLevel     = hl7("location-physical-type", "area", "Area")
)

// organisation writes one, with its code: a letter of our own and a number.
func (p *founder) organisation(s spot, letter, name string, is concept) {
	p.start("Organization", s)
	if p.example {
		letter = "E" + letter[1:]
	}
	p.raw(`,"identifier":[{"system":"` + placeCode + `","value":"`).raw(letter)
	code := s.n * 100
	if s.part != "" {
		code += s.k + 1
	}
	for limit := 10000; limit > 1 && code < limit; limit /= 10 {
		p.raw("0")
	}
	p.int(code).raw(`"}],"active":true,"type":[`).raw(string(is)).raw(`],"name":`).text(name)
	p.raw(`,"telecom":[`).landline(p.line, "work").raw(`],"address":[`).address(&p.site, "work").raw(`]`)
	switch {
	case s.part != "":
		p.field("partOf").place("Organization", spot{kind: s.kind, n: s.n})
	case s.kind != theBoard:
		p.field("partOf").place("Organization", spot{kind: theBoard})
	}
	p.close()
}

func (p *founder) location(s spot, name string, is concept) {
	p.start("Location", s)
	p.raw(`,"status":"active","name":`).text(name).raw(`,"mode":"instance","telecom":[`).landline(p.line, "work")
	p.raw(`],"address":`).address(&p.site, "work").field("physicalType").raw(string(is))
	p.field("managingOrganization").place("Organization", spot{kind: s.kind, n: s.n})
	if s.part != "" {
		p.field("partOf").place("Location", spot{kind: s.kind, n: s.n})
	}
	p.close()
}

func (p *founder) service(s spot, name string, is concept) {
	p.start("HealthcareService", s)
	p.raw(`,"active":true,"providedBy":`).place("Organization", spot{kind: s.kind, n: s.n})
	p.raw(`,"type":[`).raw(string(is)).raw(`],"location":[`).place("Location", spot{kind: s.kind, n: s.n})
	p.raw(`],"name":`).text(name).raw(`,"telecom":[`).landline(p.line, "work").raw(`]`)
	p.raw(`,"availableTime":[{"daysOfWeek":["mon","tue","wed","thu","fri"],` +
		`"availableStartTime":"08:00:00","availableEndTime":"18:30:00"}]`)
	p.close()
}

// staff writes a Practitioner and their PractitionerRole under the same id.
func (p *founder) staff(s spot, title string, role, specialty concept) {
	o := &origins[p.dice.pick(originShares)]
	who := sex(p.dice.below(2))
	born := p.r.Today - Day(p.dice.between(26*365, 63*365))
	p.start("Practitioner", s)
	p.raw(`,"identifier":[{"system":"` + professional + `","value":"`).raw(p.apart()).raw(s.String())
	p.raw(`"}],"active":true,"name":[{"use":"official","family":`).text(p.dice.word(o.family))
	p.raw(`,"given":[`).text(o.givenName(&p.dice, who, born)).raw(`]`)
	if title != "" {
		p.raw(`,"prefix":["`).raw(title).raw(`"]`)
	}
	p.raw(`}],"telecom":[{"system":"email","value":"`).raw(s.String())
	p.raw(`@example.org","use":"work"}],"gender":"`).raw(who.code()).raw(`"`)
	p.close()

	p.start("PractitionerRole", s)
	p.raw(`,"active":true,"period":{"start":`).day(p.r.Today - Day(p.dice.between(200, 9000)))
	p.raw(`},"practitioner":`).place("Practitioner", s)
	p.field("organization").place("Organization", spot{kind: s.kind, n: s.n})
	p.raw(`,"code":[`).raw(string(role)).raw(`]`)
	if specialty != "" {
		p.raw(`,"specialty":[`).raw(string(specialty)).raw(`]`)
	}
	p.raw(`,"location":[`).place("Location", spot{kind: s.kind, n: s.n}).raw(`]`)
	p.close()
}

func (p *founder) board(int) {
	p.at(theBoard, 0, 0)
	p.organisation(spot{kind: theBoard}, "YB", "Merebrook Care Board", orgBoard)
}

var (
	practiceWords = list(`Larkspur Millrace Ferry Beacon Orchard Rookery Kestrel Thistle Lantern Tollgate Wherry Damson`)
	practiceKinds = []string{"Surgery", "Medical Centre", "Practice", "Health Centre"}
	isGP          = own("role", "gp", "General practitioner")
	isNurse       = own("role", "practice-nurse", "Practice nurse")
	isConsultant  = own("role", "consultant", "Consultant")
	isGeneral     = own("service", "general-practice", "General practice")
	isPharmacy    = own("service", "pharmacy", "Community pharmacy")
)

func (p *founder) practice(n int) {
	p.at(atPractice, n, n/2)
	name := p.site.town.name + " " + practiceWords[n%len(practiceWords)] + " " + p.dice.word(practiceKinds)
	s := spot{kind: atPractice, n: n}
	p.organisation(s, "YP", name, orgProvider)
	p.location(s, name, isBuilding)
	p.service(s.within("service", 0), name+", appointments", isGeneral)
	for k := range doctors(n) {
		p.staff(s.within("gp", k), "Dr", isGP, "")
	}
	for k := range nurses(n) {
		p.staff(s.within("nurse", k), "", isNurse, "")
	}
}

func (p *founder) pharmacy(n int) {
	p.at(atPharmacy, n, n/2)
	s := spot{kind: atPharmacy, n: n}
	name := p.site.town.name + " Pharmacy " + strconv.Itoa(n+1)
	p.organisation(s, "YF", name, orgProvider)
	p.location(s, name, isBuilding)
	p.service(s.within("service", 0), name, isPharmacy)
}

const wards = 8

func (p *founder) hospital(n int) {
	p.at(atHospital, n, n*7)
	s := spot{kind: atHospital, n: n}
	name := p.site.town.name + " General Hospital"
	p.organisation(s, "YH", name, orgProvider)
	p.location(s, name, isBuilding)
	p.location(s.within("emergency", 0), name+", emergency department", isLevel)
	p.location(s.within("clinic", 0), name+", outpatients", isLevel)
	for k := range wards {
		p.location(s.within("ward", k), name+", ward "+strconv.Itoa(k+1), isWard)
	}
	for i, what := range specialtyConcepts {
		p.service(s.within("service", i), specialties[i]+", "+name, what)
		for k := range consultants {
			p.staff(s.within("consultant", i*consultants+k), "Dr", isConsultant, what)
		}
	}
}

func (p *founder) community(n int) {
	p.at(atCommunity, n, n*3)
	s := spot{kind: atCommunity, n: n}
	name := p.site.town.name + " Community Health"
	p.organisation(s, "YC", name, orgProvider)
	p.location(s, name, isBuilding)
	for i, t := range teams {
		p.organisation(s.within("team", i), "YC", t.name+", "+name, orgTeam)
		p.service(s.within("service", i), t.name+", "+name, own("service", t.id, t.name))
		for k := range t.staff {
			p.staff(s.within(t.id+"-staff", k), "", own("role", t.id, t.role), "")
		}
	}
}
