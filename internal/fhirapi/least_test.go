package fhirapi_test

import (
	"fmt"
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// least is the smallest resource of a type that is well formed: what must be
// there, and nothing else.
func least(typ, id string) string {
	own := ""
	if id != "" {
		own = `"id":"` + id + `",`
	}
	return strings.Replace(fmt.Sprintf(`{"resourceType":%q,%s%s}`, typ, own, members(spec.Lookup(typ))), ",}", "}", 1)
}

func members(t *spec.Type) string {
	var all []string
	for _, i := range t.Required {
		e := &t.Elements[i]
		name := e.Name
		if e.Choice {
			name += strings.ToUpper(e.Types[0].Code[:1]) + e.Types[0].Code[1:]
		}
		value := valueOf(e)
		if e.IsList() {
			value = "[" + value + "]"
		}
		all = append(all, `"`+name+`":`+value)
	}
	return strings.Join(all, ",")
}

func valueOf(e *spec.Element) string {
	of := e.Types[0]
	if e.Binding.Strength == spec.Required {
		if codes, ok := spec.RequiredCodes(e.Binding.ValueSet); ok && of.Type.Kind == spec.Primitive {
			return `"` + codes[0] + `"`
		}
	}
	switch of.Code {
	case "boolean":
		return "true"
	case "integer", "positiveInt", "unsignedInt", "decimal":
		return "1"
	case "date", "dateTime":
		return `"2020-01-01"`
	case "instant":
		return `"2020-01-01T00:00:00Z"`
	case "time":
		return `"12:00:00"`
	case "base64Binary":
		return `"AAAA"`
	case "xhtml":
		return `"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"`
	case "uri", "url", "canonical", "oid", "uuid":
		return `"http://example.org/x"`
	case "Resource":
		return `{"resourceType":"Basic","code":{"text":"x"}}`
	}
	switch {
	case of.Type.Kind == spec.Primitive:
		return `"x"`
	case len(of.Type.Required) > 0:
		return "{" + members(of.Type) + "}"
	}
	if v, ok := small[of.Code]; ok {
		return v
	}
	return `{"id":"x","extension":[{"url":"http://example.org/x","valueString":"x"}]}`
}

// small are values of the types that ask for nothing by themselves.
var small = map[string]string{
	"Reference": `{"display":"x"}`, "CodeableConcept": `{"text":"x"}`, "Coding": `{"code":"x"}`,
	"Identifier": `{"value":"x"}`, "Period": `{"start":"2020"}`, "HumanName": `{"text":"x"}`,
}
