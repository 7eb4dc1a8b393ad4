package correction

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// byStatus are the types that are marked as entered in error by their status
// (FHIR R4, the value sets of status). Conditions and allergies have a
// verificationStatus for that.
var byStatus = strings.Fields("Appointment CarePlan ClinicalImpression Communication CommunicationRequest Composition Consent DetectedIssue DeviceRequest " +
	"DeviceUseStatement DiagnosticReport DocumentReference Encounter FamilyMemberHistory Flag ImagingStudy Immunization List Media " +
	"MedicationAdministration MedicationDispense MedicationRequest MedicationStatement NutritionOrder Observation Procedure QuestionnaireResponse " +
	"RequestGroup RiskAssessment ServiceRequest Specimen SupplyDelivery SupplyRequest Task VisionPrescription")

// status is the element that goes by another name in a few types.
var status = map[string]string{"Goal": "lifecycleStatus"}

// CanMark says whether entries of a type can be marked as entered in error.
func CanMark(typ string) bool {
	return slices.Contains(byStatus, typ) || status[typ] != "" || typ == "Condition" || typ == "AllergyIntolerance"
}

const inError = "entered-in-error"

// rightly is the entry as it should be; nil where it says so already.
func rightly(now record.Resource, how How, body []byte) (*fhir.Tree, error) {
	old, err := fhir.Parse(now.Body, fhir.Limits{Bytes: len(now.Body), Nodes: 64 << 20})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	switch how {
	case InError:
		if body, err = marked(old, now.Type); err != nil {
			return nil, err
		}
	case Amended:
		body = bytes.TrimSpace(body)
	default:
		return nil, problem.New(problem.Invalid, "Choose how the entry is put right.").Because("correction-how")
	}
	t, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The entry as it should be can not be read. Change only what is wrong in it.", err).Because("correction-body")
	}
	if !t.Root().Get("resourceType").Is(now.Type) || !t.Root().Get("id").Is(now.ID) {
		return nil, problem.New(problem.Invalid, "The entry as it should be has another type or id. Change only what is wrong in it.").Because("correction-body")
	}
	if fhir.ContentHash(t) == fhir.ContentHash(old) {
		if how == InError {
			return nil, nil
		}
		return nil, problem.New(problem.Invalid, "The entry as it should be says what it says now. Change what is wrong in it.").Because("correction-same")
	}
	for _, is := range validate.Resource(t, validate.Options{}) {
		if is.Severity == validate.Error {
			return nil, problem.New(problem.Invalid, "The entry as it should be is not valid FHIR: "+is.Message+". Mend it, then answer again.").Because("correction-not-valid")
		}
	}
	return t, nil
}

// AsMistake is an entry as it is once it is marked as entered in error; nil where
// it says so already.
func AsMistake(now record.Resource) (*fhir.Tree, error) { return rightly(now, InError, nil) }

// marked is an entry that is marked as entered in error.
func marked(t *fhir.Tree, typ string) ([]byte, error) {
	root := t.Root()
	name, value := "status", `"`+inError+`"`
	if s := status[typ]; s != "" {
		name = s
	}
	var edits []fhir.Edit
	switch {
	case typ == "Condition", typ == "AllergyIntolerance":
		name, value = "verificationStatus", `{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/`+
			map[string]string{"Condition": "condition-ver-status", "AllergyIntolerance": "allergyintolerance-verification"}[typ]+`","code":"`+inError+`"}]}`
		if root.Get(name).Get("coding").At(0).Get("code").Is(inError) {
			return t.Bytes(), nil
		}
		// One that was never true has no clinical status (R4: con-5, ait-2).
		edits = fhir.Cut(edits, root, func(n fhir.Node) bool { return n.KeyIs("clinicalStatus") || n.KeyIs("_clinicalStatus") })
	case !CanMark(typ):
		return nil, problem.New(problem.Invalid, "Entries of this kind can not be marked as wrong. Write how it should be instead.").Because("correction-no-mark")
	case root.Get(name).Is(inError):
		return t.Bytes(), nil
	}
	cut := fhir.Splice(t.Bytes(), edits)
	again, err := fhir.Parse(cut, fhir.Limits{Bytes: len(cut), Nodes: 64 << 20})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	if old := again.Root().Get(name); old.Exists() {
		from, to := old.Span()
		return fhir.Splice(cut, []fhir.Edit{{From: from, To: to, With: []byte(value)}}), nil
	}
	_, end := again.Root().Get("resourceType").MemberSpan()
	return fhir.Splice(cut, []fhir.Edit{{From: end, To: end, With: []byte(`,"` + name + `":` + value)}}), nil
}

type ref struct {
	Reference string `json:"reference,omitempty"`
	Display   string `json:"display,omitempty"`
}

type text struct {
	Text string `json:"text"`
}

// provenance says why an entry has a new version, and who answered for it. It
// names the person besides, so that it lies in their record.
func provenance(by By, r Request, version int64, reason string, at time.Time) (*fhir.Tree, error) {
	agent := map[string]any{"who": ref{Display: "The service's operator"}}
	switch {
	case by.Practitioner != "":
		agent["who"] = ref{Reference: by.Practitioner}
	case by.Organisation != "":
		agent["who"] = ref{Reference: "Organization/" + by.Organisation}
	}
	if by.Organisation != "" {
		agent["onBehalfOf"] = ref{Reference: "Organization/" + by.Organisation}
	}
	return build(map[string]any{
		"resourceType": "Provenance",
		"target":       []ref{{Reference: r.Entry.String() + "/_history/" + strconv.FormatInt(version, 10)}, {Reference: "Patient/" + r.patient}},
		"recorded":     at.Format(time.RFC3339),
		"reason":       []text{{reason}},
		"activity":     map[string]any{"coding": []map[string]string{{"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "UPDATE"}}},
		"agent":        []any{agent},
		"entity":       []any{map[string]any{"role": "revision", "what": ref{Reference: r.Entry.String() + "/_history/" + strconv.FormatInt(version-1, 10)}}},
	})
}

// disagreement is a person's statement about an entry, as a message in their
// record.
func disagreement(r Request, statement string, at time.Time) (*fhir.Tree, error) {
	return build(map[string]any{
		"resourceType": "Communication",
		"status":       "completed",
		"category":     []text{{"The person does not agree with this entry"}},
		"subject":      ref{Reference: "Patient/" + r.patient},
		"about":        []ref{{Reference: r.Entry.String()}},
		"sent":         at.Format(time.RFC3339),
		"sender":       ref{Reference: "Patient/" + r.patient},
		"payload":      []map[string]string{{"contentString": statement}},
	})
}

func build(v map[string]any) (*fhir.Tree, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	t, err := fhir.Parse(b, fhir.Limits{})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return t, nil
}
