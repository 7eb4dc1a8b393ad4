package fhirapi_test

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
)

func (c *claims) operations(claim typeClaim) {
	id := "op-" + strings.ToLower(claim.Type)
	if claim.Type == "Group" {
		c.want(201, "PUT", "Group/"+id, `{"resourceType":"Group","id":"`+id+`","type":"person","actual":true}`)
	} else {
		c.want(201, "PUT", claim.Type+"/"+id, least(claim.Type, id))
	}
	for _, op := range claim.Operation {
		c.operate(op, claim.Type)
	}
}

// operate calls a claimed operation in each way that it has.
func (c *claims) operate(op opClaim, typ string) {
	id := "op-" + strings.ToLower(typ)
	labels := `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"https://example.org","code":"x"}]}}]}`
	if !strings.HasPrefix(op.Definition, "http://hl7.org/fhir/") {
		c.t.Errorf("%s %s is defined at %q", typ, op.Name, op.Definition)
	}
	switch op.Name {
	case "everything", "summary":
		c.want(200, "GET", typ+"/"+id+"/$"+op.Name, "")
		c.want(200, "POST", typ+"/"+id+"/$"+op.Name, "")
	case "immds-forecast":
		c.want(201, "PUT", typ+"/op-forecast", `{"resourceType":"Patient","id":"op-forecast","birthDate":"2025-03-01"}`)
		c.want(200, "GET", typ+"/op-forecast/$immds-forecast", "")
		c.want(200, "POST", typ+"/op-forecast/$immds-forecast", "")
		c.want(422, "GET", typ+"/"+id+"/$immds-forecast", "") // no day of birth
	case "lastn":
		c.want(200, "GET", typ+"/$lastn?patient=Patient/x", "")
	case "validate":
		c.want(200, "POST", typ+"/$validate", least(typ, ""))
		c.want(200, "GET", typ+"/"+id+"/$validate", "")
	case "meta":
		c.want(200, "GET", typ+"/"+id+"/$meta", "")
		c.want(200, "GET", typ+"/"+id+"/_history/1/$meta", "")
	case "meta-add", "meta-delete":
		c.want(200, "POST", typ+"/"+id+"/$"+op.Name, labels)
	case "export":
		path := map[string]string{"": "$export", "Patient": "Patient/$export", "Group": "Group/" + id + "/$export"}[typ]
		w := c.want(202, "GET", path+"?_type=Basic", "", "Prefer", "respond-async")
		job := strings.TrimPrefix(w.Header().Get("Content-Location"), "http://example.com/fhir/")
		if w := c.want(202, "DELETE", job, ""); w.Code != http.StatusAccepted {
			c.t.Errorf("the export at %s can not be ended", job)
		}
	default:
		c.t.Errorf("%s claims the operation %s, which this test can not call", typ, op.Name)
	}
}

// plausible is a value that a parameter of its kind takes.
func plausible(typ string, p paramClaim) string {
	kinds := map[string]string{
		"number": "1", "date": "2020-01-01", "string": "a", "token": "a", "reference": "x",
		"quantity": "1", "uri": "http://example.org", "special": "a",
	}
	if p.Type != "composite" {
		return kinds[p.Type]
	}
	var parts []string
	if found := spec.FindSearchParam(typ, p.Name); found != nil {
		for _, part := range found.Components {
			parts = append(parts, kinds[spec.SearchParamByURL(part.Definition).Kind.String()])
		}
	}
	return strings.Join(parts, "$")
}
