package fhirapi

import (
	"context"
	"mime"
	"net/http"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Messages takes event messages; *event.Inbox is one.
type Messages interface {
	Take(ctx context.Context, s event.Session, src []byte, by string) (event.Receipt, error)
}

// xmlTypes are the media types of FHIR as XML (R4 section 3.1.0.1.11); STU3 has the same.
var xmlTypes = map[string]bool{"application/fhir+xml": true, "application/xml": true, "text/xml": true}

// acknowledged is what is said of a message that is in the record. A message that
// comes again is answered as it was the first time.
var acknowledged = map[event.State]string{
	event.Applied: "The message is in the record.",
	event.Same:    "The message is in the record.",
	event.Late:    "A later message about the same event is in the record, so this one changed nothing.",
}

// processMessage takes an event message (http://hl7.org/fhir/R4/operation-messageheader-process-message.html):
// a Bundle of FHIR STU3 as XML. The answer is an OperationOutcome: 200 where the
// record is as the message says, 422 with the place where it waits for a person.
func (c *call) processMessage() error {
	if c.s.cfg.Messages == nil {
		return problem.New(problem.Unsupported, "This server takes no messages.")
	}
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || !xmlTypes[kind] || params["charset"] != "" && params["charset"] != "utf-8" && params["charset"] != "UTF-8" {
		return refuse(http.StatusUnsupportedMediaType, "Event messages are FHIR STU3 as XML. Send the header Content-Type: application/fhir+xml.")
	}
	if !c.maySend() {
		return problem.New(problem.Forbidden, "You may not send messages about people. That needs a program with the scopes system/Patient.rs and system/*.cru for what its messages hold. Ask the operator.")
	}
	if c.r.ContentLength > event.MaxBytes {
		return tooLarge(event.MaxBytes)
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	r, err := c.s.cfg.Messages.Take(c.ctx, s, body, c.who.Actor)
	switch {
	case err != nil:
		return err
	case r.Refusal != nil:
		return r.Refusal.Problem()
	}
	out := append([]byte(nil), `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","details":{"text":`...)
	out = fhir.AppendString(out, acknowledged[r.State])
	return c.send(http.StatusOK, append(out, `}}]}`...))
}

// maySend is for programs, and for the operator, that may look for everybody and
// write what messages hold: never for whoever comes for one person. What a message
// holds beyond that, the record asks again for each type.
func (c *call) maySend() bool {
	trusted := (c.who.Role == access.RoleProgram && c.who.Kind == access.Client || c.who.Role == access.RoleOperator) && c.who.For == 0 && c.who.Patient == ""
	return trusted && c.who.Bound.Allows(access.Read|access.Search, "Patient") && c.who.Bound.Allows(access.Create|access.Update|access.Read|access.Search, "Provenance")
}
