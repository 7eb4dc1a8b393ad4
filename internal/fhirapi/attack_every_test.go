package fhirapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
)

// inRecordOf is the smallest resource of a type, in somebody's record where
// the type can lie in one.
func inRecordOf(patient, typ, id string) string {
	var r map[string]any
	if err := json.Unmarshal([]byte(least(typ, id)), &r); err != nil {
		panic(err)
	}
	if typ == "Patient" && id != "" {
		r["id"] = patient
	}
	for _, code := range search.OwnerParams(typ) {
		if typ == "Patient" {
			break
		}
		p, ok := search.Base().Lookup(typ, code)
		if !ok {
			continue
		}
		path, _, _ := strings.Cut(p.Expression(), " | ")
		path, _, _ = strings.Cut(path, ".where(")
		steps := strings.Split(path, ".")
		place(r, spec.Lookup(typ), steps[1:], map[string]any{"reference": "Patient/" + patient})
		break
	}
	b, _ := json.Marshal(r)
	return string(b)
}

// place puts a value at a path of elements, with what must stand beside it.
func place(at map[string]any, t *spec.Type, steps []string, value any) {
	e := t.Element(steps[0])
	if e == nil {
		return
	}
	if len(steps) > 1 {
		var inner map[string]any
		_ = json.Unmarshal([]byte("{"+members(e.Types[0].Type)+"}"), &inner)
		place(inner, e.Types[0].Type, steps[1:], value)
		value = inner
	}
	if e.IsList() {
		value = []any{value}
	}
	at[steps[0]] = value
}

// TestAttack36EveryTypeAndInteraction tries everything that the
// CapabilityStatement says, for every type that it names, with the token of
// another patient's app: nothing of Bob's comes out, and nothing of his changes.
func TestAttack36EveryTypeAndInteraction(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		var c statement
		if err := json.Unmarshal(w.ask(annsApp, "GET", "/metadata", "").Body.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		everything := every{town: w, versions: map[string]string{}}
		for _, claim := range c.Rest[0].Resource {
			everything.make(claim.Type)
		}
		for _, i := range c.Rest[0].Interaction {
			everything.system(i.Code)
		}
		for _, claim := range c.Rest[0].Resource {
			for _, i := range claim.Interaction {
				everything.interaction(claim, i.Code)
			}
			for _, o := range claim.Operation {
				everything.operation(claim.Type, o.Name)
			}
		}
		for _, o := range c.Rest[0].Operation {
			everything.operation("", o.Name)
		}
		everything.unchanged()
		t.Logf("%d requests about %d types", everything.asked, len(everything.versions))
		if len(everything.versions) < 140 || everything.asked < 3000 {
			t.Error("that is not every type")
		}
	})
}

type every struct {
	*town
	versions map[string]string // of each type, the id of Bob's
	asked    int
}

// make puts a resource of a type into Bob's record, or where that can not be,
// into nobody's. What is about nobody by its nature is anybody's to read.
func (e *every) make(typ string) {
	id := "bob-every-" + strings.ToLower(typ)
	if typ == "Patient" {
		e.versions[typ] = "bob"
		return
	}
	if slices.Contains(access.AboutNobody(), typ) || typ == "AuditEvent" { // the log writes itself: TestAttack35AuditEventsOfAnother
		e.versions[typ] = ""
		return
	}
	src := inRecordOf("bob", typ, id)
	src = `{"meta":{"tag":[{"system":"urn:hushed","code":"hushed"}]},` + src[1:]
	if a := e.ask("operator", "PUT", "/"+typ+"/"+id, src); a.Code != http.StatusCreated {
		e.t.Fatalf("%s: %d %s\n%s", typ, a.Code, cut(a.Body.String()), src)
	}
	e.versions[typ] = id
}

func (e *every) try(method, path, body string) *httptest.ResponseRecorder {
	e.t.Helper()
	e.asked++
	var last *httptest.ResponseRecorder
	for _, token := range []string{annsApp, annsNurse} {
		last = e.ask(token, method, path, body)
		e.quiet(last, method+" "+path)
		if last.Code >= 500 {
			e.t.Errorf("%s %s gives %d: %s", method, path, last.Code, cut(last.Body.String()))
		}
	}
	return last
}

func (e *every) system(code string) {
	switch code {
	case "search-system":
		e.try("GET", "/?_tag=urn:hushed|", "")
		e.try("GET", "/", "")
	case "history-system":
		e.try("GET", "/_history?_count=1000", "")
	case "batch", "transaction":
		for typ, id := range e.versions {
			e.try("POST", "/", `{"resourceType":"Bundle","type":"`+code+`","entry":[{"request":{"method":"GET","url":"`+typ+`/`+id+`"}},{"request":{"method":"GET","url":"`+typ+`/_history"}}]}`)
		}
	default:
		e.t.Errorf("no request is known for %s", code)
	}
}

func (e *every) interaction(claim typeClaim, code string) {
	typ, id := claim.Type, e.versions[claim.Type]
	at := "/" + typ + "/" + id
	if id == "" {
		return
	}
	switch code {
	case "read":
		e.same(annsApp, "GET", "/"+typ+"/@", "", id)
		e.try("GET", at, "")
		e.try("GET", at+"?_elements=id", "")
	case "vread":
		e.same(annsApp, "GET", "/"+typ+"/@/_history/1", "", id)
		e.try("GET", at+"/_history/1", "")
	case "history-instance":
		e.same(annsApp, "GET", "/"+typ+"/@/_history", "", id)
		e.try("GET", at+"/_history", "")
	case "history-type":
		e.try("GET", "/"+typ+"/_history", "")
	case "search-type":
		for _, q := range []string{"", "?_id=" + id, "?_tag=hushed", "?_summary=count&_tag=hushed", "?_include=*", "?_has:Provenance:target:_tag=hushed"} {
			if b := e.try("GET", "/"+typ+q, ""); b.Code == http.StatusOK && strings.Contains(q, "hushed") && !strings.Contains(b.Body.String(), `"total":0`) {
				e.t.Errorf("%s%s: %s", typ, q, cut(b.Body.String()))
			}
		}
		for some := range slices.Chunk(claim.SearchInclude, 40) {
			e.try("GET", "/"+typ+"?_include="+strings.Join(some, "&_include="), "")
		}
		for some := range slices.Chunk(claim.SearchRevInclude, 40) {
			e.try("GET", "/"+typ+"?_revinclude="+strings.Join(some, "&_revinclude="), "")
		}
		for _, comp := range []string{"Patient/bob", "Encounter/bob-visit"} {
			e.try("GET", "/"+comp+"/"+typ, "")
		}
	case "create":
		e.try("POST", "/"+typ, inRecordOf("bob", typ, ""))
	case "update":
		e.try("PUT", at, inRecordOf("ann", typ, id))
		e.try("PUT", at, inRecordOf("bob", typ, id))
		e.try("PUT", "/"+typ+"?_id="+id, inRecordOf("ann", typ, id))
	case "patch":
		e.try("PATCH", at, `[{"op":"add","path":"/language","value":"en"}]`)
		e.try("PATCH", "/"+typ+"?_id="+id, `[{"op":"add","path":"/language","value":"en"}]`)
	case "delete":
		e.try("DELETE", at, "")
		e.try("DELETE", "/"+typ+"?_id="+id, "")
	default:
		e.t.Errorf("no request is known for %s", code)
	}
}

func (e *every) operation(typ, name string) {
	id := e.versions[typ]
	at := "/" + typ + "/" + id
	switch name {
	case "everything", "summary", "immds-forecast":
		e.same(annsApp, "GET", "/"+typ+"/@/$"+name, "", id)
		e.try("GET", at+"/$"+name, "")
	case "lastn":
		e.try("GET", "/Observation/$lastn?patient=bob", "")
	case "meta":
		e.try("GET", at+"/$meta", "")
		e.try("GET", at+"/_history/1/$meta", "")
	case "meta-add", "meta-delete":
		e.try("POST", at+"/$"+name, `{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}`)
	case "validate":
		e.try("GET", at+"/$validate", "")
	case "export":
		path := "/" + typ + "/$export"
		if typ == "Group" {
			path = "/Group/bob-group/$export"
		}
		if a := e.try("GET", strings.Replace(path, "//", "/", 1), ""); a.Code != http.StatusForbidden {
			e.t.Errorf("%s gives %d", path, a.Code)
		}
	default:
		e.t.Errorf("no request is known for $%s", name)
	}
}

// unchanged wants each of Bob's resources in the version that was made, and no
// others beside them.
func (e *every) unchanged() {
	e.t.Helper()
	for _, typ := range slices.Sorted(maps.Keys(e.versions)) {
		id := e.versions[typ]
		if id == "" {
			continue
		}
		if a := e.ask("operator", "GET", "/"+typ+"/"+id, ""); a.Code != http.StatusOK || a.Header().Get("Etag") != `W/"1"` {
			e.t.Errorf("%s/%s was changed: %d %s", typ, id, a.Code, a.Header().Get("Etag"))
		}
		if got := fmt.Sprint(entriesOf(e.t, e.ask("operator", "GET", "/Patient/bob/"+typ+"?_count=1000", ""))); strings.Count(got, typ+"/") > strings.Count(got, typ+"/bob") {
			e.t.Errorf("in Bob's record is now %s", got)
		}
	}
}
