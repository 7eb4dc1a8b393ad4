package portal

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// named are the types whose names stand in a record without being anybody's
// record.
var named = []string{"Organization", "Practitioner", "PractitionerRole", "Location", "HealthcareService"}

// mostNames bounds how many names are looked up for one entry. What is beyond is
// told by what it is: a place of care, or somebody who works in care.
const mostNames = 100

// sayers are the references by which entries say who said so, as parameters of a
// search: those that are not named where they stand come with the entries.
var sayers = map[string][]string{
	"AllergyIntolerance": {"asserter", "recorder"}, "Condition": {"asserter"}, "DiagnosticReport": {"performer"}, "DocumentReference": {"author", "custodian"},
	"Encounter": {"service-provider"}, "Flag": {"author"}, "Immunization": {"performer"}, "MedicationAdministration": {"performer"},
	"MedicationDispense": {"performer"}, "MedicationRequest": {"requester"}, "MedicationStatement": {"source"}, "Observation": {"performer"},
	"Procedure": {"performer"}, "QuestionnaireResponse": {"author"}, "ServiceRequest": {"requester"},
}

// withNames has those come along who said so.
func withNames(types []string, pairs []search.Pair) []search.Pair {
	for _, typ := range types {
		for _, by := range sayers[typ] {
			pairs = append(pairs, search.Pair{Name: "_include", Value: typ + ":" + by})
		}
	}
	return pairs
}

// meet keeps what somebody is called who came along with entries.
func (f *folder) meet(one record.Resource, t *fhir.Tree) {
	if !slices.Contains(named, one.Type) {
		return
	}
	name := t.Root().Get("name").Str() // of a place; what kind of place it is would come first
	if name == "" {
		name = f.reader().Head(t).Title
	}
	if name == f.p.words.Record.Unknown {
		return
	}
	if f.names == nil {
		f.names = map[string]string{}
	}
	f.names[one.Type+"/"+one.ID] = name
}

// learn finds out what those are called that an entry refers to by their number
// only: all of them, and not only who said so.
func (f *folder) learn(entry *fhir.Tree) error {
	types, ids := map[string]bool{}, []string{}
	for n := range entry.Strings("reference") {
		ref := fhir.ParseReference(n.Str())
		if ref.Form == fhir.Relative && slices.Contains(named, ref.Type) && n.Parent().Get("display").Str() == "" && !slices.Contains(ids, ref.ID) && len(ids) < mostNames {
			types[ref.Type], ids = true, append(ids, ref.ID)
		}
	}
	var of []string
	for _, typ := range f.searchable(named) {
		if types[typ] {
			of = append(of, typ)
		}
	}
	if len(of) == 0 {
		return nil
	}
	return f.lookUp(of, ids)
}

func (f *folder) lookUp(types, ids []string) error {
	q, err := search.Parse(f.Registry(), types, nil, []search.Pair{{Name: "_id", Value: strings.Join(ids, ",")}, {Name: "_count", Value: strconv.Itoa(mostNames)}, {Name: "_total", Value: "none"}},
		search.Options{Strict: true, Now: f.p.cfg.Now().UnixMicro(), MaxCount: mostNames})
	if err != nil {
		return err
	}
	page, err := f.Search(f.r.Context(), q, "")
	if err != nil {
		return err
	}
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		f.meet(one, t)
	}
	return nil
}
