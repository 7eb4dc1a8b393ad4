package fhirapi

import (
	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// update writes a new version of a resource, or makes it under the id that the
// address names; without an id it acts on the one resource that the query
// finds (http://hl7.org/fhir/R4/http.html#update, #cond-update).
func (c *call) update() error {
	if err := c.onlyIfMatch(); err != nil {
		return err
	}
	t, err := c.readResource(c.typ)
	if err != nil {
		return err
	}
	op, err := c.updateOp(c.typ, c.id, c.r.URL.RawQuery, c.r.Header.Get("If-Match"), t)
	if err != nil {
		return err
	}
	out, err := c.transact(op)
	if err != nil {
		return err
	}
	return c.written(out)
}

// updateOp is the write of an update, alone or in a transaction. The query
// counts only where there is no id.
func (c *call) updateOp(typ, id, query, match string, t *fhir.Tree) (record.Op, error) {
	op := record.Op{Method: record.Put, Key: record.Key{Type: typ, ID: id}, Body: t}
	var err error
	if op.IfMatch, err = ifMatch(match); err != nil {
		return op, err
	}
	own := t.Root().Get("id")
	if id == "" {
		op.Key.ID = own.Str()
		op.If, err = c.condition(typ, query)
		return op, err
	}
	place := typ + ".id"
	switch {
	case !own.Exists():
		return op, problem.At(problem.Invalid, place, "The resource has no id. Put the id that the address names, "+quote(id)+", into it.").WithCode("required")
	case !own.Is(id):
		return op, problem.At(problem.Invalid, place, "The address names the id "+quote(id)+" but the resource has "+quote(own.Str())+". Make them the same.").WithCode("value")
	}
	return op, nil
}
