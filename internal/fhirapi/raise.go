package fhirapi

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// raiser is a session in which labels can be raised.
type raiser interface {
	Raise(ctx context.Context, k record.Key, labels label.Set, reason string) (record.Resource, error)
}

// raiseLabel keeps an entry of a record more private: $raise-label, an operation
// of our own. Its parameters are label, one of the names of access/label, as
// often as there are labels, and reason, in words; both may be left out. It makes
// a new version with the labels in meta.security, and a Provenance, and answers
// the new meta. Nothing that may be sent here takes a label away.
func (c *call) raiseLabel() error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	labels, reason := label.Set(0), ""
	for _, p := range c.pairs {
		switch p.Name {
		case "label":
			l, ok := label.ByName(p.Value)
			if !ok {
				return problem.New(problem.Invalid, "There is no label "+quote(p.Value)+". See the page of the documentation for people.").WithCode("code-invalid")
			}
			labels |= l
		case "reason":
			reason = p.Value
		}
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	r, ok := s.(raiser)
	if !ok {
		return problem.New(problem.NotFound, "Labels can not be raised here.")
	}
	res, err := r.Raise(c.ctx, record.Key{Type: c.typ, ID: c.id}, labels, reason)
	if err != nil {
		return err
	}
	c.version(&res)
	return c.sendMeta(&res)
}
