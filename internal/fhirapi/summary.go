package fhirapi

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange/ips"
	"github.com/bevanhealth/bevan/internal/problem"
)

// summaryProfiles are what a caller may ask the summary to be: the profiles of the
// International Patient Summary, with or without a version of them.
var summaryProfiles = []string{"http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips", "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"}

// summary answers $summary of a patient: an International Patient Summary of what
// the caller may see, made anew and kept nowhere
// (http://hl7.org/fhir/uv/ips/OperationDefinition/summary).
func (c *call) summary() error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	if err := c.known("profile"); err != nil {
		return err
	}
	for _, p := range c.values("profile") {
		if err := knownProfile(p); err != nil {
			return err
		}
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	sum, err := ips.Read(c.ctx, s, ips.Options{Patient: c.id, Now: c.s.cfg.Now(), Words: c.s.cfg.Summary})
	if err != nil {
		return err
	}
	body, err := sum.Document(c.base(), ips.NewNames())
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, body)
}

func knownProfile(asked string) error {
	name, _, _ := strings.Cut(asked, "|")
	for _, p := range summaryProfiles {
		if name == p {
			return nil
		}
	}
	return problem.New(problem.Unsupported, "A summary of the profile "+quote(asked)+" can not be made here. Leave profile out for an International Patient Summary.")
}
