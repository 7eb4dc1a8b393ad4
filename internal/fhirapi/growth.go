package fhirapi

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/problem"
)

// maxMeasurements is how many measurements one $growth takes.
const maxMeasurements = 1_000

// growth answers $growth, an operation of our own for other programs: where
// measurements of a child lie among children of the same age and sex. It works on
// what is sent: nothing of anybody's record is read, and nothing is kept. It takes
// and answers Parameters (docs/app-makers/growth.md).
func (c *call) growth() error {
	sent, err := c.parameters()
	if err != nil {
		return err
	}
	q := growthQuery{references: c.s.references()}
	if err := q.read(sent); err != nil {
		return err
	}
	got := q.reference.Review(q.child, q.series, q.options)
	body, err := json.Marshal(fhirGrowth(q.reference.Info(), got))
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return c.send(http.StatusOK, body)
}

// references are those that a caller may name; the first is used where none is
// named.
func (s *Server) references() []*growth.Reference {
	if len(s.cfg.References) > 0 {
		return s.cfg.References
	}
	return growth.Builtin()
}

// growthQuery is what was asked.
type growthQuery struct {
	references []*growth.Reference
	reference  *growth.Reference
	child      growth.Child
	options    growth.Options
	series     []growth.Measurement
	issues     []problem.Issue
	weeks      int
	days       int
}

func (q *growthQuery) wrong(place, format string, args ...any) {
	const most = 50 // a caller mends the first ones and asks again
	if len(q.issues) < most {
		q.issues = append(q.issues, problem.Issue{Code: "value", Place: place, Sentence: fmt.Sprintf(format, args...)})
	}
}

// read takes the parameters, and tells all that is wrong at once.
func (q *growthQuery) read(t *fhir.Tree) error {
	if t == nil || !t.Root().Get("resourceType").Is("Parameters") {
		return problem.New(problem.Invalid, "$growth takes Parameters: birthDate, sex, and a measurement or more. See the documentation for an example.")
	}
	q.reference = q.references[0]
	i := 0
	for p := range t.Root().Get("parameter").Items() {
		q.parameter(p, fmt.Sprintf("Parameters.parameter[%d]", i))
		i++
	}
	if q.weeks > 0 || q.days > 0 {
		q.child.Gestation = q.weeks*7 + q.days
	}
	if q.child.Born == 0 {
		q.wrong("Parameters", "birthDate is missing. Send a parameter birthDate with a valueDate.")
	}
	if q.child.Sex == growth.SexNotKnown {
		q.wrong("Parameters", "sex is missing. Send a parameter sex with the valueCode male or female; references have tables for these.")
	}
	if len(q.series) == 0 {
		q.wrong("Parameters", "There is no measurement. Send a parameter measurement with the parts measure, value and date.")
	}
	if len(q.issues) > 0 {
		return problem.Many(problem.Invalid, q.issues)
	}
	return nil
}

func (q *growthQuery) parameter(p fhir.Node, place string) {
	var ok bool
	switch name := p.Get("name").Str(); name {
	case "birthDate":
		q.child.Born = q.day(p, place)
	case "sex":
		if q.child.Sex, ok = growth.ParseSex(p.Get("valueCode").Str()); !ok {
			q.wrong(place, "sex is the valueCode male or female.")
		}
	case "gestationWeeks":
		q.weeks = q.whole(p, place, 22, 44)
	case "gestationDays":
		q.days = q.whole(p, place, 0, 6)
	case "motherHeight":
		q.options.Parents.Mother = q.quantity(p, place, growth.Height)
	case "fatherHeight":
		q.options.Parents.Father = q.quantity(p, place, growth.Height)
	case "correction":
		switch p.Get("valueCode").Str() {
		case "for-life":
			q.options.Correction = growth.ForLife
		case "legacy":
			q.options.Correction = growth.Legacy
		default:
			q.wrong(place, "correction is the valueCode for-life or legacy.")
		}
	case "reference":
		q.pick(p.Get("valueCode").Str(), place)
	case "measurement":
		q.measurement(p, place)
	default:
		q.wrong(place, "A parameter %s is not known here.", quote(name))
	}
}

// pick chooses a reference by its id.
func (q *growthQuery) pick(id, place string) {
	var have []string
	for _, r := range q.references {
		if r.Info().ID == id {
			q.reference = r
			return
		}
		have = append(have, r.Info().ID)
	}
	q.wrong(place, "There is no reference %s here. There are: %s.", quote(id), strings.Join(have, ", "))
}

func (q *growthQuery) measurement(p fhir.Node, place string) {
	if len(q.series) >= maxMeasurements {
		if len(q.series) == maxMeasurements {
			q.wrong(place, "There are more than %d measurements. Send fewer at once.", maxMeasurements)
		}
		return
	}
	var m growth.Measurement
	var value fhir.Node
	valuePlace, known := "", false
	j := 0
	for part := range p.Get("part").Items() {
		at := fmt.Sprintf("%s.part[%d]", place, j)
		j++
		switch part.Get("name").Str() {
		case "measure":
			known = true
		case "value":
			value, valuePlace = part, at
		}
		q.part(&m, part, at)
	}
	switch {
	case !known:
		q.wrong(place, "The measurement has no part measure.")
	case !value.Exists():
		q.wrong(place, "The measurement has no part value.")
	case m.On == 0:
		q.wrong(place, "The measurement has no part date with a whole day.")
	default:
		m.Value = q.quantity(value, valuePlace, m.Of)
	}
	q.series = append(q.series, m)
}

// part takes one part of a measurement but its value, whose unit depends on the
// measure.
func (q *growthQuery) part(m *growth.Measurement, part fhir.Node, at string) {
	var ok bool
	switch name := part.Get("name").Str(); name {
	case "measure":
		if m.Of, ok = growth.ParseMeasure(part.Get("valueCode").Str()); !ok {
			q.wrong(at, "measure is the valueCode weight, height, head or bmi.")
		}
	case "value":
	case "date":
		m.On = q.day(part, at)
	case "method":
		if m.Method, ok = growth.ParseMethod(part.Get("valueCode").Str()); !ok {
			q.wrong(at, "method is the valueCode lying or standing.")
		}
	default:
		q.wrong(at, "A part %s is not known here.", quote(name))
	}
}

func (q *growthQuery) day(p fhir.Node, place string) growth.Date {
	d, err := growth.ParseDate(p.Get("valueDate").Str())
	if err != nil {
		q.wrong(place, "A valueDate with a whole day is needed, such as 2026-05-03.")
	}
	return d
}

func (q *growthQuery) whole(p fhir.Node, place string, from, to int) int {
	n, err := strconv.Atoi(string(p.Get("valueInteger").Raw()))
	if err != nil || n < from || n > to {
		q.wrong(place, "A valueInteger from %d to %d is needed.", from, to)
	}
	return n
}

// growthUnits are the UCUM units that are taken, and what makes each that of the
// measure. The factors are exact.
var growthUnits = [...]map[string]float64{
	growth.Weight: {"kg": 1, "g": 0.001, "[lb_av]": 0.45359237},
	growth.Height: {"cm": 1, "m": 100, "mm": 0.1, "[in_i]": 2.54},
	growth.Head:   {"cm": 1, "m": 100, "mm": 0.1, "[in_i]": 2.54},
	growth.BMI:    {"kg/m2": 1},
}

// quantity reads a valueDecimal in the unit of the measure, or a valueQuantity.
func (q *growthQuery) quantity(p fhir.Node, place string, of growth.Measure) float64 {
	node, factor := p.Get("valueDecimal"), 1.0
	if v := p.Get("valueQuantity"); v.Exists() {
		node = v.Get("value")
		var ok bool
		if factor, ok = growthUnits[of][v.Get("code").Str()]; !ok || !v.Get("system").Is("http://unitsofmeasure.org") {
			q.wrong(place, "The unit is not one of %s. Give its UCUM code with the system http://unitsofmeasure.org.", of.Unit())
			return 0
		}
	}
	x, err := strconv.ParseFloat(string(node.Raw()), 64)
	if err != nil || math.IsInf(x, 0) {
		q.wrong(place, "A number is needed, as valueQuantity with a unit, or as valueDecimal in %s.", of.Unit())
		return 0
	}
	return x * factor
}

// The parts of the answer.
type (
	growthParameters struct {
		ResourceType string        `json:"resourceType"`
		Parameter    []growthParam `json:"parameter"`
	}
	growthParam struct {
		Name    string          `json:"name"`
		String  string          `json:"valueString,omitempty"`
		Code    string          `json:"valueCode,omitempty"`
		Date    string          `json:"valueDate,omitempty"`
		Boolean *bool           `json:"valueBoolean,omitempty"`
		Decimal json.RawMessage `json:"valueDecimal,omitempty"`
		Part    []growthParam   `json:"part,omitempty"`
	}
)

// decimal is a number with so many digits behind the point.
func decimal(name string, x float64, digits int) growthParam {
	return growthParam{Name: name, Decimal: json.RawMessage(strconv.FormatFloat(x, 'f', digits, 64))}
}

func fhirGrowth(info growth.Info, got growth.Reviewed) growthParameters {
	signed := info.SignedOff != nil
	out := growthParameters{"Parameters", []growthParam{{Name: "reference", Part: []growthParam{
		{Name: "id", Code: info.ID}, {Name: "name", String: info.Name}, {Name: "version", String: info.Version},
		{Name: "source", String: info.Source}, {Name: "licence", String: info.Licence},
		{Name: "digest", String: info.Digest}, {Name: "signedOff", Boolean: &signed},
	}}}}
	for i := range got.Results {
		r := &got.Results[i]
		p := growthParam{Name: "result", Part: []growthParam{
			{Name: "measure", Code: r.Of.String()}, {Name: "date", Date: r.On.String()}, decimal("value", r.Value, 3),
			fhirScore("chronological", &r.Chronological),
		}}
		if r.IsCorrected {
			p.Part = append(p.Part, fhirScore("corrected", &r.Corrected))
		}
		p.Part = append(p.Part, growthParam{Name: "lay", String: r.Lay()}, growthParam{Name: "clinician", String: r.Clinician()})
		for _, f := range r.Findings {
			p.Part = append(p.Part, fhirFinding(f))
		}
		out.Parameter = append(out.Parameter, p)
	}
	for _, f := range got.Findings {
		out.Parameter = append(out.Parameter, fhirFinding(f))
	}
	return out
}

// fhirScore tells a score, or why there is none: what is not known has no number.
func fhirScore(name string, s *growth.Score) growthParam {
	p := growthParam{Name: name}
	if !math.IsNaN(s.Age) {
		p.Part = append(p.Part, decimal("age", s.Age, 6))
	}
	if !s.Known() {
		p.Part = append(p.Part, growthParam{Name: "noScore", String: s.Why.Clinician()})
		return p
	}
	p.Part = append(p.Part, decimal("z", s.Z, 4), decimal("centile", s.Centile, 2),
		growthParam{Name: "band", String: s.Band.String()}, growthParam{Name: "table", String: s.Piece})
	return p
}

func fhirFinding(f growth.Finding) growthParam {
	p := growthParam{Name: "finding", Part: []growthParam{
		{Name: "code", Code: f.Code}, {Name: "kind", Code: f.Kind.String()}, {Name: "measure", Code: f.Measure.String()},
		{Name: "lay", String: f.Lay}, {Name: "clinician", String: f.Clinician},
	}}
	if f.On != 0 {
		p.Part = append(p.Part, growthParam{Name: "date", Date: f.On.String()})
	}
	if f.Rules != "" {
		p.Part = append(p.Part, growthParam{Name: "rules", String: f.Rules})
	}
	return p
}
