package fhirapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
	"github.com/bevanhealth/bevan/internal/problem"
)

// vaccinations reads histories by the schedule of this server: England's where it
// was told no other.
func (s *Server) vaccinations() (*given.Reader, error) {
	if s.cfg.Vaccinations != nil {
		return s.cfg.Vaccinations, nil
	}
	c, err := england.Ours()
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return given.NewReader(c, time.Local), nil
}

// forecast answers $immds-forecast of a patient: which vaccinations of the record,
// as far as the caller may see it, count, and what is due when. The operation and
// its parameters are those of HL7's Immunization Decision Support Forecast guide
// (http://hl7.org/fhir/us/immds/OperationDefinition/ImmDSForecastOperation), asked
// about a patient of this server, so that patient and immunization are left out.
// assessmentDate is the day that is asked about, and today where it is left out.
func (c *call) forecast() error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	if err := c.known("assessmentDate"); err != nil {
		return err
	}
	r, err := c.s.vaccinations()
	if err != nil {
		return err
	}
	now := c.s.cfg.Now()
	on := given.DateOf(now, time.Local)
	if v := c.value("assessmentDate"); v != "" {
		if on, err = vaccine.ParseDate(v); err != nil {
			return problem.New(problem.Invalid, "assessmentDate is a day, such as 2026-11-26.")
		}
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	found, err := r.Find(c.ctx, s, c.id, now, given.Asked{})
	if err != nil {
		return err
	}
	switch {
	case found.Patient == nil:
		return problem.New(problem.NotFound, "There is no Patient "+quote(c.id)+" that you may see.")
	case found.Born == 0:
		return problem.New(problem.Unprocessable, "The day of birth is not known. Without it nothing can be said of what is due.")
	case found.More:
		return problem.New(problem.Unprocessable, "There are too many Immunizations in this record to be looked at together.").WithCode("too-costly")
	}
	res := r.Assess(&found.History, on)
	var out []any
	if rec := r.Recommendation(&found.History, &res, "Patient/"+c.id, now); rec != nil {
		out = append(out, map[string]any{"name": "recommendation", "resource": rec})
	}
	for _, e := range r.Evaluations(&found.History, &res, "Patient/"+c.id, now) {
		out = append(out, map[string]any{"name": "evaluation", "resource": e})
	}
	body := map[string]any{"resourceType": "Parameters"}
	if len(out) > 0 {
		body["parameter"] = out
	}
	b, err := json.Marshal(body)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return c.send(http.StatusOK, b)
}
