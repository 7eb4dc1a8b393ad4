package brands

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Site is this server, as the world sees it.
type Site struct {
	FHIR  string // the base URL of the FHIR interface
	Pages string // where people sign in
}

// odsSystem is the system of codes of England's Organisation Data Service
// (UK Core, ODS organisation code).
const odsSystem = "https://fhir.nhs.uk/Id/ods-organization-code"

// Make is the bundle of the organisations that this server keeps, without
// anything that the operator did not say: the oldest open organisation is the
// primary brand, each other one shares its portal, and a site is part of its
// organisation. It is nil where none is open.
//
// The website of an organisation is not kept here, so it says that whoever was
// asked did not know it. An operator who wants websites, pictures and places
// writes a bundle.
func Make(all []staff.Organisation, s Site) (*Bundle, error) {
	var changed time.Time
	var open []staff.Organisation
	known := map[string]bool{}
	for _, o := range all {
		changed = latest(changed, o.Made, o.Closed)
		if o.Closed.IsZero() {
			open = append(open, o)
			known[o.ID] = true
		}
	}
	// A site whose organisation was closed is closed with it.
	open = slices.DeleteFunc(open, func(o staff.Organisation) bool { return o.Parent != "" && !known[o.Parent] })
	slices.SortFunc(open, func(a, b staff.Organisation) int {
		return cmp.Or(cmp.Compare(len(a.Parent), len(b.Parent)), a.Made.Compare(b.Made), cmp.Compare(a.ODS, b.ODS))
	})
	if len(open) == 0 {
		return nil, nil
	}
	out := object{"resourceType": "Bundle", "type": "collection", "timestamp": changed.UTC().Format(time.RFC3339)}
	entries := []object{{"fullUrl": s.FHIR + "/" + endpointName, "resource": s.endpoint(open[0].Name)}}
	for _, o := range open {
		entries = append(entries, object{"fullUrl": s.FHIR + "/Organization/" + o.ID, "resource": s.brand(o)})
	}
	out["entry"] = entries
	text, err := json.Marshal(out)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return Read(text, changed, s.FHIR)
}

type object = map[string]any

const endpointName = "Endpoint/fhir"

func (s Site) endpoint(name string) object {
	return object{
		"resourceType": "Endpoint", "id": "fhir", "status": "active", "name": "FHIR R4 of " + name, "address": s.FHIR,
		"extension":      []object{{"url": extVersion, "valueCode": "4.0.1"}},
		"connectionType": object{"system": connectionTypes, "code": "hl7-fhir-rest"},
		"contact":        []object{{"system": "url", "value": s.Pages}},
		"payloadType":    []object{{"coding": []object{{"system": "http://terminology.hl7.org/CodeSystem/endpoint-payload-type", "code": "none"}}}},
	}
}

func (s Site) brand(o staff.Organisation) object {
	b := object{
		"resourceType": "Organization", "id": o.ID, "active": true, "name": o.Name,
		"meta":       object{"lastUpdated": o.Made.UTC().Format(time.RFC3339)},
		"identifier": []object{{"system": odsSystem, "value": o.ODS}},
		"telecom":    []object{{"system": "url", "_value": object{"extension": []object{{"url": fhir.DataAbsentReason, "valueCode": "asked-unknown"}}}}},
	}
	if o.Parent != "" {
		b["partOf"] = object{"reference": "Organization/" + o.Parent}
		return b
	}
	b["endpoint"] = []object{{"reference": endpointName}}
	b["extension"] = []object{{"url": extPortal, "extension": []object{
		{"url": "portalName", "valueString": "Bevan"},
		{"url": "portalUrl", "valueUrl": s.Pages},
		{"url": "portalEndpoint", "valueReference": object{"reference": endpointName}},
	}}}
	return b
}

func latest(t time.Time, all ...time.Time) time.Time {
	for _, x := range all {
		if x.After(t) {
			t = x
		}
	}
	return t
}
