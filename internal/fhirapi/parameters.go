package fhirapi

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// parameters reads what a POST gives to an operation: a Parameters resource,
// whose simple values join the query's (http://hl7.org/fhir/R4/operations.html#request).
// It returns the tree, nil for a GET or where there is no body.
func (c *call) parameters() (*fhir.Tree, error) {
	if c.r.Method != http.MethodPost || c.r.ContentLength == 0 {
		return nil, nil
	}
	if err := c.needFHIR(); err != nil {
		return nil, err
	}
	body, err := c.readBody()
	if err != nil {
		return nil, err
	}
	t, err := parse(body)
	if err != nil {
		return nil, err
	}
	if !t.Root().Get("resourceType").Is("Parameters") {
		return t, nil
	}
	for p := range t.Root().Get("parameter").Items() {
		for m := range p.Each() {
			if strings.HasPrefix(m.Key(), "value") && m.IsScalar() {
				c.pairs = append(c.pairs, pair{Name: p.Get("name").Str(), Value: m.Str()})
			}
		}
	}
	if len(c.pairs) > maxPairs {
		return nil, problem.New(problem.Invalid, "There are too many parameters. Ask with fewer.")
	}
	c.shape = shape{}
	return t, c.accept(c.format())
}

// parameter finds a parameter of a Parameters resource by its name.
func parameter(t *fhir.Tree, name string) fhir.Node {
	if t == nil || !t.Root().Get("resourceType").Is("Parameters") {
		return fhir.Node{}
	}
	for p := range t.Root().Get("parameter").Items() {
		if p.Get("name").Is(name) {
			return p
		}
	}
	return fhir.Node{}
}
