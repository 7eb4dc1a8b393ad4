package sim

// category of an Observation (R4 value set observation-category).
type category uint8

const (
	vital category = iota
	laboratory
	exam
	social
	survey
)

var categoryNames = [...][2]string{{"vital-signs", "Vital Signs"}, {"laboratory", "Laboratory"}, {"exam", "Exam"},
	{"social-history", "Social History"}, {"survey", "Survey"}}

// finding is a kind of Observation, with what never changes rendered at the start.
type finding struct {
	head   string // status, category, code
	tail   string // unit, system and code of the Quantity
	ranges [2]string
	places int
	low    [2]int // reference range by sex, scaled by 10^places; 0: open
	high   [2]int
	mean   int // of healthy adults, scaled; made up, near the middle of the range
	spread int // one standard deviation, scaled
	atom   string
}

// quantity makes a finding with a unit. ucum is the UCUM code, unit what people read.
func quantity(c category, code, name, unit, ucum string, places int) finding {
	f := finding{places: places, head: head(c, inLOINC(code, name)), atom: string(inLOINC(code, name))}
	f.tail = `,"unit":"` + unit + `","system":"http://unitsofmeasure.org","code":"` + ucum + `"}`
	return f
}

func head(c category, code concept) string {
	names := categoryNames[c]
	return `,"status":"final","category":[{"coding":[` + coding(hl7Codes+"observation-category", names[0], names[1]) +
		`]}],"code":` + string(code)
}

// within gives the finding reference ranges: women's, then men's.
func (f finding) within(lowF, highF, lowM, highM int) finding {
	f.low, f.high = [2]int{lowF, lowM}, [2]int{highF, highM}
	for s := range f.ranges {
		b := []byte(`,"referenceRange":[{`)
		if f.low[s] > 0 {
			b = append(f.amount(append(b, `"low":`...), f.low[s]), ',')
		}
		if f.high[s] > 0 {
			b = append(f.amount(append(b, `"high":`...), f.high[s]), ',')
		}
		b[len(b)-1] = '}'
		f.ranges[s] = string(append(b, ']'))
	}
	return f
}

// usual sets the mean and the spread of healthy adults.
func (f finding) usual(mean, spread int) finding {
	f.mean, f.spread = mean, spread
	return f
}

func (f *finding) amount(b []byte, value int) []byte {
	return append(appendDecimal(append(b, `{"value":`...), value, f.places), f.tail...)
}

var interpretations = [...]string{
	reading("L", "Low"), reading("N", "Normal"), reading("H", "High"),
}

func reading(code, display string) string {
	return `,"interpretation":[{"coding":[` + coding(hl7Codes+"v3-ObservationInterpretation", code, display) + `]}]`
}

// observation opens an Observation of a visit, up to its value.
func (l *life) observation(v *visit, head string) ref {
	r := l.begin("Observation", v.labels)
	l.raw(head)
	l.context(v)
	l.field("effectiveDateTime").time(v.day, v.minute+4)
	l.raw(`,"performer":[`).place("Practitioner", v.by).raw(`]`)
	return r
}

// measure writes an Observation with a Quantity, its range and interpretation.
func (l *life) measure(v *visit, f *finding, value int) ref {
	r := l.observation(v, f.head)
	l.buf = f.amount(append(l.buf, `,"valueQuantity":`...), value)
	if s := l.p.sex; f.ranges[s] != "" {
		switch {
		case f.low[s] > 0 && value < f.low[s]:
			l.raw(interpretations[0])
		case f.high[s] > 0 && value > f.high[s]:
			l.raw(interpretations[2])
		default:
			l.raw(interpretations[1])
		}
		l.raw(f.ranges[s])
	}
	l.close()
	return r
}

// answer writes an Observation whose value is a concept.
func (l *life) answer(v *visit, head string, value concept) ref {
	r := l.observation(v, head)
	l.field("valueCodeableConcept").raw(string(value))
	l.close()
	return r
}

// score writes an Observation whose value is a whole number.
func (l *life) score(v *visit, head string, value int) ref {
	r := l.observation(v, head)
	l.field("valueInteger").int(value)
	l.close()
	return r
}

var (
	bodyWeight  = quantity(vital, "29463-7", "Body weight", "kg", "kg", 2)
	adultWeight = quantity(vital, "29463-7", "Body weight", "kg", "kg", 1)
	bodyHeight  = quantity(vital, "8302-2", "Body height", "cm", "cm", 1)
	bodyLength  = quantity(vital, "8306-3", "Body height --lying", "cm", "cm", 1)
	headSize    = quantity(vital, "9843-4", "Head Occipital-frontal circumference", "cm", "cm", 1)
	birthWeight = quantity(vital, "8339-4", "Birth weight Measured", "g", "g", 0)
	bodyMass    = quantity(vital, "39156-5", "Body mass index (BMI) [Ratio]", "kg/m2", "kg/m2", 1)
	pulse       = quantity(vital, "8867-4", "Heart rate", "/min", "/min", 0).usual(74, 10)
	breaths     = quantity(vital, "9279-1", "Respiratory rate", "/min", "/min", 0).usual(15, 2)
	temperature = quantity(vital, "8310-5", "Body temperature", "°C", "Cel", 1).usual(368, 4)
	saturation  = quantity(vital, "2708-6", "Oxygen saturation in Arterial blood", "%", "%", 0)
	peakFlow    = quantity(exam, "33452-4", "Maximum expiratory gas flow Respiratory system airway", "L/min", "L/min", 0)
	systolic    = quantity(vital, "8480-6", "Systolic blood pressure", "mmHg", "mm[Hg]", 0)
	diastolic   = quantity(vital, "8462-4", "Diastolic blood pressure", "mmHg", "mm[Hg]", 0)
	pressure    = head(vital, inLOINC("85354-9", "Blood pressure panel with all children optional"))
)

// bloodPressure writes the panel with its two components, from what is usual for
// the person, their age and whether they have high blood pressure.
func (l *life) bloodPressure(v *visit, d *dice) {
	age := l.age(v.day)
	up := 0
	if l.has(hypertension, v.day) {
		up = 16
		if v.day > l.since(hypertension)+300 {
			up = 7 // treated
		}
	}
	high := 108 + min(age, 85)*3/10 + up + l.body.pressure*9/1000 + d.bell()*8/1000
	low := 66 + min(age, 55)/5 + up/2 + l.body.pressure*5/1000 + d.bell()*6/1000
	if age < 16 {
		high, low = 88+age*3/2+d.bell()*6/1000, 54+age/2+d.bell()*5/1000
	}
	low = min(low, high-18)
	l.observation(v, pressure)
	l.raw(`,"component":[{"code":`).raw(systolic.atom)
	l.buf = systolic.amount(append(l.buf, `,"valueQuantity":`...), high)
	l.raw(`},{"code":`).raw(diastolic.atom)
	l.buf = diastolic.amount(append(l.buf, `,"valueQuantity":`...), low)
	l.raw(`}]`)
	l.close()
}

// weighAdult writes weight, height sometimes, and the body mass index.
func (l *life) weighAdult(v *visit, d *dice) {
	grams, height := l.weightAt(v.day), l.heightAt(v.day)
	grams += grams * d.bell() / 90000
	l.measure(v, &adultWeight, grams/100)
	if d.chance(400) {
		l.measure(v, &bodyHeight, height)
	}
	l.measure(v, &bodyMass, massIndex(grams, height))
}

// massIndex is kg/m² in tenths, of grams and millimetres.
func massIndex(grams, millimetres int) int {
	return grams * 10000 / millimetres / millimetres
}

var (
	smokes = head(social, inLOINC("72166-2", "Tobacco smoking status"))
	drinks = head(social, own("observation", "alcohol", "Alcohol units a week"))
)

// smoking is what somebody answers about tobacco.
type smoking uint8

const (
	neverSmoked smoking = iota
	usedToSmoke
	stillSmokes
)

var smokingAnswers = [...]concept{inLOINC("LA18978-9", "Never smoker"), inLOINC("LA15920-4", "Former smoker"),
	inLOINC("LA18976-3", "Current every day smoker")}

// habits writes what somebody says about smoking and drinking.
func (l *life) habits(v *visit, d *dice) {
	l.answer(v, smokes, smokingAnswers[l.smoker])
	if d.chance(600) {
		l.score(v, drinks, max(0, 6+l.body.drink*8/1000+d.below(4)))
	}
}
