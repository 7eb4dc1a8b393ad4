package sim

// illness is a long condition: who gets it, when, and what follows from it.
type illness struct {
	code   concept
	curve  [9]int // of 1,000 people, how many were ever told that they have it, by age
	women  int    // factor in thousandths for women, and for men
	men    int
	stays  int // in 1,000 who have it, how many keep it for life
	months int // how long the others have it
	smoke  int // factor in thousandths for people who ever smoked
	labels label
	pills  []int // indexes of medicines
	clinic int   // specialty of the hospital that may see them, 0: none
	panels []int // blood tests of the yearly review
	death  bool  // may be written as what somebody died of
}

// curveAges are the ages at which illness.curve stands; it is straight between.
var curveAges = [9]int{0, 5, 12, 18, 30, 45, 60, 75, 90}

// The rows of illnesses. Order decides the dice: new rows go to the end.
const (
	asthma = iota
	eczema
	hayFever
	hypertension
	diabetes
	typeOne
	depression
	anxiety
	copd
	backPain
	thyroid
	cholesterol
	heartDisease
	fibrillation
	stroke
	heartFailure
	kidney
	arthritis
	osteoporosis
	breastCancer
	prostateCancer
	bowelCancer
	lungCancer
	migraine
	epilepsy
	dementia
	reflux
	rheumatoid
	coeliac
	gout
	attention
	autism
	alcohol
	bloodVirus
	schizophrenia
	psoriasis
	glaucoma
	illnessCount
)

func ill(icd, text string, more ...string) concept {
	return named(text, append([]string{coding(icd10, icd, "")}, more...)...)
}

func sct(code, display string) string { return coding(snomed, code, display) }

// illnesses are drawn by hand so that the prevalences look roughly like those of
// UK general practice (NHS England, Quality and Outcomes Framework 2023-24; for
// what it does not count, common knowledge). They are far too coarse to be quoted.
var illnesses = [illnessCount]illness{
	asthma: {code: ill("J45.9", "Asthma", sct("195967001", "Asthma")), women: 1050, men: 950,
		curve: [9]int{0, 50, 95, 110, 120, 130, 140, 150, 155}, stays: 450, months: 90,
		pills: []int{salbutamol, beclometasone}, clinic: respiratory},
	eczema: {code: ill("L20.9", "Eczema"), curve: [9]int{40, 150, 170, 180, 185, 190, 195, 200, 205}, stays: 250,
		months: 70, pills: []int{emollient, hydrocortisone}},
	hayFever: {code: ill("J30.1", "Hay fever"), curve: [9]int{0, 20, 80, 130, 180, 200, 205, 210, 210}, stays: 800,
		months: 120, pills: []int{cetirizine}},
	hypertension: {code: ill("I10", "High blood pressure", sct("59621000", "Essential hypertension")),
		curve: [9]int{0, 0, 0, 1, 12, 80, 260, 500, 600}, stays: 1000, women: 950, men: 1060, smoke: 1100,
		pills: []int{amlodipine, ramipril, indapamide}, panels: []int{kidneys, lipids}},
	diabetes: {code: ill("E11.9", "Type 2 diabetes", sct("44054006", "Diabetes mellitus type 2")),
		curve: [9]int{0, 0, 0, 1, 6, 36, 105, 185, 200}, stays: 1000, women: 850, men: 1150,
		pills: []int{metformin, gliclazide, atorvastatin}, panels: []int{sugar, kidneys, lipids, albuminUrine}},
	typeOne: {code: ill("E10.9", "Type 1 diabetes"), curve: [9]int{0, 1, 3, 4, 5, 5, 5, 6, 6}, stays: 1000,
		pills: []int{insulin}, clinic: endocrine, panels: []int{sugar, kidneys, lipids, albuminUrine}},
	depression: {code: ill("F32.9", "Depression"), curve: [9]int{0, 0, 8, 40, 110, 165, 195, 210, 220}, women: 1300,
		men: 700, stays: 350, months: 22, labels: mentalHealth, pills: []int{sertraline}},
	anxiety: {code: ill("F41.1", "Generalised anxiety"), curve: [9]int{0, 0, 10, 40, 85, 115, 130, 135, 140},
		women: 1300, men: 700, stays: 350, months: 20, labels: mentalHealth, pills: []int{propranolol}},
	copd: {code: ill("J44.9", "Chronic obstructive pulmonary disease"), curve: [9]int{0, 0, 0, 0, 0, 8, 45, 95, 115},
		smoke: 1900, stays: 1000, pills: []int{salbutamol, tiotropium}, clinic: respiratory, death: true},
	backPain: {code: ill("M54.5", "Low back pain"), curve: [9]int{0, 0, 2, 15, 80, 170, 240, 280, 300}, stays: 200,
		months: 14, pills: []int{naproxen}, clinic: orthopaedics},
	thyroid: {code: ill("E03.9", "Underactive thyroid"), curve: [9]int{0, 1, 2, 3, 9, 20, 38, 58, 70}, women: 1600,
		men: 400, stays: 1000, pills: []int{levothyroxine}, panels: []int{thyroids}},
	cholesterol: {code: ill("E78.0", "High cholesterol"), curve: [9]int{0, 0, 0, 1, 8, 50, 160, 250, 270}, stays: 1000,
		pills: []int{atorvastatin}, panels: []int{lipids, liver}},
	heartDisease: {code: ill("I25.1", "Coronary heart disease"), curve: [9]int{0, 0, 0, 0, 0, 9, 50, 130, 190},
		women: 650, men: 1350, smoke: 1300, stays: 1000, pills: []int{aspirin, bisoprolol, atorvastatin},
		clinic: cardiology, panels: []int{lipids, kidneys, bloodCount}, death: true},
	fibrillation: {code: ill("I48.9", "Atrial fibrillation"), curve: [9]int{0, 0, 0, 0, 1, 4, 24, 90, 170}, stays: 1000,
		women: 850, men: 1150, pills: []int{apixaban, bisoprolol}, clinic: cardiology,
		panels: []int{kidneys, bloodCount}},
	stroke: {code: ill("I63.9", "Stroke"), curve: [9]int{0, 0, 0, 0, 1, 4, 18, 55, 95}, stays: 1000, smoke: 1200,
		pills: []int{clopidogrel, atorvastatin}, clinic: elderly, panels: []int{lipids}, death: true},
	heartFailure: {code: ill("I50.9", "Heart failure"), curve: [9]int{0, 0, 0, 0, 0, 2, 9, 40, 90}, stays: 1000,
		pills: []int{furosemide, ramipril}, clinic: cardiology, panels: []int{kidneys}, death: true},
	kidney: {code: ill("N18.3", "Chronic kidney disease, stage 3"), curve: [9]int{0, 0, 0, 0, 2, 9, 40, 150, 290},
		stays: 1000, pills: []int{ramipril}, clinic: renal, panels: []int{kidneys, bloodCount, albuminUrine}},
	arthritis: {code: ill("M19.9", "Osteoarthritis"), curve: [9]int{0, 0, 0, 0, 5, 40, 150, 290, 370}, women: 1200,
		men: 800, stays: 1000, pills: []int{paracetamol, naproxen}, clinic: orthopaedics},
	osteoporosis: {code: ill("M81.9", "Osteoporosis"), curve: [9]int{0, 0, 0, 0, 1, 4, 30, 95, 160}, women: 1700,
		men: 300, stays: 1000, pills: []int{alendronate, vitaminD}},
	breastCancer: {code: ill("C50.9", "Breast cancer"), curve: [9]int{0, 0, 0, 0, 1, 14, 55, 105, 130}, women: 1000,
		men: 5, stays: 300, months: 30, pills: []int{letrozole}, clinic: oncology, death: true},
	prostateCancer: {code: ill("C61", "Prostate cancer"), curve: [9]int{0, 0, 0, 0, 0, 1, 25, 105, 150}, women: -1,
		men: 1000, stays: 500, months: 36, clinic: urology, panels: []int{prostate}, death: true},
	bowelCancer: {code: ill("C18.9", "Bowel cancer"), curve: [9]int{0, 0, 0, 0, 0, 3, 14, 42, 60}, stays: 300,
		months: 30, clinic: oncology, panels: []int{bloodCount}, death: true},
	lungCancer: {code: ill("C34.9", "Lung cancer"), curve: [9]int{0, 0, 0, 0, 0, 1, 9, 34, 44}, smoke: 2000,
		stays: 900, months: 24, clinic: oncology, panels: []int{bloodCount}, death: true},
	migraine: {code: ill("G43.9", "Migraine"), curve: [9]int{0, 3, 20, 50, 105, 140, 150, 150, 150}, women: 1400,
		men: 600, stays: 600, months: 100, pills: []int{sumatriptan}, clinic: neurology},
	epilepsy: {code: ill("G40.9", "Epilepsy"), curve: [9]int{1, 4, 6, 7, 9, 10, 11, 13, 15}, stays: 700, months: 90,
		pills: []int{lamotrigine}, clinic: neurology},
	dementia: {code: ill("F03", "Dementia"), curve: [9]int{0, 0, 0, 0, 0, 0, 4, 50, 210}, stays: 1000,
		pills: []int{donepezil}, clinic: elderly, death: true},
	reflux: {code: ill("K21.9", "Acid reflux"), curve: [9]int{10, 12, 14, 20, 50, 110, 170, 210, 230}, stays: 500,
		months: 40, pills: []int{omeprazole}, clinic: gut},
	rheumatoid: {code: ill("M06.9", "Rheumatoid arthritis"), curve: [9]int{0, 0, 0, 1, 2, 6, 11, 16, 18}, women: 1400,
		men: 600, stays: 1000, pills: []int{methotrexate, folicAcid}, clinic: rheumatology,
		panels: []int{bloodCount, liver, kidneys, inflammation}},
	coeliac: {code: ill("K90.0", "Coeliac disease"), curve: [9]int{0, 1, 3, 4, 5, 7, 9, 10, 10}, stays: 1000,
		clinic: gut, panels: []int{bloodCount, vitamins}},
	gout: {code: ill("M10.9", "Gout"), curve: [9]int{0, 0, 0, 0, 3, 15, 35, 60, 70}, women: 450, men: 1550,
		stays: 1000, pills: []int{allopurinol}, panels: []int{kidneys}},
	attention: {code: ill("F90.0", "Attention deficit hyperactivity disorder"),
		curve: [9]int{0, 2, 25, 32, 36, 38, 38, 38, 38}, women: 600, men: 1400, stays: 800, months: 100,
		labels: mentalHealth, pills: []int{methylphenidate}},
	autism: {code: ill("F84.0", "Autism"), curve: [9]int{0, 8, 17, 20, 21, 21, 21, 21, 21}, women: 600, men: 1400,
		stays: 1000},
	alcohol: {code: ill("F10.2", "Alcohol dependence"), curve: [9]int{0, 0, 0, 1, 8, 17, 22, 24, 24}, women: 600,
		men: 1400, stays: 400, months: 40, labels: substance, panels: []int{liver}},
	bloodVirus: {code: ill("B24", "HIV infection"), curve: [9]int{0, 0, 0, 0, 2, 4, 4, 4, 4}, women: 600, men: 1400,
		stays: 1000, labels: hiv, pills: []int{dolutegravir}, panels: []int{bloodCount, kidneys}},
	schizophrenia: {code: ill("F20.9", "Schizophrenia"), curve: [9]int{0, 0, 0, 2, 6, 8, 9, 9, 9}, stays: 1000,
		labels: psychiatry, pills: []int{olanzapine}, panels: []int{lipids, sugar, bloodCount}},
	psoriasis: {code: ill("L40.9", "Psoriasis"), curve: [9]int{0, 1, 4, 9, 18, 24, 28, 30, 30}, stays: 1000,
		pills: []int{emollient, calcipotriol}, clinic: skin},
	glaucoma: {code: ill("H40.9", "Glaucoma"), curve: [9]int{0, 0, 0, 0, 1, 4, 14, 40, 70}, stays: 1000,
		pills: []int{latanoprost}, clinic: eyes},
}

// illnessSpell is a time for which somebody has an illness.
type illnessSpell struct {
	which int
	since Day
	until Day // 0: still
	ref   ref
}

// fallIll draws what the person has, and from when. A throw of 1,000 falls under
// the curve at some age, or never.
func (l *life) fallIll() {
	for i := range illnesses {
		d := throw(l.key^ofIllness, uint64(i))
		s := &illnesses[i]
		factor := s.men
		if l.p.sex == female {
			factor = s.women
		}
		if factor == 0 {
			factor = 1000
		}
		if s.smoke > 0 {
			if l.smoker == neverSmoked {
				factor = factor * max(50, (5000-2*s.smoke)/3) / 1000
			} else {
				factor = factor * s.smoke / 1000
			}
		}
		if i == diabetes {
			factor = factor * (1000 + l.body.mass/4) / 1000
		}
		days, ok := onset(&s.curve, d.below(1_000_000), factor)
		if !ok || l.p.born+Day(days) > l.end {
			continue
		}
		spell := illnessSpell{which: i, since: l.p.born + Day(days)}
		if !d.chance(s.stays) {
			spell.until = spell.since + Day(s.months*30*d.between(500, 1500)/1000)
			if spell.until > l.end {
				spell.until = 0
			}
		}
		l.ills = append(l.ills, spell)
	}
}

// onset turns a throw below a million into an age in days, by the curve times a
// factor in thousandths.
func onset(curve *[9]int, thrown, factor int) (days int, ok bool) {
	if thrown < curve[0]*factor {
		return 30 + thrown%300, true
	}
	for i := 1; i < len(curve); i++ {
		low, high := curve[i-1]*factor, curve[i]*factor
		if thrown < high {
			from, to := curveAges[i-1]*365, curveAges[i]*365
			return from + (to-from)*(thrown-low)/(high-low), true
		}
	}
	return 0, false
}

// has says whether somebody has an illness on a day, and since from when.
func (l *life) has(which int, on Day) bool {
	for i := range l.ills {
		if s := &l.ills[i]; s.which == which {
			return s.since <= on && (s.until == 0 || s.until > on)
		}
	}
	return false
}

func (l *life) since(which int) Day {
	for i := range l.ills {
		if l.ills[i].which == which {
			return l.ills[i].since
		}
	}
	return l.r.Today
}
