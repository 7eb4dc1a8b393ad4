package exchange

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

// ParseFilters reads the _typeFilter values of a bulk export
// (http://hl7.org/fhir/uv/bulkdata, _typeFilter), each such as
// Observation?code=1234-5. They are read strictly: a filter that is half
// understood would export too much.
func ParseFilters(reg *search.Registry, filters []string) ([]search.Query, error) {
	var out []search.Query
	for _, f := range filters {
		typ, query, _ := strings.Cut(f, "?")
		if !spec.IsResource(typ) {
			return nil, problem.New(problem.Invalid, "A _typeFilter begins with a resource type of FHIR R4, such as Observation?code=1234-5.")
		}
		pairs, err := pairsOf(query)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			if strings.HasPrefix(p.Name, "_include") || strings.HasPrefix(p.Name, "_revinclude") || p.Name == "_sort" || p.Name == "_count" {
				return nil, problem.New(problem.Invalid, "A _typeFilter can only say what to find. Leave "+p.Name+" out.")
			}
		}
		q, err := search.Parse(reg, []string{typ}, nil, pairs, search.Options{Strict: true})
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}
