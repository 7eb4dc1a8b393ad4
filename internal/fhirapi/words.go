package fhirapi

import (
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// PathWord says whether a segment of a path is a word of this interface: a
// resource type, or what stands for itself in the table of routes. Anything
// else in a path is an id, or what somebody made up, and says something about a
// person.
func PathWord(segment string) bool { return spec.IsResource(segment) || routeWords()[segment] }

var routeWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for _, r := range table() {
		for p := range strings.SplitSeq(r.path, "/") {
			words[p] = !strings.HasPrefix(p, "{")
		}
	}
	return words
})
