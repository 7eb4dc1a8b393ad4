package mandate

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// The names by which the national relationship service writes a Consent
// (Validated Relationships Service, FHIR R4).
const (
	basisSystem   = "https://fhir.nhs.uk/England/CodeSystem/England-NHSProxyLegalBasis"
	reasonSystem  = "https://fhir.nhs.uk/England/CodeSystem/England-ConsentStatusReason"
	reasonURL     = "https://fhir.nhs.uk/England/StructureDefinition/England-ConsentStatusReason"
	grantorURL    = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.grantor"
	basisURL      = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.regulatoryBasis"
	odsSystem     = "https://fhir.nhs.uk/Id/ods-organization-code"
	scopeSystem   = "http://terminology.hl7.org/CodeSystem/consentscope"
	actCodeSystem = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	roleSystem    = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
	roleClass     = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
	actionSystem  = "http://terminology.hl7.org/CodeSystem/consentaction"
	agentSystem   = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	reviewURL     = "https://bevan.health/fhir/StructureDefinition/review-date"
)

type (
	coding struct {
		System string `json:"system,omitempty"`
		Code   string `json:"code"`
	}
	concept struct {
		Coding []coding `json:"coding,omitempty"`
		Text   string   `json:"text,omitempty"`
	}
	identifier struct {
		System string `json:"system,omitempty"`
		Value  string `json:"value"`
	}
	reference struct {
		Reference  string      `json:"reference,omitempty"`
		Identifier *identifier `json:"identifier,omitempty"`
		Display    string      `json:"display,omitempty"`
	}
	period struct {
		Start string `json:"start,omitempty"`
		End   string `json:"end,omitempty"`
	}
	extension struct {
		URL       string     `json:"url"`
		Concept   *concept   `json:"valueCodeableConcept,omitempty"`
		Reference *reference `json:"valueReference,omitempty"`
		DateTime  string     `json:"valueDateTime,omitempty"`
	}
	actor struct {
		Role      concept   `json:"role"`
		Reference reference `json:"reference"`
	}
	provision struct {
		Type   string    `json:"type"`
		Period period    `json:"period"`
		Actor  []actor   `json:"actor"`
		Action []concept `json:"action"`
	}
	consent struct {
		ResourceType string       `json:"resourceType"`
		ID           string       `json:"id"`
		Extension    []extension  `json:"extension"`
		Identifier   []identifier `json:"identifier,omitempty"`
		Status       string       `json:"status"`
		Scope        concept      `json:"scope"`
		Category     []concept    `json:"category"`
		Patient      reference    `json:"patient"`
		DateTime     string       `json:"dateTime"`
		Performer    []reference  `json:"performer"`
		PolicyRule   concept      `json:"policyRule"`
		Provision    provision    `json:"provision"`
	}
	humanName struct {
		Text string `json:"text"`
	}
	relatedPerson struct {
		ResourceType string      `json:"resourceType"`
		ID           string      `json:"id"`
		Active       bool        `json:"active"`
		Patient      reference   `json:"patient"`
		Relationship []concept   `json:"relationship"`
		Name         []humanName `json:"name"`
	}
	agent struct {
		Type concept   `json:"type"`
		Who  reference `json:"who"`
	}
	provenance struct {
		ResourceType string      `json:"resourceType"`
		Target       []reference `json:"target"`
		Recorded     string      `json:"recorded"`
		Reason       []concept   `json:"reason"`
		Agent        []agent     `json:"agent"`
	}
)

// roleCodes are what relations are called in HL7's v3 RoleCode.
var roleCodes = map[Kind]string{
	KindParent: "PRN", KindGuardian: "GUARD", KindPartner: "SPS", KindChild: "CHILD", KindFamily: "FAMMEMB", KindFriend: "FRND",
	KindCarer: "ECON", KindAttorney: "HPOWATT", KindDeputy: "RESPRSN",
}

// actions are what HL7's consentaction calls what may be done.
var actions = []struct {
	may  May
	code string
}{{Look, "access"}, {Ask, "disclose"}, {Manage, "correct"}, {Copy, "collect"}}

func code(system, c string) concept { return concept{Coding: []coding{{system, c}}} }

// told is the reason that the record has: one that is kept from both is the one
// that any suspension has.
func (d Mandate) tellsReason() Reason {
	if d.Quiet {
		return ForReview
	}
	return d.Reason
}

// resources are the relationship and the mandate as the record has them.
func (d Mandate) resources() []any {
	r := relatedPerson{ResourceType: "RelatedPerson", ID: d.Relation.ID, Active: d.Status == Active, Patient: reference{Reference: "Patient/" + d.Patient},
		Relationship: []concept{code(roleSystem, roleCodes[d.Relation.Kind])}, Name: []humanName{{d.Relation.Name}}}
	to := reference{Reference: "RelatedPerson/" + r.ID, Display: d.Relation.Name}
	reason := code(reasonSystem, string(d.tellsReason()))
	c := consent{ResourceType: "Consent", ID: d.ID, Status: "active", Scope: code(scopeSystem, "patient-privacy"), Category: []concept{code(actCodeSystem, "INFA")},
		Patient: r.Patient, DateTime: d.Made.Format(time.RFC3339), Performer: []reference{to}, PolicyRule: code(basisSystem, string(d.Basis)),
		Extension: []extension{{URL: reasonURL, Concept: &reason}, {URL: reviewURL, DateTime: d.Review.Format(time.RFC3339)}},
		Provision: provision{Type: "permit", Period: period{d.Starts.Format(time.RFC3339), d.Ends.Format(time.RFC3339)},
			Actor: []actor{{code(roleClass, "AGNT"), to}}}}
	if d.Status != Active {
		c.Status = "inactive"
	}
	if d.Grantor != "" {
		c.Extension = append(c.Extension, extension{URL: grantorURL, Reference: &reference{Identifier: &identifier{odsSystem, d.Grantor}}})
	}
	if d.Outside != "" {
		c.Identifier = []identifier{readIdentifier(d.Outside)}
	}
	for _, a := range actions {
		if d.May&a.may != 0 {
			c.Provision.Action = append(c.Provision.Action, code(actionSystem, a.code))
		}
	}
	return []any{r, c}
}

// provenance says who made a version of a mandate.
func (d Mandate) provenance(by By, now time.Time) any {
	who := reference{Reference: by.Reference}
	if who.Reference == "" {
		who.Display = by.Actor
	}
	return provenance{ResourceType: "Provenance", Target: []reference{{Reference: "Consent/" + d.ID}, {Reference: "RelatedPerson/" + d.Relation.ID}},
		Recorded: now.UTC().Format(time.RFC3339), Reason: []concept{code(reasonSystem, string(d.tellsReason()))}, Agent: []agent{{code(agentSystem, "author"), who}}}
}

func tree(v any) (*fhir.Tree, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return fhir.Parse(b, fhir.Limits{})
}

// kindOf finds the relation of a code; for one that is not known it is the one
// that the legal basis goes with.
func kindOf(codes []string, b Basis) Kind {
	for _, k := range Kinds() {
		if slices.Contains(codes, roleCodes[k]) {
			return k
		}
	}
	switch b {
	case Parent:
		return KindParent
	case Attorney:
		return KindAttorney
	case Deputy:
		return KindDeputy
	}
	return KindFamily
}
