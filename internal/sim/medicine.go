package sim

import "strconv"

// drug is a medicine as it is prescribed: rendered at the start.
type drug struct {
	name   string
	is     string // medicationCodeableConcept
	dose   string // a Dosage
	supply string // quantity of the dispenseRequest
}

// The rows of drugs.
const (
	salbutamol = iota
	beclometasone
	emollient
	hydrocortisone
	cetirizine
	amlodipine
	ramipril
	indapamide
	metformin
	gliclazide
	atorvastatin
	insulin
	sertraline
	propranolol
	tiotropium
	naproxen
	levothyroxine
	aspirin
	bisoprolol
	apixaban
	clopidogrel
	furosemide
	paracetamol
	alendronate
	vitaminD
	letrozole
	sumatriptan
	lamotrigine
	donepezil
	omeprazole
	methotrexate
	folicAcid
	allopurinol
	methylphenidate
	dolutegravir
	olanzapine
	calcipotriol
	latanoprost
	amoxicillin
	nitrofurantoin
	penicillin
	flucloxacillin
	clarithromycin
	doxycycline
	codeine
	prednisolone
	chloramphenicol
	contraceptive
	nystatin
	lactulose
	amoxicillinLiquid
	penicillinLiquid
	flucloxacillinLiquid
	paracetamolLiquid
	clarithromycinLiquid
	drugCount
)

// life.taken has a bit for each drug: this does not compile beyond 64.
var _ [64 - drugCount]struct{}

// drugs: names and strengths are common UK generics; the codes are ATC. The
// doses are there to be displayed, not followed.
var drugs = [drugCount]drug{
	salbutamol:           med("Salbutamol 100 micrograms/dose inhaler", "R03AC02", "Two puffs when needed", "puff", 2, 0, 200),
	beclometasone:        med("Beclometasone 100 micrograms/dose inhaler", "R03BA01", "One puff twice a day", "puff", 1, 2, 200),
	emollient:            med("Emollient cream", "D02AX", "Use freely on dry skin", "application", 1, 3, 500),
	hydrocortisone:       med("Hydrocortisone 1% cream", "D07AA02", "Thinly once a day for a week", "application", 1, 1, 30),
	cetirizine:           med("Cetirizine 10 mg tablets", "R06AE07", "One tablet a day", "tablet", 1, 1, 30),
	amlodipine:           med("Amlodipine 5 mg tablets", "C08CA01", "One tablet in the morning", "tablet", 1, 1, 28),
	ramipril:             med("Ramipril 5 mg capsules", "C09AA05", "One capsule a day", "capsule", 1, 1, 28),
	indapamide:           med("Indapamide 2.5 mg tablets", "C03BA11", "One tablet in the morning", "tablet", 1, 1, 28),
	metformin:            med("Metformin 500 mg tablets", "A10BA02", "One tablet twice a day with food", "tablet", 1, 2, 56),
	gliclazide:           med("Gliclazide 80 mg tablets", "A10BB09", "One tablet with breakfast", "tablet", 1, 1, 28),
	atorvastatin:         med("Atorvastatin 20 mg tablets", "C10AA05", "One tablet at night", "tablet", 1, 1, 28),
	insulin:              med("Insulin glargine 100 units/ml pens", "A10AE04", "Once a day as your team told you", "unit", 18, 1, 1500),
	sertraline:           med("Sertraline 50 mg tablets", "N06AB06", "One tablet a day", "tablet", 1, 1, 28),
	propranolol:          med("Propranolol 40 mg tablets", "C07AA05", "One tablet when needed", "tablet", 1, 0, 28),
	tiotropium:           med("Tiotropium 18 microgram capsules", "R03BB04", "Breathe in one capsule a day", "capsule", 1, 1, 30),
	naproxen:             med("Naproxen 500 mg tablets", "M01AE02", "One tablet twice a day with food", "tablet", 1, 2, 28),
	levothyroxine:        med("Levothyroxine 75 microgram tablets", "H03AA01", "One tablet before breakfast", "tablet", 1, 1, 28),
	aspirin:              med("Aspirin 75 mg tablets", "B01AC06", "One tablet a day", "tablet", 1, 1, 28),
	bisoprolol:           med("Bisoprolol 2.5 mg tablets", "C07AB07", "One tablet in the morning", "tablet", 1, 1, 28),
	apixaban:             med("Apixaban 5 mg tablets", "B01AF02", "One tablet twice a day", "tablet", 1, 2, 56),
	clopidogrel:          med("Clopidogrel 75 mg tablets", "B01AC04", "One tablet a day", "tablet", 1, 1, 28),
	furosemide:           med("Furosemide 40 mg tablets", "C03CA01", "One tablet in the morning", "tablet", 1, 1, 28),
	paracetamol:          med("Paracetamol 500 mg tablets", "N02BE01", "Two tablets up to four times a day", "tablet", 2, 4, 100),
	alendronate:          med("Alendronic acid 70 mg tablets", "M05BA04", "One tablet once a week", "tablet", 1, 0, 4),
	vitaminD:             med("Colecalciferol 800 unit capsules", "A11CC05", "One capsule a day", "capsule", 1, 1, 30),
	letrozole:            med("Letrozole 2.5 mg tablets", "L02BG04", "One tablet a day", "tablet", 1, 1, 28),
	sumatriptan:          med("Sumatriptan 50 mg tablets", "N02CC01", "One tablet when a migraine starts", "tablet", 1, 0, 6),
	lamotrigine:          med("Lamotrigine 100 mg tablets", "N03AX09", "One tablet twice a day", "tablet", 1, 2, 56),
	donepezil:            med("Donepezil 10 mg tablets", "N06DA02", "One tablet at night", "tablet", 1, 1, 28),
	omeprazole:           med("Omeprazole 20 mg capsules", "A02BC01", "One capsule a day", "capsule", 1, 1, 28),
	methotrexate:         med("Methotrexate 2.5 mg tablets", "L04AX03", "Once a week as your team told you", "tablet", 6, 0, 24),
	folicAcid:            med("Folic acid 5 mg tablets", "B03BB01", "One tablet once a week", "tablet", 1, 0, 4),
	allopurinol:          med("Allopurinol 100 mg tablets", "M04AA01", "One tablet a day", "tablet", 1, 1, 28),
	methylphenidate:      med("Methylphenidate 18 mg modified-release tablets", "N06BA04", "One tablet in the morning", "tablet", 1, 1, 30),
	dolutegravir:         med("Dolutegravir 50 mg tablets", "J05AJ03", "One tablet a day", "tablet", 1, 1, 30),
	olanzapine:           med("Olanzapine 10 mg tablets", "N05AH03", "One tablet at night", "tablet", 1, 1, 28),
	calcipotriol:         med("Calcipotriol 50 micrograms/g ointment", "D05AX02", "Thinly twice a day", "application", 1, 2, 30),
	latanoprost:          med("Latanoprost 50 micrograms/ml eye drops", "S01EE01", "One drop in each eye at night", "drop", 2, 1, 80),
	amoxicillin:          med("Amoxicillin 500 mg capsules", "J01CA04", "One capsule three times a day", "capsule", 1, 3, 15),
	nitrofurantoin:       med("Nitrofurantoin 100 mg capsules", "J01XE01", "One capsule twice a day", "capsule", 1, 2, 6),
	penicillin:           med("Phenoxymethylpenicillin 250 mg tablets", "J01CE02", "Two tablets four times a day", "tablet", 2, 4, 40),
	flucloxacillin:       med("Flucloxacillin 500 mg capsules", "J01CF05", "One capsule four times a day", "capsule", 1, 4, 20),
	clarithromycin:       med("Clarithromycin 500 mg tablets", "J01FA09", "One tablet twice a day", "tablet", 1, 2, 14),
	doxycycline:          med("Doxycycline 100 mg capsules", "J01AA02", "One capsule twice a day", "capsule", 1, 2, 14),
	codeine:              med("Codeine 30 mg tablets", "R05DA04", "One tablet up to four times a day", "tablet", 1, 4, 28),
	prednisolone:         med("Prednisolone 5 mg tablets", "H02AB06", "Eight tablets in the morning", "tablet", 8, 1, 40),
	chloramphenicol:      med("Chloramphenicol 0.5% eye drops", "S01AA01", "One drop four times a day", "drop", 1, 4, 40),
	contraceptive:        med("Levonorgestrel and ethinylestradiol tablets", "G03AA07", "One tablet a day", "tablet", 1, 1, 63),
	nystatin:             med("Nystatin 100,000 units/ml suspension", "A07AA02", "One ml four times a day", "ml", 1, 4, 30),
	lactulose:            med("Lactulose 3.1 g/5 ml solution", "A06AD11", "Five ml twice a day", "ml", 5, 2, 300),
	amoxicillinLiquid:    med("Amoxicillin 250 mg/5 ml suspension", "J01CA04", "As written on the bottle", "ml", 5, 3, 100),
	penicillinLiquid:     med("Phenoxymethylpenicillin 125 mg/5 ml solution", "J01CE02", "As written on the bottle", "ml", 5, 4, 100),
	flucloxacillinLiquid: med("Flucloxacillin 125 mg/5 ml solution", "J01CF05", "As written on the bottle", "ml", 5, 4, 100),
	paracetamolLiquid:    med("Paracetamol 120 mg/5 ml suspension", "N02BE01", "As written on the bottle", "ml", 5, 4, 100),
	clarithromycinLiquid: med("Clarithromycin 125 mg/5 ml suspension", "J01FA09", "As written on the bottle", "ml", 5, 2, 70),
}

// suits swaps a drug for one that is not plainly wrong for the person: another
// antibiotic where penicillin harms, no codeine for children, liquids for small
// ones. It is there so that demonstrations do not shock, and is no safety check.
func (l *life) suits(pill int, day Day) int {
	age := l.age(day)
	if pill == codeine && age < 16 {
		pill = paracetamol
	}
	harms := l.allergy != 0 && l.allergy <= day
	if harms && (pill == amoxicillin || pill == penicillin || pill == flucloxacillin) {
		pill = clarithromycin
	}
	if age >= 8 {
		return pill
	}
	switch pill {
	case amoxicillin:
		return amoxicillinLiquid
	case penicillin:
		return penicillinLiquid
	case flucloxacillin:
		return flucloxacillinLiquid
	case clarithromycin:
		return clarithromycinLiquid
	case paracetamol:
		return paracetamolLiquid
	}
	return pill
}

// med renders a drug. often is the number of doses a day, 0 where there is none.
func med(name, code, dose, unit string, each, often, supply int) drug {
	d := drug{name: name, is: string(named(name, coding(atc, code, "")))}
	d.dose = `{"text":"` + dose + `"`
	if often > 0 {
		d.dose += `,"timing":{"repeat":{"frequency":` + strconv.Itoa(often) + `,"period":1,"periodUnit":"d"}}`
	} else {
		d.dose += `,"asNeededBoolean":true`
	}
	d.dose += `,"doseAndRate":[{"doseQuantity":{"value":` + strconv.Itoa(each) + `,"unit":"` + unit + `"}}]}`
	d.supply = `{"value":` + strconv.Itoa(supply) + `,"unit":"` + unit + `"}`
	return d
}

var (
	forCommunity = hl7("medicationrequest-category", "community", "Community")
	repeatCourse = named("Repeat prescription",
		coding(hl7Codes+"medicationrequest-course-of-therapy", "continuous", "Continuous long term therapy"))
	acuteCourse = named("One-off prescription",
		coding(hl7Codes+"medicationrequest-course-of-therapy", "acute", "Short course (acute) therapy"))
)

// prescription is what a MedicationRequest says beyond its drug.
type prescription struct {
	drug    int
	status  string
	repeats int // 0: one supply
	reason  *ref
	why     concept
}

// prescribe writes a MedicationRequest of a visit.
func (l *life) prescribe(v *visit, q prescription) ref {
	m := &drugs[q.drug]
	r := l.begin("MedicationRequest", v.labels)
	l.raw(`,"status":"`).raw(q.status).raw(`","intent":"order","category":[`).raw(string(forCommunity)).raw(`]`)
	l.field("medicationCodeableConcept").raw(m.is)
	l.context(v)
	l.field("authoredOn").time(v.day, v.minute+7)
	l.field("requester").place("Practitioner", v.by)
	if q.reason != nil {
		l.raw(`,"reasonReference":[`).ref(*q.reason).raw(`]`)
	} else if q.why != "" {
		l.raw(`,"reasonCode":[`).raw(string(q.why)).raw(`]`)
	}
	if q.repeats > 0 {
		l.field("courseOfTherapyType").raw(string(repeatCourse))
	} else {
		l.field("courseOfTherapyType").raw(string(acuteCourse))
	}
	l.raw(`,"dosageInstruction":[`).raw(m.dose).raw(`],"dispenseRequest":{`)
	if q.repeats > 0 {
		l.raw(`"numberOfRepeatsAllowed":`).int(q.repeats).raw(`,`)
	}
	l.raw(`"quantity":`).raw(m.supply)
	l.field("performer").place("Organization", spot{kind: atPharmacy, n: l.h.practice}).raw(`}`)
	l.close()
	return r
}

// takes writes a MedicationStatement: what somebody takes for a condition.
func (l *life) takes(which int, since, until Day, reason ref, labels label) {
	l.begin("MedicationStatement", labels)
	status := "active"
	if until != 0 {
		status = "completed"
	}
	l.raw(`,"status":"`).raw(status).raw(`"`)
	l.field("medicationCodeableConcept").raw(drugs[which].is)
	l.subject("subject")
	l.raw(`,"effectivePeriod":{"start":`).day(since)
	if until != 0 {
		l.field("end").day(until)
	}
	l.raw(`},"informationSource":`).ref(l.me)
	l.raw(`,"reasonReference":[`).ref(reason).raw(`],"dosage":[`).raw(drugs[which].dose).raw(`]`)
	l.close()
}
