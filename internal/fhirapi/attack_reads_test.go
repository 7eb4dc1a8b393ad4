package fhirapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The attacks are those of shared/domain/identity-consent-audit.md, section
// 6.3, by their numbers.

// Scopes of the user/ level that a patient's sign-in was granted give rights
// to their own record only.
func TestAttack14UserScopesOfAPatientAreTheirOwn(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.finds(annsApp, "/Patient", "Patient/ann")
		w.finds(annsApp, "/Observation", "Observation/ann-lab", "Observation/ann-social")
		w.finds(annsApp, "/Practitioner", "Practitioner/doc")
		w.wants(http.StatusForbidden, annsApp, "GET", "/$export", "")
		w.wants(http.StatusForbidden, annsApp, "GET", "/Patient/$export", "")
		w.wants(http.StatusForbidden, annsApp, "GET", "/Group/bob-group/$export", "")
		w.wants(http.StatusForbidden, annsApp, "POST", "/$import", `{"resourceType":"Parameters"}`)
		w.wants(http.StatusForbidden, annsApp, "DELETE", "/Observation/ann-lab", "")
		w.wants(http.StatusForbidden, annsApp, "PUT", "/Practitioner/doc", `{"resourceType":"Practitioner","id":"doc"}`)
	})
}

// A scope about a patient gives nothing where none was chosen, whoever signed
// in, and whatever the request says of itself.
func TestAttack15APatientScopeWithoutAPatient(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, token := range []string{"self~-~patient/*.rs", "self~-~user/*.rs", "care~-~patient/*.rs"} {
			for _, path := range []string{"/Patient/ann", "/Patient", "/Observation?patient=ann", "/Patient/ann/$everything", "/Practitioner"} {
				w.wants(http.StatusForbidden, token, "GET", path, "", "X-Patient: ann")
			}
		}
		// A patient whom nobody knows has a record with nothing in it.
		w.finds("self~carla~patient/*.rs", "/Patient")
		w.finds("self~carla~patient/*.rs", "/Observation")
		w.finds("self~carla~patient/*.rs", "/Practitioner", "Practitioner/doc")
		w.wants(http.StatusForbidden, "self~carla~patient/*.cruds", "POST", "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/carla"}}`)
	})
}

func TestAttack25AnotherPatientsResourceById(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.ask("operator", "DELETE", "/List/bob-list", "")
		for typ, id := range map[string]string{"Patient": "bob", "Observation": "bob-lab", "Encounter": "bob-visit", "List": "bob-list", "Group": "bob-group",
			"Appointment": "bob-both", "Provenance": "bob-prov", "Basic": "bob-basic", "Binary": "bob-binary", "Device": "bob-device"} {
			at := "/" + typ + "/@"
			for _, path := range []string{at, at + "?_elements=id", at + "?_summary=true", at + "?_pretty=true", at + "/_history", at + "/_history?_count=1", at + "/_history/1", at + "/_history/2", at + "/$meta", at + "/_history/1/$meta", at + "/$validate"} {
				w.same(annsApp, "GET", path, "", id)
				w.same(annsNurse, "GET", path, "", id)
				w.same(annsApp, "HEAD", path, "", id)
			}
			w.wants(http.StatusNotFound, annsApp, "GET", "/"+typ+"/"+id, "")
		}
		w.same(annsTests, "GET", "/Observation/@", "", "ann-social")
		w.same(annsTests, "GET", "/Observation/@/_history", "", "ann-social")
		w.same(annsTests, "GET", "/Observation/@/_history/1", "", "ann-social")
		w.wants(http.StatusOK, annsApp, "GET", "/Observation/ann-social", "")
	})
}

func TestAttack26AnotherPatientsIdInASearch(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.finds(annsApp, "/Patient?_id=bob")
		w.finds(annsApp, "/Patient?_id=ann,bob", "Patient/ann")
		w.finds(annsApp, "/Patient?birthdate=1990-02-02")
		w.finds(annsApp, "/Observation?_id=ann-lab,bob-lab", "Observation/ann-lab")
		w.finds(annsApp, "/?_id=bob,ann", "Patient/ann")
		w.finds(annsTests, "/Observation?_id=ann-social,ann-lab", "Observation/ann-lab")
		if b := bundleOf(t, w.ask(annsApp, "GET", "/Patient?_id=ann,bob&_total=accurate", "")); b.Total == nil || *b.Total != 1 {
			t.Errorf("the total is %v", b.Total)
		}
	})
}

func TestAttack27AnotherPatientsCompartment(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.finds(annsApp, "/Patient/bob/Observation")
		w.finds(annsApp, "/Patient/bob/*")
		w.finds(annsApp, "/Patient/ann/Observation?subject=Patient/bob")
		w.finds(annsApp, "/Patient/ann/Observation?patient=bob")
		w.finds(annsApp, "/Encounter/bob-visit/Observation")
		w.finds(annsApp, "/Patient/ann/Observation", "Observation/ann-lab", "Observation/ann-social")
		w.finds(annsTests, "/Patient/ann/Observation", "Observation/ann-lab")
		w.same(annsApp, "GET", "/Patient/@/$everything", "", "bob")
		w.same(annsApp, "GET", "/Encounter/@/$everything", "", "bob-visit")
		for _, path := range []string{"/Patient/ann/$everything", "/Patient/ann/$everything?_type=Patient,Observation", "/Patient/ann/$everything?_count=1"} {
			w.wants(http.StatusOK, annsApp, "GET", path, "")
		}
		a := w.wants(http.StatusOK, annsTests, "GET", "/Patient/ann/$everything", "")
		if body := a.Body.String(); strings.Contains(body, "ann-social") || !strings.Contains(body, "ann-lab") {
			t.Errorf("$everything gives %s", cut(body))
		}
		w.same(annsApp, "GET", "/Patient/@/$summary", "", "bob")
		if body := w.wants(http.StatusOK, annsApp, "GET", "/Patient/ann/$summary", "").Body.String(); strings.Contains(body, "hushed") || !strings.Contains(body, "ann-lab") {
			t.Errorf("$summary gives %s", cut(body))
		}
		w.same(annsApp, "GET", "/Patient/@/$immds-forecast", "", "bob")
		w.finds(annsTests, "/Observation/$lastn?patient=ann&max=9", "Observation/ann-lab")
		w.finds(annsApp, "/Observation/$lastn?patient=bob")
	})
}

// What names a patient without being in their record is not theirs to see.
func TestAttack28LinkedWithoutMembership(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, path := range []string{"/Observation?focus=Patient/ann", "/Observation?performer=Patient/ann", "/List?item=Patient/ann", "/Patient/ann/List", "/List", "/Group?member=Patient/ann"} {
			w.finds(annsApp, path)
		}
		w.finds(bobsApp, "/Observation?focus=Patient/bob") // Ann's results that name Bob
		a := w.ask(bobsApp, "GET", "/Observation/ann-lab", "")
		if a.Code != http.StatusNotFound {
			t.Errorf("Bob reads Ann's result: %d", a.Code)
		}
	})
}

// What is about two people takes the yes of both, and so far nobody's is known
// but one's own.
func TestAttack29AboutTwoPeople(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, token := range []string{annsApp, annsNurse, bobsApp} {
			for _, path := range []string{"/Group", "/Appointment", "/Appointment?status=booked", "/Patient?_has:Appointment:patient:status=booked", "/Group?_has:Observation:subject:status=final", "/Group/_history", "/Appointment?patient=ann"} {
				a := w.ask(token, "GET", path, "")
				if got := entriesOf(t, a); len(got) > 0 || a.Code != http.StatusOK {
					t.Errorf("%s finds %v (%d)", path, got, a.Code)
				}
			}
			w.wants(http.StatusNotFound, token, "GET", "/Appointment/bob-both", "")
		}
		// Nor when it is gone, nor when it names one of them only from then on.
		w.ask("operator", "DELETE", "/Appointment/bob-both", "")
		w.same(annsApp, "GET", "/Appointment/@", "", "bob-both")
		w.put(`{"resourceType":"Appointment","id":"bob-both","status":"booked","participant":[{"actor":{"reference":"Patient/ann"},"status":"accepted"}]}`)
		w.finds(annsApp, "/Appointment", "Appointment/bob-both")
		w.wants(http.StatusOK, annsApp, "GET", "/Appointment/bob-both", "")
		w.wants(http.StatusNotFound, annsApp, "GET", "/Appointment/bob-both/_history/1", "")
	})
}

func TestAttack30IncludesOfAnother(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for path, want := range map[string][]string{
			"/Observation?_id=ann-lab&_include=Observation:focus":                                                                        {"Observation/ann-lab"},
			"/Observation?_id=ann-lab&_include=Observation:focus:Patient":                                                                {"Observation/ann-lab"},
			"/Observation?_id=ann-lab&_include=Observation:has-member":                                                                   {"Observation/ann-lab"},
			"/Observation?_id=ann-lab&_include=Observation:device&_include:iterate=Device:patient":                                       {"Observation/ann-lab"}, // attack 37
			"/Observation?_id=ann-lab&_include=*":                                                                                        {"Observation/ann-lab", "Patient/ann", "Practitioner/doc", "Encounter/ann-visit"},
			"/Observation?_id=ann-lab&_include=Observation:*":                                                                            {"Observation/ann-lab", "Patient/ann", "Practitioner/doc", "Encounter/ann-visit"},
			"/Observation?_id=ann-lab&_include=Observation:performer&_revinclude:iterate=Patient:general-practitioner":                   {"Observation/ann-lab", "Practitioner/doc", "Patient/ann"},
			"/Practitioner?_revinclude=Observation:performer":                                                                            {"Practitioner/doc", "Observation/ann-lab", "Observation/ann-social"},
			"/Practitioner?_revinclude=Patient:general-practitioner":                                                                     {"Practitioner/doc", "Patient/ann"},
			"/Location?_revinclude=Encounter:location":                                                                                   {"Location/ward", "Encounter/ann-visit"},
			"/Patient?_revinclude=Observation:focus":                                                                                     {"Patient/ann"},
			"/Patient?_revinclude=List:item&_revinclude=Group:member&_revinclude=Appointment:patient":                                    {"Patient/ann"},
			"/Encounter?_include=Encounter:location&_include=Encounter:subject&_revinclude=Observation:encounter&_revinclude=List:item":  {"Encounter/ann-visit", "Location/ward", "Patient/ann", "Observation/ann-lab", "Observation/ann-social"},
			"/Patient?_include=Patient:general-practitioner&_revinclude:iterate=Patient:general-practitioner&_revinclude=Device:patient": {"Patient/ann", "Practitioner/doc"},
		} {
			w.finds(annsApp, path, want...)
			w.finds(annsNurse, path, want...)
		}
		w.finds(annsTests, "/Practitioner?_revinclude=Observation:performer", "Practitioner/doc", "Observation/ann-lab")
		w.finds(annsTests, "/Encounter?_revinclude=Observation:encounter", "Encounter/ann-visit", "Observation/ann-lab")
		// Later pages are full and as narrow as the first.
		seen, pages := 0, 0
		for path := "/Observation?_count=1&_include=*&_include:iterate=*"; path != ""; pages++ {
			a := w.wants(http.StatusOK, annsApp, "GET", path, "")
			b := bundleOf(t, a)
			for _, e := range b.Entry {
				if e.Search.Mode == "match" {
					seen++
				}
			}
			path = w.next(b)
		}
		if seen != 2 || pages != 2 {
			t.Errorf("%d results on %d pages", seen, pages)
		}
	})
}

func (w *town) next(b searchset) string {
	for _, l := range b.Link {
		if l.Relation == "next" {
			u, err := url.Parse(l.URL)
			if err != nil {
				w.t.Fatal(err)
			}
			return strings.TrimPrefix(u.RequestURI(), "/fhir")
		}
	}
	return ""
}

// The place where a page ends says nothing of who may read on: that is decided
// anew for each page.
func TestAttack31AnothersPageLink(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(strings.Replace(townsfolk[9], "bob-lab", "bob-lab2", 1))
		for _, path := range []string{"/Observation?_count=1", "/Observation?_count=1&_sort=-date", "/Observation/_history?_count=1", "/Observation?_count=1&_include=*", "/Patient/bob/$everything?_count=1"} {
			theirs := w.next(bundleOf(t, w.ask(bobsApp, "GET", path, "")))
			if theirs == "" {
				t.Fatalf("%s has no second page", path)
			}
			w.quiet(w.ask(annsApp, "GET", theirs, ""), "Bob's link, followed by Ann: "+theirs)
			w.quiet(w.ask(annsTests, "GET", theirs, ""), "Bob's link, followed by Ann: "+theirs)
			mine := w.next(bundleOf(t, w.ask("operator", "GET", path, "")))
			w.quiet(w.ask(annsApp, "GET", mine, ""), "the operator's link, followed by Ann: "+mine)
			u, _ := url.Parse(theirs)
			q := u.Query()
			token := q.Get("_page")
			for _, bad := range []string{token[:len(token)-4] + "AAAA", "ZZZZ" + token[4:], token + "A", "1.1." + token, strings.ToUpper(token)} {
				q.Set("_page", bad)
				w.quiet(w.ask(annsApp, "GET", u.Path+"?"+q.Encode(), ""), "an altered link")
				if a := w.ask(bobsApp, "GET", u.Path+"?"+q.Encode(), ""); a.Code == http.StatusOK {
					t.Errorf("an altered link of %s is taken: %s", path, bad)
				}
			}
		}
	})
}

// What is contained in a resource is not found as if it stood by itself.
func TestAttack32ContainedResources(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(`{"resourceType":"Observation","id":"ann-held","status":"final","code":{"text":"plain"},"contained":[{"resourceType":"Patient","id":"p","name":[{"family":"Zebedee"}]},{"resourceType":"Condition","id":"c","subject":{"reference":"#p"},"code":{"text":"Zebedee"}}],` +
			`"subject":{"reference":"Patient/ann"},"performer":[{"reference":"#p"}],"focus":[{"reference":"#c"}]}`)
		for _, path := range []string{"/Patient?name=Zebedee", "/Condition", "/Condition?code:text=Zebedee", "/Observation?performer:Patient.name=Zebedee", "/Observation?focus:Condition.code:text=Zebedee", "/Observation?subject:Patient.name=Zebedee"} {
			w.finds(annsApp, path)
			w.finds(bobsApp, path)
		}
		w.finds(annsApp, "/Observation?_id=ann-held&_include=Observation:performer&_include=Observation:focus", "Observation/ann-held")
	})
}

// References that look like ours and are not lead nowhere; two entries that
// claim one name are refused; a link between patients opens nothing.
func TestAttack33ReferencesFromElsewhere(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for ref, status := range map[string]int{
			"http://example.com/fhir/Patient/ann":           http.StatusCreated, // ours, in full
			"http://example.com/other/fhir/Patient/ann":     http.StatusForbidden,
			"http://example.com/fhir/../fhir/Patient/ann":   http.StatusForbidden,
			"https://example.com/fhir/Patient/ann":          http.StatusForbidden,
			"http://example.com.evil.test/fhir/Patient/ann": http.StatusForbidden,
			"urn:uuid:6b1d2f5e-0000-4000-8000-000000000001": http.StatusForbidden,
			"Patient/ann/_history/1":                        http.StatusCreated,
			"#ann":                                          http.StatusForbidden,
		} {
			a := w.ask(annsApp, "POST", "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+ref+`"}}`)
			if a.Code != status && (status != http.StatusForbidden || a.Code < 400) {
				t.Errorf("a subject %s gives %d, not %d: %s", ref, a.Code, status, cut(a.Body.String()))
			}
		}
		obs := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`
		entry := `{"fullUrl":"urn:uuid:6b1d2f5e-0000-4000-8000-000000000001","resource":` + obs + `,"request":{"method":"POST","url":"Observation"}}`
		w.wants(http.StatusBadRequest, annsApp, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[`+entry+`,`+entry+`]}`)
		linked := `{"resourceType":"Patient","id":"ann","link":[{"other":{"reference":"Patient/bob"},"type":"replaces"}]}`
		w.wants(http.StatusForbidden, annsApp, "PUT", "/Patient/ann", linked)
		w.wants(http.StatusForbidden, annsNurse, "PUT", "/Patient/ann", linked)
		w.put(linked)
		for _, path := range []string{"/Patient", "/Patient?_include=Patient:link", "/Patient?_revinclude=Patient:link"} {
			w.finds(annsApp, path, "Patient/ann")
		}
		w.finds(annsApp, "/Patient/bob/Observation")
		w.wants(http.StatusNotFound, annsApp, "GET", "/Patient/bob/_history", "")
		w.untouched()
	})
}
