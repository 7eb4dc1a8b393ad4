package exchange_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/record"
)

// bag is a resource as encoding/json reads it: a reader that shares nothing
// with ours.
type bag map[string]any

// at follows a path through objects and, at each list, all of its items.
func at(v any, path ...string) []any {
	if list, ok := v.([]any); ok {
		var out []any
		for _, x := range list {
			out = append(out, at(x, path...)...)
		}
		return out
	}
	if len(path) == 0 {
		return []any{v}
	}
	obj, ok := v.(map[string]any)
	if !ok || obj[path[0]] == nil {
		return nil
	}
	return at(obj[path[0]], path[1:]...)
}

func (b bag) has(want func(any) bool, path ...string) bool {
	for _, v := range at(map[string]any(b), path...) {
		if want(v) {
			return true
		}
	}
	return false
}

func is(want any) func(any) bool { return func(v any) bool { return v == want } }

// readAll reads every entry of the bundles, by type and id.
func readAll(t *testing.T, files []string) map[string]map[string]bag {
	t.Helper()
	out := map[string]map[string]bag{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		var bundle struct{ Entry []struct{ Resource bag } }
		if err := json.NewDecoder(z).Decode(&bundle); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		for _, e := range bundle.Entry {
			typ, id := e.Resource["resourceType"].(string), e.Resource["id"].(string)
			if out[typ] == nil {
				out[typ] = map[string]bag{}
			}
			out[typ][id] = e.Resource
		}
	}
	return out
}

// searchSynthea asks for real people's data by each kind of parameter, and
// counts the same in the files.
func searchSynthea(t *testing.T, s *record.Session, all map[string]map[string]bag) {
	t.Helper()
	patient := func(b bag) bag {
		for _, v := range at(map[string]any(b), "subject", "reference") {
			return all["Patient"][strings.TrimPrefix(v.(string), "urn:uuid:")]
		}
		return nil
	}
	heavy := func(v any) bool { n, ok := v.(float64); return ok && n > 80 }
	weight := func(b bag) bool { return b.has(is("29463-7"), "code", "coding", "code") }
	after := func(day string) func(any) bool { return func(v any) bool { return v.(string) >= day } }
	for _, c := range []struct {
		typ, query string
		want       func(bag) bool
	}{
		{"Observation", "code=http://loinc.org|29463-7", weight},
		{"Observation", "code:not=29463-7", func(b bag) bool { return !weight(b) }},
		{"Observation", "code=29463-7&value-quantity=gt80||kg", func(b bag) bool { return weight(b) && b.has(heavy, "valueQuantity", "value") }},
		{"Observation", "code-value-quantity=29463-7$gt80", func(b bag) bool { return weight(b) && b.has(heavy, "valueQuantity", "value") }},
		{"Observation", "date=ge2015-06-01T00:00:00Z&category=laboratory", func(b bag) bool {
			return b.has(is("laboratory"), "category", "coding", "code") && b.has(func(v any) bool { return instant(t, v) >= instant(t, "2015-06-01T00:00:00Z") }, "effectiveDateTime")
		}},
		{"Observation", "patient.gender=female&code=29463-7", func(b bag) bool { return weight(b) && patient(b).has(is("female"), "gender") }},
		{"Patient", "gender=female", func(b bag) bool { return b.has(is("female"), "gender") }},
		{"Patient", "birthdate=ge1980-01-01", func(b bag) bool { return b.has(after("1980-01-01"), "birthDate") }},
		{"Patient", "family=a", func(b bag) bool {
			return b.has(func(v any) bool { return strings.HasPrefix(v.(string), "A") }, "name", "family")
		}},
		{"Patient", "_has:Condition:patient:code=http://snomed.info/sct|444814009", func(b bag) bool {
			for _, c := range all["Condition"] {
				if c.has(is("444814009"), "code", "coding", "code") && c.has(is("urn:uuid:"+b["id"].(string)), "subject", "reference") {
					return true
				}
			}
			return false
		}},
		{"Condition", "clinical-status=resolved", func(b bag) bool { return b.has(is("resolved"), "clinicalStatus", "coding", "code") }},
		{"Encounter", "class=http://terminology.hl7.org/CodeSystem/v3-ActCode|EMER", func(b bag) bool { return b.has(is("EMER"), "class", "code") }},
		{"MedicationRequest", "status=stopped&authoredon=lt2010-01-01T00:00:00Z", func(b bag) bool {
			return b.has(is("stopped"), "status") && b.has(func(v any) bool { return instant(t, v) < instant(t, "2010-01-01T00:00:00Z") }, "authoredOn")
		}},
		{"Immunization", "vaccine-code=http://hl7.org/fhir/sid/cvx|140", func(b bag) bool { return b.has(is("140"), "vaccineCode", "coding", "code") }},
	} {
		want := 0
		for _, b := range all[c.typ] {
			if c.want(b) {
				want++
			}
		}
		var pairs []search.Pair
		for _, p := range strings.Split(c.query+"&_total=accurate&_count=3", "&") {
			name, value, _ := strings.Cut(p, "=")
			pairs = append(pairs, search.Pair{Name: name, Value: value})
		}
		q, err := search.Parse(s.Registry(), []string{c.typ}, nil, pairs, search.Options{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.Search(context.Background(), q, "")
		if err != nil || page.Total == nil {
			t.Errorf("%s?%s: %v", c.typ, c.query, err)
			continue
		}
		if *page.Total != want || want == 0 && !testing.Short() { // what nobody has shows nothing
			t.Errorf("%s?%s: %d found, %d in the files", c.typ, c.query, *page.Total, want)
		}
	}
}

func instant(t *testing.T, v any) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}
