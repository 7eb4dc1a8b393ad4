package sim

// complaint is something that passes: a reason to see somebody once.
type complaint struct {
	code    concept
	weights [5]int // how often, by age: under 5, 5 to 17, 18 to 44, 45 to 69, 70 and over
	only    uint8  // 1: women, 2: men
	kind    visitKind
	pill    int // index of drugs, or -1
	given   int // chance in 1,000 that it is
	days    int // how long it lasts; 0: not kept as a condition
	warm    bool
	panel   int // index of panels, or -1
	clinic  int // specialty that some are referred to, 0: none
	image   concept
	labels  label
}

func seen(icd, text string, weights [5]int) complaint {
	return complaint{code: ill(icd, text), weights: weights, pill: -1, panel: -1}
}

func (c complaint) treat(pill, chance, days int) complaint {
	c.pill, c.given, c.days = pill, chance, days
	return c
}

func (c complaint) at(kind visitKind) complaint   { c.kind = kind; return c }
func (c complaint) fever() complaint              { c.warm = true; return c }
func (c complaint) bloods(panel int) complaint    { c.panel = panel; return c }
func (c complaint) see(clinic int) complaint      { c.clinic = clinic; return c }
func (c complaint) scan(what concept) complaint   { c.image = what; return c }
func (c complaint) secret(labels label) complaint { c.labels = labels; return c }
func (c complaint) womenOnly() complaint          { c.only = 1; return c }
func (c complaint) menOnly() complaint            { c.only = 2; return c }
func (c complaint) lasting(days int) complaint    { c.days = days; return c }
func (c complaint) fits(s sex) bool               { return c.only == 0 || (c.only == 1) == (s == female) }

var (
	chestXRay = inLOINC("36643-5", "XR Chest 2 Views")
	limbXRay  = own("image", "limb-x-ray", "X-ray of a limb")
)

// complaints and how often they bring people in are our own rough guess at what
// general practice and emergency departments see.
var complaints = []complaint{
	seen("J06.9", "Cold", [5]int{300, 120, 60, 40, 30}).fever().lasting(8),
	seen("H66.9", "Middle ear infection", [5]int{160, 60, 8, 4, 2}).treat(amoxicillin, 350, 7).fever(),
	seen("J03.9", "Tonsillitis", [5]int{60, 110, 50, 10, 3}).treat(penicillin, 500, 8).fever(),
	seen("J20.9", "Chest infection", [5]int{50, 30, 50, 90, 150}).treat(amoxicillin, 600, 14).fever().scan(chestXRay),
	seen("A09", "Stomach bug", [5]int{120, 50, 35, 20, 20}).fever().lasting(4),
	seen("L01.0", "Impetigo", [5]int{50, 30, 4, 2, 2}).treat(flucloxacillin, 400, 9),
	seen("B37.0", "Oral thrush", [5]int{70, 2, 1, 2, 8}).treat(nystatin, 900, 10),
	seen("H10.9", "Conjunctivitis", [5]int{80, 30, 15, 12, 15}).treat(chloramphenicol, 400, 6),
	seen("K59.0", "Constipation", [5]int{60, 30, 10, 15, 60}).treat(lactulose, 700, 20),
	seen("N39.0", "Urinary tract infection", [5]int{10, 15, 70, 60, 90}).treat(nitrofurantoin, 900, 6).womenOnly(),
	seen("N39.0", "Urinary tract infection", [5]int{0, 0, 2, 15, 70}).treat(nitrofurantoin, 900, 8).bloods(kidneys),
	seen("L03.9", "Cellulitis", [5]int{4, 6, 15, 35, 70}).treat(flucloxacillin, 950, 10),
	seen("M54.5", "Back pain", [5]int{0, 8, 70, 80, 50}).treat(naproxen, 350, 30),
	seen("M25.5", "Joint pain", [5]int{2, 15, 40, 90, 90}).treat(naproxen, 300, 0).see(orthopaedics).bloods(inflammation),
	seen("R51", "Headache", [5]int{2, 30, 50, 30, 20}).treat(paracetamol, 150, 0),
	seen("R53", "Tiredness", [5]int{2, 15, 70, 70, 60}).bloods(bloodCount),
	seen("R10.4", "Tummy pain", [5]int{30, 45, 50, 45, 40}).bloods(liver).see(gut),
	seen("K30", "Indigestion", [5]int{0, 4, 35, 60, 50}).treat(omeprazole, 650, 40),
	seen("L30.9", "Skin rash", [5]int{90, 60, 60, 50, 50}).treat(hydrocortisone, 500, 20),
	seen("D22.9", "Mole to look at", [5]int{2, 10, 35, 45, 45}).see(skin),
	seen("R07.4", "Chest pain", [5]int{0, 3, 20, 40, 50}).at(inEmergency).bloods(bloodCount).scan(chestXRay),
	seen("S93.4", "Sprained ankle", [5]int{4, 50, 40, 15, 8}).at(inEmergency).scan(limbXRay).lasting(25),
	seen("S52.5", "Broken wrist", [5]int{8, 30, 7, 12, 30}).at(inEmergency).treat(codeine, 500, 45).scan(limbXRay).
		see(orthopaedics),
	seen("S01.9", "Cut to the head", [5]int{50, 25, 12, 8, 25}).at(inEmergency).lasting(9),
	seen("S09.9", "Bump to the head", [5]int{70, 30, 8, 5, 30}).at(inEmergency),
	seen("J45.9", "Asthma attack", [5]int{12, 14, 8, 8, 6}).at(inEmergency).treat(prednisolone, 900, 0),
	seen("J21.9", "Bronchiolitis", [5]int{45, 0, 0, 0, 0}).at(inEmergency).fever().lasting(9),
	seen("G47.0", "Trouble sleeping", [5]int{0, 6, 40, 45, 40}).at(byPhone),
	seen("F43.2", "Stress", [5]int{0, 15, 60, 40, 8}).at(byPhone).secret(mentalHealth),
	seen("Z30.0", "Advice about contraception", [5]int{0, 10, 90, 4, 0}).treat(contraceptive, 800, 0).womenOnly().
		secret(reproductive),
	seen("A56.0", "Chlamydia", [5]int{0, 2, 14, 2, 0}).at(inSexual).treat(doxycycline, 950, 10).secret(infection),
	seen("Z11.3", "Sexual health check", [5]int{0, 3, 25, 6, 0}).at(inSexual).secret(infection | reproductive),
	seen("Z63.0", "Talked about being unsafe at home", [5]int{0, 0, 4, 2, 1}).secret(abuse),
	seen("N95.1", "Menopause symptoms", [5]int{0, 0, 4, 80, 2}).womenOnly(),
	seen("N40", "Prostate symptoms", [5]int{0, 0, 1, 40, 70}).bloods(prostate).see(urology).menOnly(),
	seen("R42", "Dizziness", [5]int{0, 6, 18, 30, 60}).bloods(bloodCount),
	seen("R06.0", "Short of breath", [5]int{2, 3, 10, 30, 50}).bloods(bloodCount).scan(chestXRay).see(cardiology),
	seen("H61.2", "Ear wax", [5]int{2, 6, 10, 30, 45}).at(byNurse),
	seen("T81.4", "Wound dressing", [5]int{2, 4, 8, 15, 60}).at(byNurse),
	seen("L89.9", "Pressure sore", [5]int{0, 0, 0, 2, 35}).at(atHome).lasting(60),
}

// yearly is how many complaints a person brings a year, in hundredths, by sex and
// the same ages as complaint.weights. Our own guess: the middle of the adults
// should come to some 300 resources of all kinds at depth 1.
var yearly = [2][5]int{{420, 190, 430, 450, 560}, {430, 180, 280, 370, 540}}

func ageBand(age int) int {
	switch {
	case age < 5:
		return 0
	case age < 18:
		return 1
	case age < 45:
		return 2
	case age < 70:
		return 3
	}
	return 4
}

// acute writes the complaints of each year of the window. Some people come far
// more often than others, hence the factor.
func (l *life) acute() {
	manner := l.throw(ofAcute)
	often := max(250, 1000+manner.bell()*45/100)
	for year := 0; ; year++ {
		from := later(l.from, 12*year)
		if from > l.end {
			return
		}
		d := throw(l.key^ofAcute, uint64(year)+1)
		band := ageBand(l.age(from))
		whole := yearly[l.p.sex][band] * often * l.depth / 1000
		n := whole / 100_000
		if d.below(100_000) < whole%100_000 {
			n++
		}
		for range n {
			if day := from + Day(d.below(365)); day <= l.end {
				l.complain(&d, l.weekday(day), band)
			}
		}
	}
}

// likely holds the weights of complaints for each sex and age band.
var likely = func() (all [2][5][]int) {
	for s := range all {
		for band := range all[s] {
			for _, c := range complaints {
				all[s][band] = append(all[s][band], btoi(c.fits(sex(s)))*c.weights[band])
			}
		}
	}
	return all
}()

func (l *life) complain(d *dice, day Day, band int) {
	c := &complaints[d.pick(likely[l.p.sex][band])]
	labels, kind := c.labels, c.kind
	if age := l.age(day); labels != 0 && age < 16 {
		if age < 13 || labels&^(mentalHealth|reproductive) != 0 || labels == reproductive && age < 14 {
			return
		}
		labels |= adolescent
	}
	if kind == byDoctor && c.panel < 0 && !c.warm && c.image == "" && d.chance(450) {
		kind = byPhone
	}
	v := l.visit(request{kind: kind, day: day, why: c.code, labels: labels, specialty: emergency})
	if kind != byPhone {
		l.examine(&v, d, c)
	}
	var reason *ref
	if c.days > 0 {
		until := day + Day(c.days/2+d.below(c.days))
		if until > l.end {
			until = 0
		}
		r := l.condition(&v, c.code, episodeOnly, max(l.p.born, day-Day(d.below(4))), until)
		reason = &r
	}
	if c.pill >= 0 && l.taken>>c.pill&1 == 0 && d.chance(c.given) {
		status := "completed"
		if day+14 > l.r.Today {
			status = "active"
		}
		l.prescribe(&v, prescription{drug: l.suits(c.pill, day), status: status, reason: reason, why: c.code})
	}
	if c.panel >= 0 && d.chance(600) {
		l.report(&v, c.panel, d)
	}
	if c.image != "" && d.chance(450) {
		l.picture(&v, c.image)
	}
	if kind == inEmergency {
		l.letter(&v, visitLetter, c.code, "This person came to the emergency department and went home the same day.")
	}
	if c.clinic != 0 && d.chance(220) {
		l.refer(&v, d, c.clinic, c.code, c.clinic == skin && d.chance(300))
	}
}

// examine writes what was looked at: mostly little, more in an emergency.
func (l *life) examine(v *visit, d *dice, c *complaint) {
	up := 0
	if c.warm {
		up = d.below(20)
	}
	adult := l.age(v.day) >= 16
	all := c.kind == inEmergency
	if c.warm || all {
		l.measure(v, &temperature, temperature.mean+up+d.bell()*temperature.spread/1000)
		l.measure(v, &pulse, l.restingPulse(v.day, d)+up)
	}
	if all || c.warm && d.chance(300) {
		l.measure(v, &breaths, l.restingBreaths(v.day, d))
		l.measure(v, &saturation, 99-d.below(4)-3*btoi(l.has(copd, v.day)))
	}
	if adult && (all || d.chance(450)) {
		l.bloodPressure(v, d)
	}
	if adult && d.chance(150) {
		l.weighAdult(v, d)
	}
	if !adult && d.chance(350) {
		l.weighChild(v, false)
	}
}

// restingPulse and restingBreaths fall from babies to adults.
func (l *life) restingPulse(on Day, d *dice) int {
	return pulse.mean + max(0, 14-l.age(on))*4 + d.bell()*pulse.spread/1000
}

func (l *life) restingBreaths(on Day, d *dice) int {
	return breaths.mean + max(0, 12-l.age(on))*3/2 + d.bell()*breaths.spread/1000
}

var radiology = hl7("v2-0074", "RAD", "Radiology")

// picture writes the report of an X-ray.
func (l *life) picture(v *visit, what concept) {
	l.begin("DiagnosticReport", v.labels)
	l.raw(`,"status":"final","category":[`).raw(string(radiology)).raw(`],"code":`).raw(string(what))
	l.context(v)
	l.field("effectiveDateTime").time(v.day, v.minute+8)
	l.field("issued").time(v.day, 22*60+40)
	l.raw(`,"performer":[`).place("Organization", l.hospital()).raw(`],"conclusion":"Nothing of concern was seen."`)
	l.close()
}
