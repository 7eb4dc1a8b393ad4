package sim

import (
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
)

func TestEverythingIsValidR4(t *testing.T) {
	bad := 0
	check := func(one Resource) {
		tree, err := fhir.Parse(one.JSON, fhir.Limits{})
		if err != nil {
			t.Fatalf("%v\n%s", err, one.JSON)
		}
		for _, issue := range validate.Resource(tree, validate.Options{}) {
			if bad++; bad < 10 {
				t.Errorf("%s %s: %s\n%s", issue.Severity, issue.Path, issue.Message, one.JSON)
			}
		}
	}
	for _, links := range []Links{ByID, ByURN} {
		r := region(1000, 0.5)
		r.Links = links
		for one := range r.Places() {
			check(one)
		}
		for one := range all(r, 0) {
			check(one)
		}
	}
}

func TestATransactionIsAValidBundle(t *testing.T) {
	r := region(1000, 0.5)
	r.Links = ByURN
	for n := range 20 {
		tree, err := fhir.Parse(Transaction(nil, r.Household(n)), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, issue := range validate.Resource(tree, validate.Options{}) {
			t.Errorf("%s %s: %s", issue.Severity, issue.Path, issue.Message)
		}
	}
}
