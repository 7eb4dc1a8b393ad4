package portal

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/record"
)

// takesMessages is a session of an operator who takes a message into a record.
func (s *site) takesMessages(ctx context.Context, who access.Who) (event.Session, error) {
	return s.door.Open(ctx, access.Job("events", who), record.About{}, access.Operations)
}

// sends brings a message about a dose of a child with that number, of which part is
// changed, and says how it is kept.
func (s *site) sends(id, number, from, to string) string {
	s.t.Helper()
	src := fmt.Sprintf(`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/>
<entry><fullUrl value="urn:uuid:%[1]s"/><resource><MessageHeader><id value="%[1]s"/><meta><lastUpdated value="2026-04-01T10:00:00Z"/></meta>
<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"><valueCodeableConcept><coding><code value="new"/></coding></valueCodeableConcept></extension>
<event><system value="https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"/><code value="vaccinations-1"/></event>
<timestamp value="2026-04-01T10:00:00Z"/><source><endpoint value="urn:test:valley"/></source><focus><reference value="urn:uuid:%[1]sd"/></focus></MessageHeader></resource></entry>
<entry><fullUrl value="urn:uuid:%[1]sd"/><resource><Immunization><id value="%[1]sd"/><status value="completed"/><notGiven value="false"/><vaccineCode><text value="Some vaccine"/></vaccineCode>
<patient><reference value="urn:uuid:who"/></patient><date value="2026-03-31"/><lotNumber value="LOT-%[1]s"/></Immunization></resource></entry>
<entry><fullUrl value="urn:uuid:who"/><resource><Patient><id value="who"/><identifier><system value="%[3]s"/><value value="%[2]s"/></identifier><name><family value="Hill"/><given value="Mia"/></name><birthDate value="2026-01-05"/></Patient></resource></entry>
</Bundle>`, id, number, fhir.NHSNumberSystem)
	if from != "" && !strings.Contains(src, from) {
		s.t.Fatalf("the message has no %s", from)
	}
	who := access.Operator("test")
	session, err := s.takesMessages(s.t.Context(), who)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := s.cfg.Messages.Take(s.t.Context(), session, []byte(strings.Replace(src, from, to, 1)), "client:valley")
	if err != nil || r.State != event.Waiting {
		s.t.Fatalf("%v %v", r, err)
	}
	return r.Kept
}

const numberMia = "9990007020"

// mia is a child whose record is here.
func (s *site) mia(id string) {
	s.put(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"name":[{"family":"Hill","given":["Mia"]}],"birthDate":"2026-01-05"}`, id, fhir.NHSNumberSystem, numberMia))
}

// Messages that wait are listed with the place and the reason; an operator tries one
// again, takes one as it is, and puts one aside, and what they say about a child is on
// no page.
func TestOperatorsSettleMessagesThatWait(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		const at = "/operator/messages"
		op.get(at).shows(http.StatusOK, "No message waits.")
		early := s.sends("early", numberMia, "", "")
		damaged := s.sends("damaged", numberMia, "<lotNumber", "<lotNumbers")
		doubted := s.sends("doubted", numberMia, `<timestamp value="2026`, `<timestamp value="2026-99`)
		list := op.get(at)
		list.shows(http.StatusOK, "Vaccination (new)", "urn:test:valley", "It is not sure whose record it belongs to.", "line 7", "It can not be read to its end.")
		list.hides(numberMia, "Mia", "LOT-", "2026-01-05")
		for _, id := range []string{early, damaged, doubted} {
			op.get(at+"/"+id).hides(numberMia, "Mia", "LOT-", "2026-01-05")
		}
		op.get(at+"/"+damaged).shows(http.StatusOK, "Bundle.entry[1].resource.lotNumbers", "Ask the sender to put it right", "client:valley")

		op.get(at+"/"+early+"/take").shows(http.StatusOK, "If nothing has changed, it goes on waiting.")
		op.send(at+"/"+early+"/take").shows(http.StatusUnprocessableEntity, "It still waits.")
		s.mia("mia")
		op.send(at + "/" + early + "/take").to(at)
		op.get(at).shows(http.StatusOK, "The message is in the record.")
		op.get(at+"/"+early).shows(http.StatusOK, "It is in the record")
		op.send(at + "/" + early + "/take").to(at + "/" + early)

		op.get(at+"/"+doubted+"/take").shows(http.StatusOK, "Only do this when the sender told you that it is right.", "is none that can be")
		op.send(at+"/"+doubted+"/take", "why", "message-doubt", "number", "123").shows(http.StatusUnprocessableEntity, "There is no record with this NHS number.")
		op.send(at+"/"+doubted+"/take", "why", "message-child").shows(http.StatusUnprocessableEntity, "It still waits.")
		op.send(at+"/"+doubted+"/take", "why", "message-doubt").to(at)

		op.send(at+"/"+damaged+"/take").shows(http.StatusUnprocessableEntity, "It still waits.")
		op.send(at+"/"+damaged+"/dismiss").shows(http.StatusUnprocessableEntity, "Write why you put it aside")
		op.send(at+"/"+damaged+"/dismiss", "reason", "Sent again by the lab").to(at)
		op.send(at+"/"+damaged+"/dismiss", "reason", "Sent again by the lab").to(at)
		op.get(at).shows(http.StatusOK, "The message is put aside.", "No message waits.")
		op.get(at+"/nothing").shows(http.StatusNotFound, "There is no such message here.")
	})
}

// Nobody but an operator sees or decides about messages, and who decides used their
// passkey just now.
func TestAttack76OnlyOperatorsSettleMessages(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	id := s.sends("early", numberMia, "", "")
	p := s.linked("Gwen", "gwen")
	dr := s.join("Noor")
	dr.works("Noor", staff.Clinician)
	for _, at := range []string{"", "/" + id, "/" + id + "/take", "/" + id + "/dismiss"} {
		for _, who := range []*person{p, dr} {
			who.get("/operator/messages"+at).hides("urn:test:valley", "Vaccination (new)")
		}
	}
	s.mia("mia")
	dr.send("/operator/messages/" + id + "/take")
	dr.send("/operator/messages/"+id+"/dismiss", "reason", "x")
	if k, err := s.cfg.Messages.One(t.Context(), id); err != nil || k.State != event.Waiting {
		t.Errorf("%v %v", k.State, err)
	}
}

// aboutMessages is the pages about messages that wait.
func (a *album) aboutMessages(s *site, op *person) {
	op.workAs(staff.Operator)
	const at = "/operator/messages"
	a.add("GET "+at, "none", op.get(at))
	child := s.sends("album1", numberMia, "", "")
	part := s.sends("album2", numberMia, `<date value="2026-03-31"`, `<date value="2026-03-99"`)
	doubt := s.sends("album3", numberMia, `<timestamp value="2026`, `<timestamp value="2026-99`)
	broken := s.sends("album4", numberMia, `</Bundle>`, "")
	a.add("GET "+at, "some", op.get(at))
	for name, id := range map[string]string{"whose is not known": child, "a part can not be kept": part, "in doubt": doubt, "damaged": broken} {
		a.add("GET "+at+"/{id}", name, op.get(at+"/"+id))
	}
	a.add("GET "+at+"/{id}", "not there", op.get(at+"/nothing"))
	a.add("GET "+at+"/{id}/take", "tries again", op.get(at+"/"+part+"/take"))
	a.add("GET "+at+"/{id}/take", "says whose it is", op.get(at+"/"+child+"/take"))
	a.add("GET "+at+"/{id}/take", "takes as it is", op.get(at+"/"+doubt+"/take"))
	a.add("POST "+at+"/{id}/take", "no such number", op.send(at+"/"+child+"/take", "number", "123"))
	a.add("POST "+at+"/{id}/take", "still waits", op.send(at+"/"+part+"/take"))
	a.add("GET "+at+"/{id}/dismiss", "asks", op.get(at+"/"+child+"/dismiss"))
	a.add("POST "+at+"/{id}/dismiss", "no reason", op.send(at+"/"+child+"/dismiss"))
	op.send(at+"/"+broken+"/dismiss", "reason", "Sent again")
	a.add("GET "+at+"/{id}", "put aside", op.get(at+"/"+broken))
}
