package fhirapi_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/fhirapi"
)

// statement is a CapabilityStatement as encoding/json reads it.
type statement struct {
	Kind, FHIRVersion   string
	Format, PatchFormat []string
	Rest                []struct {
		Mode, Documentation string
		Resource            []typeClaim
		Interaction         []struct{ Code string }
		SearchParam         []paramClaim
		Operation           []opClaim
		Compartment         []string
	}
}

type typeClaim struct {
	Type                                                            string
	Interaction                                                     []struct{ Code string }
	Versioning, ConditionalRead, ConditionalDelete                  string
	ReadHistory, UpdateCreate, ConditionalCreate, ConditionalUpdate bool
	ReferencePolicy, SearchInclude, SearchRevInclude                []string
	SearchParam                                                     []paramClaim
	Operation                                                       []opClaim
}

type (
	paramClaim struct{ Name, Type, Definition string }
	opClaim    struct{ Name, Definition string }
)

// claims asks a served node for each thing that its CapabilityStatement says.
type claims struct {
	t *testing.T
	s *served
	statement
}

// TestEveryClaimIsAnswered walks the CapabilityStatement of a served node: what
// it says is there answers, and what is there it says.
func TestEveryClaimIsAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &claims{t: t, s: newServer(t, d)}
		w := ask(c.s, "GET", "/fhir/metadata", nil)
		if err := json.Unmarshal(w.Body.Bytes(), &c.statement); err != nil || len(c.Rest) != 1 {
			t.Fatalf("%d %v %s", w.Code, err, cut(w.Body.String()))
		}
		if c.FHIRVersion != "4.0.1" || c.Kind != "instance" || c.Rest[0].Mode != "server" {
			t.Errorf("it says %s, %s, %s", c.FHIRVersion, c.Kind, c.Rest[0].Mode)
		}
		c.everythingIsClaimed()
		c.formats()
		c.system()
		c.policies()
		var all errgroup.Group
		all.SetLimit(12)
		for _, claim := range c.Rest[0].Resource {
			if claim.Type == theLog {
				c.log(claim)
				continue
			}
			all.Go(func() error {
				c.interactions(claim)
				c.params(claim)
				c.includes(claim)
				c.operations(claim)
				return nil
			})
		}
		_ = all.Wait()
	})
}

// want sends a request and says what is wrong with its status.
func (c *claims) want(status int, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, "/fhir/"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer operator")
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.s.handler.ServeHTTP(w, r)
	if w.Code != status {
		c.t.Errorf("%s /%s: status %d, not %d: %s", method, cut(path), w.Code, status, cut(w.Body.String()))
	}
	return w
}

// everythingIsClaimed holds the route table, the types and the registry against
// the statement.
func (c *claims) everythingIsClaimed() {
	rest := c.Rest[0]
	var types []string
	for _, claim := range rest.Resource {
		types = append(types, claim.Type)
		var said, known []string
		for _, p := range append(slices.Clone(claim.SearchParam), rest.SearchParam...) {
			said = append(said, p.Name+" "+p.Type)
		}
		for _, p := range search.Base().Params(claim.Type) {
			if name := p.Resource + "." + p.Code; name != "Location.near" { // is refused in words, and so not claimed
				known = append(known, p.Code+" "+p.Kind.String())
			}
		}
		if slices.Sort(said); !slices.Equal(said, slices.Sorted(slices.Values(known))) {
			c.t.Errorf("%s: %v are claimed, %v are known", claim.Type, said, known)
		}
	}
	c.includesAreClaimed()
	if !slices.Equal(types, spec.Resources()) {
		c.t.Errorf("the types %v are claimed", types)
	}
	for _, r := range fhirapi.Routes() {
		if why := c.claimed(r[1], r[2]); why != "" {
			c.t.Errorf("%s /%s is there, and %s", r[0], r[1], why)
		}
	}
}

// includesAreClaimed looks for each reference parameter, from where it leads and
// from where it may lead to.
func (c *claims) includesAreClaimed() {
	forward, reverse := map[string]bool{}, map[string]bool{}
	for _, claim := range c.Rest[0].Resource {
		for _, v := range claim.SearchInclude {
			forward[claim.Type+" "+v] = true
		}
		for _, v := range claim.SearchRevInclude {
			reverse[claim.Type+" "+v] = true
		}
	}
	for _, typ := range spec.Resources() {
		for _, p := range search.Base().Params(typ) {
			if p.Kind != search.Reference || typ == theLog {
				continue
			}
			if name := typ + ":" + p.Code; !forward[typ+" "+name] {
				c.t.Errorf("_include=%s is not claimed", name)
			}
			targets := p.Target
			if len(targets) == 0 {
				targets = spec.Resources()
			}
			for _, to := range targets {
				if name := typ + ":" + p.Code; !reverse[to+" "+name] && to != theLog {
					c.t.Errorf("%s does not claim _revinclude=%s", to, name)
				}
			}
		}
	}
}

// claimed says what the statement lacks for a route, "" for nothing.
func (c *claims) claimed(path, what string) string {
	rest := c.Rest[0]
	head, _, _ := strings.Cut(path, "/")
	op, isOp := strings.CutPrefix(what, "$")
	switch {
	case path == "metadata": // it is the statement
		return ""
	case strings.HasPrefix(path, "_bulk/"): // the rest of what $export begins
		what, op, isOp, head = "$export", "export", true, "$export"
	case strings.HasPrefix(path, "{type}/{id}/{sub}"):
		if len(rest.Compartment) == 0 {
			return "no compartment is claimed"
		}
		return ""
	case what == "":
		return "it says not what it does"
	}
	system := head == "" || strings.HasPrefix(head, "_") || strings.HasPrefix(head, "$")
	has := func(list []opClaim) bool {
		return slices.ContainsFunc(list, func(o opClaim) bool { return o.Name == op })
	}
	does := func(list []struct{ Code string }) bool { return slices.Contains(list, struct{ Code string }{what}) }
	if system {
		switch {
		case isOp && !has(rest.Operation) && !strings.Contains(rest.Documentation, what):
			return "no operation of the system claims it"
		case !isOp && !does(rest.Interaction):
			return "no interaction of the system claims it"
		}
		return ""
	}
	for _, claim := range rest.Resource {
		switch {
		case head != "{type}" && head != claim.Type, claim.Type == theLog:
		case isOp && !has(claim.Operation) && !strings.Contains(rest.Documentation, what):
			return "no operation of " + claim.Type + " claims it"
		case !isOp && !does(claim.Interaction):
			return "no interaction of " + claim.Type + " claims it"
		}
	}
	return ""
}

func (c *claims) formats() {
	if len(c.Format) == 0 || len(c.PatchFormat) == 0 {
		c.t.Error("no format is claimed")
	}
	for _, f := range c.Format {
		if w := c.want(200, "GET", "metadata?_format="+url.QueryEscape(f), ""); w.Header().Get("Content-Type") != "application/fhir+json" {
			c.t.Errorf("_format=%s answers %q", f, w.Header().Get("Content-Type"))
		}
	}
	c.want(406, "GET", "metadata?_format=xml", "")
}

// patches is a change in each format that there may be.
var patches = map[string]string{
	"application/json-patch+json": `[{"op":"add","path":"/language","value":"en"}]`,
	"application/fhir+json":       `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"%s.language"},{"name":"value","valueCode":"cy"}]}]}`,
}

// system asks for what the server as a whole claims.
func (c *claims) system() {
	rest := c.Rest[0]
	asks := map[string]func(){
		"search-system": func() {
			c.want(200, "GET", "?_type=Patient", "")
			c.want(200, "POST", "_search", "_type=Patient", "Content-Type", "application/x-www-form-urlencoded")
		},
		"history-system": func() { c.want(200, "GET", "_history", "") },
		"transaction":    func() { c.want(200, "POST", "", `{"resourceType":"Bundle","type":"transaction"}`) },
		"batch":          func() { c.want(200, "POST", "", `{"resourceType":"Bundle","type":"batch"}`) },
	}
	for _, i := range rest.Interaction {
		if asks[i.Code] == nil {
			c.t.Errorf("the system claims %q, which this test can not ask for", i.Code)
			continue
		}
		asks[i.Code]()
	}
	for _, p := range rest.SearchParam {
		c.want(200, "GET", "?_type=Patient,Basic&"+p.Name+"="+plausible("Patient", p), "", "Prefer", "handling=strict")
	}
	for _, op := range rest.Operation {
		c.operate(op, "")
	}
	if !slices.Equal(rest.Compartment, compartments()) {
		c.t.Errorf("the compartments %v are claimed", rest.Compartment)
	}
	for _, comp := range spec.Compartments() {
		c.want(200, "GET", comp+"/x/*", "")
		c.want(200, "POST", comp+"/x/*/_search", "_id=x", "Content-Type", "application/x-www-form-urlencoded")
		for _, typ := range spec.CompartmentTypes(comp) {
			c.want(200, "GET", comp+"/x/"+typ, "")
		}
	}
}

func compartments() []string {
	var all []string
	for _, comp := range spec.Compartments() {
		all = append(all, "http://hl7.org/fhir/CompartmentDefinition/"+strings.ToLower(comp))
	}
	return all
}

// policies stores a reference of each kind that is claimed to be taken.
func (c *claims) policies() {
	subject := map[string]string{
		"literal": `"subject":{"reference":"Patient/x"}`,
		"logical": `"subject":{"identifier":{"system":"https://example.org/ids","value":"1"}}`,
		"local":   `"contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}`,
	}
	for _, claim := range c.Rest[0].Resource {
		for _, p := range claim.ReferencePolicy {
			if subject[p] == "" {
				c.t.Errorf("%s claims the reference policy %q", claim.Type, p)
			}
		}
	}
	for policy, s := range subject {
		c.want(201, "PUT", "Basic/policy-"+policy, `{"resourceType":"Basic","id":"policy-`+policy+`","code":{"text":"x"},`+s+`}`)
	}
}

// interactions does each claimed interaction with a small resource of the type.
func (c *claims) interactions(claim typeClaim) {
	typ := claim.Type
	made := c.want(201, "POST", typ, least(typ, ""))
	id, _, _ := strings.Cut(strings.TrimPrefix(made.Header().Get("Location"), "http://example.com/fhir/"+typ+"/"), "/")
	asks := c.reads(claim, id)
	maps.Copy(asks, c.writes(claim, id))
	for _, i := range claim.Interaction {
		if asks[i.Code] == nil {
			c.t.Errorf("%s claims %q, which this test can not ask for", typ, i.Code)
		}
	}
	for _, code := range []string{"create", "read", "update", "patch", "vread", "history-instance", "history-type", "search-type", "delete"} {
		if slices.Contains(claim.Interaction, struct{ Code string }{code}) {
			asks[code]()
		} else {
			c.t.Errorf("%s does not claim %s", typ, code)
		}
	}
}

// reads are the interactions that look at the resource.
func (c *claims) reads(claim typeClaim, id string) map[string]func() {
	typ, one := claim.Type, claim.Type+"/"+id
	return map[string]func(){
		"read": func() {
			w := c.want(200, "GET", one, "")
			if claim.Versioning != "versioned" || w.Header().Get("ETag") != `W/"1"` {
				c.t.Errorf("%s claims %q and has the ETag %q", typ, claim.Versioning, w.Header().Get("ETag"))
			}
			if claim.ConditionalRead == "full-support" {
				c.want(304, "GET", one, "", "If-None-Match", `W/"1"`)
				c.want(304, "GET", one, "", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")
			}
		},
		"vread": func() { // by now there are later versions
			if !claim.ReadHistory {
				c.t.Errorf("%s does not claim that its history can be read", typ)
			}
			if w := c.want(200, "GET", one+"/_history/1", ""); w.Header().Get("ETag") != `W/"1"` {
				c.t.Errorf("version 1 of %s has the ETag %q", one, w.Header().Get("ETag"))
			}
		},
		"history-instance": func() { c.want(200, "GET", one+"/_history?_count=1", "") },
		"history-type":     func() { c.want(200, "GET", typ+"/_history?_count=1", "") },
		"search-type": func() {
			if w := c.want(200, "GET", typ+"?_id="+id, ""); !strings.Contains(w.Body.String(), one) {
				c.t.Errorf("%s is not found: %s", one, w.Body)
			}
			c.want(200, "POST", typ+"/_search", "_id="+id, "Content-Type", "application/x-www-form-urlencoded")
		},
	}
}

// writes are the interactions that change it, with the conditions that the
// type claims to heed.
func (c *claims) writes(claim typeClaim, id string) map[string]func() {
	typ, one, other := claim.Type, claim.Type+"/"+id, "claims-"+strings.ToLower(claim.Type)
	if !claim.ConditionalCreate || !claim.ConditionalUpdate || !claim.UpdateCreate || claim.ConditionalDelete != "single" {
		c.t.Errorf("%s does not claim all of what is there: %+v", typ, claim)
	}
	return map[string]func(){
		"create": func() { c.want(200, "POST", typ, least(typ, ""), "If-None-Exist", "_id="+id) },
		"update": func() {
			c.want(200, "PUT", one, strings.Replace(least(typ, id), `{`, `{"language":"de",`, 1), "If-Match", `W/"1"`)
			c.want(412, "PUT", one, least(typ, id), "If-Match", `W/"1"`)
			c.want(201, "PUT", typ+"/"+other, least(typ, other))
			c.want(200, "PUT", typ+"?_id="+id, least(typ, ""))
		},
		"patch": func() {
			for _, format := range c.PatchFormat {
				change := strings.Replace(patches[format], "%s", typ, 1)
				c.want(200, "PATCH", one, change, "Content-Type", format)
				c.want(200, "PATCH", typ+"?_id="+id, change, "Content-Type", format)
			}
		},
		"delete": func() {
			c.want(412, "DELETE", typ+"?_lastUpdated=gt2000", "")
			c.want(204, "DELETE", typ+"?_id="+other, "")
			c.want(204, "DELETE", one, "")
			c.want(410, "GET", one, "")
		},
	}
}

// params asks for each parameter by itself, in one batch.
func (c *claims) params(claim typeClaim) {
	var entries, asked []string
	for _, p := range append(slices.Clone(claim.SearchParam), c.Rest[0].SearchParam...) {
		path := claim.Type + "?" + p.Name + "=" + plausible(claim.Type, p)
		asked = append(asked, path)
		entries = append(entries, `{"request":{"method":"GET","url":"`+path+`"}}`)
	}
	w := c.want(200, "POST", "", `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`, "Prefer", "handling=strict")
	var answer struct {
		Entry []struct {
			Resource struct {
				Link []struct{ Relation, URL string }
			}
			Response struct {
				Status  string
				Outcome json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Entry) != len(asked) {
		c.t.Errorf("%s: %d of %d are answered: %v", claim.Type, len(answer.Entry), len(asked), err)
		return
	}
	for i, e := range answer.Entry {
		name, _, _ := strings.Cut(asked[i], "=")
		if e.Response.Status != "200 OK" || len(e.Resource.Link) == 0 || !strings.Contains(e.Resource.Link[0].URL, name+"=") {
			c.t.Errorf("%s: %s %s", asked[i], e.Response.Status, e.Response.Outcome)
		}
	}
}

// includes asks for all that a search of the type is claimed to bring along.
func (c *claims) includes(claim typeClaim) {
	for name, list := range map[string][]string{"_include": claim.SearchInclude, "_revinclude": claim.SearchRevInclude} {
		for part := range slices.Chunk(list, 400) {
			var query strings.Builder
			for _, v := range part {
				query.WriteString("&" + name + "=" + v)
			}
			w := c.want(200, "GET", claim.Type+"?_count=1"+query.String(), "", "Prefer", "handling=strict")
			for _, v := range part {
				if !strings.Contains(w.Body.String(), name+"="+url.QueryEscape(v)) && !strings.Contains(w.Body.String(), name+"="+v) {
					c.t.Errorf("%s: %s=%s is not in the answer's own link", claim.Type, name, v)
				}
			}
		}
	}
	c.want(400, "GET", claim.Type+"?_include="+claim.Type+":nonsense", "", "Prefer", "handling=strict")
}
