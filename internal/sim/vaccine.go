package sim

// vaccine is a product that protects against some diseases.
type vaccine struct {
	name     string
	is       concept
	diseases string // targetDisease, rendered
	doses    int    // of the usual series
}

// The rows of vaccines.
const (
	sixInOne = iota
	fiveInOne
	dtpPolio
	menB
	rotavirus
	pcv
	menC
	hibMenC
	mmr
	mmrv
	preschool
	teenager
	menACWY
	hpv
	bcg
	fluNasal
	flu
	ppv
	shingles
	covid
	rsv
	whoopingCough
	vaccineCount
)

var diseaseNames = map[string]string{"diphtheria": "Diphtheria", "tetanus": "Tetanus", "pertussis": "Whooping cough",
	"polio": "Polio", "hib": "Haemophilus influenzae type b", "hepb": "Hepatitis B", "menb": "Meningococcal disease, group B",
	"rotavirus": "Rotavirus", "pneumococcal": "Pneumococcal disease", "menc": "Meningococcal disease, group C",
	"menacwy": "Meningococcal disease, groups A, C, W and Y", "measles": "Measles", "mumps": "Mumps", "rubella": "Rubella",
	"varicella": "Chickenpox", "hpv": "Human papillomavirus", "tuberculosis": "Tuberculosis", "influenza": "Flu",
	"shingles": "Shingles", "covid": "COVID-19", "rsv": "Respiratory syncytial virus"}

// jab makes a vaccine. code is its number in CVX, where there is one.
func jab(id, name, code string, doses int, diseases string) vaccine {
	codings := []string{coding(ownCodes+"vaccine", id, name)}
	if code != "" {
		codings = append(codings, coding(cvx, code, ""))
	}
	v := vaccine{name: name, is: named(name, codings...), doses: doses}
	for i, d := range list(diseases) {
		if i > 0 {
			v.diseases += ","
		}
		v.diseases += string(own("disease", d, diseaseNames[d]))
	}
	return v
}

var vaccines = [vaccineCount]vaccine{
	sixInOne:      jab("6in1", "6-in-1 vaccine", "146", 3, "diphtheria tetanus pertussis polio hib hepb"),
	fiveInOne:     jab("5in1", "5-in-1 vaccine", "120", 3, "diphtheria tetanus pertussis polio hib"),
	dtpPolio:      jab("dtp", "Diphtheria, tetanus, pertussis and polio vaccine", "", 3, "diphtheria tetanus pertussis polio"),
	menB:          jab("menb", "MenB vaccine", "163", 3, "menb"),
	rotavirus:     jab("rotavirus", "Rotavirus vaccine", "119", 2, "rotavirus"),
	pcv:           jab("pcv", "Pneumococcal conjugate vaccine", "133", 2, "pneumococcal"),
	menC:          jab("menc", "MenC vaccine", "", 2, "menc"),
	hibMenC:       jab("hibmenc", "Hib/MenC vaccine", "", 1, "hib menc"),
	mmr:           jab("mmr", "MMR vaccine", "03", 2, "measles mumps rubella"),
	mmrv:          jab("mmrv", "MMRV vaccine", "94", 2, "measles mumps rubella varicella"),
	preschool:     jab("4in1", "4-in-1 pre-school booster", "130", 1, "diphtheria tetanus pertussis polio"),
	teenager:      jab("3in1", "3-in-1 teenage booster", "", 1, "diphtheria tetanus polio"),
	menACWY:       jab("menacwy", "MenACWY vaccine", "203", 1, "menacwy"),
	hpv:           jab("hpv", "HPV vaccine", "165", 1, "hpv"),
	bcg:           jab("bcg", "BCG vaccine", "19", 1, "tuberculosis"),
	fluNasal:      jab("flu-nasal", "Children's flu vaccine, nasal spray", "149", 1, "influenza"),
	flu:           jab("flu", "Flu vaccine", "150", 1, "influenza"),
	ppv:           jab("ppv", "Pneumococcal polysaccharide vaccine", "33", 1, "pneumococcal"),
	shingles:      jab("shingles", "Shingles vaccine", "187", 2, "shingles"),
	covid:         jab("covid", "COVID-19 vaccine", "208", 2, "covid"),
	rsv:           jab("rsv", "RSV vaccine", "305", 1, "rsv"),
	whoopingCough: jab("whooping", "Whooping cough vaccine in pregnancy", "115", 1, "pertussis diphtheria tetanus"),
}

// dose is a row of the schedule: which vaccine, the how-manieth, and for people
// born from one day to before another (0: open).
type dose struct {
	vaccine, number int
	from, until     Day
	girls           bool // girls only
}

// session is an appointment of the schedule.
type session struct {
	weeks, months int // of age
	kind          visitKind
	missed        int // in 1,000 of families who do come to others
	doses         []dose
}

// Birth days on which England's childhood schedule changed.
var (
	d1985     = Date(1985, 1, 1)
	d1987     = Date(1987, 9, 1)
	fiveFrom  = Date(2004, 8, 1)
	pcvFrom   = Date(2006, 7, 1)
	rotaFrom  = Date(2013, 5, 1)
	menBFrom  = Date(2015, 5, 1)
	menCUntil = Date(2016, 5, 1)
	sixFrom   = Date(2017, 8, 1)
	onePCV    = Date(2020, 1, 1)
	varicella = Date(2025, 1, 1)
	y2024     = Date(2024, 7, 1)
	y2022     = Date(2022, 9, 1)
	y2025     = Date(2025, 5, 6) // 8 weeks old on 1 July 2025
	hpvGirls  = Date(1995, 9, 1)
	hpvBoys   = Date(2006, 9, 1)
	acwyFrom  = Date(1999, 9, 1)
	bcgUntil  = Date(1991, 9, 1)
)

// schedule is England's childhood schedule from 1985 on, in coarse steps: the
// present one is that of 1 January 2026 (UKHSA, Complete routine immunisation
// schedule), older ones are from common knowledge. It is for making people up. It
// is not the schedule by which Bevan tells anybody what is due.
var schedule = [...]session{
	{8, 0, byNurse, 30, []dose{{dtpPolio, 1, d1985, fiveFrom, false}, {fiveInOne, 1, fiveFrom, sixFrom, false},
		{sixInOne, 1, sixFrom, 0, false}, {menB, 1, menBFrom, 0, false}, {rotavirus, 1, rotaFrom, 0, false},
		{pcv, 1, pcvFrom, onePCV, false}}},
	{12, 0, byNurse, 40, []dose{{dtpPolio, 2, d1985, fiveFrom, false}, {fiveInOne, 2, fiveFrom, sixFrom, false},
		{sixInOne, 2, sixFrom, 0, false}, {rotavirus, 2, rotaFrom, 0, false}, {pcv, 1, onePCV, y2025, false},
		{menB, 2, y2025, 0, false}, {menC, 1, Date(1999, 9, 1), menCUntil, false}}},
	{16, 0, byNurse, 50, []dose{{dtpPolio, 3, d1985, fiveFrom, false}, {fiveInOne, 3, fiveFrom, sixFrom, false},
		{sixInOne, 3, sixFrom, 0, false}, {menB, 2, menBFrom, y2025, false}, {pcv, 2, pcvFrom, onePCV, false},
		{pcv, 1, y2025, 0, false}, {menC, 2, Date(1999, 9, 1), menCUntil, false}}},
	{0, 12, byNurse, 70, []dose{{mmr, 1, d1987, varicella, false}, {mmrv, 1, varicella, 0, false},
		{menB, 3, menBFrom, 0, false}, {pcv, 3, pcvFrom, onePCV, false}, {pcv, 2, onePCV, 0, false},
		{hibMenC, 1, pcvFrom, y2024, false}}},
	{0, 18, byNurse, 90, []dose{{sixInOne, 4, y2024, 0, false}, {mmrv, 1, y2024, varicella, false},
		{mmrv, 2, varicella, 0, false}}},
	{0, 40, byNurse, 110, []dose{{preschool, 1, d1985, 0, false}, {mmr, 2, d1987, y2022, false},
		{mmrv, 1, y2022, y2024, false}, {mmrv, 2, y2024, varicella, false}}},
	{0, 152, inSchool, 180, []dose{{hpv, 1, hpvGirls, 0, true}, {hpv, 1, hpvBoys, 0, false}}},
	{0, 158, inSchool, 250, []dose{{bcg, 1, d1985, bcgUntil, false}}},
	{0, 170, inSchool, 210, []dose{{teenager, 1, d1985, 0, false}, {menACWY, 1, acwyFrom, 0, false}}},
}

// vaccinations writes what was given as a child, then as an adult.
func (l *life) vaccinations() {
	family := throw(l.h.key, ofVaccines)
	refuses := family.chance(22) // whole families hardly ever come
	late := 1 + family.below(4)
	d := l.throw(ofVaccines)
	before := l.p.born - 100
	for i := range schedule {
		s := &schedule[i]
		due := l.p.born + Day(7*s.weeks)
		if s.months > 0 {
			due = later(l.p.born, s.months)
		}
		missed := s.missed
		if refuses {
			missed = 900
		}
		wait := 1 + d.below(8)
		if d.chance(60 * late) {
			wait += d.below(40 * late)
		}
		// A session waits for four weeks after the one before it.
		day := max(due+Day(wait), before+28).working()
		if skip := d.chance(missed); day > l.end || skip {
			if skip && refuses && due <= l.end {
				l.declined(s, due)
			}
			continue
		}
		if l.session(s, day) {
			before = day
		}
	}
	l.nasal(&d, refuses)
	l.adultVaccines(&d, refuses)
}

// due says whether a dose is meant for the person.
func (l *life) due(q *dose) bool {
	return l.p.born >= q.from && (q.until == 0 || l.p.born < q.until) && (!q.girls || l.p.sex == female && l.p.born < hpvBoys)
}

// session writes the doses of an appointment, and says whether there was any.
func (l *life) session(s *session, day Day) bool {
	var v visit
	for i := range s.doses {
		q := &s.doses[i]
		if !l.due(q) {
			continue
		}
		if q.vaccine == rotavirus && int(day-l.p.born) >= []int{15 * 7, 24 * 7}[q.number-1] {
			continue // too old for it
		}
		if v.day == 0 {
			v = l.attend(s.kind, day)
		}
		l.immunise(&v, q.vaccine, q.number, i)
	}
	return v.day != 0
}

var forVaccine = own("reason", "vaccination", "Vaccination")

// attend writes an Encounter for a vaccination within the window of detail. For
// older ones there is none.
func (l *life) attend(kind visitKind, day Day) visit {
	if day >= l.from {
		return l.visit(request{kind: kind, day: day, why: forVaccine})
	}
	by, org, _ := l.where(kind, 0, int(l.key>>8&1023))
	return visit{by: by, org: org, day: day, minute: 600}
}
