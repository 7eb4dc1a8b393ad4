package sim

// The rows of panels: what is asked of the laboratory together.
const (
	bloodCount = iota
	kidneys
	liver
	lipids
	sugar
	thyroids
	inflammation
	vitamins
	prostate
	albuminUrine
	panelCount
)

type panel struct {
	is    concept
	tests []int // indexes of tests
}

var panels = [panelCount]panel{
	bloodCount: {inLOINC("58410-2", "CBC panel - Blood by Automated count"),
		[]int{haemoglobin, whiteCells, platelets, redCells, cellVolume}},
	kidneys: {inLOINC("24326-1", "Electrolytes 1998 panel - Serum or Plasma"), []int{sodium, potassium, urea, creatinine, filtration}},
	liver: {inLOINC("24325-3", "Hepatic function 2000 panel - Serum or Plasma"),
		[]int{transferase, phosphatase, bilirubin, albumin}},
	lipids:       {inLOINC("24331-1", "Lipid 1996 panel - Serum or Plasma"), []int{cholesterolTotal, cholesterolGood, triglyceride}},
	sugar:        {inLOINC("59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol"), []int{longSugar}},
	thyroids:     {own("panel", "thyroid", "Thyroid function"), []int{thyrotropin, thyroxine}},
	inflammation: {own("panel", "inflammation", "Inflammation markers"), []int{reactive}},
	vitamins:     {own("panel", "haematinics", "Ferritin, B12 and folate"), []int{ferritin, cobalamin, folate}},
	prostate:     {own("panel", "psa", "Prostate specific antigen"), []int{antigen}},
	albuminUrine: {own("panel", "urine-albumin", "Urine albumin"), []int{urineRatio}},
}

// The rows of tests.
const (
	haemoglobin = iota
	whiteCells
	platelets
	redCells
	cellVolume
	sodium
	potassium
	urea
	creatinine
	filtration
	transferase
	phosphatase
	bilirubin
	albumin
	cholesterolTotal
	cholesterolGood
	triglyceride
	longSugar
	thyrotropin
	thyroxine
	reactive
	ferritin
	cobalamin
	folate
	antigen
	urineRatio
	testCount
)

func lab(code, name, unit, ucum string, places int) finding {
	return quantity(laboratory, code, name, unit, ucum, places)
}

// tests: LOINC codes with UCUM units as UK laboratories report them. Ranges are
// rough adult ones, for display; a laboratory's own always count instead.
var tests = [testCount]finding{
	haemoglobin: lab("718-7", "Hemoglobin [Mass/volume] in Blood", "g/L", "g/L", 0).
		within(115, 165, 130, 180).usual(140, 10),
	whiteCells: lab("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*9/L", "10*9/L", 1).
		within(36, 110, 36, 110).usual(68, 16),
	platelets: lab("777-3", "Platelets [#/volume] in Blood by Automated count", "10*9/L", "10*9/L", 0).
		within(140, 400, 140, 400).usual(255, 55),
	redCells: lab("789-8", "Erythrocytes [#/volume] in Blood by Automated count", "10*12/L", "10*12/L", 2).
		within(380, 580, 450, 650).usual(485, 38),
	cellVolume: lab("787-2", "MCV [Entitic volume] by Automated count", "fL", "fL", 0).
		within(80, 100, 80, 100).usual(90, 4),
	sodium: lab("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", 0).
		within(133, 146, 133, 146).usual(140, 2),
	potassium: lab("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", 1).
		within(35, 53, 35, 53).usual(43, 4),
	urea: lab("22664-7", "Urea [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", 1).
		within(25, 78, 25, 78).usual(52, 13),
	creatinine: lab("14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "umol/L", "umol/L", 0).
		within(45, 84, 59, 104).usual(72, 11),
	filtration: lab("62238-1", "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or "+
		"Blood by Creatinine-based formula (CKD-EPI)", "mL/min/1.73m2", "mL/min/{1.73_m2}", 0).
		within(60, 0, 60, 0).usual(104, 11),
	transferase: lab("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", "U/L", 0).
		within(0, 35, 0, 45).usual(24, 8),
	phosphatase: lab("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "U/L", "U/L", 0).
		within(30, 130, 30, 130).usual(75, 19),
	bilirubin: lab("14631-6", "Bilirubin.total [Moles/volume] in Serum or Plasma", "umol/L", "umol/L", 0).
		within(0, 21, 0, 21).usual(10, 4),
	albumin: lab("1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/L", "g/L", 0).
		within(35, 50, 35, 50).usual(43, 3),
	cholesterolTotal: lab("14647-2", "Cholesterol [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", 1).
		within(0, 50, 0, 50).usual(50, 9),
	cholesterolGood: lab("14646-4", "Cholesterol in HDL [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", 1).
		within(12, 0, 10, 0).usual(15, 3),
	triglyceride: lab("14927-8", "Triglyceride [Moles/volume] in Serum or Plasma", "mmol/L", "mmol/L", 1).
		within(0, 23, 0, 23).usual(14, 5),
	longSugar: lab("59261-8", "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol", "mmol/mol", "mmol/mol", 0).
		within(20, 41, 20, 41).usual(36, 3),
	thyrotropin: lab("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "mU/L", "m[IU]/L", 2).
		within(27, 420, 27, 420).usual(190, 70),
	thyroxine: lab("14920-3", "Thyroxine (T4) free [Moles/volume] in Serum or Plasma", "pmol/L", "pmol/L", 1).
		within(110, 220, 110, 220).usual(155, 21),
	reactive: lab("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "mg/L", "mg/L", 0).
		within(0, 5, 0, 5).usual(3, 2),
	ferritin: lab("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "ug/L", "ug/L", 0).
		within(13, 150, 30, 400).usual(90, 45),
	cobalamin: lab("2132-9", "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma", "ng/L", "ng/L", 0).
		within(197, 771, 197, 771).usual(400, 110),
	folate: lab("2284-8", "Folate [Mass/volume] in Serum or Plasma", "ug/L", "ug/L", 1).
		within(39, 0, 39, 0).usual(92, 28),
	antigen: lab("2857-1", "Prostate specific Ag [Mass/volume] in Serum or Plasma", "ug/L", "ug/L", 1).
		within(0, 45, 0, 45).usual(13, 6),
	urineRatio: lab("30000-4", "Microalbumin/Creatinine [Ratio] in Urine", "mg/mmol", "mg/mmol", 1).
		within(0, 30, 0, 30).usual(12, 5),
}

// level is a result of one test: what is usual for the person, what changes from
// one time to the next, and what their illnesses do to it.
func (l *life) level(test int, on Day, d *dice) int {
	f := &tests[test]
	usual := throw(l.body.blood, uint64(test))
	value := f.mean + f.spread*(usual.bell()*75+d.bell()*60)/100_000 + l.shift(test, on)
	if l.p.sex == female && (test == haemoglobin || test == redCells || test == creatinine) {
		value -= f.mean / 12
	}
	return max(value, max(1, f.mean/6))
}

// shift is what illness and age do to a result, in the test's own scale.
func (l *life) shift(test int, on Day) int {
	age := l.age(on)
	switch test {
	case longSugar:
		if l.has(diabetes, on) || l.has(typeOne, on) {
			return 19
		}
		return max(0, age-40) / 12
	case cholesterolTotal:
		if l.has(cholesterol, on) {
			if on > l.since(cholesterol)+400 {
				return -6 // a statin by then
			}
			return 18
		}
	case filtration:
		if l.has(kidney, on) {
			return -max(48, age-30)
		}
		return -max(0, age-38) * 7 / 10
	case creatinine:
		if l.has(kidney, on) {
			return 48
		}
	case haemoglobin:
		if l.has(kidney, on) || l.has(bowelCancer, on) || l.has(rheumatoid, on) {
			return -19
		}
	case thyrotropin:
		if l.has(thyroid, on) {
			return max(0, 400-int(on-l.since(thyroid))) * 2
		}
	case transferase:
		if l.has(alcohol, on) {
			return 44
		}
	case reactive:
		if l.has(rheumatoid, on) {
			return 12
		}
	case antigen:
		if l.has(prostateCancer, on) {
			return 70
		}
		return max(0, age-50) / 2
	case urineRatio:
		if l.has(kidney, on) {
			return 60
		}
	}
	return 0
}

var labReport = hl7("v2-0074", "LAB", "Laboratory")

// report writes a panel: its Observations and the DiagnosticReport over them.
func (l *life) report(v *visit, which int, d *dice) {
	p := &panels[which]
	var results [8]ref
	for i, test := range p.tests {
		results[i] = l.measure(v, &tests[test], l.level(test, v.day, d))
	}
	l.begin("DiagnosticReport", v.labels)
	l.raw(`,"status":"final","category":[`).raw(string(labReport)).raw(`],"code":`).raw(string(p.is))
	l.context(v)
	l.field("effectiveDateTime").time(v.day, v.minute+4)
	l.field("issued").time(v.day, 22*60+d.below(50))
	l.raw(`,"performer":[`).place("Organization", l.hospital()).raw(`],"result":[`)
	for i := range p.tests {
		if i > 0 {
			l.raw(`,`)
		}
		l.ref(results[i])
	}
	l.raw(`]`)
	l.close()
}
