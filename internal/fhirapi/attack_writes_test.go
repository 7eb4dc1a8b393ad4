package fhirapi_test

import (
	"net/http"
	"strings"
	"testing"
)

func note(id, subject, rest string) string {
	if id != "" {
		id = `"id":"` + id + `",`
	}
	return `{"resourceType":"Observation",` + id + `"status":"final","code":{"text":"plain"},"category":[{"coding":[{"code":"laboratory"}]}],"subject":{"reference":"` + subject + `"}` + rest + `}`
}

func TestAttack47ConditionalWritesThatMatchHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		// A hidden match is no match: a new one is made, in one's own record.
		for _, cond := range []string{"_id=bob-lab", "status=final&value-quantity=99", "patient=bob"} {
			a := w.wants(http.StatusCreated, annsApp, "POST", "/Observation", note("", "Patient/ann", ""), "If-None-Exist: "+cond)
			if strings.Contains(a.Header().Get("Location"), "bob") {
				t.Errorf("%s leads to %s", cond, a.Header().Get("Location"))
			}
		}
		w.alike(annsTests, "POST", "/Observation", note("", "Patient/ann", ""), "77", "78", "If-None-Exist: value-quantity=@")
		for _, method := range []string{"PUT", "PATCH"} {
			body := note("", "Patient/ann", "")
			if method == "PATCH" {
				body = `[{"op":"replace","path":"/status","value":"amended"}]`
			}
			w.alike(annsApp, method, "/Observation?value-quantity=@", body, "99", "98")
			w.alike(annsTests, method, "/Observation?value-quantity=@", body, "77", "78")
			w.alike(annsApp, method, "/Observation?_id=@", body, "bob-lab", "zzz-zzz")
		}
		w.alike(annsApp, "PUT", "/Observation?_id=@", note("@", "Patient/ann", ""), "bob-lab", "zzz-zzz")
		w.alike("program~-~system/Observation.cruds?category=laboratory", "DELETE", "/Observation?value-quantity=@", "", "77", "78")
		w.alike("program~-~system/Observation.cruds?category=laboratory", "PUT", "/Observation?value-quantity=@", note("", "Patient/ann", ""), "77", "78")
		if a := w.ask(annsApp, "GET", "/Observation/ann-social", ""); a.Code != http.StatusOK {
			t.Errorf("a hidden result is gone: %d", a.Code)
		}
		w.untouched()
	})
}

// To write under the id of what is hidden gives the answer for a free id.
func TestAttack48WritesUnderAHiddenId(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, token := range []string{annsApp, annsNurse, annsTests} {
			for _, header := range []string{"If-Match: ", `If-Match: W/"1"`, `If-Match: W/"9"`} {
				w.same(token, "PUT", "/Observation/@", note("@", "Patient/ann", ""), "bob-lab", header)
				w.same(token, "PATCH", "/Observation/@", `[{"op":"replace","path":"/status","value":"amended"}]`, "bob-lab", header)
				w.same(token, "DELETE", "/Observation/@", "", "bob-lab", header)
			}
			w.same(token, "POST", "/Observation/@/$meta-add", `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}`, "bob-lab")
			w.same(token, "PUT", "/Appointment/@", least("Appointment", "@"), "bob-both")
		}
		w.same(annsTests, "PUT", "/Observation/@", note("@", "Patient/ann", ""), "ann-social")
		program := "program~-~system/Observation.cruds?category=laboratory"
		w.same(program, "PUT", "/Observation/@", note("@", "Patient/ann", ""), "ann-social")
		w.same(program, "DELETE", "/Observation/@", "", "ann-social")
		w.same(program, "DELETE", "/Observation/@", "", "ann-social", `If-Match: W/"1"`)
		w.wants(http.StatusOK, annsApp, "GET", "/Observation/ann-social", "")
		w.untouched()
	})
}

// A reference to what is hidden is taken like one to what is not there yet.
func TestAttack49ReferencesToHidden(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, ref := range []string{`,"encounter":{"reference":"Encounter/@"}`, `,"focus":[{"reference":"Encounter/@"}]`} {
			w.same(annsApp, "POST", "/Observation", note("", "Patient/ann", ref), "bob-visit")
			w.wants(http.StatusCreated, annsApp, "POST", "/Observation", note("", "Patient/ann", strings.ReplaceAll(ref, "@", "bob-visit")))
		}
		w.same(annsApp, "POST", "/Observation", note("", "Patient/ann", `,"focus":[{"reference":"Patient/@"}]`), "bob")
		// One that would put it into another's compartment is refused, whoever they are.
		w.same(annsApp, "POST", "/Observation", note("", "Patient/ann", `,"performer":[{"reference":"Patient/@"}]`), "bob")
		w.untouched()
	})
}

func TestAttack55WritesAboutAnother(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, token := range []string{annsApp, annsNurse, annsTests} {
			for _, subject := range []string{"Patient/bob", "Patient/nobody", "Group/bob-group", "http://example.com/fhir/Patient/bob"} {
				w.wants(http.StatusForbidden, token, "POST", "/Observation", note("", subject, ""))
				w.wants(http.StatusForbidden, token, "PUT", "/Observation/ann-lab", note("ann-lab", subject, ""))
				w.wants(http.StatusForbidden, token, "PATCH", "/Observation/ann-lab", `[{"op":"replace","path":"/subject/reference","value":"`+subject+`"}]`)
				w.wants(http.StatusForbidden, token, "PATCH", "/Observation/ann-lab", `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Observation.subject"},{"name":"value","valueReference":{"reference":"`+subject+`"}}]}]}`)
			}
			// What names Bob already is moved to where the subject stands.
			w.wants(http.StatusForbidden, token, "PATCH", "/Observation/ann-lab", `[{"op":"remove","path":"/subject"},{"op":"move","from":"/focus/0","path":"/subject"}]`)
			w.wants(http.StatusForbidden, token, "PATCH", "/Observation/ann-lab", `[{"op":"copy","from":"/focus/0/reference","path":"/subject/reference"}]`)
			w.wants(http.StatusForbidden, token, "PATCH", "/Observation/ann-lab", `[{"op":"remove","path":"/subject"}]`)
			w.wants(http.StatusForbidden, token, "POST", "/Observation", note("", "Patient/ann", `,"performer":[{"reference":"Patient/bob"}]`))
		}
		w.wants(http.StatusForbidden, annsApp, "POST", "/Appointment", `{"resourceType":"Appointment","status":"proposed","participant":[{"actor":{"reference":"Patient/ann"},"status":"accepted"},{"actor":{"reference":"Patient/bob"},"status":"accepted"}]}`)
		w.wants(http.StatusCreated, annsApp, "POST", "/Appointment", `{"resourceType":"Appointment","status":"proposed","participant":[{"actor":{"reference":"Patient/ann"},"status":"accepted"}]}`)
		w.wants(http.StatusCreated, annsApp, "POST", "/Observation", note("", "Patient/ann", ""))
		w.wants(http.StatusOK, annsApp, "PUT", "/Observation/ann-lab", note("ann-lab", "Patient/ann", ""))
		w.wants(http.StatusForbidden, annsTests, "POST", "/Observation", strings.Replace(note("", "Patient/ann", ""), "laboratory", "vital-signs", 1))
		w.wants(http.StatusForbidden, anyNurse, "POST", "/Observation", note("", "Patient/ann", ""))
		w.untouched()
		if got := entriesOf(t, w.ask(bobsApp, "GET", "/Observation", "")); len(got) != 1 {
			t.Errorf("in Bob's record is now %v", got)
		}
	})
}

// Who may see what is not for its subject to write (part of attack 56).
func TestAttack56WritesThatWouldGiveAccess(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, typ := range []string{"Consent", "CareTeam", "RelatedPerson", "Group", "PractitionerRole", "Patient", "Person", "AuditEvent", "Provenance"} {
			w.wants(http.StatusForbidden, annsApp, "POST", "/"+typ, inRecordOf("ann", typ, ""))
		}
		for _, typ := range []string{"Consent", "Group", "PractitionerRole", "Person", "AuditEvent"} {
			w.wants(http.StatusForbidden, annsNurse, "POST", "/"+typ, inRecordOf("ann", typ, ""))
		}
		w.wants(http.StatusForbidden, annsApp, "PATCH", "/Patient/ann", `[{"op":"add","path":"/generalPractitioner/-","value":{"reference":"Practitioner/me"}}]`)
	})
}

func TestAttack58TransactionsWithAForbiddenEntry(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		good := `{"fullUrl":"urn:uuid:6b1d2f5e-0000-4000-8000-000000000001","resource":` + note("", "Patient/ann", `,"note":[{"text":"fresh"}]`) + `,"request":{"method":"POST","url":"Observation"}}`
		for name, bad := range map[string]string{
			"another's subject":        `{"resource":` + note("", "Patient/bob", "") + `,"request":{"method":"POST","url":"Observation"}}`,
			"another's resource":       `{"resource":` + note("bob-lab", "Patient/ann", "") + `,"request":{"method":"PUT","url":"Observation/bob-lab"}}`,
			"with its version":         `{"resource":` + note("bob-lab", "Patient/ann", "") + `,"request":{"method":"PUT","url":"Observation/bob-lab","ifMatch":"W/\"1\""}}`,
			"a type without a right":   `{"resource":{"resourceType":"Practitioner","id":"doc"},"request":{"method":"PUT","url":"Practitioner/doc"}}`,
			"a verb without a right":   `{"request":{"method":"DELETE","url":"Observation/ann-lab"}}`,
			"a condition on Bob":       `{"resource":` + note("", "Patient?birthdate=1990-02-02", "") + `,"request":{"method":"POST","url":"Observation"}}`,
			"a condition on one's own": `{"resource":` + note("", "Patient/ann", `,"performer":[{"reference":"Practitioner?family=Nobody"}]`) + `,"request":{"method":"POST","url":"Observation"}}`,
			"Bob's name for a new one": `{"fullUrl":"http://example.com/fhir/Patient/bob","resource":` + note("", "Patient/bob", "") + `,"request":{"method":"POST","url":"Observation"}}`,
		} {
			w.ask(annsApp, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[`+good+`,`+bad+`]}`)
			a := w.ask(annsApp, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[`+bad+`,`+good+`]}`)
			if a.Code < 400 {
				t.Errorf("%s: %d %s", name, a.Code, cut(a.Body.String()))
			}
			w.quiet(a, name)
			if got := w.ask(annsApp, "GET", "/Observation?_content=fresh", ""); len(entriesOf(t, got)) > 0 {
				t.Errorf("%s leaves half of it: %s", name, cut(got.Body.String()))
			}
			w.untouched()
		}
		// Of a batch only the one entry is refused; entries that read are as narrow.
		a := w.wants(http.StatusOK, annsApp, "POST", "/", `{"resourceType":"Bundle","type":"batch","entry":[`+good+`,{"resource":`+note("", "Patient/bob", "")+`,"request":{"method":"POST","url":"Observation"}},`+
			`{"request":{"method":"GET","url":"Patient/bob"}},{"request":{"method":"GET","url":"Observation?_id=bob-lab,ann-lab"}}]}`)
		for _, part := range []string{`"status":"201`, `"status":"403`, `"status":"404`, `"total":1`} {
			if !strings.Contains(a.Body.String(), part) {
				t.Errorf("the batch lacks %s: %s", part, cut(a.Body.String()))
			}
		}
		a = w.wants(http.StatusOK, annsApp, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"GET","url":"Patient/bob"}},{"request":{"method":"GET","url":"Observation"}}]}`)
		if !strings.Contains(a.Body.String(), `"status":"404`) {
			t.Errorf("a transaction reads: %s", cut(a.Body.String()))
		}
		// A condition that only hidden ones answer leads to none, like one that nothing does.
		for _, cond := range []string{"Encounter?status=finished&class=@"} {
			w.alike(annsApp, "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":`+note("", "Patient/ann", `,"encounter":{"reference":"`+cond+`"}`)+`,"request":{"method":"POST","url":"Observation"}}]}`, "HUSHE", "zzzzz")
		}
		w.untouched()
	})
}

func TestAttack59HistoriesAreNotRewritten(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.ask("operator", "DELETE", "/List/bob-list", "")
		for _, method := range []string{"DELETE", "PUT", "POST", "PATCH"} {
			for _, path := range []string{"/Observation/ann-lab/_history", "/Observation/ann-lab/_history/1", "/Observation/_history", "/_history"} {
				w.wants(http.StatusMethodNotAllowed, annsApp, method, path, note("ann-lab", "Patient/ann", ""))
			}
		}
		list := `{"resourceType":"List","id":"@","status":"current","mode":"working","subject":{"reference":"Patient/ann"}}`
		w.same(annsNurse, "PUT", "/List/@", list, "bob-list")
		w.same(annsNurse, "PATCH", "/List/@", `[{"op":"replace","path":"/status","value":"retired"}]`, "bob-list")
		w.same(annsNurse, "DELETE", "/List/@", "", "bob-list")
		if a := w.ask("operator", "GET", "/List/bob-list", ""); a.Code != http.StatusGone {
			t.Errorf("Bob's list is back: %d", a.Code)
		}
		// One's own may be brought back by who may change it.
		w.ask("operator", "DELETE", "/Observation/ann-lab", "")
		w.wants(http.StatusGone, annsApp, "GET", "/Observation/ann-lab", "")
		w.same(bobsApp, "GET", "/Observation/@", "", "ann-lab")
		w.wants(http.StatusCreated, annsApp, "PUT", "/Observation/ann-lab", note("ann-lab", "Patient/ann", ""))
	})
}

// What the server says of a resource is not for its sender to say.
func TestAttack60MassAssignment(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		meta := `,"meta":{"versionId":"99","lastUpdated":"1999-01-01T00:00:00Z"}`
		a := w.wants(http.StatusCreated, annsApp, "POST", "/Observation", note("bob-lab", "Patient/ann", meta))
		if body := a.Body.String(); strings.Contains(body, "bob-lab") || strings.Contains(body, `"99"`) || strings.Contains(body, "1999") || a.Header().Get("Etag") != `W/"1"` {
			t.Errorf("it became %s", cut(body))
		}
		a = w.wants(http.StatusOK, annsApp, "PUT", "/Observation/ann-lab", note("ann-lab", "Patient/ann", meta))
		if body := a.Body.String(); strings.Contains(body, `"99"`) || strings.Contains(body, "1999") || a.Header().Get("Etag") != `W/"2"` {
			t.Errorf("it became %s", cut(body))
		}
		a = w.ask(annsApp, "PATCH", "/Observation/ann-lab", `[{"op":"replace","path":"/id","value":"bob-lab"}]`)
		if a.Code < 400 {
			t.Errorf("a patch changes the id: %d", a.Code)
		}
		a = w.ask(annsApp, "PATCH", "/Observation/ann-lab", `[{"op":"replace","path":"/meta/versionId","value":"99"}]`)
		if strings.Contains(a.Body.String(), `"versionId":"99"`) {
			t.Errorf("a patch says the version: %s", cut(a.Body.String()))
		}
		a = w.ask(annsApp, "PUT", "/Observation/ann-lab", note("bob-lab", "Patient/ann", ""))
		if a.Code != http.StatusBadRequest {
			t.Errorf("an id that is not the address's: %d", a.Code)
		}
		w.untouched()
	})
}

// Creating is no leave to write under an id, and changing none to create. Who
// may change everything may make under an id (SMART 2.2.0, u); who may see a
// part only may not, since the answer would tell which ids are taken.
func TestAttack62UpdateAsCreate(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		body := func(id string) string { return note(id, "Patient/ann", "") }
		w.wants(http.StatusForbidden, "self~ann~patient/Observation.c", "PUT", "/Observation/fresh", body("fresh"))
		w.wants(http.StatusForbidden, "self~ann~patient/Observation.u", "POST", "/Observation", body(""))
		w.wants(http.StatusNotFound, "self~ann~patient/Observation.cu", "PUT", "/Observation/fresh", body("fresh"))
		w.wants(http.StatusForbidden, "program~-~system/Observation.c", "PUT", "/Observation/fresh", body("fresh"))
		w.wants(http.StatusForbidden, "program~-~system/Observation.u", "POST", "/Observation", body(""))
		w.wants(http.StatusNotFound, "program~-~system/Observation.cu?category=laboratory", "PUT", "/Observation/fresh", body("fresh"))
		w.wants(http.StatusCreated, "program~-~system/Observation.u", "PUT", "/Observation/fresh", body("fresh"))
	})
}
