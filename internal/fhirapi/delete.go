package fhirapi

import (
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// remove deletes a resource, or with a query the one that it finds; the
// versions stay in its history (http://hl7.org/fhir/R4/http.html#delete,
// #3.1.0.7.1). Deleting what is not there is no failure.
func (c *call) remove() error {
	if err := c.onlyIfMatch(); err != nil {
		return err
	}
	op, err := c.deleteOp(c.typ, c.id, c.r.URL.RawQuery, c.r.Header.Get("If-Match"))
	if err != nil {
		return err
	}
	out, err := c.transact(op)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		out, err = record.Outcome{}, nil
	}
	if err != nil {
		return err
	}
	if out.Resource.Version > 0 {
		c.w.Header()["Etag"] = []string{etag(out.Resource.Version)}
	}
	if c.prefer.returns == "OperationOutcome" {
		return c.send(http.StatusOK, appendOutcome(nil, c.requestID(), done(saidOfDelete(out))))
	}
	return c.empty(http.StatusNoContent)
}

func saidOfDelete(out record.Outcome) string {
	switch out.Deleted {
	case 0:
		return "There was nothing to delete."
	case 1:
		return "The resource was deleted. Its history is kept."
	}
	return strconv.Itoa(out.Deleted) + " resources were deleted. Their history is kept."
}

// deleteOp is the write of a delete, alone or in a transaction.
func (c *call) deleteOp(typ, id, query, match string) (record.Op, error) {
	op := record.Op{Method: record.Delete, Key: record.Key{Type: typ, ID: id}}
	var err error
	if op.IfMatch, err = ifMatch(match); err != nil {
		return op, err
	}
	if id == "" {
		op.Multiple = c.s.cfg.DeleteManyMatch
		op.If, err = c.condition(typ, query)
	}
	return op, err
}
