package fhirapi

import (
	"net/http"

	"github.com/bevanhealth/bevan/fhir"
	fhirpatch "github.com/bevanhealth/bevan/fhir/patch"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// patch changes parts of a resource, by JSON Patch (RFC 6902) or FHIRPath
// Patch (http://hl7.org/fhir/R4/fhirpatch.html); without an id, of the one
// resource that the query finds (http.html#patch).
func (c *call) patch() error {
	if err := c.onlyIfMatch(); err != nil {
		return err
	}
	kind, err := c.bodyKind()
	if err != nil {
		return err
	}
	if kind != bodyFHIR && kind != bodyJSONPatch {
		return refuse(http.StatusUnsupportedMediaType,
			"This server takes JSON Patch (Content-Type: application/json-patch+json) and FHIRPath Patch (a Parameters resource, Content-Type: application/fhir+json).")
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	p, err := parse(body)
	if err != nil {
		return err
	}
	op, err := c.patchOp(c.typ, c.id, c.r.URL.RawQuery, c.r.Header.Get("If-Match"), kind, p)
	if err != nil {
		return err
	}
	out, err := c.transact(op)
	if err != nil {
		return err
	}
	return c.written(out)
}

// patchOp is the write of a patch, alone or in a transaction.
func (c *call) patchOp(typ, id, query, match string, kind bodyKind, p *fhir.Tree) (record.Op, error) {
	op := record.Op{Method: record.Patch, Key: record.Key{Type: typ, ID: id}}
	apply := fhirpatch.JSON
	if kind == bodyFHIR {
		apply = fhirpatch.FHIRPath
		if !p.Root().Get("resourceType").Is("Parameters") {
			return op, problem.New(problem.Invalid, "A patch in FHIR is a Parameters resource. Send one, or send a JSON Patch as application/json-patch+json.")
		}
	}
	op.Patched = func(current *fhir.Tree) (*fhir.Tree, error) {
		return patched(current, p, apply)
	}
	var err error
	if op.IfMatch, err = ifMatch(match); err == nil && id == "" {
		op.If, err = c.condition(typ, query)
	}
	return op, err
}

// patched applies a patch and holds the result against the rules of any other
// write. What says which resource it is may not be changed by a patch.
func patched(current, p *fhir.Tree, apply func(t, p *fhir.Tree) ([]byte, error)) (*fhir.Tree, error) {
	b, err := apply(current, p)
	if err != nil {
		return nil, patchProblem(err)
	}
	t, err := parse(b)
	if err != nil {
		return nil, problem.Wrap(problem.Unprocessable, "After this patch the resource would not be valid JSON. Check the patch.", err)
	}
	before, after := current.Root(), t.Root()
	typ := before.Get("resourceType").Str()
	if !after.Get("resourceType").Is(typ) || after.Get("id").Str() != before.Get("id").Str() {
		return nil, problem.New(problem.Unprocessable, "A patch may not change resourceType or id. Leave them as they are.")
	}
	if err := check(t, typ); err != nil {
		return nil, err
	}
	return t, nil
}

// patchProblem keeps a problem of the patch language; any other failure is the
// patch's own, in words that are its package's to choose.
func patchProblem(err error) error {
	if problem.KindOf(err) != problem.Internal {
		return err
	}
	return problem.Wrap(problem.Unprocessable, err.Error(), err)
}
