package twin

import (
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
)

// Every line is a type, a parameter, its kind, and where its values are: paths
// with the datatype behind a colon. [a=b] keeps elements with that member,
// [Type] references to that type; code(system) is a code with the system that
// its binding implies; what follows > are the types that a reference may lead
// to, none for every type.
const tableText = `
* _tag token meta.tag:Coding
* _security token meta.security:Coding
* _profile uri meta.profile:canonical
* _source uri meta.source:uri

Patient active token active:boolean
Patient address string address:Address
Patient address-city string address.city:string
Patient address-country string address.country:string
Patient address-use token address.use:code(http://hl7.org/fhir/address-use)
Patient birthdate date birthDate:dateTime
Patient death-date date deceasedDateTime:dateTime
Patient deceased token :deceased
Patient email token telecom[system=email]:ContactPoint
Patient phone token telecom[system=phone]:ContactPoint
Patient telecom token telecom:ContactPoint
Patient family string name.family:string
Patient given string name.given:string
Patient name string name:HumanName
Patient phonetic string name:HumanName
Patient gender token gender:code(http://hl7.org/fhir/administrative-gender)
Patient general-practitioner reference generalPractitioner:Reference > Organization Practitioner PractitionerRole
Patient identifier token identifier:Identifier
Patient language token communication.language:CodeableConcept
Patient link reference link.other:Reference > Patient RelatedPerson
Patient organization reference managingOrganization:Reference > Organization

Observation category token category:CodeableConcept
Observation code token code:CodeableConcept
Observation combo-code token code:CodeableConcept component.code:CodeableConcept
Observation component-code token component.code:CodeableConcept
Observation combo-value-concept token valueCodeableConcept:CodeableConcept component.valueCodeableConcept:CodeableConcept
Observation component-value-concept token component.valueCodeableConcept:CodeableConcept
Observation value-concept token valueCodeableConcept:CodeableConcept
Observation combo-value-quantity quantity valueQuantity:Quantity component.valueQuantity:Quantity
Observation component-value-quantity quantity component.valueQuantity:Quantity
Observation value-quantity quantity valueQuantity:Quantity
Observation value-string string valueString:string valueCodeableConcept.text:string
Observation value-date date valueDateTime:dateTime valuePeriod:Period
Observation date date effectiveDateTime:dateTime effectivePeriod:Period effectiveTiming:Timing effectiveInstant:dateTime
Observation status token status:code(http://hl7.org/fhir/observation-status)
Observation identifier token identifier:Identifier
Observation subject reference subject:Reference > Patient Group Device Location
Observation patient reference subject[Patient]:Reference > Patient
Observation performer reference performer:Reference > CareTeam Organization Patient Practitioner PractitionerRole RelatedPerson
Observation encounter reference encounter:Reference > Encounter
Observation has-member reference hasMember:Reference > MolecularSequence Observation QuestionnaireResponse
Observation derived-from reference derivedFrom:Reference > DocumentReference ImagingStudy Media MolecularSequence Observation QuestionnaireResponse
Observation focus reference focus:Reference

Encounter class token class:Coding
Encounter date date period:Period
Encounter status token status:code(http://hl7.org/fhir/encounter-status)
Encounter type token type:CodeableConcept
Encounter identifier token identifier:Identifier
Encounter length quantity length:Quantity
Encounter subject reference subject:Reference > Group Patient
Encounter patient reference subject[Patient]:Reference > Patient
Encounter location reference location.location:Reference > Location
Encounter location-period date location.period:Period
Encounter participant reference participant.individual:Reference > Practitioner PractitionerRole RelatedPerson
Encounter practitioner reference participant.individual[Practitioner]:Reference > Practitioner
Encounter part-of reference partOf:Reference > Encounter
Encounter service-provider reference serviceProvider:Reference > Organization
Encounter diagnosis reference diagnosis.condition:Reference > Condition Procedure
Encounter reason-reference reference reasonReference:Reference > Condition ImmunizationRecommendation Observation Procedure
Encounter appointment reference appointment:Reference > Appointment

Condition code token code:CodeableConcept
Condition category token category:CodeableConcept
Condition clinical-status token clinicalStatus:CodeableConcept
Condition identifier token identifier:Identifier
Condition onset-date date onsetDateTime:dateTime onsetPeriod:Period
Condition onset-age quantity onsetAge:Quantity onsetRange:Range
Condition onset-info string onsetString:string
Condition recorded-date date recordedDate:dateTime
Condition subject reference subject:Reference > Group Patient
Condition patient reference subject[Patient]:Reference > Patient
Condition encounter reference encounter:Reference > Encounter
Condition asserter reference asserter:Reference > Patient Practitioner PractitionerRole RelatedPerson
Condition evidence-detail reference evidence.detail:Reference

MedicationRequest authoredon date authoredOn:dateTime
MedicationRequest code token medicationCodeableConcept:CodeableConcept
MedicationRequest date date dosageInstruction.timing.event:dateTime
MedicationRequest intent token intent:code(http://hl7.org/fhir/CodeSystem/medicationrequest-intent)
MedicationRequest status token status:code(http://hl7.org/fhir/CodeSystem/medicationrequest-status)
MedicationRequest identifier token identifier:Identifier
MedicationRequest subject reference subject:Reference > Group Patient
MedicationRequest patient reference subject[Patient]:Reference > Patient
MedicationRequest encounter reference encounter:Reference > Encounter
MedicationRequest requester reference requester:Reference > Device Organization Patient Practitioner PractitionerRole RelatedPerson

Organization active token active:boolean
Organization address string address:Address
Organization address-city string address.city:string
Organization address-country string address.country:string
Organization address-use token address.use:code(http://hl7.org/fhir/address-use)
Organization name string name:string alias:string
Organization phonetic string name:string
Organization identifier token identifier:Identifier
Organization type token type:CodeableConcept
Organization partof reference partOf:Reference > Organization

Practitioner active token active:boolean
Practitioner email token telecom[system=email]:ContactPoint
Practitioner telecom token telecom:ContactPoint
Practitioner family string name.family:string
Practitioner given string name.given:string
Practitioner name string name:HumanName
Practitioner phone token telecom[system=phone]:ContactPoint
Practitioner phonetic string name:HumanName
Practitioner gender token gender:code(http://hl7.org/fhir/administrative-gender)
Practitioner identifier token identifier:Identifier

RelatedPerson name string name:HumanName
RelatedPerson phonetic string name:HumanName
RelatedPerson birthdate date birthDate:dateTime
RelatedPerson gender token gender:code(http://hl7.org/fhir/administrative-gender)
RelatedPerson identifier token identifier:Identifier
RelatedPerson relationship token relationship:CodeableConcept
RelatedPerson patient reference patient:Reference > Patient

Appointment date date start:dateTime
Appointment status token status:code(http://hl7.org/fhir/appointmentstatus)
Appointment part-status token participant.status:code(http://hl7.org/fhir/participationstatus)
Appointment identifier token identifier:Identifier
Appointment actor reference participant.actor:Reference > Device HealthcareService Location Patient Practitioner PractitionerRole RelatedPerson
Appointment patient reference participant.actor[Patient]:Reference > Patient
Appointment practitioner reference participant.actor[Practitioner]:Reference > Practitioner
Appointment location reference participant.actor[Location]:Reference > Location
Appointment reason-reference reference reasonReference:Reference > Condition ImmunizationRecommendation Observation Procedure

Group actual token actual:boolean
Group code token code:CodeableConcept
Group type token type:code(http://hl7.org/fhir/group-type)
Group identifier token identifier:Identifier
Group value token characteristic.valueCodeableConcept:CodeableConcept characteristic.valueBoolean:boolean
Group characteristic token characteristic.code:CodeableConcept
Group exclude token characteristic.exclude:boolean
Group member reference member.entity:Reference > Device Group Medication Patient Practitioner PractitionerRole Substance
Group managing-entity reference managingEntity:Reference > Organization Practitioner PractitionerRole RelatedPerson

List code token code:CodeableConcept
List date date date:dateTime
List status token status:code(http://hl7.org/fhir/list-status)
List title string title:string
List notes string note.text:string
List identifier token identifier:Identifier
List item reference entry.item:Reference
List source reference source:Reference > Device Patient Practitioner PractitionerRole
List subject reference subject:Reference > Device Group Location Patient
List patient reference subject[Patient]:Reference > Patient
List encounter reference encounter:Reference > Encounter

Questionnaire url uri url:uri
Questionnaire definition uri item.definition:uri
Questionnaire version token version:string
Questionnaire name string name:string
Questionnaire title string title:string
Questionnaire status token status:code(http://hl7.org/fhir/publication-status)
Questionnaire date date date:dateTime
Questionnaire effective date effectivePeriod:Period
Questionnaire code token item.code:Coding
Questionnaire identifier token identifier:Identifier
Questionnaire context-type token useContext.code:Coding
Questionnaire context-quantity quantity useContext.valueQuantity:Quantity useContext.valueRange:Range

QuestionnaireResponse questionnaire reference questionnaire:canonical > Questionnaire
QuestionnaireResponse authored date authored:dateTime
QuestionnaireResponse identifier token identifier:Identifier
QuestionnaireResponse status token status:code(http://hl7.org/fhir/questionnaire-answers-status)
QuestionnaireResponse subject reference subject:Reference
QuestionnaireResponse patient reference subject[Patient]:Reference > Patient
QuestionnaireResponse author reference author:Reference > Device Organization Patient Practitioner PractitionerRole RelatedPerson
QuestionnaireResponse source reference source:Reference > Patient Practitioner PractitionerRole RelatedPerson
QuestionnaireResponse encounter reference encounter:Reference > Encounter

RiskAssessment probability number prediction.probabilityDecimal:decimal prediction.probabilityRange:Range
RiskAssessment risk token prediction.qualitativeRisk:CodeableConcept
RiskAssessment date date occurrenceDateTime:dateTime
RiskAssessment method token method:CodeableConcept
RiskAssessment identifier token identifier:Identifier
RiskAssessment subject reference subject:Reference > Group Patient
RiskAssessment patient reference subject[Patient]:Reference > Patient
RiskAssessment condition reference condition:Reference > Condition
RiskAssessment encounter reference encounter:Reference > Encounter
RiskAssessment performer reference performer:Reference > Device Practitioner PractitionerRole

Location name string name:string alias:string
Location address string address:Address
Location address-city string address.city:string
Location address-country string address.country:string
Location address-use token address.use:code(http://hl7.org/fhir/address-use)
Location status token status:code(http://hl7.org/fhir/location-status)
Location type token type:CodeableConcept
Location identifier token identifier:Identifier
Location operational-status token operationalStatus:Coding
Location organization reference managingOrganization:Reference > Organization
Location partof reference partOf:Reference > Location

Provenance target reference target:Reference
Provenance patient reference target[Patient]:Reference > Patient
Provenance recorded date recorded:dateTime
Provenance when date occurredDateTime:dateTime
Provenance agent reference agent.who:Reference > Device Organization Patient Practitioner PractitionerRole RelatedPerson
Provenance location reference location:Reference > Location
Provenance entity reference entity.what:Reference
`

// A composite's components, each a kind and paths, within one element.
const compositeText = `
Observation code-value-quantity . token code:CodeableConcept quantity valueQuantity:Quantity
Observation code-value-concept . token code:CodeableConcept token valueCodeableConcept:CodeableConcept
Observation code-value-string . token code:CodeableConcept string valueString:string
Observation code-value-date . token code:CodeableConcept date valueDateTime:dateTime valuePeriod:Period
Observation component-code-value-quantity component token code:CodeableConcept quantity valueQuantity:Quantity
Observation component-code-value-concept component token code:CodeableConcept token valueCodeableConcept:CodeableConcept
Observation combo-code-value-quantity .,component token code:CodeableConcept quantity valueQuantity:Quantity
Observation combo-code-value-concept .,component token code:CodeableConcept token valueCodeableConcept:CodeableConcept
Group characteristic-value characteristic token code:CodeableConcept token valueCodeableConcept:CodeableConcept valueBoolean:boolean
`

// The compartments of R4, as far as the types above go; self is the resource
// that the compartment is named after.
const compartmentText = `
Patient Patient self link
Patient Observation subject performer
Patient Encounter patient
Patient Condition patient asserter
Patient MedicationRequest subject
Patient RelatedPerson patient
Patient Appointment actor
Patient Group member
Patient List subject source
Patient QuestionnaireResponse subject author
Patient RiskAssessment subject
Patient Provenance patient
Encounter Encounter self
Encounter Observation encounter
Encounter Condition encounter
Encounter MedicationRequest encounter
Encounter QuestionnaireResponse encounter
Practitioner Practitioner self
Practitioner Patient general-practitioner
Practitioner Observation performer
Practitioner Encounter practitioner participant
Practitioner Condition asserter
Practitioner MedicationRequest requester
Practitioner Appointment actor
Practitioner Group member
Practitioner List source
Practitioner QuestionnaireResponse author source
Practitioner RiskAssessment performer
Practitioner Provenance agent
RelatedPerson RelatedPerson self
RelatedPerson Patient link
RelatedPerson Observation performer
RelatedPerson Encounter participant
RelatedPerson Condition asserter
RelatedPerson Appointment actor
RelatedPerson QuestionnaireResponse author source
RelatedPerson Provenance agent
`

// path is one place of a resource in which a parameter finds values.
type path struct {
	steps  []string
	member [2]string // only elements with this member
	refTo  string    // only references to this type
	dt     string    // datatype
	system string    // of a code
}

// param is one line of the table.
type param struct {
	typ, code, kind string
	paths           []path
	targets         []string
	bases           []string // composite: elements, "." for the resource
	parts           []param
}

// may tells whether a reference of the parameter may lead to the type.
func (p *param) may(typ string) bool { return len(p.targets) == 0 || slices.Contains(p.targets, typ) }

func parsePath(s string) path {
	at, dt, _ := strings.Cut(s, ":")
	p := path{dt: dt}
	if rest, ok := strings.CutPrefix(dt, "code("); ok {
		p.dt, p.system = "code", strings.TrimSuffix(rest, ")")
	}
	if at, cond, ok := strings.Cut(at, "["); ok {
		p.steps = strings.Split(at, ".")
		cond = strings.TrimSuffix(cond, "]")
		if k, v, ok := strings.Cut(cond, "="); ok {
			p.member = [2]string{k, v}
		} else {
			p.refTo = cond
		}
		return p
	}
	if at != "" {
		p.steps = strings.Split(at, ".")
	}
	return p
}

// catalog is the table by type and code; common parameters are under every
// type.
type catalog map[string]map[string]*param

var (
	table        = readTable()
	types        = table.types()
	compartments = readCompartments()
)

func readTable() catalog {
	c := catalog{}
	add := func(p *param) {
		if c[p.typ] == nil {
			c[p.typ] = map[string]*param{}
		}
		c[p.typ][p.code] = p
	}
	for line := range strings.Lines(tableText) {
		line, targets, _ := strings.Cut(line, " > ")
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		p := &param{typ: f[0], code: f[1], kind: f[2], targets: strings.Fields(targets)}
		for _, s := range f[3:] {
			p.paths = append(p.paths, parsePath(s))
		}
		add(p)
	}
	for line := range strings.Lines(compositeText) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		p := &param{typ: f[0], code: f[1], kind: "composite", bases: strings.Split(f[2], ",")}
		for _, s := range f[3:] {
			if !strings.Contains(s, ":") {
				p.parts = append(p.parts, param{kind: s})
				continue
			}
			last := &p.parts[len(p.parts)-1]
			last.paths = append(last.paths, parsePath(s))
		}
		add(p)
	}
	for typ := range c {
		for code, p := range c["*"] {
			c[typ][code] = p
		}
	}
	return c
}

func (c catalog) types() []string {
	var out []string
	for typ := range c {
		if typ != "*" {
			out = append(out, typ)
		}
	}
	slices.Sort(out)
	return out
}

// codes lists the parameters of a type that keep says yes to, in order.
func (c catalog) codes(typ string, keep func(*param) bool) []string {
	var out []string
	for code, p := range c[typ] {
		if keep(p) {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return out
}

func readCompartments() map[[2]string][]string {
	out := map[[2]string][]string{}
	for line := range strings.Lines(compartmentText) {
		if f := strings.Fields(line); len(f) > 2 {
			out[[2]string{f[0], f[1]}] = f[2:]
		}
	}
	return out
}

// The table says what R4 says: a slip in it would look like a fault elsewhere.
func TestTableNamesWhatThereIs(t *testing.T) {
	for typ, params := range table {
		for code, p := range params {
			if typ == "*" {
				continue
			}
			q, ok := search.Base().Lookup(typ, code)
			if !ok {
				t.Errorf("%s.%s is not a parameter", typ, code)
				continue
			}
			is, want := slices.Sorted(slices.Values(q.Target)), slices.Sorted(slices.Values(p.targets))
			if q.Kind.String() != p.kind || !slices.Equal(is, want) && len(want) > 0 {
				t.Errorf("%s.%s is a %v to %v here and a %s to %v in the table", typ, code, q.Kind, q.Target, p.kind, p.targets)
			}
		}
	}
}

// What the table leaves out, no resource has a value for: a chain without a
// type may lead to any parameter of that name.
func TestTableIsWholeForWhatIsMade(t *testing.T) {
	g := newGen(1)
	for _, typ := range types {
		for range 60 {
			b := tree(t, g.resource(typ, "n1"))
			for _, q := range search.Base().Params(typ) {
				if vs, err := q.Values(b, nil); err != nil || len(vs) > 0 && table[typ][q.Code] == nil {
					t.Fatalf("%s finds %d values in what is made and is not in the table (%v)", q.ID, len(vs), err)
				}
			}
		}
	}
}
