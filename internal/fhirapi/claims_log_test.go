package fhirapi_test

import (
	"slices"
	"strings"
)

// theLog is the type that is made from the access log, which claims less than
// others: nobody writes it, and it is read about one patient.
const theLog = "AuditEvent"

// log asks for what is claimed of the log, and for nothing else.
func (c *claims) log(claim typeClaim) {
	c.want(201, "PUT", "Patient/log", `{"resourceType":"Patient","id":"log"}`)
	found := entriesOf(c.t, c.want(200, "GET", "AuditEvent?patient=log", ""))
	if len(found) == 0 {
		c.t.Fatal("that somebody was made is not in their log")
	}
	asks := map[string]func(){
		"read":  func() { c.want(200, "GET", found[0]+"?patient=log", "") },
		"vread": func() { c.want(200, "GET", found[0]+"/_history/1?patient=log", "") },
		"search-type": func() {
			c.want(200, "POST", "AuditEvent/_search", "patient=log", "Content-Type", "application/x-www-form-urlencoded")
		},
	}
	for _, i := range claim.Interaction {
		if asks[i.Code] == nil {
			c.t.Errorf("the log claims %s", i.Code)
			continue
		}
		asks[i.Code]()
	}
	if claim.UpdateCreate || claim.ConditionalCreate || claim.ConditionalUpdate || claim.ReadHistory || claim.ConditionalDelete != "not-supported" || len(claim.SearchInclude)+len(claim.SearchRevInclude) > 0 {
		c.t.Errorf("the log claims %+v", claim)
	}
	for _, p := range append(slices.Clone(claim.SearchParam), c.Rest[0].SearchParam...) {
		path := "AuditEvent?patient=log&" + p.Name + "=" + plausible(theLog, p)
		switch p.Name {
		case "patient":
			path = "AuditEvent?patient=log"
		case "_list": // entries of the log are in no list
			c.want(400, "GET", path, "")
			continue
		}
		if w := c.want(200, "GET", path, "", "Prefer", "handling=strict"); !strings.Contains(w.Body.String(), p.Name+"=") {
			c.t.Errorf("%s is not in its own link", p.Name)
		}
	}
	for _, op := range claim.Operation {
		switch op.Name {
		case "validate":
			c.want(200, "POST", "AuditEvent/$validate", least(theLog, ""))
		case "meta":
			c.want(200, "GET", found[0]+"/$meta?patient=log", "")
		default:
			c.t.Errorf("the log claims the operation %s", op.Name)
		}
	}
}
