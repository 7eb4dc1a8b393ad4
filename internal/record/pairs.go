package record

import (
	"net/url"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
)

// readPairs reads the query of a conditional reference, in its order.
func readPairs(query string) ([]search.Pair, error) {
	var out []search.Pair
	for _, part := range strings.Split(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, problem.New(problem.Invalid, "A conditional reference is not written as a URL asks. Write it like Practitioner?identifier=123.")
		}
		out = append(out, search.Pair{Name: n, Value: v})
	}
	return out, nil
}
