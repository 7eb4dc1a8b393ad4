package ips

import (
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
)

// part is one section of the document, and how it is found.
type part struct {
	key     string
	code    string // LOINC
	display string // what LOINC calls it
	system  string // of the code; "" is LOINC
	needed  bool   // it is there when it is empty too (IPS 2.0.0, Composition)
	of      []question
	keep    func(fhir.Node) bool // of what no parameter searches for; nil for all
}

// question is one search of a part.
type question struct {
	types   []string
	pairs   []search.Pair
	include string
	most    int
}

// How many entries of one question are taken, the newest first. What is left out
// is said. They are far more than most people have, and bound what one request
// can cost.
const (
	mostVital  = 100 // allergies, illnesses and medicines, of which none may be missed
	mostOthers = 50
	mostVitals = 20
)

func not(param string, codes ...string) (all []search.Pair) {
	for _, c := range codes {
		all = append(all, search.Pair{Name: param + ":not", Value: c})
	}
	return all
}

func is(param, codes string) search.Pair { return search.Pair{Name: param, Value: codes} }

// parts are the sections in the order of the guide. What is marked as entered in
// error, refuted or not done is in none of them. A problem whose state is not
// said counts as one that still is.
var parts = []part{
	{key: "problems", code: "11450-4", display: "Problem list - Reported", needed: true, of: []question{{
		types: []string{"Condition"}, most: mostVital,
		pairs: slices.Concat(not("clinical-status", "inactive", "remission", "resolved"), not("verification-status", "entered-in-error", "refuted"))}}},
	{key: "allergies", code: "48765-2", display: "Allergies and adverse reactions Document", needed: true, of: []question{{
		types: []string{"AllergyIntolerance"}, most: mostVital, pairs: not("verification-status", "entered-in-error", "refuted")}}},
	{key: "medicines", code: "10160-0", display: "History of Medication use Narrative", needed: true, of: []question{
		{types: []string{"MedicationRequest"}, most: mostVital, include: "MedicationRequest:medication",
			pairs: not("status", "completed", "stopped", "cancelled", "entered-in-error", "draft")},
		{types: []string{"MedicationStatement"}, most: mostVital, include: "MedicationStatement:medication",
			pairs: not("status", "completed", "stopped", "entered-in-error", "not-taken")}}},
	{key: "alerts", code: "104605-1", display: "Alert", keep: current, of: []question{{types: []string{"Flag"}, most: mostOthers}}},
	{key: "vaccinations", code: "11369-6", display: "History of Immunization Narrative", of: []question{{
		types: []string{"Immunization"}, most: mostVital, pairs: []search.Pair{is("status", "completed")}}}},
	{key: "results", code: "30954-2", display: "Relevant diagnostic tests/laboratory data note", of: []question{
		{types: []string{"Observation"}, most: mostOthers, pairs: append(not("status", "entered-in-error", "cancelled"), is("category", "laboratory"))},
		{types: []string{"DiagnosticReport"}, most: mostVitals, pairs: not("status", "entered-in-error", "cancelled")}}},
	{key: "treatments", code: "47519-4", display: "History of Procedures Document", of: []question{{
		types: []string{"Procedure"}, most: mostOthers, pairs: not("status", "entered-in-error", "not-done", "preparation")}}},
	{key: "devices", code: "46264-8", display: "History of medical device use", keep: current, of: []question{{
		types: []string{"DeviceUseStatement"}, most: mostOthers, include: "DeviceUseStatement:device"}}},
	{key: "past", code: "11348-0", display: "History of Past illness note", of: []question{{
		types: []string{"Condition"}, most: mostOthers,
		pairs: append(not("verification-status", "entered-in-error", "refuted"), is("clinical-status", "inactive,remission,resolved"))}}},
	{key: "vitals", code: "8716-3", display: "Vital signs note", of: []question{{
		types: []string{"Observation"}, most: mostVitals, pairs: append(not("status", "entered-in-error", "cancelled"), is("category", "vital-signs"))}}},
}

// current keeps what is in force, or of which that is not known.
func current(n fhir.Node) bool {
	switch n.Get("status").Str() {
	case "entered-in-error", "inactive", "completed", "stopped":
		return false
	}
	return true
}

// blood asks for the newest blood group: by LOINC, of AB0 and Rhesus together and
// of each, and by SNOMED CT.
var blood = question{types: []string{"Observation"}, most: 1, pairs: append(not("status", "entered-in-error", "cancelled", "preliminary", "registered"),
	is("code", "http://loinc.org|882-1,http://loinc.org|883-9,http://snomed.info/sct|365637002,http://snomed.info/sct|112143006"))}
