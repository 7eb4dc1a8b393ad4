package portal

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/child/growing"
	"github.com/bevanhealth/bevan/internal/problem"
)

// grownKinds are the measures of growth among what people add and staff write.
var grownKinds = map[string]growth.Measure{"weight": growth.Weight, "height": growth.Height, "length": growth.Height, "head": growth.Head}

// Charts end at this age, in years; whoever is older is not held against one.
const grownUp = 20

// addGrown adds a weight, a length or a head size. What can not be right is said at the
// field; what is hard to believe is asked for again, and may be said to be right.
func (f *folder) addGrown(m measure, of growth.Measure) error {
	w, sure := f.p.words.Growth, f.sureField()
	q := f.readingQuestion()
	if f.r.PostForm.Has("sure") {
		q = f.readingQuestion(sure)
	}
	a, wrong := f.grownAmount(of, f.typed("value"))
	if wrong == "" && (a.In < m.least || a.In > m.most) {
		wrong = f.p.words.Add.BadValue
	}
	if wrong != "" {
		q.form.wrong("value", wrong)
	}
	if f.typed("second") != "" {
		q.form.wrong("second", f.p.words.Add.OnlyPressure)
	}
	day, dayOK := f.dayAdded(q)
	if !dayOK || q.form.Problems() {
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	c, err := f.grownCheck(growth.Measurement{Of: of, Value: a.In, On: dayOf(day), Method: m.method})
	switch {
	case err != nil:
		return err
	case c.beforeBirth:
		q.form.wrong("day", w.BeforeBirth)
		return f.asked(http.StatusUnprocessableEntity, q)
	case c.doubt != "" && f.typed("sure") != "yes":
		q = f.readingQuestion(sure)
		q.form.wrong("value", c.doubt+" "+w.Unlikely)
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	then := f.at + "/timeline"
	if f.typed("then") == "growth" {
		then = f.at + growthAt + "?of=" + of.String()
	}
	entry := map[string]any{
		"status": "final", "effectiveDateTime": day, "performer": []map[string]string{{"reference": f.author()}},
		"category": []any{map[string]any{"coding": []any{coding("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")}}},
		"code":     m.concept(f.p.words.Add.Measures[m.key]), "valueQuantity": quantityOf(a),
	}
	if how := f.methodText(m.method); how != "" {
		entry["method"] = map[string]string{"text": how}
	}
	return f.add("Observation", entry, then)
}

// methodText is how something was measured, in words.
func (f *folder) methodText(m growth.Method) string {
	w := f.p.words.Growth
	return map[growth.Method]string{growth.Lying: w.Lying, growth.Standing: w.Standing}[m]
}

// sureField asks whether a number that is hard to believe is right.
func (f *folder) sureField() *field {
	w := f.p.words.Growth
	return &field{ID: "sure", Label: w.Sure, Hint: w.SureHint, Options: []option{{"", w.SureNo}, {"yes", w.SureYes}}}
}

// grownAmount reads what was typed; wrong says what is wrong with it.
func (f *folder) grownAmount(of growth.Measure, typed string) (a growing.Amount, wrong string) {
	w := f.p.words.Growth
	a, why := growing.Typed(of, typed)
	switch why {
	case growing.NoNumber:
		wrong = w.BadNumber[of.String()]
	case growing.OtherUnit:
		wrong = w.OtherUnit[of.String()]
	case growing.UnknownUnit:
		wrong = w.UnknownUnit
	}
	return a, wrong
}

// quantityOf is an amount as FHIR has it, in the unit in which it was typed.
func quantityOf(a growing.Amount) map[string]any {
	return map[string]any{"value": json.Number(a.Value), "unit": a.Shown, "system": "http://unitsofmeasure.org", "code": a.Unit}
}

// dayOf is the day of a FHIR date or time.
func dayOf(s string) growth.Date {
	d, _ := growth.ParseDate(s[:min(len(s), len("2006-01-02"))]) // zero, which no check minds
	return d
}

// grownChecked is what is odd about a new measurement.
type grownChecked struct {
	beforeBirth bool
	doubt       string // in words for a parent
	care        string // and for staff
}

// grownCheck holds a new measurement against the child: the day of birth, what children
// of the age can be, and what was measured before. Of a grown person it asks no more than
// when they were born.
func (f *folder) grownCheck(m growth.Measurement) (c grownChecked, err error) {
	patient, err := f.person()
	switch {
	case problem.Is(err, problem.NotFound), problem.Is(err, problem.Gone), problem.Is(err, problem.Forbidden):
		return c, nil // nothing is known to hold it against; whether it may be written is for the door to say
	case err != nil:
		return c, err
	}
	child := growing.Born(patient)
	if child.Born == 0 || child.Age(f.growthToday()) >= grownUp {
		c.beforeBirth = child.Born != 0 && m.On < child.Born
		return c, nil
	}
	if c.beforeBirth = m.On < child.Born; c.beforeBirth {
		return c, nil
	}
	r := growing.Reader{Now: f.p.cfg.Now(), Zone: f.p.cfg.Zone}
	b, err := r.ReadOf(f.r.Context(), f.Records, patient)
	if err != nil {
		return c, err
	}
	all := f.p.cfg.References[0].Review(b.Child, append(b.Series(), m), growth.Options{})
	found := all.Findings
	for _, one := range all.Results {
		if one.Measurement == m {
			found = slices.Concat(found, one.Findings) // what it looks like says more than how far out it is
		}
	}
	for _, one := range found {
		if one.Kind == growth.Check && one.Measure == m.Of && one.On == m.On {
			c.doubt, c.care = one.Lay, one.Clinician
			break
		}
	}
	return c, nil
}

// grownDraft is a weight, a length or a head size that staff write, with what is odd about
// it: it is looked at again before it is saved.
func (f *folder) grownDraft(m measurement, of growth.Measure, said string, body map[string]any) draft {
	w := f.p.words.Clinic.Write
	a, wrong := f.grownAmount(of, f.typed("value"))
	if wrong != "" {
		return bad("value", wrong)
	}
	method, _ := growth.ParseMethod(m.Method)
	when, _ := body["effectiveDateTime"].(string) // the caller has set it
	c, err := f.grownCheck(growth.Measurement{Of: of, Value: a.In, On: dayOf(when), Method: method})
	switch {
	case err != nil:
		return draft{err: err}
	case c.beforeBirth:
		return bad("when", f.p.words.Growth.BeforeBirth)
	}
	body["valueQuantity"] = quantityOf(a)
	if m.And != "" {
		code := coded(loinc, m.LOINC, m.Name)
		code["coding"] = append(code["coding"].([]any), map[string]string{"system": loinc, "code": m.And})
		body["code"] = code
	}
	d := draft{body: body, facts: []fact{{w.Measure.Which, m.Name}, {w.Measure.Value, a.Value + " " + a.Shown}, {w.When, said}}}
	if how := f.methodText(method); how != "" {
		body["method"] = map[string]string{"text": how}
	}
	switch {
	case c.doubt != "":
		d.warnings = []string{c.doubt, c.care}
	case a.In < m.Low || a.In > m.High:
		d.warnings = []string{f.expected(m)}
	}
	return d
}
