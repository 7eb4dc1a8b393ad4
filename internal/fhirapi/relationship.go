package fhirapi

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/problem"
)

// importProxy answers $import-proxy: a Consent of the national relationship
// service, by which somebody may act for a person, becomes a right here, after
// the same checks as any other, or ends one that it gave before. A Consent that is created
// in the ordinary way is a document, and gives nobody anything.
func (c *call) importProxy() error {
	if c.s.cfg.Mandates == nil {
		return problem.New(problem.Unsupported, "This server takes no rights to act for others. Ask its operator.")
	}
	if err := c.needFHIR(); err != nil {
		return err
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	t, err := parse(body)
	if err != nil {
		return err
	}
	id, err := c.s.cfg.Mandates(c.ctx, c.who, t)
	if err != nil {
		return err
	}
	c.w.Header()["Location"] = []string{c.base() + "/Consent/" + id}
	return c.send(http.StatusOK, appendOutcome(nil, c.requestID(), done("It was taken. The right is told of by Consent/"+id+".")))
}
