package sim

// allergen is something that people report an allergy to.
type allergen struct {
	code     concept
	category string
	share    int // in 1,000 people
	effect   concept
}

var (
	rash   = own("reaction", "rash", "Rash")
	hives  = own("reaction", "hives", "Hives")
	sick   = own("reaction", "sickness", "Feeling sick")
	wheeze = own("reaction", "wheeze", "Wheeze")

	// About 6% of people in UK general practice have a penicillin allergy label;
	// the rest is our guess.
	allergens = [...]allergen{
		{named("Penicillin", coding(atc, "J01C", "")), "medication", 60, rash},
		{named("Aspirin", coding(atc, "N02BA01", "")), "medication", 8, wheeze},
		{named("Codeine", coding(atc, "R05DA04", "")), "medication", 12, sick},
		{named("Trimethoprim", coding(atc, "J01EA01", "")), "medication", 14, rash},
		{own("allergen", "peanut", "Peanut"), "food", 15, hives},
		{own("allergen", "egg", "Egg"), "food", 9, hives},
		{own("allergen", "milk", "Cow's milk"), "food", 8, rash},
		{own("allergen", "shellfish", "Shellfish"), "food", 6, hives},
		{own("allergen", "latex", "Latex"), "environment", 5, rash},
		{own("allergen", "wasp", "Wasp sting"), "environment", 6, hives},
	}

	allergyActive = `,"clinicalStatus":{"coding":[` +
		coding(hl7Codes+"allergyintolerance-clinical", "active", "Active") + `]},"verificationStatus":{"coding":[` +
		coding(hl7Codes+"allergyintolerance-verification", "confirmed", "Confirmed") + `]},"type":"allergy"`
)

// toPenicillin is the row of allergens that prescribing looks at.
const toPenicillin = 0

func (l *life) allergies() {
	d := l.throw(ofFamily ^ 1<<16)
	for i := range allergens {
		a := &allergens[i]
		if !d.chance(a.share) {
			continue
		}
		lived := int(l.end - l.p.born)
		if lived < 200 {
			continue
		}
		day := l.p.born + Day(d.between(180, lived))
		if i == toPenicillin {
			l.allergy = day
		}
		l.begin("AllergyIntolerance", 0)
		l.raw(allergyActive).raw(`,"category":["`).raw(a.category).raw(`"],"criticality":"`)
		l.raw([]string{"low", "high"}[btoi(d.chance(200))]).raw(`","code":`).raw(string(a.code))
		l.subject("patient")
		l.field("recordedDate").day(day)
		l.field("recorder").place("Practitioner", l.doctor())
		l.raw(`,"reaction":[{"manifestation":[`).raw(string(a.effect)).raw(`],"severity":"`)
		l.raw([]string{"mild", "moderate"}[btoi(d.chance(400))]).raw(`"}]`)
		l.close()
	}
}
