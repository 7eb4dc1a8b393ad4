package app

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// sees are the ids that a search gives, in order.
func (k *kit) sees(o map[string]any, path string) []string {
	k.t.Helper()
	w := k.read(o, path)
	if w.Code != 200 {
		return []string{fmt.Sprint(w.Code)}
	}
	ids := []string{}
	entries, _ := body(w)["entry"].([]any)
	for _, e := range entries {
		r, _ := e.(map[string]any)["resource"].(map[string]any)
		ids = append(ids, fmt.Sprint(r["id"]))
	}
	slices.Sort(ids)
	return ids
}

// tokens launches an app, which has to go well.
func (k *kit) tokens(scope string, y client.Approval) map[string]any {
	k.t.Helper()
	var f suitetest.Finding
	o := k.launch(&f, k.secret, scope, y)
	if o["access_token"] == nil {
		k.t.Fatalf("no token for %s: %v", scope, o)
	}
	return o
}

// What an app in somebody's name sees is what its scopes say, of what that
// person may see themselves: about the patient in context, or all that the one
// who signed in may see, and with a search only what answers it (SMART 2.2,
// scopes; rows 136, 140, 367, 368, 370 of the matrix).
func TestAnAppSeesWhatItsScopesSay(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		k := newKit(t, at)
		alone := k.doctor
		alone.Patient, alone.Encounter = "", ""
		const vital = "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
		for _, c := range []struct {
			scope string
			who   client.Approval
			sees  map[string][]string
		}{
			{"patient/Observation.rs", k.self, map[string][]string{"/Observation": {"lab", "vital"}, "/Observation?_id=other,lab": {"lab"}, "/Observation/other": {"404"}, "/Condition": {"403"}, "/Patient/sam": {"403"}}},
			{"patient/Observation.read patient/Patient.read", k.self, map[string][]string{"/Observation": {"lab", "vital"}, "/Patient": {"sam"}, "/Patient/tia": {"404"}}},
			{"patient/Observation.s", k.self, map[string][]string{"/Observation": {"lab", "vital"}, "/Observation/lab": {"403"}}},
			{"user/*.rs", k.self, map[string][]string{"/Observation": {"lab", "vital"}, "/Condition": {"c", "c2"}, "/Patient/tia": {"404"}, "/Observation/other": {"404"}}},
			{"user/Condition.rs", k.self, map[string][]string{"/Condition": {"c", "c2"}, "/Observation": {"403"}}},
			{"patient/Observation.rs?category=" + vital, k.self, map[string][]string{"/Observation": {"vital"}, "/Observation/lab": {"404"}, "/Observation?category=laboratory": {}}},
			{"user/*.rs patient/*.rs", k.doctor, map[string][]string{"/Observation": {"lab", "vital"}, "/Encounter": {"e"}, "/Observation/other": {"404"}}},
			{"user/Patient.rs", alone, map[string][]string{"/Patient": {"sam", "tia"}, "/Observation": {"403"}}},
		} {
			o := k.tokens(c.scope, c.who)
			for path, want := range c.sees {
				if got := k.sees(o, path); !slices.Equal(got, want) {
					t.Errorf("%s: %s gives %v, want %v", c.scope, path, got, want)
				}
			}
			if w := k.p.fhir("DELETE", "/Observation/lab", fmt.Sprint(o["access_token"]), ""); w.Code != 403 {
				t.Errorf("%s deletes: %d", c.scope, w.Code)
			}
		}
	})
}

// A link from one Patient to another widens nothing, and the documentation says
// so (row 139 of the matrix).
func TestALinkOfPatientsWidensNothing(t *testing.T) {
	text, err := os.ReadFile("../../docs/app-makers/people.md")
	if err != nil || !strings.Contains(string(text), "**`Patient.link`** opens nothing") {
		t.Errorf("what Patient.link means is not written down: %v", err)
	}
	eachPlace(t, func(t *testing.T, at place) {
		k := newKit(t, at)
		for _, kind := range []string{"seealso", "replaces", "replaced-by", "refer"} {
			linked := `{"resourceType":"Patient","id":"sam","name":[{"family":"Example"}],"link":[{"other":{"reference":"Patient/tia"},"type":"` + kind + `"}]}`
			if w := k.p.fhir("PUT", "/Patient/sam", k.operator, linked); w.Code != 200 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			o := k.tokens("patient/*.rs", k.self)
			for path, want := range map[string][]string{"/Patient": {"sam"}, "/Patient/tia": {"404"}, "/Patient?_include=Patient:link": {"sam"}, "/Observation": {"lab", "vital"},
				"/Observation/other": {"404"}, "/Observation?patient=tia": {}, "/Patient?_has:Patient:link:_id=sam": {}} {
				if got := k.sees(o, path); !slices.Equal(got, want) {
					t.Errorf("%s: %s gives %v, want %v", kind, path, got, want)
				}
			}
		}
	})
}
