package portal

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed measurements.json
var measurementsFile []byte

// measurement is one thing that staff measure, with the bounds beyond which a
// value is looked at again. They are no reference range: within them nothing is
// said of a value.
type measurement struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	LOINC string  `json:"loinc"`
	Unit  string  `json:"unit"`
	UCUM  string  `json:"ucum"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Pair  []half  `json:"pair"` // the two values of a pair; none for one value
	// And is another code, which says how it was measured, and Method is that in the
	// words of growth.
	And    string `json:"and"`
	Method string `json:"method"`
}

type half struct {
	Name  string `json:"name"`
	LOINC string `json:"loinc"`
}

// measurements are those of the file, which is part of the program and tested.
var measurements = sync.OnceValues(func() ([]measurement, error) {
	var file struct {
		Measurements []measurement `json:"measurements"`
	}
	err := json.Unmarshal(measurementsFile, &file)
	return file.Measurements, err
})

// measureForm is something that was measured, as an Observation.
var measureForm = entryForm{at: "measurement", key: "m", typ: "Observation",
	text: func(v *visit) (string, string) {
		w := v.p.words.Clinic.Write.Measure
		return w.Action, w.Title
	},
	fields: func(f *folder) []*field {
		w := f.p.words.Clinic.Write
		return []*field{{ID: "which", Label: w.Measure.Which, Options: measureOptions(w.Measure.Choose), Value: f.r.URL.Query().Get("which")}, {ID: "value", Label: w.Measure.Value, Hint: w.Measure.ValueHint, Auto: "off"},
			f.dateField("when", w.When, w.WhenHint)}
	},
	read: readMeasure,
}

func measureOptions(choose string) []option {
	all := []option{{"", choose}}
	list, err := measurements()
	if err != nil {
		return all
	}
	for _, m := range list {
		all = append(all, option{m.ID, m.Name + " (" + m.Unit + ")"})
	}
	return all
}

// typedNumber is a decimal as it is written in JSON, so that 1.50 stays 1.50.
var typedNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,4})(\.[0-9]{1,3})?$`)

func readMeasure(f *folder) draft {
	w := f.p.words.Clinic.Write
	m, ok := measurementNamed(f.typed("which"))
	if !ok {
		return bad("which", w.Measure.Missing)
	}
	day, wrong := f.dayTyped("when")
	if wrong != "" {
		return bad("when", wrong)
	}
	when := f.p.cfg.Now().UTC().Format(time.RFC3339)
	if day != "" {
		when = day
	}
	said := f.saidDay(day)
	if day == "" {
		said = f.saidDay(f.today())
	}
	typed := strings.ReplaceAll(f.typed("value"), " ", "")
	values := strings.Split(typed, "/")
	body := map[string]any{"status": "final", "category": []any{coded("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "")},
		"code": coded("http://loinc.org", m.LOINC, m.Name), "subject": f.subjectRef(), "effectiveDateTime": when, "issued": f.p.cfg.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"performer": []any{f.me(), f.ours()}}
	if of, grows := grownKinds[m.ID]; grows {
		return f.grownDraft(m, of, said, body)
	}
	switch {
	case m.Pair != nil && (len(values) != len(m.Pair) || !whole(values)):
		return bad("value", w.Measure.BadPair)
	case m.Pair == nil && !typedNumber.MatchString(typed):
		return bad("value", w.Measure.BadValue)
	case m.Pair != nil:
		var parts []any
		for i, p := range m.Pair {
			parts = append(parts, map[string]any{"code": coded("http://loinc.org", p.LOINC, p.Name), "valueQuantity": m.quantity(values[i])})
		}
		body["component"] = parts
	default:
		body["valueQuantity"] = m.quantity(typed)
	}
	d := draft{body: body, facts: []fact{{w.Measure.Which, m.Name}, {w.Measure.Value, typed + " " + m.Unit}, {w.When, said}}}
	if m.unlikely(values) {
		d.warnings = []string{f.expected(m)}
	}
	return d
}

// expected says between which numbers a value was expected.
func (f *folder) expected(m measurement) string {
	w := f.p.words.Clinic.Write.Measure
	return w.Unlikely + " " + w.Expected + " " + boundText(m.Low) + " and " + boundText(m.High) + " " + m.Unit + "."
}

func measurementNamed(id string) (measurement, bool) {
	list, err := measurements()
	if err != nil || id == "" {
		return measurement{}, false
	}
	for _, m := range list {
		if m.ID == id {
			return m, true
		}
	}
	return measurement{}, false
}

func (m measurement) quantity(value string) map[string]any {
	return map[string]any{"value": json.Number(value), "unit": m.Unit, "system": "http://unitsofmeasure.org", "code": m.UCUM}
}

// unlikely says whether a value lies beyond the bounds, or the lower one of a pair
// is not the lower one.
func (m measurement) unlikely(values []string) bool {
	var last float64
	for i, v := range values {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n < m.Low || n > m.High || i > 0 && n >= last {
			return true
		}
		last = n
	}
	return false
}

func whole(values []string) bool {
	for _, v := range values {
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 999 || v != strconv.Itoa(n) {
			return false
		}
	}
	return true
}

func boundText(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
