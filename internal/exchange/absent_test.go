package exchange_test

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/record"
)

// absent asks for what these people's data does not have at all.
func (p *people) absent() {
	nothing := func(path ...string) {
		for typ := range p.all {
			if n := len(p.those(typ, func(b bag) bool { return b.has(func(any) bool { return true }, path...) })); n > 0 {
				p.t.Errorf("%d of %s have %v: ask for them", n, typ, path)
			}
		}
	}
	nothing("meta", "profile")
	nothing("meta", "source")
	nothing("instantiatesUri")
	nothing("url")
	for typ := range p.all {
		for _, query := range []string{"_profile=http://hl7.org/fhir/StructureDefinition/Patient", "_source=https://example.org/x", "_lastUpdated=lt2000-01-01", "_security=R"} {
			if a := p.find(nil, typ, query); len(a.ids) > 0 {
				p.t.Errorf("%s?%s: %d are found", typ, query, len(a.ids))
			}
		}
	}
	for _, query := range []string{"instantiates-uri=https://example.org/x", "instantiates-uri:below=https://example.org/"} {
		if a := p.find(nil, "CarePlan", query); len(a.ids) > 0 {
			p.t.Errorf("CarePlan?%s: %d are found", query, len(a.ids))
		}
	}
	if p.all["RiskAssessment"] != nil || p.all["ChargeItem"] != nil {
		p.t.Error("there is data with numbers: ask for it")
	}
	if a := p.find(nil, "RiskAssessment", "probability=gt0"); len(a.ids) > 0 {
		p.t.Errorf("%d risks are found", len(a.ids))
	}
}

// own adds what the files do not have, asks for it among all the rest, and
// takes it away again.
func (p *people) own() {
	bodies := map[string]string{
		"RiskAssessment/own-low":  `"status":"final","subject":{"display":"x"},"prediction":[{"probabilityDecimal":0.2}]`,
		"RiskAssessment/own-high": `"meta":{"source":"https://example.org/feed"},"status":"final","subject":{"display":"x"},"prediction":[{"probabilityDecimal":0.75}]`,
		"RiskAssessment/own-none": `"status":"final","subject":{"display":"x"}`,
		"CarePlan/own-plan":       `"meta":{"profile":["https://example.org/plan"]},"status":"active","intent":"plan","subject":{"display":"x"},"instantiatesUri":["https://example.org/ways/1"]`,
	}
	var ops, undo []record.Op
	for _, key := range slices.Sorted(maps.Keys(bodies)) {
		typ, id, _ := strings.Cut(key, "/")
		tree, err := fhir.Parse([]byte(`{"resourceType":"`+typ+`","id":"`+id+`",`+bodies[key]+`}`), fhir.Limits{})
		if err != nil {
			p.t.Fatal(err)
		}
		ops = append(ops, record.Op{Method: record.Put, Key: record.Key{Type: typ, ID: id}, Body: tree})
		undo = append(undo, record.Op{Method: record.Delete, Key: record.Key{Type: typ, ID: id}})
	}
	if _, err := p.s.Transact(context.Background(), ops); err != nil {
		p.t.Fatal(err)
	}
	for _, c := range []struct {
		typ, query string
		want       []string
	}{
		{"RiskAssessment", "probability=gt0.5", []string{"own-high"}},
		{"RiskAssessment", "probability=0.3", []string{}},
		{"RiskAssessment", "probability=0.2", []string{"own-low"}},
		{"RiskAssessment", "probability:missing=true", []string{"own-none"}},
		{"RiskAssessment", "_sort=probability", []string{"own-low", "own-high", "own-none"}},
		{"RiskAssessment", "_sort=-probability", []string{"own-high", "own-low", "own-none"}},
		{"RiskAssessment", "_source=https://example.org/feed", []string{"own-high"}},
		{"CarePlan", "_profile=https://example.org/plan", []string{"own-plan"}},
		{"CarePlan", "instantiates-uri=https://example.org/ways/1", []string{"own-plan"}},
		{"CarePlan", "instantiates-uri:below=https://example.org/ways", []string{"own-plan"}},
		{"CarePlan", "instantiates-uri=https://example.org/ways", []string{}},
	} {
		if got := p.find(nil, c.typ, c.query).ids; !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
			p.t.Errorf("%s?%s: %v, want %v", c.typ, c.query, got, c.want)
		}
	}
	if _, err := p.s.Transact(context.Background(), undo); err != nil {
		p.t.Fatal(err)
	}
}
