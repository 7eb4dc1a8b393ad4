package fhirapi

import (
	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/record"
)

// create makes a new resource under an id that the server chooses; with
// If-None-Exist only when nothing matches
// (http://hl7.org/fhir/R4/http.html#create, #ccreate).
func (c *call) create() error {
	t, err := c.readResource(c.typ)
	if err != nil {
		return err
	}
	op, err := c.createOp(c.typ, t, c.r.Header.Get("If-None-Exist"))
	if err != nil {
		return err
	}
	out, err := c.transact(op)
	if err != nil {
		return err
	}
	return c.written(out)
}

// createOp is the write of a create, alone or in a transaction. An id in the
// body is not used, as R4 says.
func (c *call) createOp(typ string, t *fhir.Tree, ifNoneExist string) (record.Op, error) {
	op := record.Op{Method: record.Post, Key: record.Key{Type: typ}, Body: t}
	if ifNoneExist == "" {
		return op, nil
	}
	q, err := c.condition(typ, ifNoneExist)
	op.If = q
	return op, err
}
