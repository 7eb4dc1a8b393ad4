package fhirapi

import (
	"net/http"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/problem"
)

// validate answers $validate
// (http://hl7.org/fhir/R4/resource-operation-validate.html): whether a
// resource is well formed. The answer is 200 whatever was found; nothing is
// stored.
func (c *call) validate() error {
	sent, err := c.parameters()
	if err != nil {
		return err
	}
	if err := c.known("mode", "profile", "resource"); err != nil {
		return err
	}
	mode := c.value("mode")
	switch mode {
	case "", "create", "update", "delete", "profile":
	default:
		return problem.New(problem.Invalid, "The mode of $validate is create, update, delete or profile.")
	}
	t, err := c.toValidate(sent, mode)
	if err != nil {
		return err
	}
	var issues []problem.Issue
	if t != nil {
		issues = c.judge(t, mode)
	}
	if c.value("profile") != "" || mode == "profile" {
		issues = append(issues, problem.Issue{Warning: true, Code: "not-supported",
			Sentence: "The profile was not looked at: this server holds a resource against the base specification only."})
	}
	if len(issues) == 0 {
		issues = done("No problems were found.")
	}
	return c.send(http.StatusOK, appendOutcome(nil, c.requestID(), issues))
}

// toValidate finds the resource that is meant: in the Parameters, as the body
// itself, or the one that is stored.
func (c *call) toValidate(sent *fhir.Tree, mode string) (*fhir.Tree, error) {
	if in := parameter(sent, "resource").Get("resource"); in.Exists() {
		return parse(in.Raw())
	}
	bare := sent != nil && (!sent.Root().Get("resourceType").Is("Parameters") || c.typ == "Parameters")
	switch {
	case bare:
		return sent, nil
	case c.id != "":
		res, err := c.fetch()
		if err != nil || mode == "delete" {
			return nil, err
		}
		return parse(res.Body)
	case mode == "delete":
		return nil, problem.New(problem.Invalid, "To ask whether a resource can be deleted, put its id into the address.")
	}
	return nil, problem.New(problem.Invalid, "There is nothing to validate. Send the resource as the body, or in Parameters under the name resource.").WithCode("required")
}

// judge says what is wrong with a resource that would be sent to the call's
// address.
func (c *call) judge(t *fhir.Tree, mode string) []problem.Issue {
	var issues []problem.Issue
	root := t.Root()
	if have := root.Get("resourceType"); have.Exists() && !have.Is(c.typ) {
		issues = append(issues, problem.Issue{Code: "invalid", Place: "resourceType",
			Sentence: "The address is for " + c.typ + " but the resource is " + quote(have.Str()) + "."})
	}
	own := root.Get("id")
	if mode == "update" && c.id != "" && !own.Is(c.id) {
		issues = append(issues, problem.Issue{Code: "value", Place: c.typ + ".id",
			Sentence: "For an update the resource must have the id " + quote(c.id) + " of the address."})
	}
	for _, is := range validate.Resource(t, validate.Options{}) {
		issues = append(issues, issueOf(is))
	}
	return issues
}

func issueOf(is validate.Issue) problem.Issue {
	return problem.Issue{Sentence: is.Message, Place: is.Path, Code: string(is.Code),
		Warning: is.Severity != validate.Error}
}
