package fhirapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Each question about what is hidden gets the answer of a record that never
// held it. Hidden are Bob's whole record, and for an app that may see Ann's
// laboratory results only, her other ones.

// A number can not be found out by asking again and again whether it is higher.
func TestAttack39ReverseChainsOnHiddenValues(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, value := range []string{"gt50", "gt76", "lt200", "99", "77", "ge99"} {
			w.finds(annsTests, "/Patient?_has:Observation:patient:value-quantity="+value, only(value == "lt200", "Patient/ann")...)
			w.finds(annsTests, "/Practitioner?_has:Observation:performer:value-quantity="+value, only(value == "lt200", "Practitioner/doc")...)
			w.finds(annsApp, "/Practitioner?_has:Observation:performer:value-quantity="+value, only(value != "99" && value != "ge99", "Practitioner/doc")...)
			w.finds(bobsApp, "/Practitioner?_has:Observation:performer:value-quantity="+value, only(value != "77", "Practitioner/doc")...)
		}
		w.finds(annsTests, "/Patient?_has:Observation:patient:value-quantity=lt50", "Patient/ann")
		w.finds(annsApp, "/Location?_has:Encounter:location:class=hushed")
		w.finds(annsApp, "/Practitioner?_has:Patient:general-practitioner:birthdate=1990-02-02")
		w.finds(annsApp, "/Practitioner?_has:Patient:general-practitioner:_has:Observation:patient:value-quantity=99")
		w.finds(annsApp, "/Patient?_has:List:item:status=current")
		w.finds(annsApp, "/Patient?_list=bob-list")
		w.finds(annsApp, "/Observation?_list=bob-list")
	})
}

// A right to some resources of a type is none to take data out (shared/domain,
// section 1.8).
func TestARestrictedScopeStartsNoExport(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for token, status := range map[string]int{
			"program~-~system/Observation.rs?category=laboratory":                       http.StatusForbidden,
			"program~-~system/Observation.rs?category=laboratory+system/Patient.rs":     http.StatusForbidden,
			"program~-~system/Observation.r+system/Observation.s?category=laboratory":   http.StatusForbidden,
			"program~-~system/Observation.rs":                                           http.StatusAccepted,
			"program~-~system/Observation.rs+system/Observation.rs?category=laboratory": http.StatusAccepted,
		} {
			w.wants(status, token, "GET", "/$export?_type=Observation", "", "Prefer: respond-async")
		}
	})
}

// A plan depends on what is there, so it tells nothing to who may see a part.
func TestPlansTellNothingOfHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, path := range []string{"/Observation?encounter=Encounter/@", "/Observation?_has:Provenance:target:patient=bob&encounter=@", "/Encounter/@/Observation?status=final"} {
			w.same(annsApp, "GET", path+"&_explain=true", "", "bob-visit")
			w.same(annsTests, "GET", path+"&_explain=true", "", "bob-visit")
		}
	})
}

func only(yes bool, name string) []string {
	if yes && name != "" {
		return []string{name}
	}
	return nil
}

func TestAttack40ChainsToHiddenResources(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, path := range []string{"/Observation?patient.birthdate=1990-02-02", "/Observation?focus:Patient.birthdate=1990-02-02", "/Observation?focus:Encounter.status=finished", "/Observation?has-member:Observation.status=final",
			"/Observation?has-member:Observation.value-quantity=gt1", "/Observation?device:Device.patient=Patient/bob", "/Observation?focus:Patient.general-practitioner.family=Quill", "/Encounter?subject:Patient.birthdate=1990-02-02"} {
			w.finds(annsApp, path)
			w.finds(annsNurse, path)
		}
		w.finds(annsApp, "/Observation?patient.general-practitioner:Practitioner.family=Quill", "Observation/ann-lab", "Observation/ann-social")
		w.finds(annsTests, "/Observation?patient.birthdate=1980", "Observation/ann-lab")
		// What the scope does not have may not be asked about either.
		w.wants(http.StatusForbidden, "self~ann~patient/Observation.rs", "GET", "/Observation?patient.birthdate=1980", "")
		w.wants(http.StatusForbidden, "self~ann~patient/Patient.rs", "GET", "/Patient?_has:Observation:patient:status=final", "")
		w.wants(http.StatusForbidden, anyNurse, "GET", "/Patient?_has:Observation:patient:status=final", "")
	})
}

func TestAttack41ModifiersOnHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		lab := []string{"Observation/ann-lab"}
		for path, want := range map[string][]string{
			"category:not=laboratory":                nil,
			"category:not=survey":                    lab,
			"category:missing=false":                 lab,
			"category:missing=true":                  nil,
			"value-quantity:missing=false":           lab,
			"code:text=plain":                        lab,
			"patient:identifier=urn:n|x":             nil,
			"subject:Patient=ann":                    lab,
			"identifier:of-type=a|b|c":               nil,
			"_profile:below=http://x":                nil,
			"code-value-quantity=urn:k|k$77":         nil,
			"code-value-quantity=urn:k|k$gt0":        lab,
			"combo-code-value-quantity=urn:k|k$gt50": nil,
			"value-quantity=ne4":                     nil,
			"date=ge2025":                            lab,
			"_id:not=ann-lab":                        nil,
		} {
			w.finds(annsTests, "/Observation?"+path, want...)
		}
		if a := w.ask(annsTests, "GET", "/Observation?_filter=value-quantity%20gt%2050", "", "Prefer: handling=strict"); a.Code == http.StatusOK {
			t.Errorf("_filter is answered: %s", cut(a.Body.String()))
		}
		w.finds(annsApp, "/Patient?birthdate:missing=false", "Patient/ann")
		w.finds(annsApp, "/Patient?_id:not=ann")
		w.finds(annsApp, "/Observation?performer:identifier=hushed")
	})
}

func TestAttack42SortingByHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(annsObservation("ann-lab2", "laboratory", "99"))
		for _, sort := range []string{"value-quantity", "-date", "_lastUpdated", "-_lastUpdated", "category", "_id", "code,-value-quantity"} {
			got := entriesOf(t, w.wants(http.StatusOK, annsTests, "GET", "/Observation?_sort="+sort, ""))
			slices.Sort(got)
			if strings.Join(got, " ") != "Observation/ann-lab Observation/ann-lab2" {
				t.Errorf("_sort=%s gives %v", sort, got)
			}
			first := bundleOf(t, w.wants(http.StatusOK, annsTests, "GET", "/Observation?_count=1&_sort="+sort, ""))
			second := bundleOf(t, w.wants(http.StatusOK, annsTests, "GET", w.next(first), ""))
			if len(first.Entry) != 1 || len(second.Entry) != 1 || w.next(second) != "" {
				t.Errorf("_sort=%s has pages of %d and %d", sort, len(first.Entry), len(second.Entry))
			}
		}
	})
}

func TestAttack43Totals(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for token, want := range map[string]int{annsTests: 1, annsApp: 2, annsNurse: 2, bobsApp: 1} {
			for _, path := range []string{"/Observation?_total=accurate", "/Observation?_summary=count", "/Observation?_count=0", "/Observation?_total=accurate&_count=1", "/Observation?_total=estimate&_count=1",
				"/Observation?_summary=count&status=final", "/Observation?_summary=count&performer:Practitioner.family=Quill", "/Observation?_summary=count&_sort=-date"} {
				b := bundleOf(t, w.ask(token, "GET", path, ""))
				if b.Total == nil || *b.Total != want {
					t.Errorf("%s counts %v for %s, not %d", path, b.Total, token, want)
				}
			}
		}
		for _, path := range []string{"/Group?_summary=count", "/Appointment?_total=accurate", "/List?_summary=count", "/Observation?_summary=count&value-quantity=99", "/Patient?_summary=count&_id=bob", "/Basic?_summary=count"} {
			if b := bundleOf(t, w.wants(http.StatusOK, annsApp, "GET", path, "")); b.Total == nil || *b.Total != 0 {
				t.Errorf("%s counts %v", path, b.Total)
			}
		}
	})
}

// Changes of what is hidden leave no trace in times and versions.
func TestAttack44TimesOfHiddenChanges(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		a := w.ask(annsApp, "GET", "/Patient/ann/_history", "")
		now := "2100-01-01T00:00:00Z"
		w.put(strings.Replace(townsfolk[9], `"value":99`, `"value":98`, 1))
		w.put(annsObservation("ann-social", "social-history", "78"))
		for _, token := range []string{annsTests, annsApp} {
			w.finds(token, "/Observation?_lastUpdated=gt"+now)
			for _, path := range []string{"/Patient/ann/_history", "/Observation/_history?_since=2000-01-01", "/_history?_since=2000-01-01", "/Observation/_history?_at=" + now} {
				if token == annsTests && path[:2] == "/_" {
					w.wants(http.StatusForbidden, token, "GET", path, "")
					continue
				}
				got := w.wants(http.StatusOK, token, "GET", path, "").Body.String()
				if strings.Contains(got, "bob-") && !strings.Contains(got, `"id":"ann-`) || token == annsTests && strings.Contains(got, "ann-social") {
					t.Errorf("%s tells of what is hidden: %s", path, cut(got))
				}
			}
		}
		if b := w.ask(annsApp, "GET", "/Patient/ann/_history", ""); len(bundleOf(t, b).Entry) != len(bundleOf(t, a).Entry) {
			t.Error("Ann's history has grown with Bob's")
		}
	})
}

func TestAttack45WordsOfHiddenTexts(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(`{"resourceType":"Observation","id":"ann-social","status":"final","category":[{"coding":[{"code":"social-history"}]}],"code":{"text":"whisper"},"subject":{"reference":"Patient/ann"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">whisper</div>"}}`)
		for _, path := range []string{"/Observation?_content=whisper", "/Observation?_text=whisper", "/Observation?code:text=whisper"} {
			w.finds(annsTests, path)
			w.finds(annsApp, path, "Observation/ann-social")
			w.finds(bobsApp, path)
		}
		for _, path := range []string{"/Observation?_content=hushed", "/Patient?_content=hushed", "/List?title=hushed", "/Practitioner?_has:Patient:general-practitioner:_content=hushed"} {
			w.finds(annsApp, path)
		}
	})
}

func TestAttack46ValidateWithHiddenIds(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for typ, id := range map[string]string{"Patient": "bob", "Observation": "bob-lab", "Group": "bob-group"} {
			w.same(annsApp, "GET", "/"+typ+"/@/$validate", "", id)
			w.same(annsApp, "GET", "/"+typ+"/@/$validate?mode=delete", "", id)
			w.same(annsApp, "POST", "/"+typ+"/@/$validate?mode=update", least(typ, "@"), id)
		}
	})
}

func TestAttack51ConditionalReadsOfHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, header := range []string{`If-None-Match: W/"1"`, "If-None-Match: *", `If-None-Match: W/"2"`, "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"} {
			w.same(annsApp, "GET", "/Observation/@", "", "bob-lab", header)
			w.same(annsTests, "GET", "/Observation/@", "", "ann-social", header)
			w.same(annsApp, "HEAD", "/Patient/@", "", "bob", header)
		}
		w.wants(http.StatusNotModified, annsApp, "GET", "/Observation/ann-lab", "", `If-None-Match: W/"1"`)
	})
}
