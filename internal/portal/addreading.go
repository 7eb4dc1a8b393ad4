package portal

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/growth"
)

// measure is something that people measure at home. The codes are LOINC's, the
// units UCUM's; a value beyond the bounds is a slip of the finger, and is asked
// for again.
type measure struct {
	key, code, display string
	unit, ucum         string
	least, most        float64
	second             string // the key of what is measured with it
	and                string // another code, which says how it was measured
	method             growth.Method
}

var measures = []measure{
	{key: "weight", code: "29463-7", display: "Body weight", unit: "kg", ucum: "kg", least: 0.2, most: 650},
	{key: "height", code: "8302-2", display: "Body height", unit: "cm", ucum: "cm", least: 20, most: 280, and: "8308-9", method: growth.Standing},
	{key: "length", code: "8302-2", display: "Body height", unit: "cm", ucum: "cm", least: 20, most: 280, and: "8306-3", method: growth.Lying},
	{key: "head", code: "9843-4", display: "Head Occipital-frontal circumference", unit: "cm", ucum: "cm", least: 15, most: 100},
	{key: "pressure", code: "8480-6", display: "Systolic blood pressure", unit: "mmHg", ucum: "mm[Hg]", least: 40, most: 300, second: "diastolic"},
	{key: "temperature", code: "8310-5", display: "Body temperature", unit: "°C", ucum: "Cel", least: 25, most: 45},
	{key: "pulse", code: "8867-4", display: "Heart rate", unit: "beats a minute", ucum: "/min", least: 20, most: 300},
	{key: "glucose", code: "15074-8", display: "Glucose [Moles/volume] in Blood", unit: "mmol/L", ucum: "mmol/L", least: 0.5, most: 60},
	{key: "diastolic", code: "8462-4", display: "Diastolic blood pressure", unit: "mmHg", ucum: "mm[Hg]", least: 20, most: 200},
}

func measureOf(key string) (measure, bool) {
	i := slices.IndexFunc(measures, func(m measure) bool { return m.key == key && key != "diastolic" })
	if i < 0 {
		return measure{}, false
	}
	return measures[i], true
}

func (f *folder) readingQuestion(more ...*field) *question {
	w := f.p.words.Add
	kinds := []option{{"", w.Choose}}
	for _, m := range measures {
		if m.key != "diastolic" {
			kinds = append(kinds, option{m.key, w.Measures[m.key] + " (" + m.unit + ")"})
		}
	}
	asked := f.r.URL.Query().Get("what") // by whoever came from the growth chart
	fields := append([]*field{{ID: "what", Label: w.Measured, Options: kinds, Value: asked}, {ID: "value", Label: w.Value, Hint: w.ValueHint}},
		append(more, &field{ID: "second", Label: w.Second, Hint: w.SecondHint, Mode: "decimal"}, f.addDay())...)
	q := f.addQuestion(w.Reading, []string{f.mine(w.Shown, w.ShownFor)}, fields...)
	if then := f.typed("then"); asked != "" || then != "" {
		q.form.Hidden = append(q.form.Hidden, [2]string{"then", "growth"})
	}
	return q
}

// addReading asks for a reading.
func addReading(f *folder) error { return f.ask(f.readingQuestion()) }

// decimals are the numbers that people type. Their digits are kept: 71.50 stays
// 71.50.
var decimals = regexp.MustCompile(`^(0|[1-9][0-9]{0,2})([.,][0-9]{1,2})?$`)

// readNumber reads a number within the bounds of what is measured.
func (m measure) readNumber(text string) (json.Number, float64, bool) {
	if !decimals.MatchString(text) {
		return "", 0, false
	}
	text = strings.Replace(text, ",", ".", 1)
	n, err := strconv.ParseFloat(text, 64)
	return json.Number(text), n, err == nil && n >= m.least && n <= m.most
}

// addReadingFinish adds a reading.
func addReadingFinish(f *folder) error {
	q, w := f.readingQuestion(), f.p.words.Add
	m, ok := measureOf(f.typed("what"))
	if !ok {
		q.form.wrong("what", w.NoMeasure)
	}
	if of, grows := grownKinds[m.key]; ok && grows {
		return f.addGrown(m, of)
	}
	text, value, fits := m.readNumber(f.typed("value"))
	if ok && !fits {
		q.form.wrong("value", w.BadValue)
	}
	var second json.Number
	switch typed := f.typed("second"); {
	case !ok:
	case m.second == "" && typed != "":
		q.form.wrong("second", w.OnlyPressure)
	case m.second != "":
		lower := measures[len(measures)-1]
		n, number, fits := lower.readNumber(typed)
		if second = n; !fits || fits && number >= value {
			q.form.wrong("second", w.BadSecond)
		}
	}
	day, dayOK := f.dayAdded(q)
	if !dayOK || q.form.Problems() {
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	entry := map[string]any{
		"status": "final", "effectiveDateTime": day, "performer": []map[string]string{{"reference": f.author()}},
		"category": []any{map[string]any{"coding": []any{coding("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")}}},
	}
	if m.second == "" {
		entry["code"], entry["valueQuantity"] = m.concept(w.Measures[m.key]), m.quantity(text)
	} else {
		lower := measures[len(measures)-1]
		entry["code"] = map[string]any{"coding": []any{coding(loinc, "85354-9", "Blood pressure panel with all children optional")}, "text": w.Measures[m.key]}
		entry["component"] = []any{
			map[string]any{"code": m.concept(w.Upper), "valueQuantity": m.quantity(text)},
			map[string]any{"code": lower.concept(w.Lower), "valueQuantity": lower.quantity(second)},
		}
	}
	return f.add("Observation", entry, f.at+"/timeline")
}

const loinc = "http://loinc.org"

func coding(system, code, display string) map[string]string {
	return map[string]string{"system": system, "code": code, "display": display}
}

func (m measure) concept(text string) map[string]any {
	codings := []any{coding(loinc, m.code, m.display)}
	if m.and != "" {
		codings = append(codings, map[string]string{"system": loinc, "code": m.and})
	}
	return map[string]any{"coding": codings, "text": text}
}

func (m measure) quantity(n json.Number) map[string]any {
	return map[string]any{"value": n, "unit": m.unit, "system": "http://unitsofmeasure.org", "code": m.ucum}
}
