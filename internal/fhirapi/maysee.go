package fhirapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// explainer is a session that can say who sees what, and why.
type explainer interface {
	MaySee(ctx context.Context, k record.Key, who access.Who, why access.Purpose) (record.Seen, error)
}

// maySee says whether somebody may see a resource, and why: $may-see, an
// operation of our own, for the person whose record it is and for operators. The
// parameters say who: role (such as professional), purpose (such as care),
// organization and user (such as Practitioner/7), app and hat, which is the role
// of staff in their organisation. It answers Parameters.
func (c *call) maySee() error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	who, why := access.Who{Actor: "somebody", Kind: access.Person, Bound: access.AllTypes(access.Looking)}, access.Unstated
	for _, p := range c.pairs {
		ok := len(p.Value) <= 200
		switch p.Name {
		case "role":
			who.Role, ok = access.RoleByName(p.Value)
		case "purpose":
			why, ok = access.PurposeByName(p.Value)
		case "organization":
			who.Organisation = p.Value
		case "user":
			who.User = p.Value
		case "app":
			who.App = p.Value
		case "hat":
			who.Hat = p.Value
		}
		if !ok {
			return problem.New(problem.Invalid, "The value of "+quote(p.Name)+" is not known. Look at the documentation of $may-see.").WithCode("code-invalid")
		}
	}
	if who.Role == access.NoRole || why == access.Unstated {
		return problem.New(problem.Invalid, "Say who would look, with role, and what for, with purpose.").WithCode("required")
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	e, ok := s.(explainer)
	if !ok {
		return problem.New(problem.NotFound, "Who may see what is not told here.")
	}
	seen, err := e.MaySee(c.ctx, record.Key{Type: c.typ, ID: c.id}, who, why)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, seenParameters(seen))
}

// seenParameters writes an explanation as Parameters.
func seenParameters(s record.Seen) []byte {
	b := []byte(`{"resourceType":"Parameters","parameter":[{"name":"may","valueBoolean":` + strconv.FormatBool(s.May) + `}`)
	b = named(b, "layer", s.Layer)
	b = named(b, "rule", s.Rule)
	b = named(b, "rules", s.Rules)
	b = named(b, "policy", s.Policy)
	b = named(b, "reason", s.Reason)
	for _, l := range s.Hidden {
		b = named(b, "hidden-label", l)
	}
	for _, step := range s.Steps {
		b = append(b, `,{"name":"choice","part":[{"name":"consent","valueReference":{"reference":`...)
		b = fhir.AppendString(b, "Consent/"+step.Consent+"/_history/"+strconv.FormatInt(step.Version, 10))
		b = append(b, `}},{"name":"permit","valueBoolean":`+strconv.FormatBool(step.Permit)+`}`...)
		b = named(b, "why", step.Why.String())
		b = named(b, "path", step.Path)
		b = append(b, `]}`...)
	}
	return append(b, `]}`...)
}

// named adds a parameter with a text; none where it is empty.
func named(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = append(b, `,{"name":"`+name+`","valueString":`...)
	b = fhir.AppendString(b, text)
	return append(b, `}`...)
}
