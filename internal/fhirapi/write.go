package fhirapi

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// parse reads a JSON body. What is wrong with it is told by line and column.
func parse(body []byte) (*fhir.Tree, error) {
	t, err := fhir.Parse(body, fhir.Limits{})
	if err == nil {
		return t, nil
	}
	var syn *fhir.SyntaxError
	if !errors.As(err, &syn) {
		return nil, problem.Wrap(problem.Invalid, "The body is not JSON.", err)
	}
	if syn.TooBig {
		return nil, problem.New(problem.TooLarge, syn.Msg)
	}
	before := body[:min(syn.Offset, len(body))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return nil, problem.New(problem.Invalid, "The body is not valid JSON at line "+strconv.Itoa(line)+
		", column "+strconv.Itoa(column)+": "+syn.Msg).WithCode("structure")
}

// readResource reads, parses and checks the body of a write. An empty typ
// takes any resource.
func (c *call) readResource(typ string) (*fhir.Tree, error) {
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
	return t, check(t, typ)
}

// check holds a resource against the specification before it is written.
func check(t *fhir.Tree, typ string) error { return checkEntry(t, typ, false) }

// checkEntry is check; within a transaction a reference may be a search
// (http://hl7.org/fhir/R4/http.html#trules), which the record resolves.
func checkEntry(t *fhir.Tree, typ string, transaction bool) error {
	have := t.Root().Get("resourceType")
	switch {
	case t.Root().Kind() != fhir.Object:
		return problem.New(problem.Invalid, "The body must be one FHIR resource: a JSON object with a resourceType.").WithCode("structure")
	case have.Kind() != fhir.String:
		return problem.At(problem.Invalid, "resourceType", "The resource does not say what it is. Add resourceType, such as \"resourceType\": \"Patient\".").WithCode("required")
	case typ != "" && !have.Is(typ):
		return problem.At(problem.Invalid, "resourceType", "The address is for "+typ+" but the body is "+quote(have.Str())+". Send it to the address of its own type.")
	}
	if subsetted(t) {
		return problem.At(problem.Unprocessable, have.Str()+".meta.tag",
			"This resource is marked SUBSETTED: it was read with some parts left out, and storing it would lose them. Read it whole, change that, and send it without the mark.").WithCode("business-rule")
	}
	found := validate.Resource(t, validate.Options{})
	if transaction {
		found = slices.DeleteFunc(found, func(is validate.Issue) bool { return isSearchReference(t, is) })
	}
	return refuseIssues(found)
}

// isSearchReference tells whether an issue is about a reference such as
// Patient?identifier=7.
func isSearchReference(t *fhir.Tree, is validate.Issue) bool {
	if !strings.HasSuffix(is.Path, ".reference") || is.Offset >= len(t.Bytes()) {
		return false
	}
	text := bytes.TrimPrefix(t.Bytes()[is.Offset:], []byte(`"reference"`))
	text = bytes.TrimLeft(text[:min(len(text), 128)], " \t\r\n:\"")
	typ, _, found := bytes.Cut(text, []byte{'?'})
	return found && spec.IsResource(string(typ))
}

// refuseIssues is the error for what a validation found; warnings alone are
// none.
func refuseIssues(found []validate.Issue) error {
	var issues []problem.Issue
	wrong := false
	for _, is := range found {
		issues = append(issues, issueOf(is))
		wrong = wrong || !issues[len(issues)-1].Warning
	}
	if !wrong {
		return nil
	}
	return problem.Many(problem.Unprocessable, issues)
}

// subsetted tells whether a resource carries the mark of an answer with parts
// left out (http://hl7.org/fhir/R4/search.html#elements).
func subsetted(t *fhir.Tree) bool {
	for tag := range t.Root().Get("meta").Get("tag").Items() {
		if tag.Get("code").Is("SUBSETTED") {
			return true
		}
	}
	return false
}

// transact does one write and gives its outcome.
func (c *call) transact(op record.Op) (record.Outcome, error) {
	if err := refuseLog(op); err != nil {
		return record.Outcome{}, err
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return record.Outcome{}, err
	}
	out, err := s.Transact(c.ctx, []record.Op{op})
	if err != nil {
		return record.Outcome{}, causeOf(err)
	}
	return out[0], nil
}

// causeOf is what went wrong with an op, without its place in the call.
func causeOf(err error) error {
	var at *record.OpError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// written answers a create, update or patch
// (http://hl7.org/fhir/R4/http.html#create).
func (c *call) written(out record.Outcome) error {
	res := &out.Resource
	c.version(res)
	h := c.w.Header()
	h["Location"] = []string{c.location(res)}
	status := http.StatusOK
	if out.Created {
		status = http.StatusCreated
	}
	switch {
	case c.prefer.returns == "minimal" || res.Body == nil:
		return c.empty(status)
	case c.prefer.returns == "OperationOutcome":
		return c.send(status, appendOutcome(nil, c.requestID(), done(saidOf(out))))
	}
	h["Content-Location"] = h["Location"]
	return c.send(status, res.Body)
}

func saidOf(out record.Outcome) string {
	where := out.Resource.Key.String() + " is at version " + strconv.FormatInt(out.Resource.Version, 10) + "."
	switch {
	case out.Created:
		return "The resource was created. " + where
	case out.Changed:
		return "The resource was changed. " + where
	}
	return "Nothing had to be changed. " + where
}
