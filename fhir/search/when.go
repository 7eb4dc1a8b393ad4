package search

import (
	"math"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// When is the name of what a search may be asked for beside FHIR's own
// parameters, where Options.When allows it: `_sort=-_when` is the newest first
// by the time at which things were, whatever their types, and `_when=ge2020` and
// `_when=lt2021` are bounds of it. R4 has no parameter for this: the one that is
// called date is of some types only, and of others it is when something was
// written down.
const When = "_when"

// whenParams are, by type, the date parameters that say when something was: the
// first of them that has a value counts. They are of types that lie in somebody's
// record (R4 section 3.2.1); what has no entry has no date here.
var whenParams = map[string]string{
	"AdverseEvent": "date", "AllergyIntolerance": "onset date", "Appointment": "date", "Basic": "created", "CarePlan": "date", "CareTeam": "date",
	"ChargeItem": "occurrence", "Claim": "created", "ClinicalImpression": "date", "Communication": "sent", "CommunicationRequest": "occurrence authored",
	"Composition": "date", "Condition": "onset-date recorded-date", "Consent": "date", "DetectedIssue": "identified", "DeviceRequest": "event-date authored-on",
	"DiagnosticReport": "date issued", "DocumentManifest": "created", "DocumentReference": "date", "Encounter": "date", "EpisodeOfCare": "date",
	"ExplanationOfBenefit": "created", "FamilyMemberHistory": "date", "Flag": "date", "Goal": "start-date", "ImagingStudy": "started",
	"Immunization": "date", "ImmunizationEvaluation": "date", "ImmunizationRecommendation": "date", "Invoice": "date", "List": "date", "Media": "created",
	"MedicationAdministration": "effective-time", "MedicationDispense": "whenhandedover whenprepared", "MedicationRequest": "authoredon",
	"MedicationStatement": "effective", "NutritionOrder": "datetime", "Observation": "date", "Procedure": "date", "Provenance": "recorded",
	"QuestionnaireResponse": "authored", "RequestGroup": "authored", "RiskAssessment": "date", "ServiceRequest": "occurrence authored", "Specimen": "collected",
	"SupplyRequest": "date", "Task": "authored-on", "VisionPrescription": "datewritten",
}

// whenDates is whenParams as parameters. They are those of R4: one that an operator
// added changes no date.
var whenDates = sync.OnceValue(func() map[string][]*Param {
	reg, out := Base(), map[string][]*Param{}
	for typ, codes := range whenParams {
		for code := range strings.FieldsSeq(codes) {
			if p, ok := reg.Lookup(typ, code); ok && p.Kind == Date {
				out[typ] = append(out[typ], p)
			}
		}
	}
	return out
})

// Times are the bounds of _when: from From to before Until, in microseconds
// since 1970 UTC. What has no date is in none.
type Times struct{ From, Until int64 }

// Holds says whether a time lies between them.
func (t Times) Holds(at int64) bool { return t.From <= at && at < t.Until }

// WhenWas tells when what a resource tells of was, in microseconds since 1970
// UTC: the latest begin of its dates. It is false where the resource does not
// say.
func WhenWas(t *fhir.Tree) (at int64, ok bool) {
	v, ok := whenKey.Value(t, nil)
	return v.Number, ok
}

// WhenOf is WhenWas by the values that were taken from a resource of a type.
func WhenOf(typ string, values []Value) (at int64, ok bool) {
	for _, p := range whenDates()[typ] {
		for i := range values {
			if v := &values[i]; v.Kind == Date && v.Param.ID == p.ID && (!ok || v.Low > at) {
				at, ok = v.Low, true
			}
		}
		if ok {
			return at, true
		}
	}
	return 0, false
}

var whenKey = SortKey{Name: When, Descending: true, When: true}

func (k *SortKey) whenValue(t *fhir.Tree) (best SortValue, ok bool) {
	buf := valueBuffers.Get().(*[]Value)
	defer valueBuffers.Put(buf)
	for _, p := range whenDates()[string(t.Root().Get("resourceType").Text())] {
		vs, _ := p.Values(t, (*buf)[:0]) // a value that can not be read is as good as missing
		best, ok = k.Best(vs)
		clear(vs)
		*buf = vs[:0]
		if ok {
			return best, true
		}
	}
	return SortValue{}, false
}

// when reads one bound of _when: ge and the first moment, or lt and the first
// moment that is not wanted any more.
func (p *parser) when(a Pair) error {
	prefix := ""
	if len(a.Value) > 2 {
		prefix = a.Value[:2]
	}
	d, err := fhir.ParseDateTime(strings.TrimPrefix(a.Value, prefix))
	if prefix != "ge" && prefix != "lt" || err != nil {
		return p.bad(a, "it takes ge or lt and a date, such as ge2020-05-03")
	}
	if p.q.When == nil {
		p.q.When = &Times{math.MinInt64, math.MaxInt64}
	}
	if low, _ := d.Range(); prefix == "ge" {
		p.q.When.From = max(p.q.When.From, low)
	} else {
		p.q.When.Until = min(p.q.When.Until, low)
	}
	return nil
}

// sortWhen adds the order of _when. It is asked for alone, and the newest first.
func (p *parser) sortWhen(a Pair) error {
	if len(p.q.Sort) > 0 || a.Value != "-"+When {
		return problem.New(problem.Invalid, "Ask for _sort=-_when alone.")
	}
	p.q.Sort = []SortKey{whenKey}
	return nil
}
