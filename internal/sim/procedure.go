package sim

// operation is something done once in a life, if at all.
type operation struct {
	code   concept
	curve  [9]int // of 1,000 people, how many ever had it, by curveAges
	only   uint8  // 1: women, 2: men
	clinic int
	nights int // 0: home the same day
	needs  int // an illness without which it is not done, or -1
}

func op(id, text string, curve [9]int, clinic, nights int) operation {
	return operation{own("procedure", id, text), curve, 0, clinic, nights, -1}
}

func (o operation) forOnly(s sex) operation   { o.only = 1 + uint8(s); return o }
func (o operation) because(ill int) operation { o.needs = ill; return o }
func (o operation) fits(s sex) bool           { return o.only == 0 || o.only == 1+uint8(s) }

// operations: how many ever have them is our own rough guess.
var operations = [...]operation{
	op("appendicectomy", "Appendix removed", [9]int{0, 2, 18, 40, 62, 75, 82, 88, 90}, surgery, 2),
	op("tonsillectomy", "Tonsils removed", [9]int{0, 12, 40, 52, 58, 59, 60, 60, 60}, throat, 1),
	op("grommets", "Grommets put in the ears", [9]int{0, 14, 26, 28, 28, 28, 28, 28, 28}, throat, 0),
	op("hernia-repair", "Groin hernia repair", [9]int{3, 6, 8, 10, 18, 40, 80, 130, 150}, surgery, 0),
	op("gallbladder", "Gallbladder removed", [9]int{0, 0, 1, 3, 15, 40, 70, 95, 100}, surgery, 1),
	op("cataract", "Cataract operation", [9]int{0, 0, 0, 0, 1, 4, 30, 190, 450}, eyes, 0),
	op("hip-replacement", "Hip replacement", [9]int{0, 0, 0, 0, 1, 4, 30, 110, 160}, orthopaedics, 3).because(arthritis),
	op("knee-replacement", "Knee replacement", [9]int{0, 0, 0, 0, 1, 4, 40, 130, 160}, orthopaedics, 3).because(arthritis),
	op("hip-fracture", "Operation for a broken hip", [9]int{0, 0, 0, 0, 1, 2, 6, 25, 110}, orthopaedics, 12),
	op("hysterectomy", "Womb removed", [9]int{0, 0, 0, 0, 3, 40, 90, 110, 115}, obstetrics, 3).forOnly(female),
	op("vasectomy", "Vasectomy", [9]int{0, 0, 0, 0, 10, 90, 130, 130, 130}, urology, 0).forOnly(male),
	op("stent", "Stent in a heart artery", [9]int{0, 0, 0, 0, 2, 200, 300, 380, 400}, cardiology, 2).because(heartDisease),
	op("breast-surgery", "Breast cancer operation", [9]int{0, 0, 0, 0, 800, 850, 850, 850, 850}, surgery, 1).
		because(breastCancer),
	op("bowel-surgery", "Bowel cancer operation", [9]int{0, 0, 0, 0, 700, 750, 750, 750, 750}, surgery, 7).
		because(bowelCancer),
	op("colonoscopy", "Colonoscopy", [9]int{0, 0, 1, 5, 25, 70, 150, 250, 270}, gut, 0),
	op("chest-admission", "Treated in hospital for pneumonia", [9]int{12, 20, 22, 24, 30, 40, 60, 130, 330}, medicine, 5),
}

// operations writes what was done: with the stay and a letter within the window,
// else as a line of history.
func (l *life) operations() {
	for i := range operations {
		o := &operations[i]
		d := throw(l.key^ofProcedure, uint64(i))
		days, ok := onset(&o.curve, d.below(1_000_000), 1000)
		if !ok || !o.fits(l.p.sex) {
			continue
		}
		day := l.p.born + Day(days)
		if o.needs >= 0 {
			since := l.since(o.needs)
			if !l.has(o.needs, since) {
				continue
			}
			day = max(day, since+Day(d.between(20, 200)))
		}
		if day > l.end {
			continue
		}
		l.operate(o, day, &d)
	}
}

func (l *life) operate(o *operation, day Day, d *dice) {
	v := visit{day: day, minute: 660}
	v.by, v.org, _ = l.where(onWard, o.clinic, d.below(100))
	if day >= l.from {
		kind := onWard
		if o.nights == 0 {
			kind = inClinic
		}
		v = l.visit(request{kind: kind, day: day, specialty: o.clinic, why: o.code,
			nights: min(o.nights, int(l.end-day)), minute: 8*60 + d.below(400)})
		l.ward(&v, o, d)
	}
	l.procedure(&v, o.code)
	if v.typ != "" {
		l.letter(&v, homeLetter, o.code, "This person went home well. Nothing more is needed from you now.")
	}
}

// ward writes what is measured during a stay.
func (l *life) ward(v *visit, o *operation, d *dice) {
	l.report(v, bloodCount, d)
	l.report(v, kidneys, d)
	for night := range min(max(1, o.nights), 6, 1+int(l.end-v.day)) {
		at := *v
		at.day += Day(night)
		if night > 0 {
			at.minute = 420
		}
		l.measure(&at, &temperature, temperature.mean+d.bell()*temperature.spread/1000)
		l.measure(&at, &pulse, l.restingPulse(at.day, d)+5)
		l.measure(&at, &breaths, l.restingBreaths(at.day, d))
		l.measure(&at, &saturation, 99-d.below(5))
		l.bloodPressure(&at, d)
	}
}

// procedure writes a Procedure that was completed.
func (l *life) procedure(v *visit, code concept) {
	l.begin("Procedure", v.labels)
	l.raw(`,"status":"completed","code":`).raw(string(code))
	l.context(v)
	if v.typ == "" {
		l.field("performedDateTime").day(v.day)
	} else {
		l.field("performedDateTime").time(v.day, v.minute+5)
	}
	l.raw(`,"performer":[{"actor":`).place("Practitioner", v.by).raw(`}]`)
	l.close()
}
