package fhirapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

func messageNumber() string {
	d, _ := fhir.NHSCheckDigit("999000123")
	return "999000123" + string(d)
}

// letterAbout is a message about a vaccination, with a part that a test changes.
func letterAbout(lot string) string {
	return fmt.Sprintf(`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/>
<entry><fullUrl value="urn:uuid:m"/><resource><MessageHeader><id value="m"/><meta><lastUpdated value="2026-04-01T10:00:00Z"/></meta>
<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"><valueCodeableConcept><coding><code value="new"/></coding></valueCodeableConcept></extension>
<event><system value="https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"/><code value="vaccinations-1"/></event>
<source><endpoint value="urn:test:one"/></source><focus><reference value="urn:uuid:dose"/></focus></MessageHeader></resource></entry>
<entry><fullUrl value="urn:uuid:dose"/><resource><Immunization><id value="dose"/><status value="completed"/><notGiven value="false"/><vaccineCode><text value="x"/></vaccineCode>
<patient><reference value="urn:uuid:who"/></patient><date value="2026-03-31"/>%s</Immunization></resource></entry>
<entry><fullUrl value="urn:uuid:who"/><resource><Patient><id value="who"/><identifier><system value="%s"/><value value="%s"/></identifier><name><family value="Secretname"/><given value="Ada"/></name><birthDate value="2026-01-05"/></Patient></resource></entry>
</Bundle>`, lot, fhir.NHSNumberSystem, messageNumber())
}

func post(h http.Handler, token, contentType, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	labToken = "program~-~system/*.cruds"
	sendTo   = "/fhir/$process-message"
	xmlType  = "application/fhir+xml"
)

// A program sends a message: it is in the record, and is answered the same when it
// comes again. One that can not be taken is answered with the place, and waits.
func TestProcessMessage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, d)
		h, inbox := s.handler, s.inbox
		person := fmt.Sprintf(`{"resourceType":"Patient","id":"ada","identifier":[{"system":%q,"value":%q}],"name":[{"family":"Secretname","given":["Ada"]}],"birthDate":"2026-01-05"}`, fhir.NHSNumberSystem, messageNumber())
		put := httptest.NewRequest("PUT", "/fhir/Patient/ada", strings.NewReader(person))
		put.Header.Set("Authorization", "Bearer operator")
		put.Header.Set("Content-Type", "application/fhir+json")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, put); w.Code != http.StatusCreated {
			t.Fatal(w.Body)
		}
		good := letterAbout(`<lotNumber value="A1"/>`)
		first := post(h, labToken, xmlType, sendTo, good)
		again := post(h, labToken, xmlType+"; charset=utf-8", sendTo, good)
		if first.Code != 200 || first.Body.String() != again.Body.String() || again.Code != 200 || !strings.Contains(first.Body.String(), "OperationOutcome") {
			t.Errorf("%d %s\n%d %s", first.Code, first.Body, again.Code, again.Body)
		}
		get := httptest.NewRequest("GET", "/fhir/Immunization?patient=ada", nil)
		get.Header.Set("Authorization", "Bearer operator")
		w = httptest.NewRecorder()
		if h.ServeHTTP(w, get); strings.Count(w.Body.String(), `"A1"`) != 1 {
			t.Errorf("%s", w.Body)
		}
		for lot, place := range map[string]string{
			`<lotNumber value="A2"/>`:   "Bundle.entry[0].resource.id", // the same number, something else
			`<lotNumbers value="Sec"/>`: "Bundle.entry[1].resource.lotNumbers",
			`<lotNumber value="&sec;">`: "Bundle.entry[1].resource.lotNumber",
		} {
			w := post(h, labToken, xmlType, sendTo, letterAbout(lot))
			if w.Code != 422 || !strings.Contains(w.Body.String(), place) || !strings.Contains(w.Body.String(), "line ") {
				t.Errorf("%s: %d %s", lot, w.Code, w.Body)
			}
			for _, never := range []string{messageNumber(), "Secretname", "2026-01-05", "Patient/ada"} {
				if strings.Contains(w.Body.String(), never) {
					t.Errorf("%s: the answer holds %s: %s", lot, never, w.Body)
				}
			}
		}
		if _, n, err := inbox.Waiting(t.Context()); err != nil || n != 3 {
			t.Errorf("%d wait, %v", n, err)
		}
	})
}

// Nobody sends messages but programs and operators that may look for everybody and
// write; what is refused so leaves nothing behind.
func TestAttack76WhoMayNotSendMessages(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	h, inbox := s.handler, s.inbox
	good := letterAbout(`<lotNumber value="A1"/>`)
	for _, c := range []struct {
		token, kind string
		code        int
	}{
		{"nobody", xmlType, 401}, {"stranger", xmlType, 403}, {"self~ada~patient/*.cruds", xmlType, 403}, {"care~ada~user/*.cruds", xmlType, 403},
		{"program~-~system/*.rs", xmlType, 403}, {"program~-~system/Patient.rs", xmlType, 403},
		{labToken, "application/fhir+json", 415}, {labToken, "application/fhir+xml; charset=utf-16", 415}, {labToken, "", 415},
	} {
		if w := post(h, c.token, c.kind, sendTo, good); w.Code != c.code || strings.Contains(w.Body.String(), "Secretname") {
			t.Errorf("%s %s: %d %s", c.token, c.kind, w.Code, w.Body)
		}
	}
	if w := post(h, labToken, xmlType, sendTo, strings.Repeat(" ", event.MaxBytes+1)); w.Code != 413 {
		t.Errorf("a huge message: %d", w.Code)
	}
	if _, n, err := inbox.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d wait, %v", n, err)
	}
}
